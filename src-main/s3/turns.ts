import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonicMs } from './monotonic-ms.ts'

/** Parts long work, so that the window and the sockets have their turn. */
export interface Turns {
  /** Returns at once, or after the others have had their turn. */
  next(): Promise<void> | undefined
}

/** No stretch of work is to be longer than this, in milliseconds. */
const longestStretchMs = 8

/** Makes the turns of one loop: `await turns.next()` in each of its steps. */
export function createTurns(): Turns {
  let startedAt = monotonicMs()
  return {
    next() {
      if (monotonicMs() - startedAt < longestStretchMs) return undefined
      return nextTurn().then(() => {
        startedAt = monotonicMs()
      })
    },
  }
}
