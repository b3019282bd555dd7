import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from './abort-upload.ts'
import {
  alreadyExists,
  changedMeanwhile,
  checkAbsent,
  conditionalWriteSupport,
  ifMatchFor,
  learnConditionalWrites,
  learnRefusal,
  whyRefused,
} from './conditional-write.ts'
import { crc32Base64 } from './crc32.ts'
import { digestAside } from './digest-aside.ts'
import { bareETag, md5OfETag, multipartETag, partsOfETag } from './e-tag.ts'
import { headObject } from './head-object.ts'
import { responseFacts, toFailure } from './map-error.ts'
import type { MultipartRequests, OpenUpload, ReadyPart } from './multipart-requests.ts'
import { multipartRequests } from './multipart-requests.ts'
import {
  compareComposite,
  learnChecksumsRefused,
  mayRefuseChecksums,
  partChecksums,
  type WholeChecksum,
} from './part-checksums.ts'
import type { ResumedUpload } from './resume-upload.ts'
import { storedPart } from './resume-upload.ts'
import { isOurOwnWrite, marksOfParts } from './own-write.ts'
import type { S3Session, ServerSpan } from './s3-session.ts'
import type { SentPart } from './sent-part.ts'
import { loggedUpload } from './upload-log.ts'
import type { PartsTarget, WrittenObject } from './written-object.ts'
import { knownSpans } from './written-object.ts'

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

interface Upload {
  readonly session: S3Session
  readonly requests: MultipartRequests
  readonly target: PartsTarget
  /** Its signal is aborted by the caller, and by the first part that fails. */
  readonly open: OpenUpload & { readonly signal: AbortSignal }
  readonly startedAt: number
  /** When the upload was begun, by the service's clock: some date the object by that. */
  readonly begunIn: ServerSpan | null
  readonly resumed: ResumedUpload | null
  /** Whether a CRC32 goes with each part. */
  readonly withCrc32: boolean
}

/** A part is sent again this often, on top of the session's own retries. */
const partRetries = 2

/**
 * Uploads parts in `lanes` at once and makes one object of them. Whatever goes wrong, nothing is stored and the parts
 * are taken back (AbortMultipartUpload), also after a cancellation, unless the target's checkpoint keeps them; a reply
 * to Complete that got lost is looked into (F10). Of a resumed upload only those parts are sent that the service does
 * not have as they are. Throws Failures and the feed's.
 */
export async function uploadParts(
  session: S3Session,
  target: PartsTarget,
  feed: PartFeed,
  how: { readonly lanes: number; readonly partSizeBytes: number; readonly resumed?: ResumedUpload | null },
): Promise<WrittenObject> {
  target.signal?.throwIfAborted()
  const { bucket, key, checkpoint } = target
  const resumed = how.resumed ?? null
  const requests = await multipartRequests(session, bucket)
  const stop = new AbortController()
  const signal = target.signal ? AbortSignal.any([target.signal, stop.signal]) : stop.signal
  // Every part under way listens to it, several times while it is sent again.
  setMaxListeners(0, signal)
  let uploadId = resumed?.uploadId
  try {
    if (target.ifNoneMatch === true) await checkAbsent(session, target, true)
    const startedAt = resumed?.startedAt ?? Date.now()
    let withCrc32 = resumed?.withCrc32 ?? session.checksums === 'when-supported'
    if (uploadId === undefined) ({ uploadId, withCrc32 } = await create(session, requests, target))
    if (uploadId === undefined) throw failure('server-error', 'The service gave no id for the upload.')
    await session.uploadLog?.begun(loggedUpload(session, { bucket, key, uploadId }))
    const begunIn = resumed === null ? session.serverSpanSince(startedAt) : null
    if (resumed === null) {
      const { partSizeBytes } = how
      await checkpoint?.onBegun({ key, uploadId, partSizeBytes, startedAt, withCrc32, parts: new Map() })
    }
    const open = { bucket, key, uploadId, signal }
    const upload: Upload = { session, requests, target, open, startedAt, begunIn, resumed, withCrc32 }
    const parts = await sendAll(upload, feed, how.lanes, stop)
    await feed.confirm()
    signal.throwIfAborted()
    const written = await complete(upload, parts)
    session.uploadLog?.ended(loggedUpload(session, open))
    return written
  } catch (error) {
    if (uploadId !== undefined) await takeBack(session, target, uploadId, error)
    throw error
  }
}

