import { randomBytes } from 'node:crypto'
import { rangedThresholdBytes } from '../s3/object-range.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { multipartThresholdBytes } from '../s3/upload-file.ts'
import type { BegunUpload, RememberedPart } from '../s3/upload-checkpoint.ts'
import type { EndedBatch, UploadBatch } from './batch.ts'
import type { JournalBatch, JournalEntry, JournalRecord, JournalWork } from './journal-records.ts'
import { identityFrom, identityRecord } from './journal-records.ts'
import type { StripMetadata } from '../../src-preload/contract/picture.ts'
import type { SafeName } from './safe-local-path.ts'
import type { SelectedFile } from './selection-store.ts'
import type { BoardItem } from './transfer-board.ts'
import type { TransferEvent } from './transfer.ts'

/** Transfers that were added together. */
export interface QueueBatch {
  readonly id: string
  readonly ended: Pick<
    EndedBatch,
    | 'direction'
    | 'profileId'
    | 'bucket'
    | 'visibility'
    | 'baseUrl'
    | 'linkExpirySeconds'
    | 'prefix'
    | 'onConflict'
    | 'linkFormat'
  >
  items: QueueItem[]
  /** Transfers that have not ended. */
  open: number
}

/** What an upload is to do. */
export interface UploadWork {
  readonly direction: 'upload'
  readonly wantedKey: string
  /** Why the file has no key; its upload fails with that. */
  readonly nameProblem: string | null
  readonly isNamedByContent: boolean
  readonly onConflict: UploadBatch['onConflict']
  readonly reuseIdentical: boolean
  /** Whether metadata of pictures are removed; of public files only. */
  readonly stripMetadata: StripMetadata | null
  readonly cacheControl: string | null
  /** Those that are to be other than usual. */
  readonly headers: ObjectHeaders
  file: SelectedFile
}

/** What a download is to do. */
export interface DownloadWork {
  readonly direction: 'download'
  readonly folder: string
  readonly place: SafeName
  /** What happens when the name is taken: a number is added unless something else was asked for. */
  readonly onTaken: 'number' | 'fail' | 'replace'
}

/** Why a running transfer is stopped. `close`: Pail quits, and the next start goes on. */
export type StopReason = 'cancel' | 'pause' | 'close'

/** One transfer as the queue keeps it. */
export interface QueueItem extends BoardItem {
  readonly batch: QueueBatch
  readonly work: UploadWork | DownloadWork
  /** Attempts that failed since it was queued by a person. */
  attempts: number
  /** When the first attempt began whose end is not known. */
  triedSince: number | null
  /** Since when the service has said nothing but that it is busy. */
  busySince: number | null
  stop: AbortController | null
  stopReason: StopReason | null
  timer: NodeJS.Timeout | null
  /** The multipart upload that it has begun, with the parts that are known to have arrived. */
  upload: BegunUpload | null
  /** Those of `upload`. */
  parts: Map<number, RememberedPart>
  /** Whether metadata of a picture were removed from what has arrived. */
  isStripped: boolean
  /** Whether it is done without anything having been sent: the very same bytes were there. */
  isReused: boolean
  /** How far a download has come, in the download's own words. */
  received: unknown
  /** Whether an attempt was made, by this process or an earlier one. */
  hasRun: boolean
  /** The file of an attempt that was given up is being removed; another one would lose its own. */
  discarding: Promise<void> | null
}

/** A file that goes in parts or comes in ranges has several requests under way and buffers for them. */
const largeFileWeight = 4

/** How much of the queue's capacity a transfer takes. */
export function weightOf(item: QueueItem): number {
  return isLarge(item) ? largeFileWeight : 1
}

/** Whether it goes in parts, or comes in ranges, with memory of its own. */
export function isLarge(item: QueueItem): boolean {
  return item.sizeBytes > (item.direction === 'upload' ? multipartThresholdBytes : rangedThresholdBytes)
}

/** A batch without transfers. */
export function newBatch(
  batch: Pick<EndedBatch, 'direction' | 'profileId' | 'bucket'> & Partial<UploadBatch>,
): QueueBatch {
  const { direction, profileId, bucket } = batch
  return {
    id: `batch_${randomBytes(9).toString('hex')}`,
    ended: {
      direction,
      profileId,
      bucket,
      visibility: batch.visibility ?? null,
      baseUrl: batch.baseUrl ?? null,
      linkExpirySeconds: batch.linkExpirySeconds ?? null,
      prefix: batch.prefix ?? null,
      onConflict: batch.onConflict ?? null,
      linkFormat: batch.linkFormat ?? 'url',
    },
    items: [],
    open: 0,
  }
}

