import { join } from 'node:path'
import type { SyncAction, SyncRow } from '../../src-preload/contract/sync-plan.ts'
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
  /**
   * Remembers the marks of a listing: what was `listed`, in S3's order, without the keys that are about to be `removed`
   * and with those about to be `added`. False when that could not be written.
   */
  save(
    listed: readonly string[],
    removed: ReadonlySet<string>,
    added: readonly string[],
    pageSize?: number,
  ): Promise<boolean>
}

/** Opens the marks of a place: an endpoint or region, a bucket and a prefix, as seen by one profile. */
export async function openListingMarks(
  directory: string,
  ...place: readonly string[]
): Promise<ListingMarks> {
  const path = join(directory, indexFileName('marks', ...place))
  const keys = await readIndexFile(path, (value) => (typeof value === 'string' ? value : null))
  return {
    keys,
    async save(listed, removed, added, pageSize = keysPerPage) {
      const kept = removed.size === 0 ? listed : listed.filter((key) => !removed.has(key))
      const all = added.length === 0 ? kept : [...kept, ...added].sort(compareKeys)
      const marks: string[] = []
      for (let at = pageSize - 1; at < all.length - 1; at += pageSize) {
        const key = all[at]
        if (key !== undefined) marks.push(key)
      }
      if (marks.length === keys.length && marks.every((key, at) => key === keys[at])) return true
      return writeIndexFile(
        path,
        marks.map((key) => JSON.stringify(key)),
      )
    },
  }
}

/** The keys that the bucket will not have any more once a plan is carried out, and those that it will have in addition. */
export function changesOfKeys(
  listed: readonly string[],
  rows: readonly Pick<SyncRow, 'action' | 'key'>[],
): [removed: ReadonlySet<string>, added: readonly string[]] {
  const keysOf = (action: SyncAction) => rows.filter((row) => row.action === action).map(({ key }) => key)
  const sent = keysOf('upload')
  const there = sent.length === 0 ? null : new Set(listed)
  return [new Set(keysOf('delete')), there === null ? sent : sent.filter((key) => !there.has(key))]
}
