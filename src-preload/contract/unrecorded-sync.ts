import type { SyncOutcome } from './sync-plan.ts'

/** What a person is told of a sync that has changed something and could not write down what; null for every other. */
export function unrecordedSync({
  releaseId,
  uploaded,
  updatedHeaders,
  deleted,
}: Pick<SyncOutcome, 'releaseId' | 'uploaded' | 'updatedHeaders' | 'deleted'>): string | null {
  if (releaseId !== null || uploaded + updatedHeaders + deleted === 0) return null
  return 'What this sync has changed could not be written down on this computer, so it cannot be undone. Is the disk full?'
}
