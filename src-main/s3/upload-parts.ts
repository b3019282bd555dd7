import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from './abort-upload.ts'
import {
  alreadyExists,
  checkAbsent,
  conditionalWriteSupport,
  isOurOwnWrite,
  learnConditionalWrites,
} from './conditional-write.ts'
import { crc32Base64 } from './crc32.ts'
import { bareETag, md5OfETag, multipartETag, partsOfETag } from './e-tag.ts'
import { headObject } from './head-object.ts'
import { responseFacts, toFailure } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import type { FileUploadOptions, WrittenObject } from './written-object.ts'
import { hidesMd5, objectParameters } from './written-object.ts'

/** One part, counted from 1. */
export interface Part {
  readonly number: number
  readonly bytes: Uint8Array
}

/** Where parts come from. */
export interface PartFeed {
  /** The next part for a lane, or null at the end. The bytes stay as they are until the lane asks again. */
  take(lane: number): Promise<Part | null>
  /** The last word before the object comes into being: throws when what was sent is not to be stored. */
  confirm(): Promise<void>
}

/** What to make of the parts. */
export type PartsTarget = Pick<
  FileUploadOptions,
  'bucket' | 'key' | 'headers' | 'acl' | 'ifNoneMatch' | 'metadata' | 'onProgress' | 'signal'
>

interface SentPart {
  readonly number: number
  readonly md5: Uint8Array
  readonly sizeBytes: number
  readonly eTag: string
  readonly crc32: string | undefined
  /** Whether the answer proved that the part arrived as it was. */
  readonly verified: boolean
}

interface Upload {
  readonly session: S3Session
  readonly client: S3Client
  readonly target: PartsTarget
  readonly uploadId: string
  /** Aborted by the caller, and by the first part that fails. */
  readonly signal: AbortSignal
  readonly startedAt: number
}

/** A part is sent again this often, on top of the session's own retries. */
const partRetries = 2

/**
 * Uploads parts in `lanes` at once and makes one object of them. Whatever goes wrong, nothing is stored and the parts
 * are taken back (AbortMultipartUpload), also after a cancellation; a reply to Complete that got lost is looked into
 * (F10). Throws Failures and the feed's.
 */
export async function uploadParts(
  session: S3Session,
  target: PartsTarget,
  feed: PartFeed,
  lanes: number,
): Promise<WrittenObject> {
  target.signal?.throwIfAborted()
  if (target.ifNoneMatch === true) await checkAbsent(session, target, true)
  const [client, { CreateMultipartUploadCommand }] = await Promise.all([
    session.client(target.bucket),
    loadSdk(),
  ])
  const startedAt = Date.now()
  const created = await client.send(
    new CreateMultipartUploadCommand({
      ...objectParameters(target),
      ...(usesChecksums(session) ? { ChecksumAlgorithm: 'CRC32' } : {}),
    }),
    target.signal ? { abortSignal: target.signal } : {},
  )
  if (created.UploadId === undefined) throw failure('server-error', 'The service gave no id for the upload.')
  const stop = new AbortController()
  const signal = target.signal ? AbortSignal.any([target.signal, stop.signal]) : stop.signal
  // Every part under way listens to it, several times while it is sent again.
  setMaxListeners(0, signal)
  const upload: Upload = { session, client, target, uploadId: created.UploadId, signal, startedAt }
  try {
    const parts = await sendAll(upload, feed, lanes, stop)
    await feed.confirm()
    signal.throwIfAborted()
    return await complete(upload, parts)
  } catch (error) {
    await abortUpload(session, { bucket: target.bucket, key: target.key, uploadId: upload.uploadId })
    throw error
  }
}

async function sendAll(
  upload: Upload,
  feed: PartFeed,
  lanes: number,
  stop: AbortController,
): Promise<SentPart[]> {
  const parts: SentPart[] = []
  let moved = 0
  const failures: unknown[] = []
  const lane = async (index: number) => {
    try {
      for (let part = await feed.take(index); part !== null; part = await feed.take(index)) {
        upload.signal.throwIfAborted()
        const sent = await sendPart(upload, part.number, part.bytes)
        parts.push(sent)
        moved += sent.sizeBytes
        upload.target.onProgress?.(moved)
      }
    } catch (error) {
      failures.push(error)
      stop.abort()
    }
  }
  // Every lane has ended before the upload is aborted: a part in flight could otherwise land after it.
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  if (failures.length > 0) throw failures[0]
  return parts.sort((a, b) => a.number - b.number)
}

async function sendPart(upload: Upload, number: number, bytes: Uint8Array): Promise<SentPart> {
  const md5 = createHash('md5').update(bytes).digest()
  const crc32 = usesChecksums(upload.session) ? crc32Base64(bytes) : undefined
  for (let attempt = 0; ; attempt++) {
    try {
      return await sendPartOnce(upload, { number, bytes, md5, crc32 })
    } catch (error) {
      const problem = toFailure(error, { key: upload.target.key })
      if (!problem.error.retryable || attempt >= partRetries || upload.signal.aborted) throw problem
      await sleep(500 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal: upload.signal })
    }
  }
}

