import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Release } from '../../src-preload/contract/release.ts'
import { createStore } from 'zustand/vanilla'

/** The syncs of the past, by destination. */
export interface HistoryState {
  readonly releases: Readonly<Record<string, readonly Release[]>>
  readonly error: AppError | null
  readonly load: (destination: Destination) => Promise<void>
}

/** Reads what syncs have done. */
export function createHistoryStore(api: Api<File>) {
  return createStore<HistoryState>()((set) => ({
    releases: {},
    error: null,
    load: async ({ id, profileId, bucket, prefix }) => {
      const result = await api.listReleases({ profileId, bucket, prefix })
      if (result.ok) set((state) => ({ releases: { ...state.releases, [id]: result.value }, error: null }))
      else set({ error: result.error })
    },
  }))
}
