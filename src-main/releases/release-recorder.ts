import { hostname } from 'node:os'
import { basename } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { CopiedObject } from '../s3/copy-object.ts'
import type { RemovedObject } from '../s3/delete-objects.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { WrittenObject } from '../s3/written-object.ts'
import type { PlannedSync, RowFacts } from '../sync/plan-facts.ts'
import {
  type DoneLine,
  type PlanLine,
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
  uploaded(row: SyncRow, facts: RowFacts, written: WrittenObject): void
  headersUpdated(row: SyncRow, facts: RowFacts, copied: CopiedObject): void
  removed(row: SyncRow, facts: RowFacts, removed: RemovedObject): void
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
 * sync cannot be undone, but it is not held up either.
 */
export async function openRecorder(
  session: Pick<S3Session, 'endpoint'>,
  planned: PlannedSync,
  root: string | undefined,
): Promise<ReleaseRecorder | null> {
  const rows = planned.rows.filter(({ action }) => isChange(action))
  if (root === undefined || rows.length === 0) return null
  const { facts } = planned
  const directory = releaseDirectory(root, session, facts)
  const started = new Date()
  const id = newReleaseId(started)
  const path = releasePath(directory, id)
  const letGo = holdRecord(path)
  try {
    const lines = await createLineFile(path)
    lines.write(
      firstLine({
        id,
        startedAt: started.toISOString(),
        computer: hostname().slice(0, 255),
        process: process.pid,
        folderName: (basename(facts.root.path) || facts.root.path).slice(0, 4096),
        bucket: facts.bucket,
        prefix: facts.prefix,
        acl: facts.acl,
        keepsPrevious: false,
      }),
    )
    for (const [index, row] of rows.entries()) {
      lines.write(planLine(row, facts.ofRow.get(row)))
      if (index % linesAtOnce === linesAtOnce - 1) await lines.written()
    }
    await lines.written()
    return recorderOf(id, directory, lines, letGo)
  } catch {
    letGo()
    return null
  }
}

function recorderOf(id: string, directory: string, lines: LineWriter, letGo: () => void): ReleaseRecorder {
  const counts = emptyCounts()
  const note = (row: SyncRow, facts: RowFacts, done: Omit<DoneLine, 'done'>) => {
    lines.write({ done: row.key, ...done } satisfies DoneLine)
    if (done.nothing === true) return
    const kind = kindOf({ action: changeOf(row), before: beforeOf(row, facts) })
    counts[kind]++
    counts[isUndoable(kind, done) ? 'undoable' : 'notUndoable']++
  }
  return {
    id,
    uploaded(row, facts, { eTag, versionId }) {
      note(row, facts, { eTag, versionId: versionId ?? null })
    },
    headersUpdated(row, facts, { eTag, versionId, source }) {
      const from = headersOf(source.head)
      note(row, facts, {
        eTag,
        versionId,
        headers: { from, to: { ...from, contentEncoding: null, ...facts.headers } },
      })
    },
    removed(row, facts, { existed, deleteMarker }) {
      note(row, facts, {
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
      letGo()
      // What cannot be tidied now is tidied after the next sync.
      await pruneReleaseRecords(directory).catch(() => undefined)
      return whole ? id : null
    },
  }
}

function isChange(action: SyncRow['action']): action is PlanLine['action'] {
  return action === 'upload' || action === 'update-headers' || action === 'delete'
}

function changeOf({ action, key }: SyncRow): PlanLine['action'] {
  if (isChange(action)) return action
  throw failure('bug', 'A row that changes nothing was to be recorded.', { key })
}

function planLine(row: SyncRow, facts: RowFacts | undefined): PlanLine {
  return { plan: row.key, action: changeOf(row), before: facts ? beforeOf(row, facts) : null }
}

function beforeOf(row: SyncRow, { eTag }: RowFacts): PlanLine['before'] {
  return row.reason === 'new' ? null : { eTag }
}

function headersOf(head: HeadedObject): RecordedHeaders {
  const { contentType, cacheControl, contentEncoding, contentDisposition } = head
  return { contentType, cacheControl, contentEncoding, contentDisposition }
}