/** Begins an upload, with checksums wherever the service keeps them (see {@link partChecksums}). */
async function create(
  session: S3Session,
  requests: MultipartRequests,
  target: PartsTarget,
): Promise<{ uploadId: string | undefined; withCrc32: boolean }> {
  const until = target.signal ? { signal: target.signal } : {}
  const wish = partChecksums(session, target.bucket)
  try {
    const { uploadId, keepsCrc32 } = await requests.create(target, { withCrc32: wish !== 'never', ...until })
    return { uploadId, withCrc32: wish === 'always' || (wish === 'if-told' && keepsCrc32) }
  } catch (error) {
    if (wish !== 'if-told' || !mayRefuseChecksums(error)) throw error
    const { uploadId } = await requests.create(target, { withCrc32: false, ...until })
    learnChecksumsRefused(session, target.bucket)
    return { uploadId, withCrc32: false }
  }
}

/** Takes an upload back after a failure, unless its checkpoint keeps it for another attempt. */
export async function takeBack(
  session: S3Session,
  { bucket, key, checkpoint }: Pick<PartsTarget, 'bucket' | 'key' | 'checkpoint'>,
  uploadId: string,
  error: unknown,
): Promise<void> {
  if (checkpoint?.keeps(toFailure(error, { key })) === true) return
  const isGone = await abortUpload(session, { bucket, key, uploadId })
  if (isGone) await checkpoint?.onDropped()
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
        upload.open.signal.throwIfAborted()
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
  const known = storedPart(upload.resumed, { number, bytes }, upload.withCrc32)
  if (known !== null) return known
  const part = upload.requests.prepare(bytes, upload.withCrc32 ? crc32Base64(bytes) : undefined)
  const { signal } = upload.open
  for (let attempt = 0; ; attempt++) {
    try {
      const sent = await sendPartOnce(upload, number, part)
      const { eTag, md5, crc32, sizeBytes } = sent
      upload.target.checkpoint?.onPart({
        number,
        eTag,
        ...(md5 === null ? {} : { md5: md5.toString('hex') }),
        ...(crc32 === undefined ? {} : { crc32 }),
        sizeBytes,
      })
      return sent
    } catch (error) {
      const problem = toFailure(error, { key: upload.target.key })
      if (!problem.error.retryable || attempt >= partRetries || signal.aborted) throw problem
      await sleep(500 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal })
    }
  }
}

async function sendPartOnce(upload: Upload, number: number, part: ReadyPart): Promise<SentPart> {
  const { target } = upload
  // The dearest of the digests, and needed only where no checksum will show that the part arrived as it was: then it is
  // reckoned while the part is on its way.
  const reckoning = part.crc32 === undefined ? digestAside('md5', part.bytes) : null
  const answer = await part.send(upload.open, number)
  if (answer.eTag === undefined)
    throw failure('server-error', 'The service did not confirm a part of the upload.')
  const told = md5OfETag(answer.eTag)
  const proved = part.crc32 !== undefined && answer.crc32 === part.crc32
  // What KMS encrypts has an ETag that only looks like an MD5: a later attempt knows the part again by its CRC32 (F27).
  const isMd5Told = told !== null && !answer.hidden
  const md5 = proved
    ? isMd5Told
      ? Buffer.from(told, 'hex')
      : null
    : await (reckoning ?? digestAside('md5', part.bytes))
  const matches = isMd5Told && told === md5?.toString('hex')
  const isContradicted = answer.crc32 !== undefined && part.crc32 !== undefined
  if (!proved && (isMd5Told ? !matches : isContradicted)) {
    throw failure('integrity', `Part ${number} did not arrive as it was sent.`, {
      key: target.key,
      retryable: true,
    })
  }
  return {
    number,
    md5,
    sizeBytes: part.bytes.byteLength,
    eTag: answer.eTag,
    crc32: upload.withCrc32 ? answer.crc32 : undefined,
    verified: proved || matches,
  }
}

