import type { SyncOutcome } from '../../../src-preload/contract/sync-plan.ts'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { errorText } from '../../text/error-text.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { outcomeText } from '../../text/sync-text.ts'

/** What a sync did, with everything that went wrong by name. */
export function SyncResult({ outcome }: { outcome: SyncOutcome }) {
  const clean = outcome.failed.length === 0 && outcome.deletesWithheld === null && !outcome.cancelled
  return (
    <div className="sync-block sync-scroll">
      <Note kind={clean ? 'ok' : 'warning'} title={outcomeText(outcome)}>
        {formatBytes(outcome.bytes)} sent
        {outcome.skipped > 0 ? `, ${formatCount(outcome.skipped, 'file')} left as they were` : ''}.
      </Note>
      {outcome.deletesWithheld === null ? null : (
        <Note kind="warning" title="Nothing was removed">
          {outcome.deletesWithheld}
        </Note>
      )}
      {outcome.failed.length === 0 ? null : (
        <Note kind="danger" title={`${formatCount(outcome.failed.length, 'file')} failed`}>
          <ul>
            {outcome.failed.slice(0, 200).map((error, index) => (
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
          </ul>
        </Note>
      )}
    </div>
  )
}
