import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { listReleaseRecords, releaseDirectory } from '../releases/release-store.ts'
import { applyUndo } from '../releases/undo-apply.ts'
import { type PlannedUndo, planUndo } from '../releases/undo-plan.ts'
import type { EventSource, HandlersOf } from './call.ts'
import { type LinkKeeper, noLinkKeeper, tellKeeper } from './link-keeper.ts'
import { createPlans, newPlanId } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import type { SyncDirectories } from './sync-handlers.ts'

interface WaitingUndo {
  readonly profileId: string
  readonly planned: PlannedUndo
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
}

/** The history of syncs, and undoing one: a plan that waits to be read, and its application. */
export function releaseHandlers(
  sessions: Sessions,
  progress: EventSource<SyncProgress>,
  work: RunningWork,
  directories: SyncDirectories,
  linkKeeper: LinkKeeper = noLinkKeeper,
): HandlersOf<'listReleases' | 'planUndo' | 'listUndoRows' | 'applyUndo'> {
  const plans = createPlans<WaitingUndo>(5)
  return {
    async listReleases({ profileId, bucket, prefix }) {
      const place = { bucket, prefix: normalisedPrefix(prefix) }
      const directory = releaseDirectory(directories.releases, await sessions.open(profileId), place)
      return (await listReleaseRecords(directory)).slice(0, 100)
    },
    async planUndo({ profileId, bucket, prefix, releaseId }) {
      const session = await sessions.open(profileId)
      const place = { bucket, prefix: normalisedPrefix(prefix) }
      const planId = newPlanId()
      const planned = await work.run(planId, (signal) =>
        planUndo(session, {
          ...place,
          directory: releaseDirectory(directories.releases, session, place),
          releaseId,
          signal,
          onProgress: (now) => progress.emit({ ...now, planId }),
        }),
      )
      plans.add({ profileId, planned, applied: false }, planId)
      const { head } = planned.record
      return {
        planId,
        releaseId,
        startedAt: head.startedAt,
        folderName: head.folderName,
        ...place,
        counts: planned.counts,
        rows: planned.rows.slice(0, 1000),
        total: planned.rows.length,
        warnings: planned.warnings,
      }
    },
    async listUndoRows({ planId, offset, limit }) {
      const { rows } = plans.get(planId).planned
      return { rows: rows.slice(offset, offset + limit), total: rows.length }
    },
    async applyUndo({ planId, confirmedRemovals }) {
      const waiting = plans.get(planId)
      if (waiting.applied) throw failure('not-found', 'This plan has been applied. Make a new one.')
      waiting.applied = true
      const [gone, came]: [string[], string[]] = [[], []]
      try {
        const session = await sessions.open(waiting.profileId)
        const outcome = await work.run(planId, (signal) =>
          applyUndo(session, waiting.planned, {
            confirmedRemovals,
            locksDirectory: directories.locks,
            stateDirectory: directories.state,
            indexDirectory: directories.index,
            signal,
            onProgress: (now) => progress.emit({ ...now, planId }),
            onUndone({ action, key }) {
              if (action === 'remove') gone.push(key)
              else if (action === 'restore') came.push(key)
            },
          }),
        )
        return { ...outcome, planId, failed: outcome.failed.slice(0, 1000) }
      } catch (error) {
        // Refused before anything was done: the person may decide otherwise and apply the same plan.
        if (error instanceof Failure) waiting.applied = false
        throw error
      } finally {
        const { profileId, planned } = waiting
        await tellKeeper(linkKeeper, { profileId, bucket: planned.record.head.bucket }, { gone, came })
      }
    },
  }
}