/** A transfer that waits for its first attempt. */
export function newItem(
  batch: QueueBatch,
  work: UploadWork | DownloadWork,
  more: Pick<QueueItem, 'key' | 'name' | 'sizeBytes'> & { readonly id?: string },
): QueueItem {
  return {
    id: `transfer_${randomBytes(9).toString('hex')}`,
    batchId: batch.id,
    batch,
    work,
    direction: work.direction,
    profileId: batch.ended.profileId,
    bucket: batch.ended.bucket,
    visibility: batch.ended.visibility,
    state: 'queued',
    movedBytes: 0,
    error: null,
    note: null,
    pausedBy: null,
    attempts: 0,
    triedSince: null,
    busySince: null,
    stop: null,
    stopReason: null,
    timer: null,
    upload: null,
    parts: new Map(),
    isStripped: false,
    isReused: false,
    received: null,
    hasRun: false,
    discarding: null,
    ...more,
  }
}

/** Whatever it was waiting for comes to nothing. */
export function stopTimer(item: QueueItem): void {
  if (item.timer !== null) clearTimeout(item.timer)
  item.timer = null
}

/** What the next start has to know of an event, or null. */
export function recordOf({ id, error }: QueueItem, event: TransferEvent): JournalRecord | null {
  if (event === 'succeed' || event === 'skip') return { t: 'ended', id, isCompleted: true }
  if (event === 'fail' && error !== null) return { t: 'failed', id, error }
  if (event === 'retry') return { t: 'failed', id, error: null }
  return event === 'resume' ? { t: 'paused', id, paused: false } : null
}

/** What a batch has come to since that was told last. */
export function endOf(batch: QueueBatch): EndedBatch {
  const count = (state: QueueItem['state']) => batch.items.filter((item) => item.state === state).length
  const done = batch.items.filter((item) => item.state === 'done')
  const reused = done.filter((item) => item.isReused)
  return {
    batchId: batch.id,
    ...batch.ended,
    keys: done.map((item) => item.key),
    files: done.flatMap((item) => (item.work.direction === 'upload' ? [item.work.file] : [])),
    done: done.length,
    failed: count('failed'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
    stripped: done.filter((item) => item.isStripped).length,
    reused: reused.length,
    reusedBytes: reused.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

/** What the journal keeps of a batch and its transfers. `addedAt` is in milliseconds since 1970. */
export function* recordsOfBatch(
  batch: QueueBatch,
  items: readonly QueueItem[],
  how: { readonly service: string; readonly addedAt: number },
): Generator<JournalRecord> {
  yield { t: 'batch', id: batch.id, ...batch.ended, ...how }
  for (const { id, name, key, sizeBytes, work } of items)
    yield { t: 'add', id, batch: batch.id, name: name.slice(0, 4096), key, sizeBytes, work: workRecord(work) }
}

function workRecord(work: UploadWork | DownloadWork): JournalWork {
  if (work.direction === 'download') return { ...work }
  return { ...work, file: { ...work.file, identity: identityRecord(work.file.identity) } }
}

/** The batch that the journal tells of; its transfers are to be put into it. */
export function batchFrom(record: JournalBatch): QueueBatch {
  const { id, direction, profileId, bucket, visibility, baseUrl, linkExpirySeconds } = record
  const { prefix = null, onConflict = null, linkFormat = 'url' } = record
  return {
    id,
    ended: {
      direction,
      profileId,
      bucket,
      visibility,
      baseUrl,
      linkExpirySeconds,
      prefix,
      onConflict,
      linkFormat,
    },
    items: [],
    open: 0,
  }
}

/** A transfer as an earlier process has left it: waiting, paused by the person, or failed. */
export function itemFrom(entry: JournalEntry, batch: QueueBatch): QueueItem {
  const { id, name, key, sizeBytes, work, upload, received } = entry
  const moved = [...(upload?.parts.values() ?? [])].reduce((sum, part) => sum + part.sizeBytes, 0)
  return {
    ...newItem(batch, workFrom(work), { id, name, key, sizeBytes }),
    state: entry.error !== null ? 'failed' : entry.paused ? 'paused' : 'queued',
    pausedBy: entry.paused && entry.error === null ? 'person' : null,
    error: entry.error,
    movedBytes: Math.min(moved, sizeBytes),
    upload,
    parts: upload?.parts ?? new Map(),
    received,
    hasRun: true,
    // The process may have ended between the service's answer and the journal (F29).
    triedSince: entry.batch.addedAt,
  }
}

function workFrom(work: JournalWork): UploadWork | DownloadWork {
  if (work.direction === 'download') {
    const { folder, place, onTaken = 'number' } = work
    return { direction: 'download', folder, place, onTaken }
  }
  const { wantedKey, onConflict, cacheControl, file } = work
  const { nameProblem = null, isNamedByContent = false, reuseIdentical = false } = work
  const { stripMetadata = null, headers = {} } = work
  const { name, path, sizeBytes } = file
  return {
    direction: 'upload',
    wantedKey,
    onConflict,
    cacheControl,
    headers,
    nameProblem,
    isNamedByContent,
    reuseIdentical,
    stripMetadata,
    file: { name, path, sizeBytes, identity: identityFrom(file.identity) },
  }
}
