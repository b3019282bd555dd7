import { join } from 'node:path'
import { compareKeys } from '../s3/object-key.ts'
import { indexFileName, readIndexFile, writeIndexFile } from './index-file.ts'

/** A page of ListObjectsV2 has at most so many keys. */
const keysPerPage = 1000

/**
 * The last key of every page but the last of a place's listing, as it was or will be: whoever knows them can ask for all
 * pages at once. Where the bucket has changed since, a page more is asked for and nothing is missed.
 */
export interface ListingMarks {
  readonly keys: readonly string[]
  /** Remembers the marks of a listing that will have these keys, in S3's order. False when that could not be written. */
  save(listed: Iterable<string>, pageSize?: number): Promise<boolean>
}

/** Opens the marks of a place: an endpoint or region, a bucket and a prefix, as seen by one profile. */
export async function openListingMarks(
  directory: string,
  ...place: readonly string[]
): Promise<ListingMarks> {
  const path = join(directory, indexFileName('marks', place))
  const keys = await readIndexFile(path, (value) => (typeof value === 'string' ? value : null))
  return {
    keys,
    async save(listed, pageSize = keysPerPage) {
      const marks: string[] = []
      let count = 0
      let last: string | null = null
      for (const key of listed) {
        if (last !== null && count % pageSize === 0) marks.push(last)
        count++
        last = key
      }
      if (marks.length === keys.length && marks.every((key, at) => key === keys[at])) return true
      return writeIndexFile(
        path,
        marks.map((key) => JSON.stringify(key)),
      )
    },
  }
}

/**
 * The keys that a bucket will have when those that are `removed` are gone and the `added` ones, of which it may have some
 * already, have come. All three in S3's order, and so is what comes of them.
 */
export function* keysAfterwards(
  listed: Iterable<string>,
  removed: Iterable<string>,
  added: Iterable<string>,
): Generator<string> {
  const going = removed[Symbol.iterator]()
  const coming = added[Symbol.iterator]()
  let gone = going.next()
  let next = coming.next()
  for (const key of listed) {
    while (next.done !== true && compareKeys(next.value, key) <= 0) {
      if (next.value !== key) yield next.value
      next = coming.next()
    }
    while (gone.done !== true && compareKeys(gone.value, key) < 0) gone = going.next()
    if (gone.done === true || gone.value !== key) yield key
  }
  for (; next.done !== true; next = coming.next()) yield next.value
}
