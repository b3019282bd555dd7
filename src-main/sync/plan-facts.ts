import type { SyncCounts, SyncOptions, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { AclMarks } from './acl-marks.ts'
import type { HashIndex } from './hash-index.ts'
import type { HeadMemory } from './head-memory.ts'
import type { Compressor } from './compressor.ts'
import type { LocalRoot } from './local-files.ts'
import type { Ownership } from './ownership.ts'
import type { PairIndex } from './pair-index.ts'
import type { SyncRows } from './plan-rows.ts'
import type { RowFacts } from './row-facts.ts'

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
  /** Why removals that would have been planned were not; null when none was given up. */
  readonly deletesWithheld: string | null
  /** Where digests of sent files are remembered; null when nothing is. */
  readonly hashes: HashIndex | null
  /** Null when no rule asks for compressing. */
  readonly compressor: Compressor | null
  /** What HEAD told of the objects; null when nothing is remembered. */
  readonly heads: HeadMemory | null
  /** Which files are the same as their objects; null when nothing is remembered, or something is compressed. */
  readonly pairs: PairIndex | null
  /** What tells whether Pail has set ACLs there otherwise. */
  readonly aclMarks: AclMarks
  /** What syncs have put there. */
  readonly owned: Ownership
}

/**
 * Closes the files of what a plan has learnt from, which nobody is going to ask any more. The collector of garbage would,
 * too, but far later than a watch makes new plans.
 */
export function releaseIndexes({
  hashes,
  heads,
  compressor,
}: Pick<PlanFacts, 'hashes' | 'heads' | 'compressor'>): void {
  for (const each of [hashes, heads, compressor]) each?.release()
}

/** A plan, ready to be read and then applied once. */
export interface PlannedSync {
  readonly rows: SyncRows
  readonly counts: SyncCounts
  /** How many of the removals are of objects that are not ours. */
  readonly foreignDeletes: number
  /** How many objects are ours, have no file any more, and stay because removing was not asked for. */
  readonly onlyInBucket: number
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

/** No rows. */
export const noCounts: SyncCounts = {
  upload: 0,
  updateHeaders: 0,
  delete: 0,
  skip: 0,
  foreign: 0,
  blocked: 0,
  bytes: 0,
}

/** Adds a row to what has been counted. */
export function countRow(counts: { -readonly [Name in keyof SyncCounts]: number }, row: SyncRow): void {
  const { action } = row
  counts[action === 'update-headers' ? 'updateHeaders' : action]++
  if (action === 'upload') counts.bytes += row.bytes
}

/** Whether a row is about an object that this place's syncs did not put there, or that somebody else has overwritten. */
export function isForeign({ action, reason }: Pick<SyncRow, 'action' | 'reason'>): boolean {
  return action === 'foreign' || reason === 'not-ours' || reason === 'changed-by-others'
}
