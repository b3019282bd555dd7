import { failure } from '../../src-preload/contract/failure.ts'
import { compareKeys } from './object-key.ts'
import type { ScannedListing, ScannedObject } from './wire/list-scanner.ts'

/** A stretch of keys: after one, up to and with another. Its pages are asked for one after another. */
export interface KeyRange {
  readonly after: string | null
  /** Null: to the end of the listing. */
  end: string | null
  /** Folders within it at which it can be cut, in order. */
  folders: string[]
  token: string | null
  last: string | null
  first: string | null
  state: 'waiting' | 'asked' | 'read'
  isLooking: boolean
  pagesRead: number
  latest: readonly ScannedObject[]
  readonly pages: (readonly ScannedObject[])[]
  /** What lay beyond its end in its last page, and where it would go on: until the next range is known to be sound. */
  beyond: { readonly objects: readonly ScannedObject[]; readonly token: string | null } | null
  /** The range before it, until it is known that nothing is lost between the two. */
  before: KeyRange | null
  isDropped: boolean
}

/** A range of which nothing has been asked for. */
export function newRange(after: string | null, end: string | null, before: KeyRange | null): KeyRange {
  return {
    after,
    end,
    folders: [],
    token: null,
    last: after,
    first: null,
    state: 'waiting',
    isLooking: false,
    pagesRead: 0,
    latest: [],
    pages: [],
    beyond: null,
    before,
    isDropped: false,
  }
}

/** The ranges between marks, in order; marks that are out of order or outside of the prefix are passed over. */
export function rangesBetween(prefix: string, marks: readonly string[]): KeyRange[] {
  const ranges = [newRange(null, null, null)]
  for (const mark of marks) {
    const before = ranges.at(-1) ?? null
    const isBeyond = before?.after == null || compareKeys(mark, before.after) > 0
    // Bytes that are no UTF-8 cannot be asked for.
    if (before === null || !isBeyond || !mark.startsWith(prefix) || mark.includes('\ufffd')) continue
    before.end = mark
    ranges.push(newRange(mark, null, before))
  }
  return ranges
}

/** Throws `integrity` for a page that cannot be the next one of its range (F23). */
export function checkPage(page: ScannedListing, range: KeyRange, prefix: string): void {
  let { last } = range
  for (const { key } of page.objects) {
    if (!key.startsWith(prefix))
      throw failure('integrity', 'The service listed a key outside of the prefix. Nothing was concluded.', {
        key,
      })
    if (last !== null && compareKeys(last, key) >= 0) throw outOfOrder(key)
    last = key
  }
  if (page.continuationToken !== null && page.continuationToken === range.token)
    throw failure('integrity', 'The service sent the same page of the listing again. Nothing was concluded.')
}

/** What is thrown for a key that is not above the one before it. */
export function outOfOrder(key: string) {
  return failure('integrity', 'The service listed keys out of order or twice. Nothing was concluded.', {
    key,
  })
}
