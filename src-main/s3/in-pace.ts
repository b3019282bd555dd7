import type { Pace } from './pace.ts'
import { createTurns } from './turns.ts'

/** How to go through items. */
export interface InPaceOptions<T> {
  /** What the work on an item holds in memory, in bytes. */
  readonly heldBytes: (item: T) => number
  /** Asked before each item; true ends it early. */
  readonly isStopped?: () => boolean
  /** Does the work on an item that needs to wait for nothing and takes no room; false for one that is to be worked on. */
  readonly atOnce?: (item: T) => boolean
}

/**
 * Runs `work` for each item, as many at once as the pace allows, and stops starting more after the first error, which it
 * throws when all have ended; so is one of the items themselves. Those that come in batches are asked for when the batch
 * before is under way. The event loop has its turn in between, also when no work ever waits.
 */
export async function inPace<T>(
  pace: Pace,
  items: Iterable<T> | AsyncIterable<readonly T[]>,
  options: InPaceOptions<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const turns = createTurns()
  let doneAtOnce = 0
  let failure: { readonly error: unknown } | null = null
  let underWay = 0
  let allEnded: () => void = () => undefined
  const begin = async (item: T, leave: () => void) => {
    underWay++
    try {
      await work(item)
    } catch (error) {
      failure ??= { error }
    } finally {
      underWay--
      leave()
      if (underWay === 0) allEnded()
    }
  }
  /** Begins all of them; false when there is no going on. */
  const all = async (some: Iterable<T>): Promise<boolean> => {
    for (const item of some) {
      if (options.atOnce !== undefined) {
        if (failure !== null || options.isStopped?.() === true) return false
        if (options.atOnce(item)) {
          // Asking for the time takes as long as some of this work.
          const turn = ++doneAtOnce % 8 === 0 ? turns.next() : undefined
          if (turn !== undefined) await turn
          continue
        }
      }
      const leave = await pace.enter(options.heldBytes(item))
      if (failure !== null || options.isStopped?.() === true) {
        leave()
        return false
      }
      void begin(item, leave)
      const turn = turns.next()
      if (turn !== undefined) await turn
    }
    return true
  }
  try {
    if (Symbol.asyncIterator in items) {
      for await (const batch of items) if (!(await all(batch))) break
    } else await all(items)
  } catch (error) {
    failure ??= { error }
  }
  if (underWay > 0) await new Promise<void>((resolve) => (allEnded = resolve))
  if (failure !== null) throw (failure as { readonly error: unknown }).error
}
