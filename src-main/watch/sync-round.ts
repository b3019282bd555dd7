import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { OpenedObjects } from '../../src-preload/contract/opens.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { unownedSync, unrecordedSync } from '../../src-preload/contract/unrecorded-sync.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type ApplySyncOptions, applySync } from '../sync/apply.ts'
import { counted } from '../sync/delete-limit.ts'
import { examples } from '../sync/name-examples.ts'
import { type LocalRoot, openRoot } from '../sync/local-files.ts'
import { type PlanSyncOptions, type PlannedSync, planSync } from '../sync/plan.ts'
import { releaseIndexes } from '../sync/plan-facts.ts'
import type { SyncMoment } from '../sync/progress.ts'
import type { RoundResult } from './watch-rules.ts'

/** What a watch keeps equal, and what it may do for that. */
export interface WatchedPlace {
  readonly bucket: string
  readonly prefix: string
  readonly options: SyncOptions
  /** Whether the person said, when starting, that this watch may remove. */
  readonly confirmDeletes: boolean
  /** The folder that the person meant. */
  readonly root: LocalRoot
}

/** What a round needs beside the place. */
export interface SyncRoundOptions {
  readonly place: WatchedPlace
  /** Opened for each round: the profile's keys or address may have changed. */
  readonly openSession: () => Promise<S3Session>
  /** Where is kept what syncs know and have done: the same as for a sync by hand. */
  readonly planning: Required<Pick<PlanSyncOptions, 'indexDirectory' | 'stateDirectory'>>
  readonly applying: Required<Pick<ApplySyncOptions, 'releasesDirectory' | 'locksDirectory'>>
  /** What is in the bucket and would become public (S44). */
  readonly opens: (session: S3Session, planned: PlannedSync, signal: AbortSignal) => Promise<OpenedObjects>
  readonly signal: AbortSignal
  /** The plan has something to do and is about to be applied. */
  readonly onApply: () => void
  readonly onProgress: (moment: SyncMoment) => void
  /** Hears of each row that was really done, also of a round that fails or is cancelled later. */
  readonly onDone?: ApplySyncOptions['onDone']
}

/**
 * Compares the whole folder with the whole place and does what is to be done, by the same plan and the same guards as a
 * sync by hand. It removes only what that sync would, only with the person's word for it, never what others put there,
 * and nothing any more once another folder stands in the place of the one that was meant (F39); and it makes nothing
 * public that is there already. Throws nothing but `cancelled`.
 */
export async function syncRound(asked: SyncRoundOptions): Promise<RoundResult> {
  try {
    return await planAndApply(asked)
  } catch (error) {
    const told = toFailure(error, {})
    if (asked.signal.aborted) throw told
    return { kind: 'failed', error: told.error }
  }
}

async function planAndApply(asked: SyncRoundOptions): Promise<RoundResult> {
  const { place, signal } = asked
  const isReplaced =
    place.options.removeRemoteOnly && !isSameFolder(place.root, await openRoot(place.root.chosen))
  const session = await asked.openSession()
  const planned = await planSync(session, {
    folder: place.root.chosen,
    bucket: place.bucket,
    prefix: place.prefix,
    options: {
      ...place.options,
      removeRemoteOnly: place.options.removeRemoteOnly && !isReplaced,
      removeForeign: false,
    },
    ...asked.planning,
    signal,
  })
  try {
    return await applyRound(asked, session, planned, isReplaced)
  } finally {
    releaseIndexes(planned.facts)
  }
}

async function applyRound(
  asked: SyncRoundOptions,
  session: S3Session,
  planned: PlannedSync,
  isReplaced: boolean,
): Promise<RoundResult> {
  const { place, signal } = asked
  const { counts, deleteRefusal, facts } = planned
  if (counts.delete > 0) {
    // Replaced between the two looks: the next round knows.
    if (!isSameFolder(place.root, facts.root)) return await planAndApply(asked)
    if (deleteRefusal !== null) return { kind: 'held', reason: 'too-many-deletes', message: deleteRefusal }
    if (!place.confirmDeletes)
      return {
        kind: 'held',
        reason: 'deletes-not-confirmed',
        message: `${counted(counts.delete)} would be removed, which this watch may not do. Sync by hand, or start it again and allow it.`,
      }
  }
  if (counts.upload + counts.updateHeaders + counts.delete === 0) return { kind: 'nothing-to-do', isReplaced }
  const opens = await asked.opens(session, planned, signal)
  if (opens.objects > 0)
    return {
      kind: 'held',
      reason: 'opens',
      message: `${counted(opens.objects)} in the bucket would become public (${examples(opens.sample, opens.objects)}), which a watch never does. Sync by hand, and it goes on.`,
    }
  asked.onApply()
  const outcome = await applySync(session, planned, {
    confirmedDeletes: counts.delete,
    confirmedForeign: 0,
    ...asked.applying,
    signal,
    onProgress: asked.onProgress,
    ...(asked.onDone ? { onDone: asked.onDone } : {}),
  })
  const { uploaded, updatedHeaders, deleted, bytes, failed } = outcome
  return {
    kind: 'synced',
    isReplaced,
    counts: { uploaded, updatedHeaders, deleted, failed: failed.length, bytes },
    error: failed[0] ?? null,
    unwritten: unwritten(outcome),
  }
}

/** What a person has to know of a sync that this computer could not write down. */
function unwritten(
  outcome: Parameters<typeof unrecordedSync>[0] & Parameters<typeof unownedSync>[0],
): AppError | null {
  const message = unrecordedSync(outcome) ?? unownedSync(outcome)
  return message === null ? null : { code: 'disk-full', message, retryable: false }
}

function isSameFolder(a: LocalRoot, b: LocalRoot): boolean {
  return a.path === b.path && a.dev === b.dev && a.ino === b.ino
}
