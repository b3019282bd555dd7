/** Runs `work` for each item, at most `limit` at once, and stops starting more after the first error, which it throws. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const from = items[Symbol.iterator]()
  let next = 0
  let stopped = false
  const lanes = Array.from({ length: limit }, async () => {
    while (!stopped) {
      try {
        const item = from.next()
        if (item.done === true) return
        await work(item.value, next++)
      } catch (error) {
        stopped = true
        throw error
      }
    }
  })
  // All lanes have ended before the error is told: nothing goes on behind the caller's back.
  const outcomes = await Promise.allSettled(lanes)
  const rejected = outcomes.find((outcome) => outcome.status === 'rejected')
  if (rejected) throw rejected.reason
}
