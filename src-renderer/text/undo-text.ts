import type { UndoCounts, UndoOutcome, UndoRow } from '../../src-preload/contract/undo.ts'
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

/** The plan of an undo in one line. */
export function undoCountsText(counts: UndoCounts): string {
  const parts = [
    ...(counts.restore > 0 ? [`${counts.restore.toLocaleString()} brought back`] : []),
    ...(counts.restoreHeaders > 0
      ? [`headers of ${formatCount(counts.restoreHeaders, 'object')} put back`]
      : []),
    ...(counts.remove > 0 ? [`${counts.remove.toLocaleString()} removed`] : []),
  ]
  const left = counts.changedSince + counts.impossible
  const rest = left > 0 ? ` ${formatCount(left, 'object')} cannot be brought back.` : ''
  return parts.length === 0 ? `Nothing can be undone.${rest}` : `${sentence(parts)}.${rest}`
}

/** How many objects everybody can read again once it is done. */
export function undoOpensText(objects: number): string {
  return objects === 1
    ? 'It makes an object public again'
    : `It makes ${objects.toLocaleString()} objects public again`
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
