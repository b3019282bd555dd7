import { createHash } from 'node:crypto'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Release } from '../../src-preload/contract/release.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Session } from '../s3/s3-session.ts'
import {
  type ReleaseEnd,
  type ReleaseRecord,
  isReleaseId,
  isUndoable,
  kindOf,
  readRecord,
  startOfRelease,
} from './release-record.ts'
import { readLineFile } from './sealed-lines.ts'

/** Where a sync goes to: all profiles that reach it share its history. */
export interface SyncPlace {
  readonly bucket: string
  readonly prefix: string
}

/** Of one place so many syncs are remembered, and so many bytes of them; the latest is kept in any case. */
const mostRecords = 50
const mostBytes = 64 * 1024 * 1024

/** A running sync touches its record this often, so that one whose process was killed is told from it. */
export const heartbeatMs = 20_000
const silentMs = 3 * heartbeatMs

/** The records that this process is writing. */
const writing = new Set<string>()

/** The folder with the records of a place; a digest, so that it fits every file system. */
export function releaseDirectory(
  root: string,
  session: Pick<S3Session, 'service'>,
  { bucket, prefix }: SyncPlace,
): string {
  const about = JSON.stringify([session.service, bucket, prefix])
  return join(root, createHash('sha256').update(about).digest('hex').slice(0, 32))
}

/** The file of a record. */
export function releasePath(directory: string, id: string): string {
  return join(directory, `${id}.jsonl`)
}

/** Marks a record as being written until the returned function is called. */
export function holdRecord(path: string): () => void {
  writing.add(path)
  const beat = setInterval(() => {
    const now = new Date()
    // One that is missed costs nothing: the next sync of this place is refused by the place's own lock.
    utimes(path, now, now).catch(() => undefined)
  }, heartbeatMs)
  beat.unref()
  return () => {
    clearInterval(beat)
    writing.delete(path)
  }
}

/** The history of a place, newest first, without reading its changes one by one. What is damaged is set aside. */
export async function listReleaseRecords(directory: string): Promise<Release[]> {
  const releases: Release[] = []
  for (const { name, id } of await recordFiles(directory)) {
    const path = join(directory, name)
    const record = name.endsWith('.jsonl') ? await read(path, { summary: true }) : null
    releases.push(record === null ? unreadable(id) : await summaryOf(record, path))
  }
  return releases
}

/**
 * One record with all its changes. Throws `not-found` when there is none of this id, `settings-corrupt` when it cannot
 * be read, `safety-refused` while the sync still runs.
 */
export async function openRelease(directory: string, id: string): Promise<ReleaseRecord> {
  const path = releasePath(directory, id)
  const known = isReleaseId(id) && (await recordFiles(directory)).find((file) => file.id === id)
  if (!known) throw failure('not-found', 'There is no such sync in the history of this place.')
  const record = known.name.endsWith('.jsonl') ? await read(path, { summary: false }) : null
  if (record === null)
    throw failure('settings-corrupt', 'The record of this sync is damaged, so it cannot be undone.')
  if (record.end === null && (await isBeingWritten(record, path)))
    throw failure('safety-refused', 'This sync is still running. Wait until it has ended.')
  return record
}

/** Forgets the oldest records of a place beyond its bounds. */
export async function pruneReleaseRecords(directory: string): Promise<void> {
  let bytes = 0
  for (const [index, { name }] of (await recordFiles(directory)).entries()) {
    const path = join(directory, name)
    bytes += await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    if (index === 0 || (index < mostRecords && bytes <= mostBytes)) continue
    if (!writing.has(path)) await rm(path, { force: true })
  }
}

/** The ids of the records of a place, newest first. */
export async function listReleaseIds(directory: string): Promise<string[]> {
  return (await recordFiles(directory)).map(({ id }) => id)
}

/** Newest first. */
async function recordFiles(directory: string): Promise<{ name: string; id: string }[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw failure('local-file', 'The history of this place cannot be read.', { cause: error })
  })
  const files = names.flatMap((name) => {
    const id = /^(.*)\.jsonl(\.damaged)?$/.exec(name)?.[1] ?? ''
    return isReleaseId(id) ? [{ name, id }] : []
  })
  return files.toSorted((a, b) => (a.name < b.name ? 1 : -1))
}

/** Null for a damaged record, which is set aside under another name (F42), and for one of a later version. */
async function read(path: string, how: { readonly summary: boolean }): Promise<ReleaseRecord | null> {
  const found = await readLineFile(path).catch((error: unknown) => {
    throw failure('local-file', 'The record of a sync cannot be read.', { cause: error })
  })
  const record = found === null ? null : await readRecord(found, how)
  // One that has just begun has no line yet, and a later version of Pail may understand what this one does not.
  const mayBeFine = found !== null && (found.lines.length === 0 || isOfLaterVersion(found.lines[0]))
  if (record === null && !mayBeFine && !writing.has(path))
    await rename(path, `${path}.damaged`).catch(() => undefined)
  return record
}

function isOfLaterVersion(line: string | undefined): boolean {
  const version = /^\{"pailRelease":(\d{1,6})[,}]/.exec(line ?? '')?.[1]
  return version !== undefined && Number(version) > 1
}

async function isBeingWritten({ head }: ReleaseRecord, path: string): Promise<boolean> {
  if (writing.has(path)) return true
  if (head.computer !== hostname() || head.process === process.pid || !isAlive(head.process)) return false
  // The id of the process may be another program's by now.
  return Date.now() - (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs < silentMs
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function summaryOf(record: ReleaseRecord, path: string): Promise<Release> {
  const { head, end, undo } = record
  const counts = end ?? countChanges(record)
  return {
    id: head.id,
    startedAt: head.startedAt,
    endedAt: end?.endedAt ?? null,
    computer: head.computer,
    folderName: head.folderName,
    state: end?.end ?? ((await isBeingWritten(record, path)) ? 'running' : 'interrupted'),
    created: counts.created,
    overwritten: counts.overwritten,
    updatedHeaders: counts.updatedHeaders,
    deleted: counts.deleted,
    failed: counts.failed,
    bytes: counts.bytes,
    undoable: Math.max(0, counts.undoable - (undo?.changes ?? 0)),
    notUndoable: counts.notUndoable,
    undone: undo?.undo ?? 'no',
    undoneAt: undo?.endedAt ?? null,
  }
}

/** What a sync had done before it was cut off. */
function countChanges({ changes }: ReleaseRecord): Omit<ReleaseEnd, 'end' | 'endedAt'> {
  const counts = emptyCounts()
  for (const change of changes) {
    if (change.done === null) continue
    const kind = kindOf({ action: change.action, isNew: change.before === null })
    counts[kind]++
    counts[isUndoable(kind, change.done, change.copy) ? 'undoable' : 'notUndoable']++
  }
  return counts
}

/** Nothing done so far. */
export function emptyCounts(): { -readonly [Name in keyof Omit<ReleaseEnd, 'end' | 'endedAt'>]: number } {
  return {
    created: 0,
    overwritten: 0,
    updatedHeaders: 0,
    deleted: 0,
    failed: 0,
    bytes: 0,
    undoable: 0,
    notUndoable: 0,
  }
}

function unreadable(id: string): Release {
  return {
    id,
    startedAt: startOfRelease(id),
    endedAt: null,
    computer: '',
    folderName: '',
    state: 'unreadable',
    ...emptyCounts(),
    undone: 'no',
    undoneAt: null,
  }
}
