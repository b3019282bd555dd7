import type { TransferState } from '../../src-preload/contract/transfer.ts'

/** What can happen to a transfer. `wait`: it failed and will be tried again by itself. */
export type TransferEvent =
  'start' | 'succeed' | 'fail' | 'skip' | 'wait' | 'cancel' | 'retry' | 'pause' | 'resume'

/**
 * The state after an event, or null where the event means nothing any more (a click that came too late).
 *
 * | state            | start   | succeed | fail   | skip    | wait             | cancel    | retry  | pause  | resume |
 * |------------------|---------|---------|--------|---------|------------------|-----------|--------|--------|--------|
 * | queued           | running | –       | failed | –       | –                | cancelled | –      | paused | –      |
 * | running          | –       | done    | failed | skipped | waiting-to-retry | cancelled | –      | paused | –      |
 * | paused           | –       | –       | –      | –       | –                | cancelled | –      | –      | queued |
 * | waiting-to-retry | running | –       | failed | –       | –                | cancelled | queued | paused | –      |
 * | failed           | –       | –       | –      | –       | –                | –         | queued | –      | –      |
 * | cancelled        | –       | –       | –      | –       | –                | –         | queued | –      | –      |
 * | done, skipped    | –       | –       | –      | –       | –                | –         | –      | –      | –      |
 */
export function nextState(state: TransferState, event: TransferEvent): TransferState | null {
  switch (state) {
    case 'queued':
      return oneOf(event, { start: 'running', fail: 'failed', cancel: 'cancelled', pause: 'paused' })
    case 'running':
      return oneOf(event, {
        succeed: 'done',
        fail: 'failed',
        skip: 'skipped',
        wait: 'waiting-to-retry',
        cancel: 'cancelled',
        pause: 'paused',
      })
    case 'paused':
      return oneOf(event, { cancel: 'cancelled', resume: 'queued' })
    case 'waiting-to-retry':
      return oneOf(event, {
        start: 'running',
        fail: 'failed',
        cancel: 'cancelled',
        retry: 'queued',
        pause: 'paused',
      })
    case 'failed':
    case 'cancelled':
      return oneOf(event, { retry: 'queued' })
    case 'done':
    case 'skipped':
      return null
    default:
      return assertNever(state)
  }
}

/** Whether nothing more happens to a transfer by itself. */
export function isTerminal(state: TransferState): boolean {
  switch (state) {
    case 'done':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return true
    case 'queued':
    case 'running':
    case 'paused':
    case 'waiting-to-retry':
      return false
    default:
      return assertNever(state)
  }
}

function oneOf(
  event: TransferEvent,
  moves: Partial<Record<TransferEvent, TransferState>>,
): TransferState | null {
  return moves[event] ?? null
}

function assertNever(state: never): never {
  throw new Error(`No such state: ${String(state)}`)
}
