import type { AppError } from '../../src-preload/contract/app-error.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { UndoOutcome, UndoRow } from '../../src-preload/contract/undo.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { hopeless } from '../sync/apply.ts'
import { type HeadMemory, openHeadMemory } from '../sync/head-memory.ts'
import { reservePrefix } from '../sync/overlap.ts'
import { type Ownership, openOwnership, publishAfter } from '../sync/ownership.ts'
import { createProgressMeter, type ProgressMeter, type SyncMoment } from '../sync/progress.ts'
import { publishStage, publishStages } from '../sync/publish-order.ts'
import type { UndoLine, UndoneLine } from './release-record.ts'
import { holdRecord, releasePath } from './release-store.ts'
import { type LineWriter, extendLineFile } from './sealed-lines.ts'
import { type Undone, undoStep } from './undo-step.ts'
import type { PlannedUndo, UndoStep } from './undo-plan.ts'

/** How to apply. */
export interface ApplyUndoOptions {
  /** The number of removals that the person was shown; another one refuses the whole undo. */
  readonly confirmedRemovals: number
  /** Where processes keep each other from changing one place at a time; without it only those of this one do. */
  readonly locksDirectory?: string
  /** Where is kept what syncs have put where, and what is known of objects; both learn what the undo did. */
  readonly stateDirectory?: string
  readonly indexDirectory?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (moment: SyncMoment) => void
  /** Hears of each row that was really undone, with what is at its key now. */
  readonly onUndone?: (row: UndoRow, undone: Undone) => void
}

/** Whoever cancelled waits no longer than this for the list in the bucket, in milliseconds. */
const publishWithinMs = 5000

/** Rows that are worked on at the same time. */
const rowsAtOnce = 16

interface Run {
  readonly session: S3Session
  readonly planned: PlannedUndo
  readonly options: ApplyUndoOptions
  readonly meter: ProgressMeter
  readonly lines: LineWriter
  readonly owned: Ownership
  readonly heads: HeadMemory | null
  readonly failed: AppError[]
  readonly done: { restored: number; headersRestored: number; removed: number }
  /** Why no further row is started; null while it goes on. */
  stopped: 'cancelled' | 'hopeless' | null
}

/**
 * Does what the plan says, the other way round than a sync: first what was deleted comes back, assets before pages;
 * then what was overwritten, manifests and pages before what they refer to; and only when all of that went well is
 * removed what the sync had made (S47). Failures of single rows are in the outcome. Throws Failures when nothing may be
 * done at all: `safety-refused` when other removals were confirmed or a sync runs there, `local-file` when it cannot be
 * written down.
 */
export async function applyUndo(
  session: S3Session,
  planned: PlannedUndo,
  options: ApplyUndoOptions,
): Promise<Omit<UndoOutcome, 'planId'>> {
  const { counts, record } = planned
  const { bucket, prefix, id } = record.head
  if (options.confirmedRemovals !== counts.remove)
    throw failure(
      'safety-refused',
      `The undo removes ${counts.remove} objects, but ${options.confirmedRemovals} were confirmed. Nothing was changed.`,
    )
  const release = await reservePrefix(session, bucket, prefix, options.locksDirectory)
  const path = releasePath(planned.directory, id)
  const letGo = holdRecord(path)
  let lines: LineWriter | null = null
  let owned: Ownership | null = null
  let heads: HeadMemory | null = null
  const meter = createProgressMeter({
    state: 'running',
    filesTotal: planned.steps.size,
    bytesTotal: 0,
    emit: options.onProgress,
  })
  let ended = false
  try {
    lines = await openRecord(path)
    const place = { service: session.service, bucket, prefix }
    // Other computers believe the list in the bucket, if the syncs to this place keep one.
    const { signal } = options
    const inBucket = { session, onlyIfThere: true, ...(signal ? { signal } : {}) }
    owned = await openOwnership(options.stateDirectory, place, inBucket)
    heads = openHeads(session, options.indexDirectory, bucket, prefix)
    const run: Run = {
      session,
      planned,
      options,
      meter,
      lines,
      owned,
      heads,
      failed: [],
      done: { restored: 0, headersRestored: 0, removed: 0 },
      stopped: null,
    }
    for (const batch of batches(planned)) if (!isStopped(run)) await undoRows(run, batch)
    const removalsWithheld = await removeOrSay(run)
    const cancelled = run.stopped === 'cancelled'
    await publishAfter({ ...run, prefix, signal }, publishWithinMs)
    const done = run.done.restored + run.done.headersRestored + run.done.removed
    const undone =
      done === planned.steps.size && counts.impossible + counts.changedSince === 0 ? 'whole' : 'in-part'
    const earlier = record.changes.filter((change) => change.undone !== null).length
    lines.write({
      undo: undone,
      endedAt: new Date().toISOString(),
      changes: earlier + done,
    } satisfies UndoLine)
    ended = true
    const recorded = await lines.seal()
    meter.finish(cancelled ? 'cancelled' : run.failed.length > 0 ? 'failed' : 'done')
    return { releaseId: id, ...run.done, cancelled, failed: run.failed, removalsWithheld, undone, recorded }
  } finally {
    if (!ended) {
      await lines?.close()
      meter.finish('failed')
    }
    letGo()
    await Promise.all([owned?.save(), heads?.save(false)])
    heads?.release()
    await release()
  }
}

