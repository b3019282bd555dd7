import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Release } from '../../src-preload/contract/release.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { confirming } from '../../src-preload/contract/told-opens.ts'
import type { UndoOutcome, UndoPlan } from '../../src-preload/contract/undo.ts'
import { createStore } from 'zustand/vanilla'

/** An undo that goes on. */
export interface RunningUndo {
  readonly planId: string
  /** Null until the first object is worked on. */
  readonly progress: SyncProgress | null
  /** It was told to stop, and ends once what is on its way has ended. */
  readonly stopping: boolean
}

/** The syncs of the past, by destination, and the way back. */
export interface HistoryState {
  readonly releases: Readonly<Record<string, readonly Release[]>>
  readonly error: AppError | null
  readonly running: RunningUndo | null
  readonly load: (destination: Destination) => Promise<void>
  /** Looks at what undoing a sync would do. */
  readonly planUndo: (destination: Destination, releaseId: string) => Promise<Result<UndoPlan>>
  /** Undoes it, with the removals, and what becomes public, that the plan has shown. */
  readonly applyUndo: (destination: Destination, plan: UndoPlan) => Promise<Result<UndoOutcome>>
  /** Stops the one that runs: its outcome tells how far it came. Answers why that was not possible, else null. */
  readonly stopUndo: () => Promise<AppError | null>
}

/** Reads what syncs have done, and undoes it. */
export function createHistoryStore(api: Api<File>) {
  const store = createStore<HistoryState>()((set, get) => ({
    releases: {},
    error: null,
    running: null,
    load: async ({ id, profileId, bucket, prefix }) => {
      const result = await api.listReleases({ profileId, bucket, prefix })
      if (result.ok) set((state) => ({ releases: { ...state.releases, [id]: result.value }, error: null }))
      else set({ error: result.error })
    },
    planUndo: ({ profileId, bucket, prefix }, releaseId) =>
      api.planUndo({ profileId, bucket, prefix, releaseId }),
    applyUndo: async (destination, { planId, counts, opens }) => {
      set({ running: { planId, progress: null, stopping: false } })
      try {
        const result = await api.applyUndo({
          planId,
          confirmedRemovals: counts.remove,
          ...confirming(opens),
        })
        // Also of one that failed half way, the history tells how far it came.
        await get().load(destination)
        return result
      } finally {
        set({ running: null })
      }
    },
    stopUndo: async () => {
      const { running } = get()
      if (running === null || running.stopping) return null
      set({ running: { ...running, stopping: true } })
      const result = await api.cancelSync({ planId: running.planId })
      if (result.ok) return null
      // It still runs, so it can be tried once more.
      set((state) => ({ running: state.running === null ? null : { ...state.running, stopping: false } }))
      return result.error
    },
  }))
  api.onSyncProgress((progress) => {
    const { running } = store.getState()
    // The moment of the end is told by the answer, which has what was done.
    if (running?.planId !== progress.planId || progress.state !== 'running') return
    store.setState({ running: { ...running, progress } })
  })
  return store
}

/** The latest sync that changed something, if it has not been undone and can be. */
export function lastUndoable(releases: readonly Release[]): Release | undefined {
  const last = releases.find((each) => each.undoable + each.notUndoable > 0 || each.undone !== 'no')
  return last !== undefined && last.undone !== 'whole' && last.undoable > 0 && last.state !== 'running'
    ? last
    : undefined
}
