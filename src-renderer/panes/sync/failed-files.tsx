import type { SyncOutcome } from '../../../src-preload/contract/sync-plan.ts'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { errorText } from '../../text/error-text.ts'
import { formatCount } from '../../text/format.ts'
import { failedReasons } from '../../text/sync-text.ts'

/** So many are named; a longer list is read by nobody. */
const mostNamed = 200

/** What of a sync failed: first the different reasons with their numbers, and then the files by name. */
export function FailedFiles({ failed, failedTotal }: Pick<SyncOutcome, 'failed' | 'failedTotal'>) {
  if (failedTotal === 0) return null
  const named = failed.slice(0, mostNamed)
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
        {named.map((error, index) => (
          <li key={`${error.key ?? ''} ${index}`}>
            {error.key === undefined ? null : (
              <>
                <VisibleName name={error.key} />:{' '}
              </>
            )}
            {errorText(error.code).happened} {error.message}
            {error.s3Code === undefined ? '' : ` (${error.s3Code})`}
          </li>
        ))}
        {failedTotal > named.length ? (
          <li>And {(failedTotal - named.length).toLocaleString()} more, which are not named here.</li>
        ) : null}
      </ul>
    </Note>
  )
}
