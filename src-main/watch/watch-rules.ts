import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { WatchCounts, WatchReason, WatchState } from '../../src-preload/contract/watch.ts'

/** When a watch looks, all in milliseconds. */
export interface WatchTimes {
  /** A change is followed up when nothing has changed for so long, … */
  readonly quiet: number
  /** … or so long after the first change, in a folder that never holds still. */
  readonly patience: number
  /** Two rounds are at least so far apart. */
  readonly between: number
  /** Without any hint the folder is compared so often: a watcher may miss what it likes (F48). */
  readonly rescan: number
  /** After a failure, and after each further one; the last one stays (F2: at most one try in 5 seconds). */
  readonly retry: readonly number[]
  /** When `failuresToPause` rounds in a row have failed: after a change, and without one. */
  readonly failing: { readonly afterChange: number; readonly without: number }
}

/** See {@link WatchTimes}. */
export const usualTimes: WatchTimes = {
  quiet: 1000,
  patience: 10_000,
  between: 2000,
  rescan: 60_000,
  retry: [5000, 10_000, 20_000, 40_000, 60_000],
  failing: { afterChange: 60_000, without: 300_000 },
}

/** So many failed rounds in a row pause a watch. */
export const failuresToPause = 5

/** What came out of one round. */
export type RoundResult =
  | { readonly kind: 'nothing-to-do'; readonly isReplaced: boolean }
  | {
      readonly kind: 'synced'
      readonly isReplaced: boolean
      readonly counts: WatchCounts
      /** The first failure; null when all went well. */
      readonly error: AppError | null
      /** What was done is done, and could not be written down on this computer; null where it was. */
      readonly unwritten: AppError | null
    }
  /** There is something to remove or to make public that may not be; nothing was done. */
  | {
      readonly kind: 'held'
      readonly reason: 'deletes-not-confirmed' | 'too-many-deletes' | 'opens'
      readonly message: string
    }
  | { readonly kind: 'failed'; readonly error: AppError }

/** All that decides when a watch looks next and what it says of itself. Times are on a clock that never goes back. */
export interface WatchMoment {
  readonly state: WatchState
  readonly reason: WatchReason | null
  readonly message: string | null
  readonly lastError: AppError | null
  readonly changesSeen: number
  readonly rounds: number
  /** Changes that no round has followed up yet. */
  readonly unseen: { readonly first: number; readonly last: number } | null
  /** Null before the first round. */
  readonly roundEndedAt: number | null
  readonly failuresInRow: number
}

/** A watch that has just been started. */
export const startedWatch: WatchMoment = {
  state: 'waiting',
  reason: null,
  message: null,
  lastError: null,
  changesSeen: 0,
  rounds: 0,
  unseen: null,
  roundEndedAt: null,
  failuresInRow: 0,
}

/** Something in the folder seems to have changed. */
export function afterHint(moment: WatchMoment, now: number): WatchMoment {
  const unseen = { first: moment.unseen?.first ?? now, last: now }
  return { ...moment, changesSeen: moment.changesSeen + 1, unseen }
}

/** A round begins: what changes from now on is for the next one. */
export function roundBegan(moment: WatchMoment): WatchMoment {
  return { ...moment, state: 'planning', unseen: null }
}

/** The plan of the round has something to do and may do it. */
export function roundApplies(moment: WatchMoment): WatchMoment {
  return { ...moment, state: 'applying' }
}

/** Failures of the network and of a service in trouble, which end by themselves (F1, F2, F7). */
const passing: ReadonlySet<AppError['code']> = new Set([
  'unreachable',
  'dns',
  'timeout',
  'proxy',
  'slow-down',
  'server-error',
])

/** Failures of the folder: what a build that is under way leaves for a moment is over when it is done. */
const ofTheFolder: ReadonlySet<AppError['code']> = new Set([
  'safety-refused',
  'local-missing',
  'local-changed',
  'local-file',
])

