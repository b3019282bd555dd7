import { describe, expect, it } from 'vitest'
import { createRetryStrategy, defaultRetryLimits } from '../../src-main/s3/retry-strategy.ts'

/** In the shape of the SDK's errors, whose cause is an error. */
const busy = Object.assign(new Error('busy'), { name: 'SlowDown' }) as Error & { cause?: Error }

/** The waits before each further attempt, in milliseconds, of one request that always meets the same. */
async function waits(errorType: 'TRANSIENT' | 'THROTTLING', maxAttempts: number, retryAfterHint?: Date) {
  const strategy = createRetryStrategy({ ...defaultRetryLimits, maxAttempts })
  let token = await strategy.acquireInitialRetryToken('')
  const found: number[] = []
  for (let attempt = 1; attempt < maxAttempts; attempt++) {
    token = await strategy.refreshRetryTokenForRetry(token, {
      error: busy,
      errorType,
      ...(retryAfterHint === undefined ? {} : { retryAfterHint }),
    })
    found.push(token.getRetryDelay())
  }
  await expect(strategy.refreshRetryTokenForRetry(token, { error: busy, errorType })).rejects.toThrow('busy')
  return found
}

describe('F7 the waits between attempts', () => {
  it.each([
    ['TRANSIENT', defaultRetryLimits.baseDelayMs],
    ['THROTTLING', defaultRetryLimits.baseDelayMs * 5],
  ] as const)('of %s are anywhere up to a ceiling that doubles, and is capped', async (errorType, base) => {
    const runs = await Promise.all(Array.from({ length: 400 }, () => waits(errorType, 12)))
    for (let attempt = 0; attempt < 11; attempt++) {
      const ceiling = Math.min(defaultRetryLimits.maxDelayMs, base * 2 ** attempt)
      const delays = runs.map((run) => run[attempt] ?? Number.NaN)
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...delays)).toBeLessThanOrEqual(ceiling)
      // Full jitter: of 400 some are in the lowest tenth and some in the highest, or chance has failed 10^-18 of the time.
      expect(Math.min(...delays)).toBeLessThanOrEqual(ceiling / 10)
      expect(Math.max(...delays)).toBeGreaterThanOrEqual(ceiling * 0.9)
    }
  })

  it('are as long as the service asks, but no longer than the cap', async () => {
    for (const [afterMs, least, most] of [
      [5000, 4900, 5001],
      [3_600_000, defaultRetryLimits.maxDelayMs, defaultRetryLimits.maxDelayMs],
    ] as const)
      for (const delay of await waits('TRANSIENT', 4, new Date(Date.now() + afterMs))) {
        expect(delay).toBeGreaterThanOrEqual(least)
        expect(delay).toBeLessThanOrEqual(most)
      }
  })
})

it('one request’s failures take no attempts away from another’s', async () => {
  const strategy = createRetryStrategy({ ...defaultRetryLimits, maxAttempts: 2 })
  for (let request = 0; request < 2000; request++) {
    const token = await strategy.acquireInitialRetryToken('')
    await strategy.refreshRetryTokenForRetry(token, { error: busy, errorType: 'TRANSIENT' })
  }
})
