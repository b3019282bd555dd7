import { setTimeout as sleep } from 'node:timers/promises'
import { toFailure } from '../s3/map-error.ts'
import { monotonicMs } from '../s3/monotonic-ms.ts'

/** How long to bear with a service that is too busy, in milliseconds. */
export interface PatienceLimits {
  /** Since anything last went well; a service that has been busy for longer has failed. */
  readonly untilMs: number
  /** Before each further attempt, on top of the session's own quick ones; up to twice as long. */
  readonly delayMs: number
}

const defaultPatience: PatienceLimits = { untilMs: 5 * 60_000, delayMs: 2000 }

/** Bears with a busy service, for all the work of one run together. */
export interface Patience {
  /**
   * Does some work again for as long as the service says that it is too busy (F7), if anything has gone well lately. Throws
   * what the work throws otherwise, and what ends the wait when it is cancelled.
   */
  with<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Makes the patience of a run, which begins now. */
export function createPatience(limits: PatienceLimits = defaultPatience): Patience {
  let wentWellAt = monotonicMs()
  return {
    async with(work, signal) {
      for (;;) {
        try {
          const result = await work()
          wentWellAt = monotonicMs()
          return result
        } catch (error) {
          const isBusy = toFailure(error, {}).error.code === 'slow-down'
          if (!isBusy || monotonicMs() - wentWellAt > limits.untilMs) throw error
          await sleep(limits.delayMs * (1 + Math.random()), undefined, signal ? { signal } : {})
        }
      }
    },
  }
}