/** Says what a round's end means. */
export function roundEnded(moment: WatchMoment, result: RoundResult, now: number): WatchMoment {
  const ended = { ...moment, rounds: moment.rounds + 1, roundEndedAt: now }
  switch (result.kind) {
    case 'nothing-to-do':
      return { ...ended, ...waiting(result.isReplaced), lastError: null, failuresInRow: 0 }
    case 'held':
      return {
        ...ended,
        state: 'paused',
        reason: result.reason,
        message: result.message,
        lastError: null,
        failuresInRow: 0,
      }
    case 'synced':
      // The bucket has what it should have: that is told, and keeps nothing waiting.
      if (result.error === null)
        return { ...ended, ...waiting(result.isReplaced), lastError: result.unwritten, failuresInRow: 0 }
      return afterFailure(ended, result.error, waiting(result.isReplaced))
    case 'failed':
      return afterFailure(ended, result.error, {
        state: 'paused',
        reason: result.error.code === 'local-missing' ? 'folder-missing' : 'refused',
        message: result.error.message,
      })
  }
}

type Standing = Pick<WatchMoment, 'state' | 'reason' | 'message'>

function waiting(isReplaced: boolean): Standing {
  return isReplaced
    ? {
        state: 'waiting',
        reason: 'folder-replaced',
        message:
          'Another folder has taken the place of the one that is watched. Nothing is removed until the watch is started again.',
      }
    : { state: 'waiting', reason: null, message: null }
}

function afterFailure(ended: WatchMoment, error: AppError, otherwise: Standing): WatchMoment {
  const isPassing = passing.has(error.code)
  // Being offline for a while is not counted against what goes wrong afterwards.
  const isSameKind = ended.lastError !== null && passing.has(ended.lastError.code) === isPassing
  const failuresInRow = isSameKind ? ended.failuresInRow + 1 : 1
  const failed = { ...ended, lastError: error, failuresInRow }
  if (isPassing) return { ...failed, state: 'paused', reason: 'offline', message: error.message }
  if (otherwise.reason !== 'folder-missing' && failuresInRow >= failuresToPause)
    return {
      ...failed,
      state: 'paused',
      reason: 'failing',
      message: `${failuresInRow} rounds in a row had failures. It is tried again after a change, or in 5 minutes. The last one: ${error.message}`,
    }
  return { ...failed, ...otherwise }
}

/** Why a watch ends. */
export type WatchEnd = Extract<WatchReason, 'asked' | 'destination-changed' | 'profile-deleted' | 'closing'>

/** The watch has ended; `message` is why, in words. */
export function afterEnd(moment: WatchMoment, reason: WatchEnd, message: string | null = null): WatchMoment {
  return { ...moment, state: 'stopped', reason, message, unseen: null }
}

/** When the next round is due; null while one runs and after the end. */
export function nextRoundAt(moment: WatchMoment, times: WatchTimes): number | null {
  const { state, unseen, roundEndedAt, reason, lastError, failuresInRow } = moment
  if (state !== 'waiting' && state !== 'paused') return null
  if (roundEndedAt === null) return Number.NEGATIVE_INFINITY
  const change =
    unseen === null
      ? Number.POSITIVE_INFINITY
      : Math.max(
          Math.min(unseen.last + times.quiet, unseen.first + times.patience),
          roundEndedAt + times.between,
        )
  if (reason === 'failing') {
    const { afterChange, without } = times.failing
    return unseen === null ? roundEndedAt + without : Math.max(change, roundEndedAt + afterChange)
  }
  if (lastError === null || failuresInRow === 0) return Math.min(change, roundEndedAt + times.rescan)
  // A missing folder costs a glance and no request: it does not have to wait longer and longer.
  const step = reason === 'folder-missing' ? 0 : Math.min(failuresInRow, times.retry.length) - 1
  const retry = roundEndedAt + (times.retry[step] ?? times.rescan)
  // What changes here does not make a service answer.
  return ofTheFolder.has(lastError.code) ? Math.min(change, retry) : retry
}
