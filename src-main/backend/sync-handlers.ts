import { setMaxListeners } from 'node:events'
import { basename } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { PlanRowFilter, SyncProgress, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { applySync } from '../sync/apply.ts'
import { describeRow } from '../sync/describe-row.ts'
import { isForeign } from '../sync/plan-facts.ts'
import { type PlannedSync, planSync } from '../sync/plan.ts'
import type { EventSource, HandlersOf } from './call.ts'
import { normalisedPrefix } from './destination-handlers.ts'
import type { Folders } from './folders.ts'
import { createPlans, newPlanId } from './plans.ts'
import type { Sessions } from './sessions.ts'

interface WaitingPlan {
  readonly profileId: string
  readonly planned: PlannedSync
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
}

const withAction =
  (action: SyncRow['action']) =>
  (row: SyncRow): boolean =>
    row.action === action

const shown: Record<PlanRowFilter, (row: SyncRow) => boolean> = {
  changes: (row) => row.action === 'upload' || row.action === 'update-headers' || row.action === 'delete',
  all: () => true,
  upload: withAction('upload'),
  'update-headers': withAction('update-headers'),
  delete: withAction('delete'),
  skip: withAction('skip'),
  blocked: withAction('blocked'),
  foreign: isForeign,
}

/** Whether a row's key has a text in it, without regard to case; null for no text. */
function hasInKey(search: string): ((row: SyncRow) => boolean) | null {
  const wanted = search.trim().toLowerCase()
  return wanted === '' ? null : (row) => row.key.toLowerCase().includes(wanted)
}

/**
 * Static sync: a plan that waits to be read, and its application. `indexDirectory` keeps what is known of files between
 * syncs. `close` ends what runs and waits for it.
 */
export function syncHandlers(
  sessions: Sessions,
  folders: Folders,
  progress: EventSource<SyncProgress>,
  indexDirectory: string,
): HandlersOf<'planSync' | 'listPlanRows' | 'describePlanRow' | 'applySync' | 'cancelSync'> & {
  close(): Promise<void>
} {
  const plans = createPlans<WaitingPlan>(5)
  const running = new Map<string, { controller: AbortController; ended: Promise<unknown> }>()

  async function cancellable<T>(planId: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    // Every request under way listens to the one signal; that many is no leak.
    setMaxListeners(0, controller.signal)
    const ended = run(controller.signal)
    running.set(planId, { controller, ended })
    try {
      return await ended
    } finally {
      running.delete(planId)
    }
  }

  return {
    async planSync({ profileId, bucket, prefix, folderId, options }) {
      const folder = folders.path(folderId)
      const session = await sessions.open(profileId)
      const planId = newPlanId()
      const where = { folder, bucket, prefix: normalisedPrefix(prefix) }
      const planned = await cancellable(planId, (signal) =>
        planSync(session, {
          ...where,
          options,
          indexDirectory,
          signal,
          onProgress: (now) => progress.emit({ ...now, planId }),
        }),
      )
      plans.add({ profileId, planned, applied: false }, planId)
      return {
        planId,
        folderName: basename(folder) || folder,
        bucket,
        prefix: where.prefix,
        counts: planned.counts,
        rows: planned.rows.length,
        foreignDeletes: planned.foreignDeletes,
        warnings: planned.warnings.slice(0, 100),
        deleteRefusal: planned.deleteRefusal,
      }
    },
    async listPlanRows({ planId, offset, limit, filter, search = '' }) {
      const { planned } = plans.get(planId)
      const named = hasInKey(search)
      const rows =
        filter === 'all' && named === null
          ? planned.rows
          : planned.rows.filter((row) => shown[filter](row) && (named === null || named(row)))
      return { rows: rows.slice(offset, offset + limit), total: rows.length }
    },
    async describePlanRow({ planId, key }) {
      const { planned, profileId } = plans.get(planId)
      return describeRow(await sessions.open(profileId), planned, key)
    },
    async applySync({ planId, confirmedDeletes, confirmedForeign }) {
      const waiting = plans.get(planId)
      if (waiting.applied) throw failure('not-found', 'This plan has been applied. Make a new one.')
      waiting.applied = true
      try {
        const session = await sessions.open(waiting.profileId)
        const outcome = await cancellable(planId, (signal) =>
          applySync(session, waiting.planned, {
            confirmedDeletes,
            confirmedForeign,
            signal,
            onProgress: (now) => progress.emit({ ...now, planId }),
          }),
        )
        return { ...outcome, planId, failed: outcome.failed.slice(0, 1000) }
      } catch (error) {
        // Refused before anything was done: the person may decide otherwise and apply the same plan.
        if (error instanceof Failure) waiting.applied = false
        throw error
      }
    },
    async cancelSync({ planId }) {
      running.get(planId)?.controller.abort()
      return {}
    },
    async close() {
      for (const { controller } of running.values()) controller.abort()
      // What was begun in parts is being taken back, for which the session has to be open.
      await Promise.allSettled([...running.values()].map(({ ended }) => ended))
    },
  }
}
