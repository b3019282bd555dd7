import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { Transfer, TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
import { createStore } from 'zustand/vanilla'

/** All transfers as the main process last told. */
export interface TransferFeed {
  readonly snapshot: TransferSnapshot
  /** What the last batch of uploads came to. */
  readonly lastReport: UploadReport | null
  readonly load: () => Promise<void>
  readonly cancel: (ids: string[] | 'all') => Promise<AppError | null>
  readonly retry: (ids: string[] | 'failed') => Promise<AppError | null>
  readonly clear: () => Promise<AppError | null>
  readonly pause: (ids: string[] | 'all') => Promise<AppError | null>
  readonly resume: (ids: string[] | 'all') => Promise<AppError | null>
  /** Before all others that wait. */
  readonly moveFirst: (ids: string[]) => Promise<AppError | null>
  /** One place up (-1) or down (1) among those that wait as it does; what stands at the end already stays. */
  readonly moveBy: (id: string, step: -1 | 1) => Promise<AppError | null>
  /** Null for as fast as it goes. */
  readonly limitBandwidth: (bytesPerSecond: number | null) => Promise<AppError | null>
}

const nothing: TransferSnapshot = {
  transfers: [],
  counts: { queued: 0, running: 0, paused: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 },
  totalBytes: 0,
  movedBytes: 0,
  bytesPerSecond: 0,
  secondsLeft: null,
  bandwidthLimitBytesPerSecond: null,
}

/** Follows the transfers by whole snapshots; {@link TransferFeed.load} brings a reloaded window up to date. */
export function createTransferStore(api: Api<File>) {
  const store = createStore<TransferFeed>()((set, get) => {
    const refresh = async () => {
      const result = await api.listTransfers({})
      if (result.ok) set({ snapshot: result.value })
    }
    return {
      snapshot: nothing,
      lastReport: null,
      load: refresh,
      cancel: async (ids) => errorOf(await api.cancelTransfers({ ids })),
      retry: async (ids) => errorOf(await api.retryTransfers({ ids })),
      clear: async () => {
        const result = await api.clearTransfers({})
        if (!result.ok) return result.error
        await refresh()
        return null
      },
      pause: async (ids) => errorOf(await api.pauseTransfers({ ids })),
      resume: async (ids) => errorOf(await api.resumeTransfers({ ids })),
      moveFirst: async (ids) => errorOf(await api.moveTransfersFirst({ ids })),
      moveBy: async (id, step) => {
        const ids = idsToMove(get().snapshot.transfers, id, step)
        return ids === null ? null : errorOf(await api.moveTransfersFirst({ ids }))
      },
      limitBandwidth: async (bytesPerSecond) => errorOf(await api.setBandwidthLimit({ bytesPerSecond })),
    }
  })
  api.onTransfers((snapshot) =>
    store.setState(({ snapshot: before }) => ({ snapshot: keepingRows(before, snapshot) })),
  )
  api.onUploadReport((lastReport) => store.setState({ lastReport }))
  return store
}

/** What has to be put first, in this order, for one transfer to change places with its neighbour; null at an end. */
function idsToMove(transfers: readonly Transfer[], id: string, step: -1 | 1): string[] | null {
  const state = transfers.find((each) => each.id === id)?.state
  const peers = transfers.filter((each) => each.state === state).map((each) => each.id)
  const upper = Math.min(peers.indexOf(id), peers.indexOf(id) + step)
  const [one, other] = peers.slice(Math.max(0, upper), Math.max(0, upper) + 2)
  if (upper < 0 || one === undefined || other === undefined) return null
  return [...peers.slice(0, upper), other, one]
}

/** The new snapshot, with each transfer that has not changed as the object that it was, so that it is not drawn again. */
function keepingRows(before: TransferSnapshot, after: TransferSnapshot): TransferSnapshot {
  const known = new Map(before.transfers.map((transfer) => [transfer.id, transfer]))
  const transfers = after.transfers.map((transfer) => {
    const old = known.get(transfer.id)
    return old !== undefined && isSame(old, transfer) ? old : transfer
  })
  return { ...after, transfers }
}

function isSame(a: Transfer, b: Transfer): boolean {
  const keys = Object.keys(b) as (keyof Transfer)[]
  // An error is another object each time; what has one is drawn again.
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key])
}

function errorOf(result: Result<unknown>): AppError | null {
  return result.ok ? null : result.error
}

/** How many transfers have not ended. */
export function liveTransfers({ counts }: TransferSnapshot): number {
  return counts.queued + counts.running + counts.paused
}