function openHeads(
  session: S3Session,
  directory: string | undefined,
  bucket: string,
  prefix: string,
): HeadMemory | null {
  if (directory === undefined) return null
  return openHeadMemory(directory, session.service, session.region, bucket, prefix)
}

async function openRecord(path: string): Promise<LineWriter> {
  try {
    return await extendLineFile(path)
  } catch (error) {
    throw failure('local-file', 'The record of the sync cannot be written. Nothing was changed.', {
      cause: error,
    })
  }
}

/** A compressed copy goes with what it is a copy of. */
function stageOf(key: string): number {
  return publishStage(key.replace(/\.(gz|br)$/i, ''))
}

/** What comes back, in the order in which it may. */
function* batches({ rows, steps }: PlannedUndo): Iterable<UndoRow[]> {
  const back = rows.filter((row) => steps.has(row) && row.action !== 'remove')
  const isDeleted = ({ reason }: UndoRow) => reason === 'deleted'
  const stage = (number: number, deleted: boolean) =>
    back.filter((row) => isDeleted(row) === deleted && stageOf(row.key) === number)
  for (let number = 0; number < publishStages; number++) yield stage(number, true)
  for (let number = publishStages - 1; number >= 0; number--) yield stage(number, false)
}

/** The removals, or why there are none. Null when all happened or none were planned. */
async function removeOrSay(run: Run): Promise<string | null> {
  const rows = run.planned.rows.filter(({ action }) => action === 'remove')
  if (rows.length === 0) return null
  if (isStopped(run) && run.stopped === 'cancelled')
    return 'The undo was stopped before the removals. Nothing was removed.'
  if (run.failed.length > 0)
    return 'Something did not come back, and what has not come back may need what would be removed. Nothing was removed.'
  for (let number = publishStages - 1; number >= 0 && !isStopped(run); number--)
    await undoRows(
      run,
      rows.filter(({ key }) => stageOf(key) === number),
    )
  const left = rows.length - run.done.removed
  if (left === 0) return null
  return run.stopped === 'cancelled'
    ? `The undo was stopped during the removals. ${left} of ${rows.length} objects were not removed.`
    : `${left} of ${rows.length} objects could not be removed.`
}

async function undoRows(run: Run, rows: readonly UndoRow[]): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < rows.length && !isStopped(run)) {
      const row = rows[next++] as UndoRow
      const step = run.planned.steps.get(row)
      if (step === undefined) throw new Error('A row of the undo has lost its step.')
      run.meter.began(row.key)
      try {
        await undoOne(run, row, step)
      } catch (error) {
        note(run, row, error)
      }
      run.meter.ended()
    }
  }
  await Promise.all(Array.from({ length: Math.min(rowsAtOnce, rows.length) }, lane))
}

async function undoOne(run: Run, row: UndoRow, step: UndoStep): Promise<void> {
  const { head } = run.planned.record
  run.heads?.forget(row.key)
  const undone = await undoStep(run.session, {
    bucket: head.bucket,
    key: row.key,
    acl: head.acl,
    step,
    signal: run.options.signal,
  })
  run.lines.write({ undone: row.key, ...undone } satisfies UndoneLine)
  noteOwner(run, row, step, undone)
  run.options.onUndone?.(row, undone)
  if (row.action === 'remove') run.done.removed++
  else if (row.action === 'restore-headers') run.done.headersRestored++
  else run.done.restored++
}

/** What comes back belongs to whom it belonged before the sync. */
function noteOwner({ owned, planned }: Run, { key }: UndoRow, step: UndoStep, { eTag }: Undone): void {
  if (step.do === 'restore-headers') owned.rewrote(key, step.eTag, eTag)
  else if (step.do !== 'remove' && planned.ours.has(key)) owned.wrote(key, eTag)
  else owned.removed(key)
}

function note(run: Run, row: UndoRow, cause: unknown): void {
  const { error } = toFailure(cause, { key: row.key })
  if (error.code === 'cancelled' && run.options.signal?.aborted === true) {
    run.stopped = 'cancelled'
    return
  }
  run.failed.push({ ...error, key: row.key })
  if (hopeless.has(error.code)) run.stopped ??= 'hopeless'
}

function isStopped(run: Run): boolean {
  if (run.options.signal?.aborted === true) run.stopped = 'cancelled'
  return run.stopped !== null
}
