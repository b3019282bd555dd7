import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import {
  alreadyExists,
  changedMeanwhile,
  checkAbsent,
  conditionalWriteSupport,
  ifMatchFor,
  learnConditionalWrites,
  learnRefusal,
  shouldProbeConditionalWrites,
  whyRefused,
} from './conditional-write.ts'
import { crc32Base64 } from './crc32.ts'
import { digestAside, giveShareableBack, shareableBuffer } from './digest-aside.ts'
import { md5OfETag } from './e-tag.ts'
import { openLocalSource, readSmallFile } from './local-source.ts'
import { responseFacts, withFailures } from './map-error.ts'
import { smallBodyBytes } from './pace.ts'
import { isOurOwnWrite } from './own-write.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { giveSmallBufferBack, takeSmallBuffer } from './small-buffers.ts'
import { putThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'
import type { FileUploadOptions, WrittenObject } from './written-object.ts'
import { hidesMd5, knownSpans, objectParameters } from './written-object.ts'

/** A write that met another one is tried again this often (409, "ConditionalRequestConflict"). */
const conflictRetries = 5

/** Repeating a larger write only to learn something does not pay. */
const probeBytes = 1024 * 1024

/** Where a PUT goes to and what it carries besides the body. */
export type PutTarget = Omit<FileUploadOptions, 'path' | 'sizeBytes' | 'identity' | 'pieces'>

interface Body {
  readonly bytes: Uint8Array
  /** In hex; of long bytes it is reckoned while they are on their way. */
  readonly md5: string | Promise<string>
  readonly crc32: string | undefined
}

/**
 * Stores a file with one PUT. It is read whole first and has to hold still meanwhile (S52), so what is stored is what
 * the file was at one moment; the body is a buffer, which can be sent again. The returned ETag is compared with our own
 * MD5. Throws Failures: `local-changed`, `local-missing`, `already-exists`, `integrity` and those of S3.
 */
export function putObjectFile(session: S3Session, options: FileUploadOptions): Promise<WrittenObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    options.signal?.throwIfAborted()
    if (!session.readsAtOnce || options.sizeBytes > smallBodyBytes) {
      const bytes = await readFile(options)
      const written = await putBytes(session, options, bytes)
      // Not after an error: a socket that was given up may still be sending it.
      giveShareableBack(bytes)
      return written
    }
    const buffer = takeSmallBuffer(options.sizeBytes)
    const read = readAtOnce(options, buffer)
    const written = await putBytes(session, options, read ?? (await readFile(options)))
    giveSmallBufferBack(buffer)
    return written
  })
}

/** Stores bytes with one PUT; otherwise as {@link putObjectFile}. */
export function putObjectBytes(
  session: S3Session,
  options: PutTarget,
  bytes: Uint8Array,
): Promise<WrittenObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, () => {
    options.signal?.throwIfAborted()
    return putBytes(session, options, bytes)
  })
}

async function putBytes(session: S3Session, options: PutTarget, bytes: Uint8Array): Promise<WrittenObject> {
  const body: Body = {
    bytes,
    md5: bytes.byteLength <= smallBodyBytes ? hash('md5', bytes) : hexOf(digestAside('md5', bytes)),
    crc32: crc32Base64(bytes),
  }
  const startedAt = Date.now()
  if (options.ifNoneMatch === true) await checkAbsent(session, options)
  const conditional =
    options.ifNoneMatch === true && conditionalWriteSupport(session, options.bucket) !== 'ignored'
  const { ifMatch } = options
  const answer =
    ifMatch !== undefined
      ? await putIfMatch(session, options, body, { eTag: ifMatch, startedAt })
      : await put(session, options, body, { conditional, startedAt })
  const writtenIn = knownSpans(session.serverSpanSince(startedAt))
  options.onProgress?.(bytes.byteLength)
  const eTag = answer.ETag ?? null
  const verified = await verify(answer, body, options.key)
  if (
    conditional &&
    bytes.byteLength <= probeBytes &&
    shouldProbeConditionalWrites(session, options.bucket)
  ) {
    await probe(session, options, body)
  }
  return {
    eTag,
    verified,
    md5: await body.md5,
    ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
    writtenIn,
    serverSideEncryption: answer.ServerSideEncryption ?? null,
  }
}

function readAtOnce(
  { path, identity, pieces, sizeBytes }: FileUploadOptions,
  into: Buffer,
): Uint8Array | null {
  return identity?.sizeBytes === sizeBytes && pieces === undefined
    ? readSmallFile(path, identity, into)
    : null
}

async function readFile(options: FileUploadOptions): Promise<Uint8Array> {
  const source = await openLocalSource(options.path, options.identity, options.pieces)
  try {
    if (source.sizeBytes !== options.sizeBytes) {
      throw failure('local-changed', 'The file has another size than before. Nothing was stored.', {
        retryable: true,
      })
    }
    const bytes = shareableBuffer(options.sizeBytes)
    await source.read(bytes, 0)
    await source.verifyUnchanged()
    return bytes
  } finally {
    await source.close()
  }
}

/** What the answer to PutObject tells, by either transport. */
interface Answer {
  readonly ETag?: string
  readonly ChecksumCRC32?: string
  readonly ServerSideEncryption?: string
  readonly SSECustomerAlgorithm?: string
  readonly VersionId?: string
}

