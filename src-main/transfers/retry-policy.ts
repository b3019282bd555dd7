import type { AppError } from '../../src-preload/contract/app-error.ts'

/** Milliseconds before each further attempt at a whole transfer, on top of the session's own quick retries. */
export const defaultRetryDelaysMs: readonly number[] = [1000, 3000, 10_000]

/** A file that changed is tried again once, when it may have come to rest (F36). */
const changedFileDelayMs = 2000

/**
 * How long to wait, in milliseconds, before a failed transfer is tried again by itself; null when it is not, because
 * the person has to do something first. `attempts` have failed so far, this one included.
 */
export function retryDelayMs(error: AppError, attempts: number, delays: readonly number[]): number | null {
  if (!error.retryable) return null
  const delay = delays[attempts - 1]
  if (delay === undefined) return null
  if (error.code === 'local-changed') return attempts === 1 ? Math.min(changedFileDelayMs, delay * 2) : null
  return delay
}
