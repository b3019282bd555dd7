import { ArrowUpDown, CircleAlert } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { liveTransfers } from '../../stores/transfer-store.ts'
import { formatBytes, formatCount, formatTimeLeft } from '../../text/format.ts'
import { useFrom, useWindow } from '../window-context.ts'
import './transfers.css'

/** One line at the bottom while something moves or has failed. */
export function TransferStrip() {
  const { stores, commands } = useWindow()
  const snapshot = useFrom(
    (all) => all.transfers,
    (state) => state.snapshot,
  )
  const live = liveTransfers(snapshot)
  const { failed } = snapshot.counts
  if (live === 0 && failed === 0) return null
  const fraction = snapshot.totalBytes > 0 ? snapshot.movedBytes / snapshot.totalBytes : null
  return (
    <footer className="transfer-strip" aria-label="Transfer progress">
      {live > 0 ? (
        <>
          <ArrowUpDown size={14} aria-hidden />
          <span className="numeric">{formatCount(live, 'transfer')}</span>
          <ProgressBar label="Transfer progress" fraction={fraction} />
          <span className="numeric muted transfer-numbers">
            {formatBytes(snapshot.movedBytes)} of {formatBytes(snapshot.totalBytes)}
            {snapshot.bytesPerSecond > 0 ? ` · ${formatBytes(snapshot.bytesPerSecond)}/s` : ''}
            {snapshot.secondsLeft === null ? '' : ` · ${formatTimeLeft(snapshot.secondsLeft)}`}
          </span>
        </>
      ) : (
        <span className="grow" />
      )}
      {failed > 0 ? (
        <>
          <span className="transfer-alarm">
            <CircleAlert size={14} aria-hidden />
            {failed.toLocaleString()} failed
          </span>
          <Button onClick={() => void stores.transfers.getState().retry('failed').then(commands.fail)}>
            Retry
          </Button>
        </>
      ) : null}
      {live > 0 ? (
        <Button onClick={() => void stores.transfers.getState().cancel('all').then(commands.fail)}>
          Cancel all
        </Button>
      ) : null}
      <Button kind="quiet" onClick={() => commands.showPane('transfers')}>
        Show
      </Button>
    </footer>
  )
}
