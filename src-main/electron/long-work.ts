import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'

/** What the system shows of long work. */
export interface LongWorkView {
  /** 0 to 1; -1 removes the bar. */
  setProgress(fraction: number): void
  notify(title: string, body: string): void
  isWindowFocused(): boolean
}

/** Work that ends sooner than this many milliseconds is not worth a notification. */
const worthNotifyingAfterMilliseconds = 5000

const syncEnded: ReadonlySet<SyncProgress['state']> = new Set(['done', 'failed', 'cancelled'])

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}

/**
 * Follows transfers and syncs: the bar in the taskbar or dock while something runs, and one notification when all of it
 * has ended, if it took a while and the person looks elsewhere. No names: a notification can be read by anybody.
 */
export function followLongWork(view: LongWorkView, now: () => number = () => performance.now()) {
  let transfers: { fraction: number } | null = null
  // What a snapshot counts includes what had ended before this work began.
  let before = { done: 0, failed: 0 }
  /** How far each is, by its plan. */
  const syncs = new Map<string, number>()
  const publishing = new Set<string>()
  let syncFailed = false
  let syncFiles = 0
  let startedAt: number | null = null
  let uploaded = 0
  let failures = 0
  let shown = -1

  function update(): void {
    const running = [...(transfers === null ? [] : [transfers.fraction]), ...syncs.values()]
    const fraction = running.length === 0 ? -1 : running.reduce((sum, each) => sum + each, 0) / running.length
    if (fraction !== shown) view.setProgress(fraction)
    shown = fraction
    if (running.length > 0) {
      startedAt ??= now()
      return
    }
    if (startedAt === null) return
    const lasted = now() - startedAt
    startedAt = null
    if (lasted >= worthNotifyingAfterMilliseconds && !view.isWindowFocused()) {
      const parts = [
        uploaded > 0 ? `${files(uploaded)} done` : '',
        syncFiles > 0 ? `${files(syncFiles)} synced` : '',
        failures > 0 ? `${files(failures)} failed` : '',
        syncFailed ? 'the sync did not finish' : '',
      ].filter((part) => part !== '')
      view.notify(
        failures > 0 || syncFailed ? 'Finished with problems' : 'Finished',
        parts.length === 0 ? 'Nothing was changed.' : `${parts.join(', ')}.`,
      )
    }
    uploaded = 0
    failures = 0
    syncFiles = 0
    syncFailed = false
  }

  return {
    /** Whether a sync, that of a watch too, an undo or a move changes a bucket now. */
    isChanging: (): boolean => syncs.size + publishing.size > 0,
    onTransfers(snapshot: TransferSnapshot): void {
      const { counts, movedBytes, totalBytes } = snapshot
      // What waits for the person or the service has not ended: the bar stays where it is.
      const waits = transfers !== null && counts.paused > 0
      if (counts.queued + counts.running > 0 || waits) {
        transfers = { fraction: totalBytes > 0 ? Math.min(1, movedBytes / totalBytes) : 0 }
      } else {
        if (transfers !== null) {
          uploaded += Math.max(0, counts.done - before.done)
          failures += Math.max(0, counts.failed - before.failed)
        }
        transfers = null
        before = { done: counts.done, failed: counts.failed }
      }
      update()
    },
    onSyncProgress(progress: SyncProgress): void {
      if (syncEnded.has(progress.state)) {
        if (syncs.delete(progress.planId)) {
          syncFiles += progress.filesDone
          syncFailed ||= progress.state === 'failed'
        }
      } else if (progress.state === 'running') {
        const { bytesDone, bytesTotal } = progress
        syncs.set(progress.planId, bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : 0)
      }
      update()
    },
    /** A watch publishes when it likes, which is no news for the person. */
    onWatch({ watchId, state }: Pick<Watch, 'watchId' | 'state'>): void {
      if (state === 'applying') publishing.add(watchId)
      else publishing.delete(watchId)
    },
  }
}
