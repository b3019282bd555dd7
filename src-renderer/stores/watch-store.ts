import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination, StaticDestination } from '../../src-preload/contract/destination.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { createStore } from 'zustand/vanilla'

/** Folders that are published whenever they change. */
export interface WatchStoreState {
  /** By id, those that have stopped by themselves included until the person has seen why. */
  readonly watches: Readonly<Record<string, Watch>>
  /** What a window that was loaded again has to know. */
  readonly load: () => Promise<void>
  /** Starts to publish a destination's folder whenever it changes. `confirmDeletes`: removing may happen unasked. */
  readonly start: (
    destination: StaticDestination,
    options: SyncOptions,
    confirmDeletes: boolean,
  ) => Promise<AppError | null>
  readonly stop: (watchId: string) => Promise<AppError | null>
}

/** The watch of a destination or its place: one that runs, else the last that stopped; null when there is none. */
export function watchOf(state: Pick<WatchStoreState, 'watches'>, destination: Destination): Watch | null {
  const { id, profileId, bucket, prefix } = destination
  const its = Object.values(state.watches).filter(
    (watch) =>
      watch.destinationId === id ||
      (watch.profileId === profileId && watch.bucket === bucket && watch.prefix === prefix),
  )
  return its.find(isWatching) ?? its.at(-1) ?? null
}

/** Whether a watch still publishes what changes, now or when it can again. */
export function isWatching(watch: Watch | null): watch is Watch {
  return watch !== null && watch.state !== 'stopped'
}

/** Follows watches. */
export function createWatchStore(api: Api<File>) {
  const store = createStore<WatchStoreState>()((set, get) => {
    const put = (watch: Watch) => set((state) => ({ watches: { ...state.watches, [watch.watchId]: watch } }))
    return {
      watches: {},
      load: async () => {
        const result = await api.listWatches({})
        if (result.ok)
          set({ watches: Object.fromEntries(result.value.map((watch) => [watch.watchId, watch])) })
      },
      start: async ({ id, profileId, bucket, prefix, folderId }, options, confirmDeletes) => {
        if (folderId === null) return null
        const result = await api.startWatch({
          profileId,
          bucket,
          prefix,
          folderId,
          options,
          confirmDeletes,
          destinationId: id,
        })
        if (!result.ok) return result.error
        // An event may have told more already.
        if (get().watches[result.value.watchId] === undefined) put(result.value)
        return null
      },
      stop: async (watchId) => {
        const result = await api.stopWatch({ watchId })
        return result.ok ? null : result.error
      },
    }
  })
  api.onWatch((watch) =>
    store.setState(({ watches }) => {
      const { [watch.watchId]: _, ...others } = watches
      const asked = watch.state === 'stopped' && watch.reason === 'asked'
      return { watches: asked ? others : { ...others, [watch.watchId]: watch } }
    }),
  )
  return store
}
