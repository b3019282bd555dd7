import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { openedObjects } from '../../src-preload/contract/told-opens.ts'
import { listReleaseRecords, releaseDirectory } from '../releases/release-store.ts'
import { applyUndo } from '../releases/undo-apply.ts'
import { type PlannedUndo, planUndo } from '../releases/undo-plan.ts'
import { whatSyncUndoOpens } from '../visibility/sync-undo-opens.ts'
import type { EventSource, HandlersOf } from './call.ts'
import { type LinkKeeper, noLinkKeeper, tellKeeper } from './link-keeper.ts'
import { createPlans, newPlanId } from './plans.ts'
import { refuseUnconfirmed } from './refuse-unconfirmed.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import type { SyncDirectories } from './sync-handlers.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

interface WaitingUndo {
  readonly profileId: string
  readonly planned: PlannedUndo
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
}

interface ReleaseParts {
  readonly sessions: Sessions
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  readonly progress: EventSource<SyncProgress>
  readonly work: RunningWork
  readonly directories: SyncDirectories
  readonly linkKeeper?: LinkKeeper
  /** Asks for what an undo has brought back. */
  readonly checks?: VisibilityChecks
}

/** The history of syncs, and undoing one: a plan that waits to be read, and its application. */
export function releaseHandlers({
  sessions,
  providerOf,
  progress,
  work,
  directories,
  linkKeeper = noLinkKeeper,
  checks = noVisibilityChecks,
}: ReleaseParts): HandlersOf<'listReleases' | 'planUndo' | 'listUndoRows' | 'applyUndo'> {
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
      const { planned, opens } = await work.run(planId, async (signal) => {
        const planned = await planUndo(session, {
          ...place,
          directory: releaseDirectory(directories.releases, session, place),
          releaseId,
          signal,
          onProgress: (now) => progress.emit({ ...now, planId }),
        })
        return {
          planned,
          opens: await whatSyncUndoOpens(session, planned, { provider: providerOf(profileId), signal }),
        }
      })
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
        opens: openedObjects(opens),
        warnings: planned.warnings,
      }
    },
    async listUndoRows({ planId, offset, limit }) {
      const { rows } = plans.get(planId).planned
      return { rows: rows.slice(offset, offset + limit), total: rows.length }
    },
    async applyUndo({ planId, confirmedRemovals, confirmedPublic }) {
      const waiting = plans.get(planId)
      if (waiting.applied) throw failure('not-found', 'This plan has been applied. Make a new one.')
      waiting.applied = true
      const [gone, came, changed]: [string[], string[], string[]] = [[], [], []]
      let outcome: Awaited<ReturnType<typeof applyUndo>>
      let visibilityReportId: string | null = null
      try {
        const session = await sessions.open(waiting.profileId)
        outcome = await work.run(planId, async (signal) => {
          const provider = providerOf(waiting.profileId)
          // Somebody may have closed meanwhile what was open when the person looked.
          const opens = await whatSyncUndoOpens(session, waiting.planned, { provider, signal })
          refuseUnconfirmed({ objects: opens.length }, confirmedPublic)
          return applyUndo(session, waiting.planned, {
            confirmedRemovals,
            locksDirectory: directories.locks,
            stateDirectory: directories.state,
            indexDirectory: directories.index,
            signal,
            onProgress: (now) => progress.emit({ ...now, planId }),
            onUndone({ action, key }) {
              if (action === 'remove') gone.push(key)
              else if (action === 'restore') came.push(key)
              // Its ACL may be another one, too.
              else changed.push(key)
            },
          })
        })
      } catch (error) {
        // Refused before anything was done: the person may decide otherwise and apply the same plan.
        if (error instanceof Failure) waiting.applied = false
        throw error
      } finally {
        const { profileId, planned } = waiting
        const place = { profileId, bucket: planned.record.head.bucket }
        await tellKeeper(linkKeeper, place, { gone, came })
        const cause = { cause: 'undo', causeId: planId } as const
        visibilityReportId = checks.after(
          place,
          cause,
          [...came, ...changed].map((key) => ({ key })),
        )
      }
      return {
        ...outcome,
        planId,
        failed: outcome.failed.slice(0, 1000),
        ...(visibilityReportId === null ? {} : { visibilityReportId }),
      }
    },
  }
}
