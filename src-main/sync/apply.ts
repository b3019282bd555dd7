import type { AppError } from '../../src-preload/contract/app-error.ts'
import { connectionErrorCodes } from '../../src-preload/contract/error-codes.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncOutcome, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { defaultPartSizeBytes } from '../s3/e-tag.ts'
import { inPace } from '../s3/in-pace.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { sendRow } from './apply-compressed.ts'
import { removeObject } from './apply-delete.ts'
import {
  noteSent,
  type Sending,
  type Target,
  updateObjectAcl,
  updateObjectHeaders,
  whenQuiet,
} from './apply-file.ts'
import type { RowDone } from './applied-sync.ts'
import { publishAfter } from './ownership.ts'
import { createFreshFiles } from './fresh-files.ts'
import { isSameRoot } from './local-files.ts'
import { diskReader, diskReaderAtOnce } from './local-reader.ts'
import { reservePrefix } from './overlap.ts'
import { createPatience, type Patience, type PatienceLimits } from './patience.ts'
import { type PlannedSync, releaseIndexes } from './plan-facts.ts'
import type { RowFacts } from './row-facts.ts'
import type { PlannedRow } from './plan-rows.ts'
import { createProgressMeter, type ProgressMeter, type SyncMoment } from './progress.ts'
import { publishStages } from './publish-order.ts'
import { type ReleaseRecorder, openRecorder } from '../releases/release-recorder.ts'

/** How to apply. The last three are for tests. */
export interface ApplySyncOptions {
  /** The number of removals that the person was shown; another one refuses the whole run. */
  readonly confirmedDeletes: number
  /** How many of them the person was told are not ours; another number refuses the whole run, too. */
  readonly confirmedForeign: number
  readonly signal?: AbortSignal
  readonly onProgress?: (moment: SyncMoment) => void
  /** Hears of each row that was really done, once. */
  readonly onDone?: (row: SyncRow, done: RowDone) => void
  /** Where is kept what syncs have changed, so that they can be undone; without it nothing is recorded. */
  readonly releasesDirectory?: string
  /** Where processes keep each other from syncing to one place at a time; without it only those of this one do. */
  readonly locksDirectory?: string
  readonly sending?: Sending
  /** How long a file has to hold still before it is tried again, in milliseconds (F36). */
  readonly quietMs?: number
  /** For how long a service that is too busy is asked again, and how often (F7). */
  readonly patience?: PatienceLimits
}

/** Failures that every other row would meet as well: the run stops at the first. */
export const hopeless: ReadonlySet<AppError['code']> = new Set([
  ...connectionErrorCodes,
  'no-such-bucket',
  'acls-disabled',
  'public-access-blocked',
])

/** The parts of one large file that are in memory at once. */
const mostHeldBytes = 4 * defaultPartSizeBytes

/** After so many failures of one kind and no success the others are not tried either: the key may not write there. */
const failuresInVain = 50

interface Run {
  readonly session: S3Session
  readonly planned: PlannedSync
  readonly options: ApplySyncOptions
  readonly meter: ProgressMeter
  readonly patience: Patience
  readonly target: Target
  /** Null when what happens is not recorded. */
  recorder: ReleaseRecorder | null
  readonly failed: AppError[]
  /** Rows that were begun, but for those that a cancellation left undone. */
  begun: number
  readonly done: { uploaded: number; updatedHeaders: number; deleted: number; bytes: number }
  /** Files that were sent as something else than what was planned, by their path. */
  readonly sentLater: Map<string, FileIdentity>
  /** Why no further row is started; null while it goes on. */
  stopped: 'cancelled' | 'hopeless' | null
}

/**
 * Does what the plan says: fingerprinted assets, other assets, style sheets and scripts, pages, manifests, and only
 * then removals, of which there are none after any error or a cancellation (S47). Failures of single rows are in the
 * outcome. Throws Failures when nothing may be done at all: `safety-refused` when the removals are not those that were
 * confirmed, are more than allowed, the folder is not the one that was planned from, or another sync runs there.
 */
