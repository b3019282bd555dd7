import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { HeaderChange } from '../../src-preload/contract/sync-plan.ts'
import type { UndoCounts, UndoReason, UndoRow } from '../../src-preload/contract/undo.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { bareETag } from '../s3/e-tag.ts'
import { headObject } from '../s3/head-object.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import { toFailure } from '../s3/map-error.ts'
import { compareKeys } from '../s3/object-key.ts'
import { type KeyVersions, type ObjectVersion, listObjectVersions } from '../s3/object-versions.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createProgressMeter, type SyncMoment } from '../sync/progress.ts'
import { listKeptCopies } from './kept-copies.ts'
import { lineage, readLaterUndos } from './later-releases.ts'
import {
  type RecordedCopy,
  type RecordedHeaders,
  type ReleaseChange,
  type ReleaseRecord,
  kindOf,
} from './release-record.ts'
import { type SyncPlace, openRelease } from './release-store.ts'

/** What to undo. */
export interface PlanUndoOptions extends SyncPlace {
  /** The folder with the records of the place. */
  readonly directory: string
  readonly releaseId: string
  readonly signal?: AbortSignal
  readonly onProgress?: (moment: SyncMoment) => void
}

/** What is done with a key, with all that doing it takes. */
export type UndoStep =
  | { readonly do: 'restore-version'; readonly versionId: string; readonly replaces: string | null }
  | { readonly do: 'restore-copy'; readonly copy: RecordedCopy; readonly replaces: string | null }
  | { readonly do: 'remove-marker'; readonly markerId: string; readonly versionId: string }
  | {
      readonly do: 'restore-headers'
      readonly from: RecordedHeaders
      readonly to: RecordedHeaders
      /** Who could read it; null when that was not changed. */
      readonly visibility: WantedVisibility | null
      readonly eTag: string
    }
  | { readonly do: 'remove'; readonly eTag: string }

/** A plan, ready to be read and then applied once. */
export interface PlannedUndo {
  /** What changes comes first; within that in the order of the keys. */
  readonly rows: UndoRow[]
  readonly counts: UndoCounts
  readonly warnings: string[]
  readonly record: ReleaseRecord
  readonly directory: string
  /** The keys at which the sync found what earlier syncs had put there. */
  readonly ours: ReadonlySet<string>
  /** Of the rows that do something. */
  readonly steps: ReadonlyMap<UndoRow, UndoStep>
}

/** Requests at the same time. */
const askedAtOnce = 16

/** For so many keys each is asked for by itself; beyond that the place is listed. */
const askedOneByOne = 100

/** The ETag of an object; null when there is none, `unknown` when it may not be asked for. */
type Current = { readonly eTag: string | null } | null | 'unknown'

interface Decided {
  readonly row: UndoRow
  readonly step: UndoStep | null
}

/**
 * Looks at what a sync changed and decides for each object how it becomes what it was before, reading only. An object
 * that is not as the sync left it is left alone. Throws Failures: `not-found`, `settings-corrupt` for a damaged record,
 * `safety-refused` for one that is running or has been undone, and those of S3.
 */
export async function planUndo(session: S3Session, asked: PlanUndoOptions): Promise<PlannedUndo> {
  const record = await openRelease(asked.directory, asked.releaseId)
  if (record.undo?.undo === 'whole')
    throw failure('safety-refused', 'This sync has been undone already. Nothing was changed.')
  const changes = record.changes.filter(({ undone }) => undone === null)
  const meter = createProgressMeter({
    state: 'planning',
    filesTotal: changes.length,
    bytesTotal: 0,
    emit: asked.onProgress,
  })
  const later = await readLaterUndos(asked.directory, asked.releaseId)
  const current = await currentObjects(session, asked, changes)
  const copies = changes.some(({ copy }) => copy !== null)
    ? await listKeptCopies(session, asked, asked.releaseId, asked.signal)
    : new Map<string, { eTag: string | null; sizeBytes: number }>()
  const steps = new Map<UndoRow, UndoStep>()
  const rows: UndoRow[] = []
  await inParallel(changes, askedAtOnce, async (change) => {
    if (asked.signal?.aborted) throw failure('cancelled', 'Cancelled.')
    meter.began(change.key)
    const { row, step } = await decideUndo(session, asked, change, {
      current: current.get(change.key) ?? null,
      left: lineage(change, later),
      copies,
    })
    rows.push(row)
    if (step !== null) steps.set(row, step)
    meter.ended()
  })
  const withheld = withholdRemovals(rows, steps)
  rows.sort((a, b) => order.indexOf(a.action) - order.indexOf(b.action) || compareKeys(a.key, b.key))
  const counts = countUndo(rows)
  const ours = new Set(changes.filter(({ before }) => before?.ours === true).map(({ key }) => key))
  const warnings = warningsOf(record, rows, counts, withheld)
  return { rows, counts, warnings, record, directory: asked.directory, ours, steps }
}

