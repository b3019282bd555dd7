import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
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
}

const nothing: TransferSnapshot = {
  transfers: [],
  counts: { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 },
  totalBytes: 0,
  movedBytes: 0,
  bytesPerSecond: 0,
  secondsLeft: null,
}

/** Follows the transfers by whole snapshots; {@link TransferFeed.load} brings a reloaded window up to date. */
export function createTransferStore(api: Api<File>) {
  const store = createStore<TransferFeed>()((set) => {
    const refresh = async () => {
      const result = await api.listTransfers({})
      if (result.ok) set({ snapshot: result.value })
    }
    return {
      snapshot: nothing,
      lastReport: null,
      load: refresh,
      cancel: async (ids) => {
        const result = await api.cancelTransfers({ ids })
        return result.ok ? null : result.error
      },
      retry: async (ids) => {
        const result = await api.retryTransfers({ ids })
        return result.ok ? null : result.error
      },
      clear: async () => {
        const result = await api.clearTransfers({})
        if (!result.ok) return result.error
        await refresh()
        return null
      },
    }
  })
  api.onTransfers((snapshot) => store.setState({ snapshot }))
  api.onUploadReport((lastReport) => store.setState({ lastReport }))
  return store
}

/** How many transfers have not ended. */
export function liveTransfers(snapshot: TransferSnapshot): number {
  return snapshot.counts.queued + snapshot.counts.running
}