export async function applySync(
  session: S3Session,
  planned: PlannedSync,
  options: ApplySyncOptions,
): Promise<Omit<SyncOutcome, 'planId' | 'failedTotal'>> {
  const { counts, facts } = planned
  refuseUnconfirmed(planned, options)
  if (!(await isSameRoot(facts.root)))
    throw failure(
      'safety-refused',
      'The folder is gone, or another one has taken its place since the plan was made. Nothing was changed.',
    )
  // Who changes nothing there is in nobody's way.
  const changes = counts.upload + counts.updateHeaders + counts.delete
  const release =
    changes === 0 && !facts.owned.isToPublish
      ? null
      : await reservePrefix(session, facts.bucket, facts.prefix, options.locksDirectory)
  const aclMarks = await facts.aclMarks.reopened()
  facts.heads?.trust(aclMarks)
  const run: Run = {
    session,
    planned,
    options,
    meter: createProgressMeter({
      state: 'running',
      filesTotal: changes,
      bytesTotal: counts.bytes,
      emit: options.onProgress,
    }),
    patience: createPatience(options.patience),
    // The marks as they are now: others may have set ACLs since the plan was made.
    target: { ...facts, aclMarks, fresh: createFreshFiles(), signal: options.signal },
    recorder: null,
    failed: [],
    begun: 0,
    done: { uploaded: 0, updatedHeaders: 0, deleted: 0, bytes: 0 },
    sentLater: new Map(),
    stopped: null,
  }
  let ended = false
  try {
    run.recorder = await openRecorder(session, planned, options.releasesDirectory)
    for (let stage = 0; stage < publishStages && !isStopped(run); stage++) await publish(run, stage)
    noteStaleCopies(run)
    const untried = counts.upload + counts.updateHeaders - run.begun
    const deletesWithheld = await removeOrSay(run)
    const cancelled = run.stopped === 'cancelled'
    const { owned, prefix } = planned.facts
    await publishAfter({ ...run, owned, prefix, signal: options.signal }, publishWithinMs)
    const state = cancelled ? 'cancelled' : run.failed.length > 0 ? 'failed' : 'done'
    // Both are flushed to the disk, and neither waits for the other.
    const [releaseId = null, isOwned] = await Promise.all([run.recorder?.end(state, run), owned.save()])
    ended = true
    run.meter.finish(state)
    const { done, failed } = run
    const outcome = { ...done, skipped: counts.skip, cancelled, failed, untried, deletesWithheld, releaseId }
    return { ...outcome, ...(isOwned ? {} : { unowned: true }) }
  } finally {
    if (!ended) {
      await run.recorder?.end('failed', run)
      run.meter.finish('failed')
    }
    // Before another sync may come to the place, to which it has to come whatever happens here.
    try {
      await facts.owned.save()
    } finally {
      await release?.()
    }
    await noteFresh(run)
    await Promise.all([
      facts.hashes?.save(),
      facts.compressor?.save(),
      facts.heads?.save(false),
      facts.pairs?.save(),
    ])
    releaseIndexes(facts)
  }
}

/** Remembers what can be remembered by now of the files that had just been written when they were sent. */
function noteFresh({ session, target }: Run): Promise<void> {
  const reader = session.readsAtOnce ? diskReaderAtOnce : diskReader
  return target.fresh.settled(reader, ({ row, identity, written }, readAtMs) =>
    noteSent(target, row, identity, written, readAtMs),
  )
}

/** How long the bucket's list may take, in milliseconds, when a person waits for the end of a cancelled sync. */
const publishWithinMs = 10_000

function refuseUnconfirmed(
  { counts, foreignDeletes, deleteRefusal, facts }: PlannedSync,
  { confirmedDeletes, confirmedForeign }: Pick<ApplySyncOptions, 'confirmedDeletes' | 'confirmedForeign'>,
): void {
  if (counts.delete > 0 && !facts.options.removeRemoteOnly)
    throw failure('safety-refused', 'Removing was not asked for. Nothing was changed.')
  if (foreignDeletes > 0 && !facts.options.removeForeign)
    throw failure(
      'safety-refused',
      'Removing what Pail’s syncs did not put there was not asked for. Nothing was changed.',
    )
  if (counts.delete > 0 && deleteRefusal !== null) throw failure('safety-refused', deleteRefusal)
  if (confirmedDeletes !== counts.delete)
    throw failure(
      'safety-refused',
      `The plan removes ${counts.delete} objects, but ${confirmedDeletes} were confirmed. Nothing was changed.`,
    )
  if (confirmedForeign !== foreignDeletes)
    throw failure(
      'safety-refused',
      `The plan removes ${foreignDeletes} objects that Pail’s syncs did not put there, but ${confirmedForeign} were confirmed. Nothing was changed.`,
    )
}

