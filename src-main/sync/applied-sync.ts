import type { PlannedSync } from './plan-facts.ts'
import { createSortedMap } from '../tables/sorted-map.ts'
import type { MakeSpool } from '../tables/spool.ts'

/** What is known of a row since it was done. */
export interface RowDone {
  /** As the service answered it; of a removed object the one that it had. */
  readonly eTag: string | null
  /** What is stored, or was removed, in bytes; null when only headers were changed. */
  readonly sizeBytes: number | null
  /** When it was done by this computer's clock, in milliseconds since 1970. */
  readonly atMs: number
}

/** What is known of rows since they were done, by their keys. */
export interface DoneRows {
  has(key: string): boolean
  get(key: string): RowDone | undefined
}

/** Makes room for what is done, as bytes, with a spool some MB of them in memory. */
export function createDoneRows(
  makeSpool: MakeSpool = null,
): DoneRows & { set(key: string, done: RowDone): void } {
  const packed = createSortedMap(makeSpool)
  return {
    has: (key) => packed.has(key),
    get(key) {
      const text = packed.get(key)
      if (text === undefined) return undefined
      const [eTag, sizeBytes, atMs] = JSON.parse(text) as [string | null, number | null, number]
      return { eTag, sizeBytes, atMs }
    },
    set: (key, { eTag, sizeBytes, atMs }) => packed.set(key, JSON.stringify([eTag, sizeBytes, atMs])),
  }
}

/** A plan that is kept, applied or not. */
export interface KeptSync {
  readonly profileId: string
  readonly planned: PlannedSync
  /** The rows that were really done; null until the plan has been applied. */
  readonly done: DoneRows | null
}

/** A plan that has been applied, with the rows that were really done: not those that failed or were never tried. */
export interface AppliedSync extends KeptSync {
  readonly done: DoneRows
}