async function complete(upload: Upload, parts: readonly SentPart[]): Promise<WrittenObject> {
  const { session, target } = upload
  const md5s = parts.flatMap(({ md5 }) => md5 ?? [])
  const expected = md5s.length === parts.length ? multipartETag(md5s) : null
  const isExpected = (told: string | null) =>
    told !== null && expected !== null && bareETag(told).toLowerCase() === bareETag(expected)
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  const conditional =
    target.ifNoneMatch === true && conditionalWriteSupport(session, target.bucket) !== 'ignored'
  let eTag: string | null
  let hidden: boolean
  let whole: WholeChecksum
  let answered: Pick<WrittenObject, 'versionId' | 'serverSideEncryption'>
  const completedAt = Date.now()
  try {
    const answer = await sendComplete(upload, parts, conditional)
    // Ceph RGW leaves the ETag empty here, and tells it when asked.
    eTag = answer.eTag === undefined || bareETag(answer.eTag) === '' ? null : answer.eTag
    hidden = answer.hidden
    whole = compareComposite(answer.crc32, parts)
    answered = {
      serverSideEncryption: answer.serverSideEncryption ?? null,
      ...(answer.versionId === undefined ? {} : { versionId: answer.versionId }),
    }
  } catch (error) {
    const problem = toFailure(error, { key: target.key })
    if (problem.error.code === 'cancelled') throw problem
    // The reply may be what got lost: then the upload is gone, or the key is taken — by us.
    const { startedAt } = upload
    const written = { sizeBytes, eTag: expected, startedAt, ...marksOfParts(parts) }
    const own = await isOurOwnWrite(session, { bucket: target.bucket, key: target.key }, written)
    if (own !== null) return { eTag: own, verified: true, writtenIn: [], serverSideEncryption: null }
    if (conditional && responseFacts(error).status === 412) {
      learnRefusal(session, target.bucket, error)
      throw alreadyExists(target.key)
    }
    throw problem
  }
  const writtenIn = knownSpans(upload.begunIn, session.serverSpanSince(completedAt))
  const everyPart = parts.every((part) => part.verified)
  const stored = { ...answered, writtenIn }
  if (whole !== 'contradicts' && (isExpected(eTag) || (whole === 'proves' && eTag !== null)))
    return { eTag, verified: true, ...stored }
  if (whole === 'contradicts' || (!hidden && partsOfETag(eTag) === parts.length && !everyPart)) {
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
  return { eTag: told, verified: isExpected(told) || everyPart, ...stored }
}

async function sendComplete(
  upload: Upload,
  parts: readonly SentPart[],
  conditional: boolean,
): ReturnType<MultipartRequests['complete']> {
  const { session, requests, target, open } = upload
  const ifMatch =
    target.ifMatch === undefined ? undefined : ifMatchFor(session, target.bucket, target.ifMatch)
  try {
    return await requests.complete(open, { parts, ifNoneMatch: conditional, ifMatch })
  } catch (error) {
    if (ifMatch !== undefined && target.ifMatch !== undefined) {
      const why = await whyRefused(session, target, { eTag: target.ifMatch, ifMatch }, error)
      if (why === 'changed') throw changedMeanwhile(target.key)
      if (why === 'again') return sendComplete(upload, parts, conditional)
    }
    if (!conditional || responseFacts(error).status !== 501) throw error
    learnConditionalWrites(session, target.bucket, 'ignored')
    await checkAbsent(session, target, true)
    return requests.complete(open, { parts, ifNoneMatch: false })
  }
}