/**
 * What does not come back may refer to what the sync made, as a page does to its style sheet: then nothing that the sync
 * made goes. It is decided here and not when it is applied, so that a person is shown what really happens. Answers how
 * many objects stay for it.
 */
function withholdRemovals(rows: UndoRow[], steps: Map<UndoRow, UndoStep>): number {
  if (!rows.some(({ action }) => action === 'impossible' || action === 'changed-since')) return 0
  let withheld = 0
  for (const [index, row] of rows.entries()) {
    if (row.action !== 'remove') continue
    steps.delete(row)
    rows[index] = { ...row, action: 'none', reason: 'may-be-needed' }
    withheld++
  }
  return withheld
}

const order: readonly UndoRow['action'][] = [
  'restore',
  'restore-headers',
  'remove',
  'impossible',
  'changed-since',
  'none',
]

/** What is there now: a few keys are asked for, of many the place is listed. */
async function currentObjects(
  session: S3Session,
  { bucket, prefix, signal }: PlanUndoOptions,
  changes: readonly ReleaseChange[],
): Promise<Map<string, Current>> {
  const found = new Map<string, Current>()
  const more = signal ? { signal } : {}
  if (changes.length > askedOneByOne) {
    const wanted = new Set(changes.map(({ key }) => key))
    for await (const { key, eTag } of listAllObjects(session, { bucket, prefix, ...more }))
      if (wanted.has(key)) found.set(key, { eTag })
    return found
  }
  await inParallel(changes, askedAtOnce, async ({ key }) => {
    try {
      found.set(key, await headObject(session, { bucket, key, ...more }))
    } catch (error) {
      if (!isRefusal(error)) throw error
      found.set(key, 'unknown')
    }
  })
  return found
}

/** Refusals that are about one object, and not about the connection or the keys. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Failure &&
    ['access-denied', 'invalid-argument', 'not-supported'].includes(error.error.code)
  )
}

interface Facts {
  readonly current: Current
  /** The ETags under which the sync's own object may be there; empty for a change that is not known to be done. */
  readonly left: readonly string[]
  readonly copies: ReadonlyMap<string, { readonly eTag: string | null; readonly sizeBytes: number }>
}

async function decideUndo(
  session: S3Session,
  place: PlanUndoOptions,
  change: ReleaseChange,
  facts: Facts,
): Promise<Decided> {
  const { key, done } = change
  const { current } = facts
  const leave = (action: 'none' | 'changed-since' | 'impossible', reason: UndoReason): Decided => ({
    row: { key, action, reason, bytes: null, headers: [] },
    step: null,
  })
  if (current === 'unknown') return leave('impossible', 'not-readable')
  if (done === null)
    return isAsBefore(change, current) ? leave('none', 'as-before') : leave('changed-since', 'not-recorded')
  const eTag = current?.eTag ?? null
  const isOurs = eTag !== null && facts.left.includes(bareETag(eTag))
  const kind = kindOf({ action: change.action, isNew: change.before === null })
  if (kind === 'deleted') {
    if (current === null) return restored(session, place, change, facts, null)
    return isAsBefore(change, current) ? leave('none', 'as-before') : leave('changed-since', 'created-again')
  }
  if (kind === 'created') {
    if (current === null) return leave('none', 'as-before')
    if (!isOurs || eTag === null) return leave('changed-since', 'changed')
    return {
      row: { key, action: 'remove', reason: 'created', bytes: null, headers: [] },
      step: { do: 'remove', eTag },
    }
  }
  if (current === null) return leave('changed-since', 'gone')
  if (!isOurs || eTag === null)
    return isAsBefore(change, current) ? leave('none', 'as-before') : leave('changed-since', 'changed')
  if (kind === 'overwritten') return restored(session, place, change, facts, eTag)
  if (done.headers === undefined) return leave('impossible', 'not-kept')
  const { from, to } = done.headers
  return {
    row: {
      key,
      action: 'restore-headers',
      reason: 'headers-changed',
      bytes: null,
      headers: [
        ...headerChangesBack(from, to),
        ...(done.visibility === undefined
          ? []
          : [{ header: 'Visibility', from: done.visibility.to, to: done.visibility.from }]),
      ],
    },
    step: { do: 'restore-headers', from, to, visibility: done.visibility?.from ?? null, eTag },
  }
}

/** Whether what is there is what was there when the sync was planned. */
function isAsBefore({ before }: ReleaseChange, current: { readonly eTag: string | null } | null): boolean {
  if (before === null || current === null) return before === null && current === null
  return before.eTag !== null && current.eTag !== null && bareETag(before.eTag) === bareETag(current.eTag)
}

