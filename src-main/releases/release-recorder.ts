import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { bucketVersioning } from '../s3/buckets.ts'
import type { CopiedObject } from '../s3/copy-object.ts'
import type { RemovedObject } from '../s3/delete-objects.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { WrittenObject } from '../s3/written-object.ts'
import type { Ownership } from '../sync/ownership.ts'
import type { PlannedSync } from '../sync/plan-facts.ts'
import type { RowFacts } from '../sync/row-facts.ts'
import { areCopiesOpen, keepCopy, removeOldCopies } from './kept-copies.ts'
import {
  type DoneLine,
  type KeptLine,
  type PlanLine,
  type RecordedCopy,
  type RecordedHeaders,
  type ReleaseEnd,
  firstLine,
  isUndoable,
  kindOf,
  newReleaseId,
} from './release-record.ts'
import {
  emptyCounts,
  holdRecord,
  pruneReleaseRecords,
  releaseDirectory,
  releasePath,
} from './release-store.ts'
import { type LineWriter, createLineFile } from './sealed-lines.ts'

/** Writes down what a sync changes, while it does, so that it can be undone. */
export interface ReleaseRecorder {
  readonly id: string
  /**
   * Copies aside what a row is about to overwrite or remove, where the destination asks for it and the bucket does not
   * keep it anyway. Throws Failures, upon which the row must not go on.
   */
  keepPrevious(row: SyncRow, signal: AbortSignal | undefined): Promise<void>
  uploaded(row: SyncRow, written: WrittenObject): void
  headersUpdated(row: SyncRow, facts: RowFacts, copied: CopiedObject): void
  /** `head` is what the object is, besides who can read it. */
  visibilityChanged(row: SyncRow, facts: RowFacts, head: HeadedObject): void
  removed(row: SyncRow, removed: RemovedObject): void
  /** Seals the record. Answers its id, null when it could not be written whole. */
  end(
    state: ReleaseEnd['end'],
    run: { readonly failed: readonly unknown[]; readonly done: { readonly bytes: number } },
  ): Promise<string | null>
}

/** Lines between two looks at whether the disk keeps up. */
const linesAtOnce = 4000

/**
 * Opens the record of a sync with all that it is going to change, so that after a crash what is not known to be done is
 * known to have been planned. Null when there is nothing to change, and when the record cannot be written: then the
 * sync cannot be undone, but it is not held up either, unless copies were to be kept, which nobody would find again.
 * Throws then `local-file`.
 */
export async function openRecorder(
  session: S3Session,
  planned: PlannedSync,
  root: string | undefined,
): Promise<ReleaseRecorder | null> {
  if (root === undefined || planned.rows.count(...changing) === 0) return null
  const { facts } = planned
  const { bucket, prefix } = facts
  const keepsPrevious = facts.options.keepPrevious && (await bucketVersioning(session, { bucket })) !== 'yes'
  const directory = releaseDirectory(root, session, facts)
  const started = new Date()
  const id = newReleaseId(started)
  const path = releasePath(directory, id)
  const letGo = holdRecord(path)
  let begun: LineWriter | null = null
  try {
    const lines = await createLineFile(path)
    begun = lines
    lines.write(
      firstLine({
        id,
        startedAt: started.toISOString(),
        computer: hostname().slice(0, 255),
        process: process.pid,
        folderName: (basename(facts.root.path) || facts.root.path).slice(0, 4096),
        bucket,
        prefix,
        acl: facts.acl,
        keepsPrevious,
      }),
    )
    let written = 0
    for (const { row, facts: ofRow } of planned.rows.each({ actions: changing })) {
      lines.write(planLine(row, ofRow, facts.owned))
      if (++written % linesAtOnce === 0 && !(await lines.written())) break
    }
    if (!(await lines.written())) throw new Error('The disk has no room for the record.')
    const isOpen = keepsPrevious && (await areCopiesOpen(session, facts))
    const keep: Keep | null = keepsPrevious
      ? (key, signal) => keepCopy(session, { bucket, prefix }, id, { key, signal, isOpen })
      : null
    const tidy = async (state: ReleaseEnd['end']) => {
      letGo()
      await pruneReleaseRecords(directory)
      if (keepsPrevious && state === 'done') await removeOldCopies(session, { bucket, prefix })
    }
    return recorderOf(id, lines, keep, tidy)
  } catch (error) {
    letGo()
    await begun?.close()
    // What is not whole is of no use: nothing was changed yet.
    if (begun !== null) await rm(path, { force: true }).catch(() => undefined)
    // The plan itself cannot be read.
    if (error instanceof Failure) throw error
    if (!keepsPrevious) return null
    throw failure(
      'local-file',
      'What is overwritten or removed was to be kept, but the record of it cannot be written. Nothing was changed.',
      { cause: error },
    )
  }
}

