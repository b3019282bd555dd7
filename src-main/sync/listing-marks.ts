import { join } from 'node:path'
import { compareKeys } from '../s3/object-key.ts'
import { indexFileName, readIndexFile, writeIndexFile } from '../tables/index-file.ts'

/** A page of ListObjectsV2 has at most so many keys. */
const keysPerPage = 1000

/**
 * The last key of every page but the last of a place's listing, as it was or will be: whoever knows them can ask for all
 * pages at once. Where the bucket has changed since, a page more is asked for and nothing is missed.
 */
export interface ListingMarks {
  readonly keys: readonly string[]
  /** Hears of each key of the listing, in S3's order. */
  listed(key: string): void
  /**
   * Remembers the marks of a listing that will have these keys, in S3's order; null when it will have those of this one.
   * False when that could not be written.
   */
  save(afterwards: Iterable<string> | null): Promise<boolean>
}

/** Notes the last key of every page but the last. */
interface PageEnds {
  readonly marks: readonly string[]
  next(key: string): void
}

function createPageEnds(pageSize: number): PageEnds {
  const marks: string[] = []
  let count = 0
  let last = ''
  return {
    marks,
    next(key) {
      if (count > 0 && count % pageSize === 0) marks.push(last)
      count++
      last = key
    },
  }
}

/**
 * Opens the marks of a place: an endpoint or region, a bucket and a prefix, as seen by one profile. `pageSize` is only for
 * tests.
 */
export async function openListingMarks(
  directory: string,
  place: readonly string[],
  pageSize = keysPerPage,
): Promise<ListingMarks> {
  const path = join(directory, indexFileName('marks', place))
  const keys = await readIndexFile(path, (value) => (typeof value === 'string' ? value : null))
  const now = createPageEnds(pageSize)
  return {
    keys,
    listed: (key) => now.next(key),
    async save(afterwards) {
      const ends = afterwards === null ? now : createPageEnds(pageSize)
      for (const key of afterwards ?? []) ends.next(key)
      const { marks } = ends
      if (marks.length === keys.length && marks.every((key, at) => key === keys[at])) return true
      return writeIndexFile(
        path,
        marks.map((key) => JSON.stringify(key)),
      )
    },
  }
}

/** Keys of several sources in S3's order, in which each of these has its own; none twice. */
export function mergedKeys(sources: readonly Iterable<string>[]): Iterable<string> {
  const [only = []] = sources
  if (sources.length <= 1) return only
  const half = sources.length >>> 1
  return merged(mergedKeys(sources.slice(0, half)), mergedKeys(sources.slice(half)))
}

function* merged(some: Iterable<string>, others: Iterable<string>): Generator<string> {
  const rest = others[Symbol.iterator]()
  let next = rest.next()
  for (const key of some) {
    for (; next.done !== true && compareKeys(next.value, key) <= 0; next = rest.next())
      if (next.value !== key) yield next.value
    yield key
  }
  for (; next.done !== true; next = rest.next()) yield next.value
}