/** What a file can meet that may be over by the end of its stage. */
const passing: ReadonlySet<AppError['code']> = new Set(['local-changed', 'timeout'])

/**
 * Sends the files and fixes the headers of one stage, and then their compressed copies. A file that met something
 * {@link passing} is tried again before the copies.
 */
async function publish(run: Run, stage: number): Promise<void> {
  const rows = (copies: boolean) =>
    run.planned.rows.each({ actions: ['upload', 'update-headers'], stage, copies })
  await publishRows(run, rows(false), passing, async ({ row, facts }) => {
    const identity = await whenQuiet(facts, run.options.quietMs ?? 2000, run.options.signal)
    await publishRow(run, row, { ...facts, identity, md5: null })
    if (facts.path !== null) run.sentLater.set(facts.path, identity)
  })
  // A copy is made of what the file was when it was sent: of nothing else, were it to change again (F36).
  await publishRows(run, rows(true), new Set(['timeout']), ({ row, facts }) => publishRow(run, row, facts))
}

/** Works on rows; those that met something of `again` get their second chance when all others are through. */
async function publishRows(
  run: Run,
  rows: Iterable<PlannedRow>,
  again: ReadonlySet<AppError['code']>,
  retry: (planned: PlannedRow) => Promise<void>,
): Promise<void> {
  const restless: PlannedRow[] = []
  await forEachRow(run, rows, async ({ row, facts }) => {
    try {
      await publishRow(run, row, facts)
    } catch (error) {
      const { code } = toFailure(error, {}).error
      if (!again.has(code) || row.action !== 'upload') throw error
      restless.push({ row, facts: code === 'timeout' ? { ...facts, mayBeOurs: true } : facts })
      run.begun--
      return
    }
    run.meter.ended()
  })
  await forEachRow(run, restless, async (planned) => {
    await retry(planned)
    run.meter.ended()
  })
}

function isCopy({ sentAs }: SyncRow): boolean {
  return sentAs?.sibling === true
}

async function publishRow(run: Run, row: SyncRow, planned: RowFacts): Promise<void> {
  const { target } = run
  const later = isCopy(row) && planned.path !== null ? run.sentLater.get(planned.path) : undefined
  const facts = later === undefined ? planned : { ...planned, identity: later }
  if (row.action === 'update-headers' && facts.aclChange?.only === true) {
    const { aclChange } = facts
    const head = await updateObjectAcl(run.session, target, row, { ...facts, aclChange })
    run.recorder?.visibilityChanged(row, facts, head)
    run.done.updatedHeaders++
    run.options.onDone?.(row, { eTag: head.eTag, sizeBytes: null, atMs: Date.now() })
    return
  }
  target.heads?.forget(row.key)
  target.pairs?.forget(row.key, row.action === 'update-headers' ? 'headers' : 'content')
  if (row.action === 'update-headers') {
    const copied = await updateObjectHeaders(run.session, target, row, facts)
    run.recorder?.headersUpdated(row, facts, copied)
    run.done.updatedHeaders++
    run.options.onDone?.(row, { eTag: copied.eTag, sizeBytes: null, atMs: Date.now() })
    return
  }
  let moved = 0
  await run.recorder?.keepPrevious(row, run.options.signal)
  try {
    const sent = await sendRow(run.session, target, row, facts, {
      sending: run.options.sending,
      onProgress: (bytes) => {
        run.meter.moved(bytes - moved)
        moved = bytes
      },
    })
    run.meter.moved(sent.sizeBytes - moved)
    run.done.uploaded++
    run.done.bytes += sent.sizeBytes
    run.recorder?.uploaded(row, sent.written)
    run.options.onDone?.(row, { eTag: sent.eTag, sizeBytes: sent.sizeBytes, atMs: Date.now() })
  } catch (error) {
    // What did not arrive does not count as moved.
    run.meter.moved(-moved)
    throw error
  }
}

