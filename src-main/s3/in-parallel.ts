/** Runs `work` for each item, at most `limit` at once, and stops starting more after the first error, which it throws. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let stopped = false
  const lanes = Array.from({ length: Math.min(limit, items.length) }, async () => {
    while (!stopped && next < items.length) {
      const index = next++
      try {
        await work(items[index] as T, index)
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
