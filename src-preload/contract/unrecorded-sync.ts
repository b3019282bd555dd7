import type { SyncOutcome } from './sync-plan.ts'
import type { UndoOutcome } from './undo.ts'

type Done = Pick<SyncOutcome, 'uploaded' | 'updatedHeaders' | 'deleted'>

/** How many objects a sync has changed. */
export function changedBySync({ uploaded, updatedHeaders, deleted }: Done): number {
  return uploaded + updatedHeaders + deleted
}

/** What a person is told of a sync that has changed something and could not write down what; null for every other. */
export function unrecordedSync(outcome: Done & Pick<SyncOutcome, 'releaseId'>): string | null {
  if (outcome.releaseId !== null || changedBySync(outcome) === 0) return null
  return 'What this sync has changed could not be written down on this computer, so it cannot be undone. Is the disk full?'
}

/** What a person is told of a sync that could not write down which objects are ours; null for every other. */
export function unownedSync(outcome: Done & Pick<SyncOutcome, 'unowned'>): string | null {
  if (outcome.unowned !== true || changedBySync(outcome) === 0) return null
  return 'What this sync has put there could not all be written down on this computer, so later syncs may take these objects for somebody else’s and leave them when their files are gone. Is the disk full?'
}

/** What a person is told of an undo that has changed something and could not write down what; null for every other. */
export function unrecordedUndo({
  recorded,
  restored,
  headersRestored,
  removed,
}: Pick<UndoOutcome, 'recorded' | 'restored' | 'headersRestored' | 'removed'>): string | null {
  if (recorded || restored + headersRestored + removed === 0) return null
  return 'What was undone could not all be written down on this computer, so the history may still show the sync as it was. Is the disk full?'
}