/** The removals, or why there are none. Null when all happened or none were planned. */
async function removeOrSay(run: Run): Promise<string | null> {
  const { planned, options } = run
  const { delete: deletes } = planned.counts
  if (deletes === 0) return planned.facts.deletesWithheld
  const because = await reasonAgainstRemoval(run)
  if (because !== null) return `${because} Nothing was removed.`
  const target = { ...planned.facts, signal: options.signal }
  await forEachRow(run, planned.rows.each({ actions: ['delete'] }), async ({ row, facts }) => {
    await run.recorder?.keepPrevious(row, options.signal)
    const removed = await removeObject(run.session, target, row, facts)
    run.recorder?.removed(row, removed)
    run.done.deleted++
    run.options.onDone?.(row, { eTag: facts.eTag, sizeBytes: row.bytes, atMs: Date.now() })
    run.meter.ended()
  })
  const left = deletes - run.done.deleted
  if (left === 0) return null
  return isStopped(run)
    ? `The sync was stopped when ${run.done.deleted} of ${deletes} objects had been removed.`
    : `${left} of ${deletes} objects could not be removed.`
}

async function reasonAgainstRemoval(run: Run): Promise<string | null> {
  if (isStopped(run) && run.stopped === 'cancelled') return 'The sync was stopped before the removals.'
  if (run.failed.length > 0) return 'Something failed, and after an error a sync removes nothing.'
  if (!(await isSameRoot(run.planned.facts.root)))
    return 'The folder is gone, or another one has taken its place.'
  return null
}

/** Works on rows, some at a time; a row's failure is noted and the others go on, unless all would fail alike. */
async function forEachRow(
  run: Run,
  rows: Iterable<PlannedRow>,
  work: (planned: PlannedRow) => Promise<void>,
): Promise<void> {
  const { pace } = run.session
  await inPace(pace, rows, { heldBytes, isStopped: () => isStopped(run) }, async (planned) => {
    const { row } = planned
    run.begun++
    run.meter.began(row.path ?? row.key)
    try {
      await run.patience.with(() => work(planned), run.options.signal)
    } catch (error) {
      note(run, row, error)
    }
  })
}

/** The memory that a row takes, in bytes: small files are read whole, large ones part by part. */
function heldBytes({ row: { action, bytes } }: PlannedRow): number {
  return action === 'upload' ? Math.min(bytes, mostHeldBytes) : 0
}

function note(run: Run, row: SyncRow, cause: unknown): void {
  const { error } = toFailure(cause, { key: row.key })
  if (error.code === 'cancelled' && run.options.signal?.aborted === true) {
    run.stopped = 'cancelled'
    run.begun--
    return
  }
  run.failed.push({ ...error, key: row.key })
  run.meter.ended()
  if (hopeless.has(error.code) || isInVain(run)) run.stopped ??= 'hopeless'
}

function isInVain({ done, failed }: Run): boolean {
  if (done.uploaded + done.updatedHeaders + done.deleted > 0 || failed.length < failuresInVain) return false
  return failed.every(({ code }) => code === failed[0]?.code)
}

/** Says which copies the plan left alone, because they were of what the file was before it changed under way. */
function noteStaleCopies({ planned, sentLater, failed }: Run): void {
  if (sentLater.size === 0) return
  const stayed = { actions: ['update-headers', 'delete', 'foreign', 'skip'], copies: true } as const
  for (const { row, facts } of planned.rows.each(stayed)) {
    if (!sentLater.has(facts.path ?? '')) continue
    const message =
      'The file changed while it was being sent, so this copy is of what it was before. Sync again.'
    failed.push({ code: 'local-changed', message, key: row.key, retryable: true })
  }
}

function isStopped(run: Run): boolean {
  if (run.options.signal?.aborted === true) run.stopped = 'cancelled'
  return run.stopped !== null
}
