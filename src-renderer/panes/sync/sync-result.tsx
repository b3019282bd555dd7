import { Undo2 } from 'lucide-react'
import { useEffect } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { SyncOutcome } from '../../../src-preload/contract/sync-plan.ts'
import { changedBySync, unownedSync, unrecordedSync } from '../../../src-preload/contract/unrecorded-sync.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { receiptOf } from '../../stores/receipt-store.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { outcomeText, untriedText, withheldTitle } from '../../text/sync-text.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { FailedFiles } from './failed-files.tsx'
import { InvalidationView } from './invalidation-view.tsx'
import { ReceiptView } from './receipt-view.tsx'

interface SyncResultProps {
  destination: StaticDestination
  outcome: SyncOutcome
}

/** What a sync did, with everything that went wrong by name, and what visitors get now. */
export function SyncResult({ destination, outcome }: SyncResultProps) {
  const { stores } = useWindow()
  const receipt = useFrom(
    (all) => all.receipts,
    (state) => receiptOf(state, destination.id),
  )
  const release = useFrom(
    (all) => all.history,
    (state) => state.releases[destination.id]?.find((each) => each.id === outcome.releaseId) ?? null,
  )
  const canUndo = release !== null && release.undone === 'no' && release.undoable > 0
  const { planId } = outcome
  const changed = changedBySync(outcome) > 0
  useEffect(() => {
    if (!changed) return
    void stores.history.getState().load(destination)
    const { receipt: has, checking } = receiptOf(stores.receipts.getState(), destination.id)
    if (has?.planId !== planId && !checking) void stores.receipts.getState().check(destination, planId)
  }, [stores, destination, planId, changed])
  const unrecorded = unrecordedSync(outcome)
  const unowned = unownedSync(outcome)
  const isWhole = outcome.failedTotal + outcome.untried === 0 && !outcome.cancelled
  const clean = isWhole && outcome.deletesWithheld === null
  return (
    <div className="sync-scroll">
      <div className="sync-block">
        <Note
          kind={clean ? 'ok' : 'warning'}
          title={outcomeText(outcome)}
          actions={
            canUndo ? (
              <Button
                icon={Undo2}
                onClick={() =>
                  stores.view.getState().askAboutSync({ kind: 'undo-sync', destination, release })
                }
              >
                Undo…
              </Button>
            ) : undefined
          }
        >
          {formatBytes(outcome.bytes)} sent
          {outcome.skipped > 0 ? `, ${formatCount(outcome.skipped, 'file')} left as they were` : ''}.{' '}
          {untriedText(outcome)}
        </Note>
        {outcome.deletesWithheld === null ? null : (
          <Note kind="warning" title={withheldTitle(outcome)}>
            {outcome.deletesWithheld}
          </Note>
        )}
        {unrecorded === null ? null : (
          <Note kind="warning" title="There is no undo">
            {unrecorded}
          </Note>
        )}
        {unowned === null ? null : (
          <Note kind="warning" title="Later syncs may not know these objects">
            {unowned}
          </Note>
        )}
        <FailedFiles {...outcome} />
      </div>
      {changed && destination.distributionId != null ? (
        <InvalidationView
          planId={planId}
          distributionId={destination.distributionId}
          onDone={() => void stores.receipts.getState().check(destination, planId)}
        />
      ) : null}
      {changed ? <ReceiptView destination={destination} planId={planId} job={receipt} /> : null}
    </div>
  )
}
