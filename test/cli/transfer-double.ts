import type { Transfer, TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { ApiDouble } from './api-double.ts'

/** A transfer that has ended well, but for what `more` says. */
export function transfer(id: string, more: Partial<Transfer> = {}): Transfer {
  return {
    id,
    batchId: 'batch',
    direction: 'upload',
    profileId: 'environment',
    bucket: 'bucket',
    key: id,
    name: id,
    sizeBytes: 10,
    movedBytes: 10,
    state: 'done',
    visibility: 'private',
    error: null,
    note: null,
    ...more,
  }
}

/** A snapshot of these transfers. */
export function snapshot(transfers: readonly Transfer[]): TransferSnapshot {
  const count = (...states: Transfer['state'][]) =>
    transfers.filter(({ state }) => states.includes(state)).length
  return {
    transfers: [...transfers],
    counts: {
      queued: count('queued', 'waiting-to-retry'),
      running: count('running'),
      paused: count('paused'),
      done: count('done'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      skipped: count('skipped'),
    },
    totalBytes: transfers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    movedBytes: transfers.reduce(
      (sum, { movedBytes, state }) =>
        sum + (['failed', 'cancelled', 'skipped'].includes(state) ? 0 : movedBytes),
      0,
    ),
    bytesPerSecond: 0,
    secondsLeft: null,
    bandwidthLimitBytesPerSecond: null,
  }
}

/** What a batch came to, as far as nobody asks for more. */
export function uploadReport(more: Partial<UploadReport> = {}): UploadReport {
  return {
    batchId: 'batch',
    bucket: 'bucket',
    uploaded: 1,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    link: null,
    linkError: null,
    overwriteGuard: 'by-service',
    databaseValues: [],
    ...more,
  }
}

/** Answers a start with a batch whose transfers run for a moment and then end as `ended` says. */
export function batchThatEnds(
  double: () => ApiDouble,
  ended: readonly Transfer[],
  before: () => void = () => undefined,
  report: Partial<UploadReport> = {},
) {
  let current = snapshot([])
  return {
    start: () => {
      current = snapshot(
        ended.map((one) => ({ ...one, state: 'running' as const, movedBytes: 1, error: null })),
      )
      setTimeout(() => double().emit('onTransfers', current), 1)
      setTimeout(() => {
        before()
        current = snapshot(ended)
        double().emit('onTransfers', current)
        double().emit('onUploadReport', { ...uploadReport(), ...report })
      }, 5)
      return ok({ batchId: 'batch', transfers: ended.length })
    },
    list: () => ok(current),
    clear: () => {
      current = snapshot([])
      return ok({})
    },
  }
}
