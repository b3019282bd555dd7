import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { SyncCounts, SyncOptions, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { HashIndex } from './hash-index.ts'
import type { HeadMemory } from './head-memory.ts'
import type { AclChange } from './compare.ts'
import type { Compressor } from './compressor.ts'
import type { SentAs } from './local-file.ts'
import type { LocalRoot } from './local-files.ts'
import type { Ownership } from './ownership.ts'

/** What applying a row takes, which nobody outside of this room gets to see. */
export interface RowFacts {
  /** The file; null for a row without one. */
  readonly path: string | null
  readonly identity: FileIdentity | null
  /** The MD5 in hex, when the file has been read. */
  readonly md5: string | null
  readonly headers: ObjectHeaders
  /** Who is to read the object of a file; absent for a row without one. */
  readonly visibility?: WantedVisibility
  /** How the ACL is to change; `only`: and nothing else, so that the object need not be copied. */
  readonly aclChange?: AclChange & { readonly only: boolean }
  /** Set when not the file's bytes are stored but what they are compressed to. */
  readonly sentAs?: SentAs
  /** The ETag of the object that was seen. */
  readonly eTag: string | null
  /** True after a PUT whose answer did not come: what is there now may be our own. */
  readonly mayBeOurs?: boolean
}

/** The private half of a plan. */
export interface PlanFacts {
  readonly root: LocalRoot
  readonly bucket: string
  readonly prefix: string
  readonly options: SyncOptions
  /** The ACL header of uploads of which no rule says otherwise; null where none is wanted, or none is accepted. */
  readonly acl: 'public-read' | null
  /** Whether the bucket is known to take no ACLs. */
  readonly aclsDisabled: boolean
  readonly ofRow: ReadonlyMap<SyncRow, RowFacts>
  /** Why removals that would have been planned were not; null when none was given up. */
  readonly deletesWithheld: string | null
  /** Where digests of sent files are remembered; null when nothing is. */
  readonly hashes: HashIndex | null
  /** Null when no rule asks for compressing. */
  readonly compressor: Compressor | null
  /** What HEAD told of the objects; null when nothing is remembered. */
  readonly heads: HeadMemory | null
  /** What syncs have put there. */
  readonly owned: Ownership
}

/** A plan, ready to be read and then applied once. */
export interface PlannedSync {
  /** What changes comes first; within that in the order of the keys. */
  readonly rows: SyncRow[]
  readonly counts: SyncCounts
  /** How many of the removals are of objects that are not ours. */
  readonly foreignDeletes: number
  /** Sentences to read before applying. */
  readonly warnings: string[]
  /** Why the deletions would be refused, in words; null when they would not. */
  readonly deleteRefusal: string | null
  /** Private to this room: it holds local paths. */
  readonly facts: PlanFacts
}

/** The ACL header that a row's upload carries; null for none, which leaves the object private where ACLs count. */
export function aclOfRow(
  { aclsDisabled }: Pick<PlanFacts, 'aclsDisabled'>,
  { visibility }: RowFacts,
): 'public-read' | null {
  return visibility === 'public' && !aclsDisabled ? 'public-read' : null
}

/** A key that may not be removed as long as something is unclear about the folder. */
export const stopsDeletes: ReadonlySet<SyncRow['reason']> = new Set(['unreadable', 'name-not-utf8'])

/** Adds up the rows. */
export function countRows(rows: readonly SyncRow[]): SyncCounts {
  const counts = { upload: 0, updateHeaders: 0, delete: 0, skip: 0, foreign: 0, blocked: 0, bytes: 0 }
  for (const row of rows) {
    switch (row.action) {
      case 'upload':
        counts.upload++
        counts.bytes += row.bytes
        break
      case 'update-headers':
        counts.updateHeaders++
        break
      case 'delete':
      case 'skip':
      case 'foreign':
      case 'blocked':
        counts[row.action]++
    }
  }
  return counts
}

/** Whether a row is about an object that this place's syncs did not put there, or that somebody else has overwritten. */
export function isForeign({ action, reason }: Pick<SyncRow, 'action' | 'reason'>): boolean {
  return action === 'foreign' || reason === 'not-ours' || reason === 'changed-by-others'
}
