import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { monotonicMs } from '../s3/monotonic-ms.ts'

/** A moment of a sync, before the backend puts the plan's id on it. */
export type SyncMoment = Omit<SyncProgress, 'planId'>

/** Collects what happens and tells it, at most ten times a second; what is done, also when nothing more happens for a while. */
export interface ProgressMeter {
  /** Bytes that went (or, negative, that have to go again). */
  moved(bytes: number): void
  /** A file that has begun. */
  began(name: string): void
  /** A file that has ended, however. */
  ended(): void
  /** A file that took no time. */
  passed(name: string): void
  /** Tells the end, at once. */
  finish(state: 'done' | 'failed' | 'cancelled'): void
}

const intervalMs = 100
/** What takes no time comes by the thousand: asking for the time after so many of them is enough. */
const passedAtOnce = 64
/** The speed is that of the last few seconds. */
const windowMs = 5000

/** Makes a meter. `filesTotal` may grow while it is asked for; `now` is in milliseconds and only for tests. */
export function createProgressMeter(options: {
  readonly state: 'planning' | 'running'
  readonly filesTotal: number | (() => number)
  readonly bytesTotal: number
  readonly emit: ((moment: SyncMoment) => void) | undefined
  readonly now?: () => number
}): ProgressMeter {
  const { filesTotal, now = monotonicMs } = options
  const samples: { at: number; bytes: number }[] = [{ at: now(), bytes: 0 }]
  let filesDone = 0
  let bytesDone = 0
  let current: string | null = null
  let toldAt = Number.NEGATIVE_INFINITY
  let telling: NodeJS.Timeout | null = null
  let isOver = false

  const tell = (state: SyncMoment['state'], at: number) => {
    if (telling !== null) clearTimeout(telling)
    telling = null
    toldAt = at
    samples.push({ at, bytes: bytesDone })
    while (samples.length > 2 && at - (samples[1]?.at ?? at) > windowMs) samples.shift()
    const first = samples[0] ?? { at, bytes: bytesDone }
    const seconds = (at - first.at) / 1000
    const bytesPerSecond = seconds > 0 ? Math.max(0, (bytesDone - first.bytes) / seconds) : 0
    const left = options.bytesTotal - bytesDone
    options.emit?.({
      state,
      filesDone,
      filesTotal: typeof filesTotal === 'number' ? filesTotal : filesTotal(),
      bytesDone,
      bytesTotal: options.bytesTotal,
      bytesPerSecond: Math.round(bytesPerSecond),
      secondsLeft:
        state !== 'running'
          ? null
          : left <= 0
            ? 0
            : bytesPerSecond > 0
              ? Math.ceil(left / bytesPerSecond)
              : null,
      current: state === 'running' || state === 'planning' ? (current?.slice(0, 4096) ?? null) : null,
    })
  }
  const maybe = () => {
    // What is late is of no interest once the end has been told.
    if (isOver) return
    const at = now()
    const early = intervalMs - (at - toldAt)
    if (early <= 0) tell(options.state, at)
    // What comes next may be long in coming: what has happened until then is told all the same. Not of a plan, which ends
    // with its answer and not with a moment that would have to come last.
    else if (options.emit !== undefined && options.state === 'running')
      telling ??= setTimeout(() => tell(options.state, now()), Math.ceil(early)).unref()
  }
  return {
    moved(bytes) {
      if (bytes === 0) return
      bytesDone += bytes
      maybe()
    },
    began(name) {
      current = name
      maybe()
    },
    ended() {
      filesDone++
      maybe()
    },
    passed(name) {
      current = name
      if (filesDone++ % passedAtOnce === 0) maybe()
    },
    finish(state) {
      isOver = true
      tell(state, now())
    },
  }
}