/** How an object that was overwritten or deleted comes back: from the bucket's versions, else from the copy. */
async function restored(
  session: S3Session,
  place: PlanUndoOptions,
  change: ReleaseChange,
  { copies }: Facts,
  replaces: string | null,
): Promise<Decided> {
  const { key, done, copy } = change
  const reason = replaces === null ? 'deleted' : 'overwritten'
  const back = (bytes: number, step: UndoStep): Decided => ({
    row: { key, action: 'restore', reason, bytes, headers: [] },
    step,
  })
  const impossible = (why: UndoReason): Decided => ({
    row: { key, action: 'impossible', reason: why, bytes: null, headers: [] },
    step: null,
  })
  const kept = copy === null ? undefined : copies.get(copy.key)
  // Another object under the copy's key is not the one that was kept.
  if (copy !== null && kept !== undefined && isSame(copy.eTag, kept.eTag))
    return back(kept.sizeBytes, { do: 'restore-copy', copy, replaces })
  if (done?.versionId == null) return impossible(copy === null ? 'not-kept' : 'copy-gone')
  let found: KeyVersions
  try {
    found = await listObjectVersions(session, {
      bucket: place.bucket,
      key,
      ...(place.signal ? { signal: place.signal } : {}),
    })
  } catch (error) {
    if (isRefusal(toFailure(error))) return impossible('versions-not-readable')
    throw error
  }
  const version = versionBefore(change, found)
  if (version === null) return impossible('version-gone')
  const marker = found.markers.find(({ isLatest }) => isLatest)
  const others = found.markers.filter((each) => each !== marker)
  // Below another marker the object would stay hidden.
  const isDirectlyBelow = others.every(({ lastModifiedMs }) => lastModifiedMs < version.lastModifiedMs)
  if (replaces === null && marker?.versionId === done.versionId && isDirectlyBelow)
    return back(version.sizeBytes, {
      do: 'remove-marker',
      markerId: marker.versionId,
      versionId: version.versionId,
    })
  return back(version.sizeBytes, { do: 'restore-version', versionId: version.versionId, replaces })
}

/** The version just before the sync's own; it has to be the one that the sync saw. */
function versionBefore(
  { before, done, action }: ReleaseChange,
  { versions }: KeyVersions,
): ObjectVersion | null {
  const own = action === 'delete' ? -1 : versions.findIndex(({ versionId }) => versionId === done?.versionId)
  if (action !== 'delete' && own < 0) return null
  const found = versions[own + 1]
  if (found === undefined || before === null) return null
  return isSame(before.eTag, found.eTag) ? found : null
}

function isSame(a: string | null, b: string | null): boolean {
  return a === null || b === null || bareETag(a) === bareETag(b)
}

const headerNames: readonly (readonly [keyof RecordedHeaders, string])[] = [
  ['contentType', 'Content-Type'],
  ['cacheControl', 'Cache-Control'],
  ['contentEncoding', 'Content-Encoding'],
  ['contentDisposition', 'Content-Disposition'],
  ['contentLanguage', 'Content-Language'],
]

function headerChangesBack(from: RecordedHeaders, to: RecordedHeaders): HeaderChange[] {
  return headerNames
    .filter(([name]) => from[name] !== to[name])
    .map(([name, header]) => ({
      header,
      from: to[name]?.slice(0, 1024) ?? null,
      to: from[name]?.slice(0, 1024) ?? null,
    }))
}

/** Adds up the rows. */
export function countUndo(rows: readonly UndoRow[]): UndoCounts {
  const count = (action: UndoRow['action']) => rows.filter((row) => row.action === action).length
  return {
    restore: count('restore'),
    restoreHeaders: count('restore-headers'),
    remove: count('remove'),
    none: count('none'),
    changedSince: count('changed-since'),
    impossible: count('impossible'),
  }
}

function warningsOf(
  { head, end }: ReleaseRecord,
  rows: readonly UndoRow[],
  counts: UndoCounts,
  withheld: number,
): string[] {
  const warnings: string[] = []
  const objects = (number: number) => `${number} ${number === 1 ? 'object' : 'objects'}`
  if (counts.impossible > 0)
    warnings.push(
      `${objects(counts.impossible)} cannot come back: the version from before the sync was not kept or is gone. ${counts.impossible === 1 ? 'It stays' : 'They stay'} as ${counts.impossible === 1 ? 'it is' : 'they are'}.`,
    )
  if (counts.changedSince > 0)
    warnings.push(
      `${objects(counts.changedSince)} ${counts.changedSince === 1 ? 'was' : 'were'} changed after the sync, so ${counts.changedSince === 1 ? 'it is' : 'they are'} left alone.`,
    )
  if (withheld > 0)
    warnings.push(
      `${objects(withheld)} that the sync created ${withheld === 1 ? 'stays' : 'stay'}: what does not come back may refer to ${withheld === 1 ? 'it' : 'them'}.`,
    )
  if (end === null)
    warnings.push('The sync was cut off, so it is not known of every object whether the sync had changed it.')
  // Where the sync had removed something, there is nothing of its own that could be kept.
  const overwrites = rows.some(({ action, reason }) => action === 'restore' && reason === 'overwritten')
  if (head.keepsPrevious && overwrites)
    warnings.push('The sync’s own versions of what it replaced are not kept. To have them again, sync again.')
  return warnings
}
