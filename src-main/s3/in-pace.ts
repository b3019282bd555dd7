import type { Pace } from './pace.ts'
import { createTurns } from './turns.ts'

/** How to go through items. */
export interface InPaceOptions<T> {
  /** What the work on an item holds in memory, in bytes. */
  readonly heldBytes: (item: T) => number
  /** Asked before each item; true ends it early. */
  readonly isStopped?: () => boolean
}

/**
 * Runs `work` for each item, as many at once as the pace allows, and stops starting more after the first error, which it
 * throws when all have ended. The event loop has its turn in between, also when no work ever waits.
 */
export async function inPace<T>(
  pace: Pace,
  items: Iterable<T>,
  options: InPaceOptions<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const turns = createTurns()
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
  for (const item of items) {
    const leave = await pace.enter(options.heldBytes(item))
    if (failure !== null || options.isStopped?.() === true) {
      leave()
      break
    }
    void begin(item, leave)
    await turns.next()
  }
  if (underWay > 0) await new Promise<void>((resolve) => (allEnded = resolve))
  if (failure !== null) throw (failure as { readonly error: unknown }).error
}
