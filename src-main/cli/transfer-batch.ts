import type { Transfer, TransferSnapshot, TransferState } from '../../src-preload/contract/transfer.ts'
import type { CommandContext } from './command.ts'
import { ask, valueOf } from './command.ts'
import { counted, formatBytes } from './plain-text.ts'
import type { Result } from '../../src-preload/contract/result.ts'

/** What became of a batch of transfers. */
export interface BatchOutcome {
  /** Empty where they are of several batches. */
  readonly batchId: string
  /** The transfers that were seen to end: all of them up to 1,000, which is what a snapshot holds. */
  readonly ended: readonly Transfer[]
  /** How many there were of each, however many. */
  readonly counts: Pick<TransferSnapshot['counts'], 'done' | 'failed' | 'cancelled' | 'skipped'>
  /** What arrived. */
  readonly bytes: number
}

const terminal: ReadonlySet<TransferState> = new Set(['done', 'failed', 'cancelled', 'skipped'])

/** Whether a transfer has ended, one way or the other. */
function hasEnded(transfer: Transfer): boolean {
  return terminal.has(transfer.state)
}

/** Seconds for people: `45 s`, `3 min`. */
function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`
}

/** What to say of transfers of which some failed: null when there is nothing to go on with. */
export function resumeHint(ended: readonly Transfer[]): string | null {
  const left = ended.filter(({ state, error }) => state === 'failed' && error?.retryable === true).length
  return left === 0 ? null : `pail resume goes on with ${left === 1 ? 'it' : `${left} of them`}.`
}

/** One line of progress. */
export function progressLine(
  verb: string,
  done: number,
  total: number,
  moved: { bytesDone: number; bytesTotal: number; bytesPerSecond: number; secondsLeft: number | null },
): string {
  const percent = moved.bytesTotal > 0 ? Math.floor((moved.bytesDone / moved.bytesTotal) * 100) : 0
  const left = moved.secondsLeft === null ? '' : `, ${formatSeconds(moved.secondsLeft)} left`
  return `${verb} ${done} of ${counted(total, 'file')}, ${formatBytes(moved.bytesDone)} of ${formatBytes(moved.bytesTotal)} (${percent} %), ${formatBytes(Math.round(moved.bytesPerSecond))}/s${left}`
}

/**
 * Starts a batch, the only one there is at the time, and waits until its last transfer has ended. After Ctrl+C the
 * transfers are cancelled and still waited for, so that no part of an upload and no half of a file stays behind. What
 * failed and can be tried again is left to `pail resume`, unless nothing of it is to be kept.
 */
export async function runBatch(
  context: Pick<CommandContext, 'api' | 'output' | 'signal'>,
  verb: string,
  start: () => Promise<Result<{ batchId?: string; transfers: number }>>,
  { isKept = true }: { readonly isKept?: boolean } = {},
): Promise<BatchOutcome> {
  const { api, output, signal } = context
  const ended = new Map<string, Transfer>()
  let started: { transfers: number } | null = null
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const take = (snapshot: TransferSnapshot) => {
    for (const transfer of snapshot.transfers) {
      if (hasEnded(transfer)) ended.set(transfer.id, transfer)
      // A retry takes an end back.
      else ended.delete(transfer.id)
    }
    const { counts } = snapshot
    const over = counts.done + counts.failed + counts.cancelled + counts.skipped
    const left = counts.queued + counts.running
    output.progress(
      progressLine(verb, over, over + left, {
        bytesDone: snapshot.movedBytes,
        bytesTotal: snapshot.totalBytes,
        bytesPerSecond: snapshot.bytesPerSecond,
        secondsLeft: snapshot.secondsLeft,
      }),
    )
    if (started && left === 0 && over >= started.transfers) finish()
  }
  // That the cancellation fails is told by the transfers, which then go on.
  const cancel = () => void api.cancelTransfers({ ids: 'all' }).catch(() => undefined)
  const unsubscribe = api.onTransfers(take)
  try {
    // Stopped meanwhile, it may start all the same: closing the backend cancels whatever runs.
    const batch = await ask(context, start())
    started = batch
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    // What ended before the batch had a name.
    take(valueOf(await api.listTransfers({})))
    await finished
    const last = valueOf(await api.listTransfers({}))
    take(last)
    // The next batch is counted by itself.
    valueOf(await api.clearTransfers({ keepsRetryable: isKept }))
    return {
      batchId: batch.batchId ?? '',
      ended: [...ended.values()].filter(
        ({ batchId }) => batch.batchId === undefined || batchId === batch.batchId,
      ),
      counts: last.counts,
      bytes: last.movedBytes,
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    unsubscribe()
    output.endProgress()
  }
}