async function put(
  session: S3Session,
  options: PutTarget,
  body: Body,
  how: { conditional: boolean; startedAt: number },
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await send(session, options, body, { ifNoneMatch: how.conditional })
      return answer
    } catch (error) {
      if (!how.conditional) throw error
      const { status } = responseFacts(error)
      if (status === 412) {
        const eTag =
          attemptsOf(error) > 1 || attempt > 0 ? await ownWrite(session, options, body, how.startedAt) : null
        if (eTag !== null) return proved(eTag, body)
        learnRefusal(session, options.bucket, error)
        throw alreadyExists(options.key)
      }
      if (status === 501 && conditionalWriteSupport(session, options.bucket) === 'unknown') {
        learnConditionalWrites(session, options.bucket, 'ignored')
        await checkAbsent(session, options)
        return put(session, options, body, { ...how, conditional: false })
      }
      if (status !== 409 || attempt >= conflictRetries) throw error
      await pause(attempt, options.signal)
    }
  }
}

/** Overwrites the object with an ETag and no other, where the service can tell. Throws `precondition-failed`. */
async function putIfMatch(
  session: S3Session,
  options: PutTarget,
  body: Body,
  how: { eTag: string; startedAt: number },
): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const ifMatch = ifMatchFor(session, options.bucket, how.eTag)
    try {
      return await send(session, options, body, ifMatch === undefined ? {} : { ifMatch })
    } catch (error) {
      if (ifMatch === undefined) throw error
      const why = await whyRefused(session, options, { eTag: how.eTag, ifMatch }, error)
      if (why === 'changed') {
        // An answer that was lost on the way may have been the one to our own write.
        const eTag =
          attemptsOf(error) > 1 || attempt > 0 ? await ownWrite(session, options, body, how.startedAt) : null
        if (eTag !== null) return proved(eTag, body)
        throw changedMeanwhile(options.key)
      }
      if (why === 'again') continue
      if (responseFacts(error).status !== 409 || attempt >= conflictRetries) throw error
      await pause(attempt, options.signal)
    }
  }
}

/** The answer that was lost, as far as it matters: the object was compared with what was sent. */
function proved(eTag: string, { crc32 }: Body): Answer {
  return { ETag: eTag, ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }) }
}

/** Waits a moment, longer each time, so that two writes that met do not meet again. */
async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(Math.random() * 100 * 2 ** attempt, undefined, signal ? { signal } : {})
}

async function hexOf(digest: Promise<Buffer>): Promise<string> {
  return (await digest).toString('hex')
}

async function ownWrite(
  session: S3Session,
  options: PutTarget,
  body: Body,
  startedAt: number,
): Promise<string | null> {
  const sizeBytes = body.bytes.byteLength
  const checksums = body.crc32 === undefined ? [] : [`CRC32=${body.crc32}`]
  const written = { sizeBytes, eTag: await body.md5, startedAt, checksums }
  return isOurOwnWrite(session, options, written)
}

async function send(
  session: S3Session,
  options: PutTarget,
  body: Body,
  condition: { readonly ifNoneMatch?: boolean; readonly ifMatch?: string },
): Promise<Answer> {
  const direct = await wireTo(session, options.bucket)
  if (direct !== null) {
    const { headers, key, acl, metadata, signal } = options
    const crc32 = session.checksums === 'when-supported' ? body.crc32 : undefined
    const answer = await putThroughWire(
      direct,
      {
        ...headers,
        key,
        acl,
        metadata,
        signal,
        crc32,
        ifNoneMatch: condition.ifNoneMatch === true,
        ifMatch: condition.ifMatch,
      },
      body.bytes,
    )
    return {
      ETag: answer['etag'],
      ChecksumCRC32: answer['x-amz-checksum-crc32'],
      ServerSideEncryption: answer['x-amz-server-side-encryption'],
      SSECustomerAlgorithm: answer['x-amz-server-side-encryption-customer-algorithm'],
      VersionId: answer['x-amz-version-id'],
    }
  }
  const [client, { PutObjectCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
  return client.send(
    new PutObjectCommand({
      ...objectParameters(options),
      Body: body.bytes,
      ContentLength: body.bytes.byteLength,
      ...(session.checksums === 'when-supported' && body.crc32 !== undefined
        ? { ChecksumCRC32: body.crc32 }
        : {}),
      ...(condition.ifNoneMatch === true ? { IfNoneMatch: '*' } : {}),
      ...(condition.ifMatch === undefined ? {} : { IfMatch: condition.ifMatch }),
    }),
    options.signal ? { abortSignal: options.signal } : {},
  )
}

/** Writes the very same object again on condition that it is not there: harmless, whatever the answer (F50). */
async function probe(session: S3Session, options: PutTarget, body: Body): Promise<void> {
  try {
    await send(session, options, body, { ifNoneMatch: true })
    learnConditionalWrites(session, options.bucket, 'ignored')
  } catch (error) {
    // Any other answer teaches nothing: HEAD goes on being asked first.
    if (responseFacts(error).status === 412) learnRefusal(session, options.bucket, error)
  }
}

async function verify(answer: Answer, body: Body, key: string): Promise<boolean> {
  if (answer.ChecksumCRC32 !== undefined && answer.ChecksumCRC32 === body.crc32) return true
  const md5 = hidesMd5(answer) ? null : md5OfETag(answer.ETag)
  if (md5 === null) return false
  if (md5 === (await body.md5)) return true
  throw failure('integrity', 'What the service stored is not what was sent. Send the file again.', {
    key,
    retryable: true,
  })
}

/** How many times a request was sent before this error. */
function attemptsOf(error: unknown): number {
  const metadata =
    typeof error === 'object' && error !== null && '$metadata' in error ? error.$metadata : null
  const attempts =
    typeof metadata === 'object' && metadata !== null && 'attempts' in metadata ? metadata.attempts : 1
  return typeof attempts === 'number' ? attempts : 1
}
