import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { StaticDestination } from '../../src-preload/contract/destination.ts'
import { focusProblem } from '../components/focus-problem.ts'
import { commandOf } from '../stores/command-store.ts'
import type { Stores } from '../stores/create-stores.ts'
import { isStatic } from '../stores/destination-store.ts'
import { lastUndoable } from '../stores/history-store.ts'
import type { SyncForm } from '../stores/sync-form.ts'
import {
  destinationWith,
  draftOf,
  formWith,
  syncFormProblems,
  syncOptionsOf,
  unkeptOf,
} from '../stores/sync-form.ts'
import { isOutdated, jobOf } from '../stores/sync-store.ts'
import { isWatching, watchOf } from '../stores/watch-store.ts'
import { hasChanges, needsConfirmation } from '../text/sync-text.ts'
import { announceDone } from './announce.ts'

interface SyncParts {
  readonly stores: Stores
  readonly fail: (error: AppError | null) => boolean
}

/** What can be done with the destination that the Sync pane shows. */
export interface SyncOffers {
  readonly destination: StaticDestination
  readonly plan: boolean
  readonly apply: boolean
  readonly stop: boolean
  readonly watch: boolean
  /** The watch that can be ended; null for none. */
  readonly watchId: string | null
  readonly undo: boolean
}

/** Planning, applying, watching and going back: what the Sync pane's buttons and the palette do alike. */
export function createSyncCommands({ stores, fail }: SyncParts) {
  const { view, destinations, sync, commands, receipts, watches, history } = stores
  const formOf = (destination: StaticDestination) =>
    formWith(destination, sync.getState().drafts[destination.id])

  /** Keeps the options with the destination. Answers it as it is then; null when that failed, and nothing else happens. */
  const keepOptions = async (destination: StaticDestination, wanted: SyncForm) => {
    const input = destinationWith(wanted, destination)
    let kept = destination
    if (input !== null) {
      const result = await destinations.getState().update(destination.id, input)
      if (!result.ok) {
        fail(result.error)
        return null
      }
      if (result.value.kind === 'static') kept = result.value
    }
    sync.getState().setDraft(destination.id, unkeptOf(wanted))
    return kept
  }

  const planSync = async (destination: StaticDestination, wanted: SyncForm = formOf(destination)) => {
    const { id } = destination
    if (Object.keys(syncFormProblems(wanted)).length > 0) {
      // It may be out of sight, or behind another plan.
      sync.getState().reset(id)
      focusProblem(document)
      return
    }
    const kept = await keepOptions(destination, wanted)
    if (kept === null) return
    if (kept.runBefore == null) commands.getState().dismiss(id)
    else {
      // What the command builds is not in the plan that there is: nobody may apply that meanwhile, or when it fails.
      sync.getState().reset(id)
      if (!(await commands.getState().run(id))) return
    }
    receipts.getState().reset(id)
    await sync.getState().plan(kept, syncOptionsOf(wanted, kept))
  }

  /** Whether the plan that there is may be applied as it is. */
  const canApply = (destination: StaticDestination): boolean => {
    const job = jobOf(sync.getState(), destination.id)
    const { phase, plan } = job
    if (phase !== 'planned' || plan === null || isOutdated(job, destination)) return false
    return hasChanges(plan.counts) && (plan.deleteRefusal === null || plan.counts.delete === 0)
  }

  return {
    planSync,
    canApply,
    /** Plans once more, with nothing removed. */
    planWithoutRemoving: async (destination: StaticDestination) => {
      const wanted = { ...formOf(destination), removeRemoteOnly: false, removeForeign: false }
      sync.getState().setDraft(destination.id, draftOf(wanted, destination))
      await planSync(destination, wanted)
    },
    /** Applies the plan that was looked at, after asking where it removes something or makes it public. */
    applySync: (destination: StaticDestination) => {
      const { plan } = jobOf(sync.getState(), destination.id)
      if (plan !== null && needsConfirmation(plan)) {
        view.getState().askAboutSync({ kind: 'confirm-sync', destination, plan })
      } else void sync.getState().apply(destination.id)
    },
    stopSync: async (destination: StaticDestination) => {
      fail(await sync.getState().cancel(destination.id))
    },
    /** Publishes the folder whenever it changes from now on. */
    startWatch: async (destination: StaticDestination) => {
      const form = formOf(destination)
      const kept = await keepOptions(destination, form)
      if (kept === null) return
      // What others put there, and more than the usual number, is removed by hand only.
      const options = { ...syncOptionsOf(form, kept), removeForeign: false, maxDelete: null }
      fail(await watches.getState().start(kept, options, options.removeRemoteOnly))
    },
    stopWatch: async (watchId: string) => {
      fail(await watches.getState().stop(watchId))
    },
    /** Asks about the way back from the last sync; says so where there is none. */
    undoLastSync: async (destination: StaticDestination) => {
      await history.getState().load(destination)
      // Somebody who has gone elsewhere meanwhile is not asked.
      if (view.getState().destinationId !== destination.id) return
      const { error, releases } = history.getState()
      const release = lastUndoable(releases[destination.id] ?? [])
      if (release !== undefined) view.getState().askAboutSync({ kind: 'undo-sync', destination, release })
      else if (!fail(error))
        announceDone({
          title: 'Nothing to undo',
          body: 'There is no sync from this computer that can be undone: there was none, it changed nothing, or it has been undone.',
        })
    },
    /** What can be done now; null where no static destination is in front. */
    syncOffers: (): SyncOffers | null => {
      const { destinationId } = view.getState()
      const destination = destinations
        .getState()
        .destinations.filter(isStatic)
        .find((each) => each.id === destinationId)
      if (destination === undefined) return null
      const { phase } = jobOf(sync.getState(), destination.id)
      const watch = watchOf(watches.getState(), destination)
      const hasFolder = destination.folderId !== null
      const isAtWork = phase === 'planning' || phase === 'applying'
      // What was planned would not be what there is any more.
      const isStill = phase === 'idle' || phase === 'done'
      const isWrong = Object.keys(syncFormProblems(formOf(destination))).length > 0
      const { asking, run } = commandOf(commands.getState(), destination.id)
      return {
        destination,
        plan: hasFolder && !isAtWork && !asking && run?.state !== 'running',
        apply: canApply(destination),
        stop: isAtWork,
        watch: hasFolder && !isWatching(watch) && isStill && !isWrong,
        watchId: isWatching(watch) ? watch.watchId : null,
        undo: isStill,
      }
    },
  }
}
