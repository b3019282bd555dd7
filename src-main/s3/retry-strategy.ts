import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { Failure } from '../../src-preload/contract/failure.ts'
import { responseFacts } from './map-error.ts'
import { monotonicMs } from './monotonic-ms.ts'

type RetryStrategy = Extract<
  Exclude<S3ClientConfig['retryStrategy'], undefined>,
  { acquireInitialRetryToken: unknown }
>
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>

/** A token of ours, which comes back as it is. */
interface TimedToken extends RetryToken {
  readonly startedAt: number
}

/** How often and how fast to ask again. */
export interface RetryLimits {
  /** Attempts for throttling, 5xx and lost connections, the first one included. */
  readonly maxAttempts: number
  /** Attempts for time-outs, the first one included: each has cost a whole time-out already. */
  readonly maxTimeoutAttempts: number
  /** How long time-outs may take together, in milliseconds: none is tried again that would go beyond it (F4). */
  readonly timeoutBudgetMs: number
  /** The first delay, in milliseconds; it doubles, with full jitter, up to `maxDelayMs`. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
}

/** What a session uses unless told otherwise. */
export const defaultRetryLimits: RetryLimits = {
  maxAttempts: 5,
  maxTimeoutAttempts: 2,
  timeoutBudgetMs: 30_000,
  baseDelayMs: 100,
  maxDelayMs: 10_000,
}

/**
 * Exponential backoff with full jitter, without the SDK's shared token bucket: one throttled batch must not take the
 * retries away from the next request. Throttling waits five times as long as other trouble. `onBusy` hears of each
 * attempt that failed because the service, or this computer (F34), had too much to do.
 */
export function createRetryStrategy(
  limits: RetryLimits,
  onBusy: () => void = () => undefined,
): RetryStrategy {
  const token = (count: number, delayMs: number, startedAt: number): TimedToken => ({
    getRetryCount: () => count,
    getRetryDelay: () => delayMs,
    startedAt,
  })
  /** Whether another attempt fits that takes as long as each of those before. */
  const fits = (started: number, attempts: number) =>
    ((monotonicMs() - started) * (attempts + 1)) / attempts <= limits.timeoutBudgetMs
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0, 0, monotonicMs())),
    recordSuccess: () => undefined,
    refreshRetryTokenForRetry(last, info) {
      const retry = last.getRetryCount() + 1
      const started = (last as Partial<TimedToken>).startedAt ?? monotonicMs()
      const isTimeout = isTimeoutError(info.error)
      const lacksFiles = hasTooManyFiles(info.error)
      if (lacksFiles || info.errorType === 'THROTTLING' || responseFacts(info.error).status === 503) onBusy()
      const allowed = !isTimeout ? limits.maxAttempts : fits(started, retry) ? limits.maxTimeoutAttempts : 0
      const isFinal = info.errorType === 'CLIENT_ERROR' && !lacksFiles
      if (isFinal || isRefusal(info.error) || retry >= allowed) {
        return Promise.reject(info.error instanceof Error ? info.error : new Error('No more retries'))
      }
      const base = limits.baseDelayMs * (info.errorType === 'THROTTLING' ? 5 : 1)
      const ceiling = Math.min(limits.maxDelayMs, base * 2 ** (retry - 1))
      const hinted = info.retryAfterHint ? info.retryAfterHint.getTime() - Date.now() : 0
      const delay = Math.max(Math.random() * ceiling, Math.min(hinted, limits.maxDelayMs))
      return Promise.resolve(token(retry, Math.round(delay), started))
    },
  }
}

/** 501 and 505 count as the server's errors, but asking again does not teach it anything. */
function isRefusal(error: unknown): boolean {
  const { status } = responseFacts(error)
  return status === 501 || status === 505
}

/** No socket could be opened, because this process has too many files open; others are closed all the time. */
function hasTooManyFiles(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EMFILE' || code === 'ENFILE'
}

/** The SDK's handler calls lost connections time-outs as well; only those without a code of their own are. */
function isTimeoutError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // Of a proxy that does not answer.
  if (error instanceof Failure) return error.error.s3Code === 'ETIMEDOUT'
  const code = 'code' in error ? error.code : undefined
  return code === undefined
    ? error.name === 'TimeoutError'
    : code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT'
}