type Keep = (key: string, signal: AbortSignal | undefined) => Promise<RecordedCopy | null>

function recorderOf(
  id: string,
  lines: LineWriter,
  keep: Keep | null,
  tidy: (state: ReleaseEnd['end']) => Promise<void>,
): ReleaseRecorder {
  const counts = emptyCounts()
  /** What was kept of rows that are not done yet. */
  const kept = new Map<string, RecordedCopy | null>()
  const note = (row: SyncRow, done: Omit<DoneLine, 'done'>) => {
    lines.write({ done: row.key, ...done } satisfies DoneLine)
    const copy = kept.get(row.key)
    kept.delete(row.key)
    if (done.nothing === true) return
    const kind = kindOf({ action: changeOf(row), isNew: copy === null || isNew(row) })
    counts[kind]++
    counts[isUndoable(kind, done, copy ?? null) ? 'undoable' : 'notUndoable']++
  }
  return {
    id,
    async keepPrevious(row, signal) {
      if (keep === null || isNew(row)) return
      const copy = await keep(row.key, signal)
      kept.set(row.key, copy)
      lines.write({ kept: row.key, copy } satisfies KeptLine)
      // Before anything is overwritten it is written down where its copy lies.
      if (!(await lines.written()))
        throw failure(
          'local-file',
          'Where the copy of what is there lies cannot be written down, so it was left alone. Is the disk full?',
          { key: row.key },
        )
    },
    uploaded(row, { eTag, versionId }) {
      note(row, { eTag, versionId: versionId ?? null })
    },
    headersUpdated(row, facts, { eTag, versionId, source }) {
      const from = headersOf(source.head)
      note(row, {
        eTag,
        versionId,
        headers: { from, to: { ...from, contentEncoding: null, ...facts.headers } },
        ...visibilityOf(facts),
      })
    },
    visibilityChanged(row, facts, head) {
      const same = headersOf(head)
      note(row, {
        eTag: head.eTag,
        versionId: null,
        headers: { from: same, to: same },
        ...visibilityOf(facts),
      })
    },
    removed(row, { existed, deleteMarker }) {
      note(row, {
        eTag: null,
        versionId: deleteMarker,
        ...(existed ? {} : { nothing: true as const }),
      })
    },
    async end(state, { failed, done }) {
      lines.write({
        end: state,
        endedAt: new Date().toISOString(),
        ...counts,
        failed: failed.length,
        bytes: done.bytes,
      } satisfies ReleaseEnd)
      const whole = await lines.seal()
      // What cannot be tidied now is tidied after the next sync.
      await tidy(state).catch(() => undefined)
      return whole ? id : null
    },
  }
}

const changing: readonly SyncRow['action'][] = ['upload', 'update-headers', 'delete']

function isChange(action: SyncRow['action']): action is PlanLine['action'] {
  return changing.includes(action)
}

function changeOf({ action, key }: SyncRow): PlanLine['action'] {
  if (isChange(action)) return action
  throw failure('bug', 'A row that changes nothing was to be recorded.', { key })
}

function planLine(row: SyncRow, { eTag }: RowFacts, owned: Ownership): PlanLine {
  const before = isNew(row) ? null : { eTag, ours: owned.ownerOf(row.key, eTag) === 'ours' }
  return { plan: row.key, action: changeOf(row), before }
}

/** Whether the plan saw no object there. */
function isNew({ reason }: SyncRow): boolean {
  return reason === 'new'
}

function visibilityOf({ aclChange }: RowFacts): Pick<DoneLine, 'visibility'> {
  return aclChange === undefined ? {} : { visibility: { from: aclChange.from, to: aclChange.to } }
}

function headersOf(head: HeadedObject): RecordedHeaders {
  const { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage } = head
  return { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage }
}
