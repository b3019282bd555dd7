import { useEffect } from 'react'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import type { SyncOutcome } from '../../../src-preload/contract/sync-plan.ts'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { receiptOf } from '../../stores/receipt-store.ts'
import { errorText } from '../../text/error-text.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { outcomeText } from '../../text/sync-text.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { ReceiptView } from './receipt-view.tsx'

interface SyncResultProps {
  destination: Destination
  outcome: SyncOutcome
}

/** What a sync did, with everything that went wrong by name, and what visitors get now. */
export function SyncResult({ destination, outcome }: SyncResultProps) {
  const { stores } = useWindow()
  const receipt = useFrom(
    (all) => all.receipts,
    (state) => receiptOf(state, destination.id),
  )
  const { planId } = outcome
  const changed = outcome.uploaded + outcome.updatedHeaders + outcome.deleted > 0
  useEffect(() => {
    if (!changed) return
    const { receipt: has, checking } = receiptOf(stores.receipts.getState(), destination.id)
    if (has?.planId !== planId && !checking) void stores.receipts.getState().check(destination, planId)
  }, [stores, destination, planId, changed])
  const clean = outcome.failed.length === 0 && outcome.deletesWithheld === null && !outcome.cancelled
  return (
    <div className="sync-scroll">
      <div className="sync-block">
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
      {changed ? <ReceiptView destination={destination} planId={planId} job={receipt} /> : null}
    </div>
  )
}
