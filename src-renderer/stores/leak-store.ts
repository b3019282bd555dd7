import type { Api } from '../../src-preload/contract/api.ts'
import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import { createStore } from 'zustand/vanilla'

/** What is scanned: everything below a prefix of a bucket. */
export interface LeakPlace extends BucketRef {
  readonly prefix: string
}

/** Leak scans, the running ones and those that have ended. */
export interface LeakState {
  readonly scans: Readonly<Record<string, LeakScan>>
  /** What a window that was loaded again has to know. */
  readonly load: () => Promise<void>
  readonly start: (place: LeakPlace) => Promise<AppError | null>
  readonly stop: (scanId: string) => Promise<AppError | null>
}

/** The latest scan of a place; null when there is none. */
export function scanOf(state: Pick<LeakState, 'scans'>, place: LeakPlace): LeakScan | null {
  return Object.values(state.scans).reduce<LeakScan | null>(
    (best, scan) =>
      scan.profileId === place.profileId &&
      scan.bucket === place.bucket &&
      scan.prefix === place.prefix &&
      (best === null || scan.startedAt >= best.startedAt)
        ? scan
        : best,
    null,
  )
}

/** Follows leak scans. */
export function createLeakStore(api: Api<File>) {
  const store = createStore<LeakState>()((set, get) => ({
    scans: {},
    load: async () => {
      const result = await api.listLeakScans({})
      if (!result.ok) return
      const listed = Object.fromEntries(result.value.map((scan) => [scan.scanId, scan]))
      // An event may have told more already.
      set((state) => ({ scans: { ...listed, ...state.scans } }))
    },
    start: async ({ profileId, bucket, prefix }) => {
      const result = await api.startLeakScan({ profileId, bucket, prefix })
      if (!result.ok) return result.error
      const scan = result.value
      if (get().scans[scan.scanId] === undefined)
        set((state) => ({ scans: { ...state.scans, [scan.scanId]: scan } }))
      return null
    },
    stop: async (scanId) => {
      const result = await api.cancelLeakScan({ scanId })
      return result.ok ? null : result.error
    },
  }))
  api.onLeakScan((scan) => store.setState(({ scans }) => ({ scans: { ...scans, [scan.scanId]: scan } })))
  return store
}
