import type { SyncOutcome } from '../../../src-preload/contract/sync-plan.ts'
import { FailedItems } from '../../components/failed-items.tsx'
import { Note } from '../../components/note.tsx'
import { formatCount } from '../../text/format.ts'
import { failedReasons } from '../../text/sync-text.ts'

/** What of a sync failed: first the different reasons with their numbers, and then the files by name. */
export function FailedFiles({ failed, failedTotal }: Pick<SyncOutcome, 'failed' | 'failedTotal'>) {
  if (failedTotal === 0) return null
  return (
    <Note kind="danger" title={`${formatCount(failedTotal, 'file')} failed`}>
      {failed.length === 1 ? null : (
        <ul aria-label="Reasons">
          {failedReasons(failed).map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <ul aria-label="Files that failed">
        <FailedItems failed={failed} total={failedTotal} />
      </ul>
    </Note>
  )
}
