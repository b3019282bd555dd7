import { basename } from 'node:path'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { OpenedObjects } from '../../src-preload/contract/opens.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type {
  PlanRowFilter,
  SyncProgress,
  SyncRow,
  SyncRowPage,
} from '../../src-preload/contract/sync-plan.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createDoneRows, type KeptSync } from '../sync/applied-sync.ts'
import { applySync } from '../sync/apply.ts'
import { describeRow } from '../sync/describe-row.ts'
import { isForeign, releaseIndexes } from '../sync/plan-facts.ts'
import type { SyncRows } from '../sync/plan-rows.ts'
import { type PlannedSync, planSync } from '../sync/plan.ts'
import { spoolsIn } from '../tables/spool.ts'
import { areAclsSetSince, whatSyncOpens } from '../visibility/sync-opens.ts'
import type { EventSource, HandlersOf } from './call.ts'
import type { Folders } from './folders.ts'
import { type LinkKeeper, noLinkKeeper, tellKeeper } from './link-keeper.ts'
import { createPlans, newPlanId } from './plans.ts'
import { refuseUnconfirmed } from './refuse-unconfirmed.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import type { FindOpening } from './policy-reader.ts'
import { checkSync, expectedVisibility, refuseExposedFiles } from './sync-check.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

interface WaitingPlan {
  readonly profileId: string
  readonly planned: PlannedSync
  /** What of the bucket becomes public, and when that was looked at, in milliseconds since 1970. */
  readonly opens: OpenedObjects
  readonly opensSeenAtMs: number
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
  /** The rows that were really done so far. */
  readonly done: ReturnType<typeof createDoneRows>
  /** Whether the application has come to its end. */
  ended: boolean
}

/** After so long, in milliseconds, it is looked at again what a waiting plan makes public. */
const opensSeenForMs = 60_000

/** The rows that a filter can show: those from one place to another. Of what is not ours some of them are. */
function shown(rows: SyncRows, filter: PlanRowFilter): readonly [from: number, to: number] {
  if (filter === 'all') return [0, rows.length]
  if (filter === 'changes') return rows.range('upload', 'delete')
  return filter === 'foreign' ? rows.range('delete', 'foreign') : rows.range(filter)
}

