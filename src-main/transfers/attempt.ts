import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from '../s3/abort-upload.ts'
import { identifyFile, sameIdentity } from '../s3/local-source.ts'
import type { DownloadCheckpoint } from '../s3/download-checkpoint.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { UploadCheckpoint } from '../s3/upload-checkpoint.ts'
import { downloadOne } from './download-one.ts'
import { identityRecord } from './journal-records.ts'
import type { DownloadWork, QueueItem, UploadWork } from './queue-item.ts'
import { isLarge } from './queue-item.ts'
import type { TransferJournal } from './transfer-journal.ts'
import type { TransferSizes } from './transfer-sizes.ts'
import { uploadOne } from './upload-one.ts'

/** What an attempt tells the queue while it runs. */
export interface AttemptParts {
  readonly session: S3Session
  readonly journal: TransferJournal
  readonly signal: AbortSignal
  readonly sizes: TransferSizes
  readonly onProgress: (movedBytes: number) => void
  readonly onSize: (sizeBytes: number) => void
}

/** How an attempt ended that did not fail. */
export interface AttemptEnd {
  readonly state: 'done' | 'skipped'
  readonly note: string | null
  /** Of a download: whether its bytes were compared with what the service tells of them. */
  readonly verified?: boolean
}

/**
 * Makes one attempt at a transfer, from where the one before has left it. As many small ones go at once as the service
 * takes (F7); large ones share the line by themselves. Throws Failures.
 */
export async function attemptTransfer(item: QueueItem, parts: AttemptParts): Promise<AttemptEnd> {
  const { work, direction, sizeBytes } = item
  const { session, signal } = parts
  const leave = await session.pace.enter(isLarge(item) || direction === 'download' ? 0 : sizeBytes)
  try {
    signal.throwIfAborted()
    return work.direction === 'download' ? await download(item, work, parts) : await upload(item, work, parts)
  } finally {
    leave()
  }
}

async function download(item: QueueItem, work: DownloadWork, parts: AttemptParts): Promise<AttemptEnd> {
  const { bucket, key } = item
  const { session, journal, signal, sizes, onSize, onProgress } = parts
  const { folder, place, onTaken } = work
  const { id } = item
  await item.discarding
  const checkpoint: DownloadCheckpoint = {
    id,
    ...(sizes.savedEveryBytes === undefined ? {} : { everyBytes: sizes.savedEveryBytes }),
    load: () => item.received,
    async save(received) {
      item.received = received
      await journal.record({ t: 'received', id, received: { ...received } })
    },
    keeps: (problem) => keepsParts(item, problem),
  }
  const expectedSizeBytes = item.sizeBytes
  const where = { bucket, key, folder, place, onTaken, expectedSizeBytes, checkpoint, sizes }
  const { note, verified } = await downloadOne(session, { ...where, signal, onSize, onProgress })
  return { state: 'done', note, verified }
}

async function upload(item: QueueItem, work: UploadWork, parts: AttemptParts): Promise<AttemptEnd> {
  const { session, journal, signal, sizes, onProgress, onSize } = parts
  // What was chosen may have been edited since: a further attempt takes the file as it is now.
  if (item.attempts > 0 && !work.isNamedByContent) await lookAgain(item, work, parts)
  const end = await uploadOne(session, {
    bucket: item.bucket,
    wantedKey: work.wantedKey,
    key: item.key,
    file: work.file,
    visibility: item.visibility ?? 'private',
    onConflict: work.onConflict,
    reuseIdentical: work.reuseIdentical,
    stripMetadata: work.stripMetadata,
    nameProblem: work.nameProblem,
    cacheControl: work.cacheControl,
    headers: work.headers,
    triedSince: item.triedSince,
    sizes,
    signal,
    async onKey(tried) {
      if (tried === item.key) return
      item.key = tried
      // Before anything is stored under it: after a crash it is looked for there, and not stored once more (F29).
      await journal.record({ t: 'key', id: item.id, key: tried })
    },
    onProgress,
    onSize,
    checkpoint: checkpointOf(item, journal),
  })
  item.isStripped = end.isStripped
  item.isReused = end.isReused
  return end
}

async function lookAgain(item: QueueItem, work: UploadWork, parts: AttemptParts): Promise<void> {
  const { file } = work
  const folder = dirname(file.path)
  // The folders were no links when the file was chosen; the file itself is opened without following one.
  if ((await realpath(folder).catch(() => null)) !== folder) {
    throw failure('local-missing', 'The file’s folder is not where it was.')
  }
  const identity = await identifyFile(file.path)
  if (sameIdentity(identity, file.identity)) return
  // What was sent of the file as it was must not be mixed with what it is now (F36).
  await dropUpload(item, parts.session, parts.journal)
  await parts.journal.record({ t: 'file', id: item.id, identity: identityRecord(identity) })
  work.file = { ...file, identity, sizeBytes: identity.sizeBytes }
  parts.onSize(identity.sizeBytes)
}

/**
 * Takes back what a transfer has begun and not completed. Where the service cannot be reached the journal goes on
 * knowing of it. Never throws.
 */
export async function dropUpload(
  item: QueueItem,
  session: S3Session,
  journal: TransferJournal,
): Promise<void> {
  const { upload } = item
  if (upload === null) return
  item.upload = null
  const { bucket } = item
  const { key, uploadId } = upload
  if (await abortUpload(session, { bucket, key, uploadId })) noteDropped(item, uploadId, journal)
}

/** Of a transfer that has been struck off already the upload stands among the leftovers. */
function noteDropped({ id, bucket }: QueueItem, uploadId: string, journal: TransferJournal): void {
  journal.note({ t: 'dropped', id })
  journal.note({ t: 'swept', bucket, uploadId })
}

function checkpointOf(item: QueueItem, journal: TransferJournal): UploadCheckpoint {
  const { id } = item
  return {
    get begun() {
      return item.upload
    },
    async onBegun(begun) {
      item.parts = new Map()
      item.upload = { ...begun, parts: item.parts }
      const { parts: _, ...upload } = begun
      await journal.record({ t: 'begun', id, ...upload })
    },
    onPart(part) {
      item.parts.set(part.number, part)
      journal.note({ t: 'part', id, part })
    },
    async onDropped() {
      if (item.upload !== null) noteDropped(item, item.upload.uploadId, journal)
      item.upload = null
    },
    keeps: (problem) => keepsParts(item, problem),
  }
}

/** What a person, or time, mends without the file or the object being another one. */
const mendable = new Set([
  'no-credentials',
  'unknown-access-key',
  'signature-mismatch',
  'expired-token',
  'clock-skew',
  'keychain-locked',
  'keychain-unavailable',
  'keychain-timeout',
  'tls',
  'dns',
  'unreachable',
  'timeout',
  'proxy',
  'slow-down',
  'server-error',
  'disk-full',
])

/** Whether what has arrived is of use to a later attempt. */
function keepsParts(item: QueueItem, { error }: Failure): boolean {
  if (item.stopReason !== null) return item.stopReason !== 'cancel'
  return mendable.has(error.code) || error.s3Code === 'EMFILE' || error.s3Code === 'ENFILE'
}
