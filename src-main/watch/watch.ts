import type { Watch, WatchCounts } from '../../src-preload/contract/watch.ts'
import type { SyncMoment } from '../sync/progress.ts'
import type { FolderHints, HintsMode } from './folder-hints.ts'
import {
  afterEnd,
  afterHint,
  nextRoundAt,
  roundApplies,
  roundBegan,
  roundEnded,
  type RoundResult,
  startedWatch,
  usualTimes,
  type WatchEnd,
  type WatchMoment,
  type WatchTimes,
} from './watch-rules.ts'

/** What a watch tells of itself; where it works is known to whoever started it. */
export type WatchReport = Omit<
  Watch,
  'watchId' | 'profileId' | 'bucket' | 'prefix' | 'destinationId' | 'folderId' | 'folderName' | 'startedAt'
>

/** What happens in one round, as the watch sees it. */
export interface RoundEvents {
  readonly signal: AbortSignal
  readonly onApply: () => void
  readonly onProgress: (moment: SyncMoment) => void
}

/** What a watch is made of. */
export interface WatchParts {
  /** One comparison of everything, and what follows from it. May throw only once its signal is aborted. */
  readonly round: (events: RoundEvents) => Promise<RoundResult>
  readonly openHints: (onHint: () => void, onMode: (mode: HintsMode) => void) => FolderHints
  /** Something is different; `isUrgent` for what must not wait until it is convenient. */
  readonly onChange: (isUrgent: boolean) => void
  /** What nobody expected. */
  readonly onBug: (error: unknown) => void
  readonly times?: WatchTimes
  /** Milliseconds that never go back, and the time of day. */
  readonly now?: () => number
  readonly date?: () => Date
}

/** A watch that runs. */
export interface RunningWatch {
  report(): WatchReport
  /** Ends it, cancels a round that runs, and waits for its end. The message is the reason in words. */
  stop(reason: WatchEnd, message?: string): Promise<void>
}

/**
 * Keeps a place equal to a folder: hints say when to look, and a comparison of everything says what has changed. One
 * round at a time; what changes during a round leads to another one.
 */
export function startWatch(parts: WatchParts): RunningWatch {
  const { times = usualTimes, now = () => performance.now(), date = () => new Date() } = parts
  const stopped = new AbortController()
  let moment: WatchMoment = startedWatch
  let mode: HintsMode = { hints: 'events', message: null }
  let timer: NodeJS.Timeout | null = null
  let nextCheckAt: string | null = null
  let checkedAt: string | null = null
  let lastSync: { at: string; counts: WatchCounts } | null = null
  let progress: Watch['progress'] = null
  let running: Promise<void> = Promise.resolve()

  const hints = parts.openHints(
    () => change(afterHint(moment, now()), false),
    (next) => {
      mode = next
      parts.onChange(true)
    },
  )

  function change(next: WatchMoment, isUrgent: boolean): void {
    if (moment.state === 'stopped') return
    moment = next
    plan()
    parts.onChange(isUrgent)
  }

  /** Sets the clock for the next round. */
  function plan(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    nextCheckAt = null
    const at = stopped.signal.aborted ? null : nextRoundAt(moment, times)
    if (at === null) return
    const wait = Math.max(0, at - now())
    nextCheckAt = new Date(date().getTime() + wait).toISOString()
    timer = setTimeout(() => {
      running = round().catch(parts.onBug)
    }, wait)
  }

  async function round(): Promise<void> {
    change(roundBegan(moment), true)
    void hints.refresh()
    let result: RoundResult
    try {
      result = await parts.round({
        signal: stopped.signal,
        onApply: () => change(roundApplies(moment), true),
        onProgress({ filesDone, filesTotal, bytesDone, bytesTotal }) {
          progress = { filesDone, filesTotal, bytesDone, bytesTotal }
          parts.onChange(false)
        },
      })
    } catch (error) {
      if (stopped.signal.aborted) return
      parts.onBug(error)
      result = {
        kind: 'failed',
        error: {
          code: 'bug',
          message: 'Something went wrong inside Pail. The log has the details.',
          retryable: true,
        },
      }
    }
    progress = null
    checkedAt = date().toISOString()
    if (result.kind === 'synced') lastSync = { at: checkedAt, counts: result.counts }
    change(roundEnded(moment, result, now()), true)
  }

  plan()
  return {
    report: () => ({
      state: moment.state,
      reason: moment.reason,
      message: moment.message?.slice(0, 2000) ?? null,
      hints: mode.hints,
      hintsMessage: mode.message,
      changesSeen: moment.changesSeen,
      rounds: moment.rounds,
      checkedAt,
      nextCheckAt,
      lastSync,
      lastError: moment.lastError,
      progress,
    }),
    async stop(reason, message) {
      stopped.abort()
      // From here on no round begins any more.
      plan()
      await Promise.all([running, hints.close()])
      progress = null
      change(afterEnd(moment, reason, message), true)
    },
  }
}
