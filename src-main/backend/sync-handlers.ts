import { basename } from 'node:path'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { PlanRowFilter, SyncProgress, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { KeptSync, RowDone } from '../sync/applied-sync.ts'
import { applySync } from '../sync/apply.ts'
import { describeRow } from '../sync/describe-row.ts'
import { isForeign } from '../sync/plan-facts.ts'
import { type PlannedSync, planSync } from '../sync/plan.ts'
import type { EventSource, HandlersOf } from './call.ts'
import type { Folders } from './folders.ts'
import { type LinkKeeper, noLinkKeeper, tellKeeper } from './link-keeper.ts'
import { createPlans, newPlanId } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

interface WaitingPlan {
  readonly profileId: string
  readonly planned: PlannedSync
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
  /** The rows that were really done so far. */
  readonly done: Map<SyncRow, RowDone>
  /** Whether the application has come to its end. */
  ended: boolean
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

/** Where is kept what syncs know of files, what they have put where, and what they have changed. */
export interface SyncDirectories {
  readonly index: string
  readonly state: string
  readonly releases: string
  /** Where the processes that share the others tell each other what they sync. */
  readonly locks: string
}

/** The directories as every plan takes them, whoever makes it. */
export function planDirectories({ index, state }: SyncDirectories) {
  return { indexDirectory: index, stateDirectory: state }
}

/** The directories as every application takes them. */
export function applyDirectories({ releases, locks }: SyncDirectories) {
  return { releasesDirectory: releases, locksDirectory: locks }
}

/**
 * Static sync: a plan that waits to be read, and its application. `kept` answers a plan and what it has done, for what
 * comes after a sync; it throws `not-found` for a plan that is gone.
 */
export function syncHandlers(
  sessions: Sessions,
  folders: Folders,
  progress: EventSource<SyncProgress>,
  work: RunningWork,
  directories: SyncDirectories,
  linkKeeper: LinkKeeper = noLinkKeeper,
): HandlersOf<'planSync' | 'listPlanRows' | 'describePlanRow' | 'applySync' | 'cancelSync'> & {
  kept(planId: string): KeptSync
} {
  const plans = createPlans<WaitingPlan>(5)

  return {
    async planSync({ profileId, bucket, prefix, folderId, options }) {
      const folder = folders.path(folderId)
      const session = await sessions.open(profileId)
      const planId = newPlanId()
      const where = { folder, bucket, prefix: normalisedPrefix(prefix) }
      const planned = await work.run(planId, (signal) =>
        planSync(session, {
          ...where,
          options,
          ...planDirectories(directories),
          signal,
          onProgress: (now) => progress.emit({ ...now, planId }),
        }),
      )
      plans.add({ profileId, planned, applied: false, done: new Map(), ended: false }, planId)
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
        const outcome = await work.run(planId, (signal) =>
          applySync(session, waiting.planned, {
            confirmedDeletes,
            confirmedForeign,
            ...applyDirectories(directories),
            signal,
            onDone: (row, done) => void waiting.done.set(row, done),
            onProgress: (now) => progress.emit({ ...now, planId }),
          }),
        )
        waiting.ended = true
        return { ...outcome, planId, failed: outcome.failed.slice(0, 1000) }
      } catch (error) {
        // Refused before anything was done: the person may decide otherwise and apply the same plan.
        if (error instanceof Failure) waiting.applied = false
        throw error
      } finally {
        const { profileId, planned, done } = waiting
        const place = { profileId, bucket: planned.facts.bucket }
        const keysOf = (action: SyncRow['action']) =>
          [...done.keys()].filter(withAction(action)).map(({ key }) => key)
        await tellKeeper(linkKeeper, place, { gone: keysOf('delete'), came: keysOf('upload') })
      }
    },
    async cancelSync({ planId }) {
      work.cancel(planId)
      return {}
    },
    kept(planId) {
      const { profileId, planned, ended, done } = plans.get(planId)
      return { profileId, planned, done: ended ? done : null }
    },
  }
}
