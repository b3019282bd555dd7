import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { PlannedSync } from './plan-facts.ts'

/** What is known of a row since it was done. */
export interface RowDone {
  /** As the service answered it; of a removed object the one that it had. */
  readonly eTag: string | null
  /** What is stored, or was removed, in bytes; null when only headers were changed. */
  readonly sizeBytes: number | null
  /** When it was done by this computer's clock, in milliseconds since 1970. */
  readonly atMs: number
}

/** A plan that is kept, applied or not. */
export interface KeptSync {
  readonly profileId: string
  readonly planned: PlannedSync
  /** The rows that were really done; null until the plan has been applied. */
  readonly done: ReadonlyMap<SyncRow, RowDone> | null
}

/** A plan that has been applied, with the rows that were really done: not those that failed or were never tried. */
export interface AppliedSync extends KeptSync {
  readonly done: ReadonlyMap<SyncRow, RowDone>
}