async function sendPartOnce(
  { session, client, target, uploadId, signal }: Upload,
  part: { number: number; bytes: Uint8Array; md5: Buffer; crc32: string | undefined },
): Promise<SentPart> {
  const { UploadPartCommand } = await loadSdk()
  const answer = await client.send(
    new UploadPartCommand({
      Bucket: target.bucket,
      Key: target.key,
      UploadId: uploadId,
      PartNumber: part.number,
      Body: part.bytes,
      ContentLength: part.bytes.byteLength,
      ...(part.crc32 === undefined ? {} : { ChecksumCRC32: part.crc32 }),
    }),
    { abortSignal: signal },
  )
  if (answer.ETag === undefined)
    throw failure('server-error', 'The service did not confirm a part of the upload.')
  const proved = part.crc32 !== undefined && answer.ChecksumCRC32 === part.crc32
  const stored = hidesMd5(answer) ? null : md5OfETag(answer.ETag)
  const matches = stored === part.md5.toString('hex')
  if (!proved && stored !== null && !matches) {
    throw failure('integrity', `Part ${part.number} did not arrive as it was sent.`, {
      key: target.key,
      retryable: true,
    })
  }
  return {
    number: part.number,
    md5: part.md5,
    sizeBytes: part.bytes.byteLength,
    eTag: answer.ETag,
    crc32: session.checksums === 'when-supported' ? answer.ChecksumCRC32 : undefined,
    verified: proved || matches,
  }
}

async function complete(upload: Upload, parts: readonly SentPart[]): Promise<WrittenObject> {
  const { session, target } = upload
  const expected = multipartETag(parts.map((part) => part.md5))
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  const written = { sizeBytes, eTag: expected, startedAt: upload.startedAt }
  const completed = parts.map((part): CompletedPart => ({
    PartNumber: part.number,
    ETag: part.eTag,
    ...(part.crc32 === undefined ? {} : { ChecksumCRC32: part.crc32 }),
  }))
  const conditional =
    target.ifNoneMatch === true && conditionalWriteSupport(session, target.bucket) !== 'ignored'
  let eTag: string | null
  let hidden: boolean
  let version: Pick<WrittenObject, 'versionId'>
  try {
    const answer = await sendComplete(upload, completed, conditional)
    // Ceph RGW leaves the ETag empty here, and tells it when asked.
    eTag = answer.ETag === undefined || bareETag(answer.ETag) === '' ? null : answer.ETag
    hidden = hidesMd5(answer)
    version = answer.VersionId === undefined ? {} : { versionId: answer.VersionId }
  } catch (error) {
    const problem = toFailure(error, { key: target.key })
    if (problem.error.code === 'cancelled') throw problem
    // The reply may be what got lost: then the upload is gone, or the key is taken — by us.
    const own = await isOurOwnWrite(session, { bucket: target.bucket, key: target.key }, written)
    if (own !== null) return { eTag: own, verified: true }
    if (conditional && responseFacts(error).status === 412) {
      learnConditionalWrites(session, target.bucket, 'works')
      throw alreadyExists(target.key)
    }
    throw problem
  }
  const everyPart = parts.every((part) => part.verified)
  if (eTag !== null && bareETag(eTag).toLowerCase() === bareETag(expected))
    return { eTag, verified: true, ...version }
  if (!hidden && partsOfETag(eTag) === parts.length && !everyPart) {
    throw failure('integrity', 'What the service stored is not what was sent. Send the file again.', {
      key: target.key,
      retryable: true,
    })
  }
  // Some services make ETags of their own. Each part was confirmed; the size has to be right at least.
  const head = await headObject(session, target).catch(() => null)
  if (head !== null && head.sizeBytes !== sizeBytes) {
    throw failure('integrity', 'What the service stored has another size than what was sent.', {
      key: target.key,
      retryable: true,
    })
  }
  const told = eTag ?? head?.eTag ?? null
  const proved = told !== null && bareETag(told).toLowerCase() === bareETag(expected)
  return { eTag: told, verified: proved || everyPart, ...version }
}

async function sendComplete(upload: Upload, parts: CompletedPart[], conditional: boolean) {
  const { session, client, target, uploadId, signal } = upload
  const { CompleteMultipartUploadCommand } = await loadSdk()
  const send = (ifNoneMatch: boolean) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket: target.bucket,
        Key: target.key,
        UploadId: uploadId,
        MultipartUpload: { Parts: parts },
        ...(ifNoneMatch ? { IfNoneMatch: '*' } : {}),
      }),
      { abortSignal: signal },
    )
  try {
    return await send(conditional)
  } catch (error) {
    if (!conditional || responseFacts(error).status !== 501) throw error
    learnConditionalWrites(session, target.bucket, 'ignored')
    await checkAbsent(session, target, true)
    return send(false)
  }
}

function usesChecksums(session: S3Session): boolean {
  return session.checksums === 'when-supported' && crc32Base64(new Uint8Array(0)) !== undefined
}
