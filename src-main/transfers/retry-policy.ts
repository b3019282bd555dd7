import type { AppError } from '../../src-preload/contract/app-error.ts'

/** Milliseconds before each further attempt at a whole transfer, on top of the session's own quick retries. */
export const defaultRetryDelaysMs: readonly number[] = [1000, 3000, 10_000]

/** A file that changed is tried again once, when it may have come to rest (F36). */
const changedFileDelayMs = 2000

/** A service that has said nothing but that it is busy for so long has failed, in milliseconds (F7). */
const busyUntilMs = 5 * 60_000

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

/**
 * How long to wait, in milliseconds, after a failure that is no fault of the transfer and so takes no attempt away: the
 * service is busy, for less than five minutes now (F7), or this computer has too many files open (F34). Null for
 * everything else. `busyForMs` is how long it has been so.
 */
export function patientDelayMs(error: AppError, busyForMs: number, delays: readonly number[]): number | null {
  const lacksFiles = error.s3Code === 'EMFILE' || error.s3Code === 'ENFILE'
  if (error.code !== 'slow-down' && !lacksFiles) return null
  if (busyForMs > busyUntilMs) return null
  // The longer it lasts, the longer the wait; those that failed together do not come again together.
  const longest = delays.at(-1) ?? 0
  return Math.min(longest, (delays[0] ?? 0) + busyForMs / 4) * (0.5 + Math.random())
}

const uncertain = new Set<AppError['code']>(['unreachable', 'dns', 'timeout', 'server-error', 'slow-down'])

/** Whether a failure leaves it open that the file has been stored. */
export function leavesOpen({ code }: AppError): boolean {
  return uncertain.has(code)
}

const silent = new Set<AppError['code']>(['unreachable', 'dns', 'timeout'])

/** Whether a failure may mean that the service, or the network, is away. */
export function mayBeOffline({ code, retryable }: AppError): boolean {
  return silent.has(code) || (code === 'proxy' && retryable)
}

const signInFirst = new Set<AppError['code']>([
  'expired-token',
  'no-credentials',
  'keychain-locked',
  'keychain-timeout',
])

/** Whether only the person can mend it, and then for all transfers of the profile at once. */
export function needsSignIn({ code }: AppError): boolean {
  return signInFirst.has(code)
}
