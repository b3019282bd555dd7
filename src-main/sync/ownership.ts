import { bareETag } from '../s3/e-tag.ts'
import { openOwnershipRecord, type SyncPlace } from './ownership-record.ts'

/** Whose an object is: ours, ours until somebody else overwrote it, or never ours. */
export type Owner = 'ours' | 'changed' | 'other'

/** What the syncs to one place have put there, and what this one adds to it. */
export interface Ownership {
  /** Whose the object with this ETag is. An object whose ETag is not known is not ours. */
  ownerOf(key: string, eTag: string | null): Owner
  /** True when nothing is known of earlier syncs to this place. */
  readonly isNew: boolean
  /** What a person has to be told before applying. */
  readonly notices: readonly string[]
  /** Forgets, at the next save, what the complete listing of the place does not have: it was removed otherwise. */
  keepOnly(keys: ReadonlySet<string>): void
  /** Notes what this sync has written: the ETag that the service told; null when that is not known. */
  wrote(key: string, eTag: string | null): void
  /** Notes an object that was rewritten in place, whose headers are ours now: it is ours if it was. */
  rewrote(key: string, seenETag: string | null, eTag: string | null): void
  /** Notes an object that this sync has removed. */
  removed(key: string): void
  /** Writes what was noted; false when that failed, which loses ownership and nothing else. */
  save(): Promise<boolean>
}

/** Opens what is known of a place. Without a directory nothing is known, and nothing is kept. Throws nothing. */
export async function openOwnership(directory: string | undefined, place: SyncPlace): Promise<Ownership> {
  const record = directory === undefined ? null : await openOwnershipRecord(directory, place)
  const entries: ReadonlyMap<string, string> = record?.entries ?? new Map()
  const ownerOf = (key: string, eTag: string | null): Owner => {
    const written = entries.get(key)
    if (written === undefined) return 'other'
    return eTag !== null && written === bareETag(eTag) ? 'ours' : 'changed'
  }
  /** Keys of ours that the listing did not have. */
  const gone = new Set<string>()
  const note = (key: string, eTag: string | null) => {
    gone.delete(key)
    record?.note(key, eTag)
  }
  return {
    ownerOf,
    isNew: record?.isNew ?? true,
    notices: record?.notice == null ? [] : [record.notice],
    keepOnly(keys) {
      gone.clear()
      for (const key of entries.keys()) if (!keys.has(key)) gone.add(key)
    },
    wrote: note,
    rewrote(key, seenETag, eTag) {
      if (ownerOf(key, seenETag) === 'ours') note(key, eTag)
    },
    removed: (key) => note(key, null),
    async save() {
      for (const key of gone) note(key, null)
      return (await record?.save()) ?? true
    },
  }
}
