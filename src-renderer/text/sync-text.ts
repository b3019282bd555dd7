import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type {
  SyncAction,
  SyncCounts,
  SyncOutcome,
  SyncPlan,
  SyncReason,
  SyncRow,
} from '../../src-preload/contract/sync-plan.ts'
import { changedBySync } from '../../src-preload/contract/unrecorded-sync.ts'
import { errorText } from './error-text.ts'
import { formatBytes, formatCount } from './format.ts'

const reasons: { readonly [Reason in SyncReason]: string } = {
  new: 'Not in the bucket yet',
  'size-differs': 'The size differs',
  'content-differs': 'The content differs',
  unverified: 'The content could not be compared',
  'header-differs': 'Only the headers differ',
  same: 'The same in both places',
  'remote-only': 'Not in the folder any more',
  'not-ours': 'Not ours: Pail’s syncs did not put it there',
  'changed-by-others': 'Not ours any more: somebody else has overwritten it',
  'folder-marker': 'A folder marker, left alone',
  excluded: 'Excluded',
  symlink: 'A symbolic link, not followed',
  'special-file': 'Not a regular file',
  unreadable: 'Cannot be read',
  'name-not-utf8': 'The name is not valid text',
  'name-collision': 'Two names would become the same key',
  'key-too-long': 'The name is too long for S3',
  'pails-own': 'A name that Pail keeps for itself',
}

const actions: { readonly [Action in SyncAction]: string } = {
  upload: 'Upload',
  'update-headers': 'Fix headers',
  delete: 'Remove',
  skip: 'Skip',
  foreign: 'Not ours',
  blocked: 'Blocked',
}

/** Why a key is in the plan as it is. */
export function reasonText(reason: SyncReason): string {
  return reasons[reason]
}

/** Why a row is in the plan as it is, also where nothing but its visibility differs. */
export function rowReasonText({ reason, headers }: Pick<SyncRow, 'reason' | 'headers'>): string {
  const isVisibility = headers.length > 0 && headers.every(({ header }) => header === 'Visibility')
  return reason === 'header-differs' && isVisibility ? 'Only who can read it differs' : reasonText(reason)
}

/** What would be done with a key. */
export function actionText(action: SyncAction): string {
  return actions[action]
}

/** Whether applying the plan would change anything. */
export function hasChanges(counts: SyncCounts): boolean {
  return counts.upload + counts.updateHeaders + counts.delete > 0
}

type Grave = Pick<SyncPlan, 'bucket' | 'counts' | 'opens'>

/** Whether a plan is confirmed apart: it removes something, or makes public what is in the bucket (S44, S46). */
export function needsConfirmation({ counts, opens }: Grave): boolean {
  return counts.delete + opens.objects > 0
}

/** The question before such a plan is applied. */
export function confirmSyncText({ bucket, counts, opens: { objects } }: Grave): string {
  const removed = formatCount(counts.delete, 'object')
  if (objects === 0) return `Remove ${removed} from ${bucket}?`
  if (counts.delete > 0)
    return `Remove ${removed} from ${bucket} and make ${objects.toLocaleString()} public?`
  return `Make ${formatCount(objects, 'object')} in ${bucket} public?`
}

/** The button that applies it. */
export function applyText({ counts, opens }: Grave): string {
  if (counts.delete === 0) return 'Apply and make public'
  const removes = `remove ${counts.delete.toLocaleString()}`
  return opens.objects > 0 ? `Apply, ${removes} and make public` : `Apply and ${removes}`
}

/** Above the objects that become public. */
export function syncOpensText(objects: number): string {
  return objects === 1 ? 'Everybody can read this one afterwards' : 'Everybody can read these afterwards'
}

/** The plan in one line: `12 to upload, 3 headers to fix, 2 to remove, 1.2 MB to send`. */
export function countsText(counts: SyncCounts): string {
  if (!hasChanges(counts)) {
    return counts.blocked > 0
      ? `Nothing to do, but ${formatCount(counts.blocked, 'file')} cannot be sent.`
      : 'Nothing to do. The bucket has what the folder has.'
  }
  return [
    ...(counts.upload > 0 ? [`${counts.upload.toLocaleString()} to upload`] : []),
    ...(counts.updateHeaders > 0 ? [`${formatCount(counts.updateHeaders, 'header')} to fix`] : []),
    ...(counts.delete > 0 ? [`${counts.delete.toLocaleString()} to remove`] : []),
    ...(counts.bytes > 0 ? [`${formatBytes(counts.bytes)} to send`] : []),
  ].join(', ')
}

/** What a sync did, in one line. */
export function outcomeText(outcome: SyncOutcome): string {
  const parts = [
    ...(outcome.uploaded > 0 ? [`${formatCount(outcome.uploaded, 'file')} uploaded`] : []),
    ...(outcome.updatedHeaders > 0
      ? [`headers of ${formatCount(outcome.updatedHeaders, 'object')} fixed`]
      : []),
    ...(outcome.deleted > 0 ? [`${formatCount(outcome.deleted, 'object')} removed`] : []),
    ...(outcome.failedTotal > 0 ? [`${outcome.failedTotal.toLocaleString()} failed`] : []),
    ...(outcome.untried > 0 ? [`${outcome.untried.toLocaleString()} not tried`] : []),
  ]
  const done = changedBySync(outcome) > 0 ? parts.join(', ') : ['Nothing was changed', ...parts].join(', ')
  return outcome.cancelled ? `Stopped. ${done}.` : `${done}.`
}

/** Why a sync left files alone that it was to send; empty when there are none. */
export function untriedText({ untried, cancelled }: Pick<SyncOutcome, 'untried' | 'cancelled'>): string {
  if (untried === 0) return ''
  const because = cancelled ? 'the sync was stopped before' : 'the same would have happened'
  return `${formatCount(untried, 'file')} ${untried === 1 ? 'was' : 'were'} not tried, because ${because}. Plan the sync again to go on.`
}

/** The different reasons why files failed, the most frequent first: `129 files: The server cannot be reached.` */
export function failedReasons(failed: SyncOutcome['failed']): string[] {
  const counts = new Map<ErrorCode, number>()
  for (const { code } of failed) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => {
      const { happened, next } = errorText(code)
      return `${formatCount(count, 'file')}: ${happened} ${next}`
    })
}

/** What a sync that did not remove all that it was to remove says of that. */
export function withheldTitle({ deleted }: Pick<SyncOutcome, 'deleted'>): string {
  return deleted === 0 ? 'Nothing was removed' : 'Not everything was removed'
}

/** What a row's object is when it does not hold the file as it is: `gzip copy of css/site.css`; empty otherwise. */
export function sentAsText({ sentAs, path }: Pick<SyncRow, 'sentAs' | 'path'>): string {
  if (sentAs === undefined) return ''
  return sentAs.sibling ? `${sentAs.coding} copy of ${path ?? 'a file'}` : `Stored as ${sentAs.coding}`
}
