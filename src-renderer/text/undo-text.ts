import { unrecordedUndo } from '../../src-preload/contract/unrecorded-sync.ts'
import type { UndoCounts, UndoOutcome, UndoPlan, UndoRow } from '../../src-preload/contract/undo.ts'
import { formatCount } from './format.ts'

const actions: { readonly [Action in UndoRow['action']]: string } = {
  restore: 'Bring back',
  'restore-headers': 'Headers back',
  remove: 'Remove',
  none: 'Stays',
  'changed-since': 'Left alone',
  impossible: 'Not possible',
}

const reasons: { readonly [Reason in UndoRow['reason']]: string } = {
  overwritten: 'The sync replaced it',
  deleted: 'The sync removed it',
  'headers-changed': 'The sync changed its headers',
  created: 'The sync created it',
  'as-before': 'It is as it was before the sync',
  'may-be-needed': 'Something that refers to it may stay',
  changed: 'It was changed after the sync',
  gone: 'It was removed after the sync',
  'created-again': 'It was created again after the sync',
  'not-recorded': 'The sync was cut off, so it is not known who wrote it',
  'not-kept': 'No earlier version was kept',
  'version-gone': 'The earlier version is not there any more',
  'copy-gone': 'The kept copy is not there any more',
  'versions-not-readable': 'The versions of the bucket may not be read',
  'not-readable': 'It may not be read',
}

/** What an undo would do with a key. */
export function undoActionText(row: UndoRow): string {
  return actions[row.action]
}

/** Why, in a sentence without its full stop. */
export function undoReasonText(row: UndoRow): string {
  return reasons[row.reason]
}

/** The plan of an undo in one line: nothing of it has happened. */
export function undoCountsText(counts: UndoCounts): string {
  const parts = [
    ...(counts.restore > 0 ? [`${counts.restore.toLocaleString()} will be brought back`] : []),
    ...(counts.restoreHeaders > 0
      ? [`headers of ${formatCount(counts.restoreHeaders, 'object')} will be put back`]
      : []),
    ...(counts.remove > 0 ? [`${counts.remove.toLocaleString()} will be removed`] : []),
  ]
  const left = counts.changedSince + counts.impossible
  const rest =
    left > 0 ? ` ${formatCount(left, 'object')} ${left === 1 ? 'stays as it is' : 'stay as they are'}.` : ''
  return parts.length === 0 ? `Nothing can be undone.${rest}` : `${sentence(parts)}.${rest}`
}

/** How many objects everybody can read again once it is done. */
export function undoOpensText(objects: number): string {
  return objects === 1
    ? 'It makes an object public again'
    : `It makes ${objects.toLocaleString()} objects public again`
}

/** The rows that are not named as becoming public already, at most 200, and how many more there are. */
export function undoRowsBeside({ rows, total, opens }: Pick<UndoPlan, 'rows' | 'total' | 'opens'>): {
  readonly shown: readonly UndoRow[]
  readonly others: number
} {
  const named = new Set(opens.sample)
  const shown = rows.filter(({ key }) => !named.has(key)).slice(0, 200)
  return { shown, others: Math.max(0, total - named.size - shown.length) }
}

/** How far an undo is. */
export function undoProgressText({
  filesDone,
  filesTotal,
}: {
  filesDone: number
  filesTotal: number
}): string {
  return `${filesDone.toLocaleString()} of ${filesTotal.toLocaleString()}`
}

/** How an undo ended, and whether there is more to read than that all went well. */
export interface UndoEnd {
  readonly title: string
  readonly sentences: readonly string[]
  readonly isWhole: boolean
}

/** What an undo did of what was planned. */
export function undoEnd(outcome: UndoOutcome, counts: UndoCounts): UndoEnd {
  const { cancelled, failed, removalsWithheld } = outcome
  const unrecorded = unrecordedUndo(outcome)
  const isWhole = !cancelled && failed.length === 0 && removalsWithheld === null
  const sentences = [
    cancelled ? undoneSoFar(outcome, counts) : undoOutcomeText(outcome),
    // Of one that was stopped the numbers say it.
    ...(cancelled || removalsWithheld === null ? [] : [removalsWithheld]),
    ...(isWhole
      ? []
      : ['What was not undone is as the sync left it, and can still be undone under History.']),
    ...(unrecorded === null ? [] : [unrecorded]),
  ]
  return {
    title: cancelled ? 'The undo was stopped' : isWhole ? 'The sync is undone' : 'The sync is undone in part',
    sentences,
    isWhole: isWhole && unrecorded === null,
  }
}

function undoneSoFar(
  { restored, headersRestored, removed, failed }: UndoOutcome,
  counts: UndoCounts,
): string {
  if (restored + headersRestored + removed + failed.length === 0) return 'Nothing was changed.'
  const of = (done: number, planned: number) => `${done.toLocaleString()} of ${planned.toLocaleString()}`
  return `${sentence([
    ...(counts.restore > 0 ? [`${of(restored, counts.restore)} brought back`] : []),
    ...(counts.restoreHeaders > 0
      ? [`headers of ${of(headersRestored, counts.restoreHeaders)} put back`]
      : []),
    ...(counts.remove > 0 ? [`${of(removed, counts.remove)} removed`] : []),
    ...(failed.length > 0 ? [`${failed.length.toLocaleString()} failed`] : []),
  ])}.`
}

/** What an undo did, in one line. */
export function undoOutcomeText(outcome: UndoOutcome): string {
  const parts = [
    ...(outcome.restored > 0 ? [`${outcome.restored.toLocaleString()} brought back`] : []),
    ...(outcome.headersRestored > 0
      ? [`headers of ${formatCount(outcome.headersRestored, 'object')} put back`]
      : []),
    ...(outcome.removed > 0 ? [`${outcome.removed.toLocaleString()} removed`] : []),
    ...(outcome.failed.length > 0 ? [`${outcome.failed.length.toLocaleString()} failed`] : []),
  ]
  return parts.length === 0 ? 'Nothing was changed.' : `${sentence(parts)}.`
}

function sentence(parts: readonly string[]): string {
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