/** A page of the rows that a filter shows and whose keys have a text in them, without regard to case. */
function pageOf(
  rows: SyncRows,
  { filter, search, offset, limit }: { filter: PlanRowFilter; search: string; offset: number; limit: number },
): SyncRowPage {
  const [from, to] = shown(rows, filter)
  const wanted = search.trim().toLowerCase()
  if (wanted === '' && filter !== 'foreign')
    return { rows: rows.slice(from + offset, Math.min(to, from + offset + limit)), total: to - from }
  const page: SyncRow[] = []
  let total = 0
  for (let index = from; index < to; index++) {
    if (wanted !== '' && !rows.key(index).toLowerCase().includes(wanted)) continue
    const row = filter === 'foreign' || (total >= offset && page.length < limit) ? rows.at(index) : undefined
    if (filter === 'foreign' && (row === undefined || !isForeign(row))) continue
    if (total >= offset && page.length < limit && row !== undefined) page.push(row)
    total++
  }
  return { rows: page, total }
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
  checks: VisibilityChecks = noVisibilityChecks,
  providerOf: (profileId: string) => ProviderId = () => 'other',
  openingOf: (profileId: string) => FindOpening = () => async () => null,
): HandlersOf<'planSync' | 'listPlanRows' | 'describePlanRow' | 'applySync'> & {
  kept(planId: string): KeptSync
} {
  const plans = createPlans<WaitingPlan>(5)
  const opensOf = (
    session: S3Session,
    planned: PlannedSync,
    profileId: string,
    signal: AbortSignal,
  ): Promise<OpenedObjects> =>
    whatSyncOpens(session, planned, {
      provider: providerOf(profileId),
      spool: spoolsIn(directories.state),
      signal,
    })
  /** Refuses where other objects become public by now than were named: somebody may have closed them meanwhile. */
  const refuseOthers = async (
    session: S3Session,
    { profileId, planned, opens, opensSeenAtMs }: WaitingPlan,
    confirmed: number | undefined,
    signal: AbortSignal,
  ): Promise<void> => {
    const isOld = Date.now() - opensSeenAtMs > opensSeenForMs
    if (!isOld && !(await areAclsSetSince(planned))) return
    const now = await opensOf(session, planned, profileId, signal)
    refuseUnconfirmed(now, confirmed)
    if (now.sample.every((key, at) => key === opens.sample[at])) return
    throw failure(
      'safety-refused',
      'Other objects become public by now than were named. Nothing was changed; look at it again.',
    )
  }

  return {
    async planSync({ profileId, bucket, prefix, folderId, options, expected, planId = newPlanId() }) {
      if (plans.has(planId)) throw failure('invalid-argument', 'There is a plan of this name already.')
      const folder = folders.path(folderId)
      const session = await sessions.open(profileId)
      const where = { folder, bucket, prefix: normalisedPrefix(prefix) }
      const { planned, opens } = await work.run(planId, async (signal) => {
        const planned = await planSync(session, {
          ...where,
          options,
          ...planDirectories(directories),
          signal,
          onProgress: (now) => progress.emit({ ...now, planId }),
        })
        try {
          await refuseExposedFiles(
            openingOf(profileId),
            planned,
            expectedVisibility({ ...where, options }, expected),
          )
          return { planned, opens: await opensOf(session, planned, profileId, signal) }
        } catch (error) {
          releaseIndexes(planned.facts)
          throw error
        }
      })
      const done = createDoneRows(spoolsIn(directories.state))
      const opensSeenAtMs = Date.now()
      plans.add({ profileId, planned, opens, opensSeenAtMs, applied: false, done, ended: false }, planId)
      return {
        planId,
        folderName: basename(folder) || folder,
        bucket,
        prefix: where.prefix,
        counts: planned.counts,
        rows: planned.rows.length,
        foreignDeletes: planned.foreignDeletes,
        onlyInBucket: planned.onlyInBucket,
        opens,
        warnings: planned.warnings.slice(0, 100),
        deleteRefusal: planned.deleteRefusal,
      }
    },
    async listPlanRows({ planId, offset, limit, filter, search = '' }) {
      return pageOf(plans.get(planId).planned.rows, { filter, search, offset, limit })
    },
    async describePlanRow({ planId, key }) {
      const { planned, profileId } = plans.get(planId)
      return describeRow(await sessions.open(profileId), planned, key)
    },
    async applySync({
      planId,
      confirmedDeletes,
      confirmedForeign,
      confirmedPublic,
      checks: scope = 'all',
      expected,
    }) {
      const waiting = plans.get(planId)
      if (waiting.applied) throw failure('not-found', 'This plan has been applied. Make a new one.')
      refuseUnconfirmed(waiting.opens, confirmedPublic)
      waiting.applied = true
      const { facts } = waiting.planned
      const asking = checkSync(checks, scope, {
        place: { profileId: waiting.profileId, bucket: facts.bucket },
        cause: { cause: 'sync', causeId: planId },
        expected: expectedVisibility(facts, expected),
      })
      let outcome: Awaited<ReturnType<typeof applySync>>
      let visibilityReportId: string | null = null
      try {
        const session = await sessions.open(waiting.profileId)
        outcome = await work.run(planId, async (signal) => {
          await refuseOthers(session, waiting, confirmedPublic, signal)
          // The policy may be another one by now.
          await refuseExposedFiles(
            openingOf(waiting.profileId),
            waiting.planned,
            expectedVisibility(facts, expected),
          )
          return applySync(session, waiting.planned, {
            confirmedDeletes,
            confirmedForeign,
            ...applyDirectories(directories),
            signal,
            onDone(row, done) {
              waiting.done.set(row.key, done)
              if (row.action === 'upload' || row.action === 'update-headers') asking.done(row.key)
            },
            onProgress: (now) => progress.emit({ ...now, planId }),
          })
        })
        waiting.ended = true
      } catch (error) {
        // Refused before anything was done: the person may decide otherwise and apply the same plan.
        if (error instanceof Failure) waiting.applied = false
        throw error
      } finally {
        const { profileId, planned, done } = waiting
        const place = { profileId, bucket: planned.facts.bucket }
        const keysOf = (action: SyncRow['action']): Iterable<string> => ({
          *[Symbol.iterator]() {
            for (const key of planned.rows.keys({ actions: [action] })) if (done.has(key)) yield key
          },
        })
        const came = keysOf('upload')
        await tellKeeper(linkKeeper, place, { gone: keysOf('delete'), came })
        visibilityReportId = asking.end(() => [...came, ...keysOf('update-headers')])
      }
      return {
        ...outcome,
        planId,
        failed: outcome.failed.slice(0, 1000),
        failedTotal: outcome.failed.length,
        ...(visibilityReportId === null ? {} : { visibilityReportId }),
      }
    },
    kept(planId) {
      const { profileId, planned, ended, done } = plans.get(planId)
      return { profileId, planned, done: ended ? done : null }
    },
  }
}
