import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import { bareETag, hashSource, md5OfETag, partsOfETag } from './e-tag.ts'
import { toFailure, withFailures } from './map-error.ts'
import type { OpenedObject } from './open-object.ts'
import { openObject } from './open-object.ts'
import type { ChecksumName, RunningChecksum } from './running-checksum.ts'
import { runningChecksum } from './running-checksum.ts'
import type { S3Session } from './s3-session.ts'
import type { TargetFolder, TemporaryFile } from './target-folder.ts'
import { openTargetFolder } from './target-folder.ts'

/** An object to be stored as a file. */
export interface GetObjectToFileOptions {
  readonly bucket: string
  readonly key: string
  /** Where the file is to be; nothing may be there. */
  readonly targetPath: string
  /** The folder that may not be left: folders below it are made, and may not be links. The file's own by default. */
  readonly within?: string
  /** Told once, before any progress. */
  readonly onSize?: (sizeBytes: number) => void
  readonly onProgress?: (movedBytes: number) => void
  readonly signal?: AbortSignal
}

/** What has arrived. */
export interface ReceivedObject {
  readonly sizeBytes: number
  readonly eTag: string | null
  /** Whether a checksum or the ETag proved the bytes; a length alone does not. */
  readonly verified: boolean
}

/** Stalls and cuts in a row, without a byte between, before it is given up. */
const fruitlessAttempts = 4

/** A whole object is fetched again this often when it changes or does not match its checksum (F14, F17). */
const restarts = 1

/**
 * Downloads into a temporary file beside the target and gives it its name only when it is complete: length, checksum
 * or MD5 ETag checked, on disk, nothing overwritten, no execute bit (S34, S35). After a cut it goes on where it was, as
 * long as the object is the same (F5, F13, F17). Throws Failures; `already-exists` when the name is taken.
 */
export function getObjectToFile(
  session: S3Session,
  options: GetObjectToFileOptions,
): Promise<ReceivedObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    options.signal?.throwIfAborted()
    const folderPath = dirname(options.targetPath)
    const within = options.within ?? folderPath
    const inner = relative(within, folderPath)
    const folder = await openTargetFolder(within, inner === '' ? [] : inner.split(sep))
    try {
      return await receive(session, options, folder)
    } finally {
      await folder.close()
    }
  })
}

async function receive(
  session: S3Session,
  options: GetObjectToFileOptions,
  folder: TargetFolder,
): Promise<ReceivedObject> {
  const temporary = await folder.createTemporary()
  try {
    const received = await fetchUntilWhole(session, options, temporary)
    await temporary.handle.sync()
    options.signal?.throwIfAborted()
    await folder.publish(temporary, basename(options.targetPath))
    return received
  } finally {
    await temporary.discard()
  }
}

async function fetchUntilWhole(
  session: S3Session,
  options: GetObjectToFileOptions,
  temporary: TemporaryFile,
): Promise<ReceivedObject> {
  for (let restart = 0; ; restart++) {
    try {
      return await fetchOnce(session, options, temporary.handle)
    } catch (error) {
      const problem = toFailure(error, options)
      const again = problem.error.code === 'integrity' || problem.error.code === 'precondition-failed'
      if (!again || restart >= restarts) throw problem
      await temporary.handle.truncate(0)
    }
  }
}

interface Progress {
  position: number
  /** Set by the first answer: what every later one has to be about. */
  object: Pick<OpenedObject, 'sizeBytes' | 'eTag' | 'hidden'> | null
  /** What the bytes will have to match, reckoned as they come; null when the service has told nothing of the kind. */
  proof: { readonly running: RunningChecksum; readonly expected: string; readonly isETag: boolean } | null
}

async function fetchOnce(
  session: S3Session,
  options: GetObjectToFileOptions,
  handle: FileHandle,
): Promise<ReceivedObject> {
  const progress: Progress = { position: 0, object: null, proof: null }
  for (let fruitless = 0; ;) {
    const before = progress.position
    try {
      await fetchRest(session, options, handle, progress)
      break
    } catch (error) {
      const problem = toFailure(error, options)
      const cut = problem.error.code === 'unreachable' || problem.error.code === 'timeout'
      fruitless = progress.position > before ? 0 : fruitless + 1
      // Before the first answer the session has retried already.
      if (!cut || progress.object === null || fruitless >= fruitlessAttempts) throw problem
      await sleep(200 * 2 ** fruitless, undefined, options.signal ? { signal: options.signal } : {})
    }
  }
  return verify(progress, options, handle)
}

async function fetchRest(
  session: S3Session,
  options: GetObjectToFileOptions,
  handle: FileHandle,
  progress: Progress,
): Promise<void> {
  const known = progress.object
  if (known !== null && progress.position === known.sizeBytes) return
  const answer = await openObject(session, {
    bucket: options.bucket,
    key: options.key,
    from: progress.position,
    ifMatch: known?.eTag ?? null,
    signal: options.signal,
  })
  try {
    if (known === null) {
      const { sizeBytes, eTag, hidden } = answer
      progress.object = { sizeBytes, eTag, hidden }
      progress.proof = proofOf(answer)
      options.onSize?.(sizeBytes)
    } else {
      checkContinuation(answer, progress)
    }
    await write(answer.body, options, handle, progress)
  } catch (error) {
    answer.body.destroy()
    throw error
  }
  if (progress.position < (progress.object?.sizeBytes ?? 0)) {
    throw failure('unreachable', 'The connection was cut before everything had arrived.', { retryable: true })
  }
}

/** One proof is enough: a checksum of the whole object, else an ETag that is its MD5. */
function proofOf({ checksum, eTag, hidden }: OpenedObject): Progress['proof'] {
  const start = (name: ChecksumName, expected: string, isETag: boolean) => ({
    running: runningChecksum(name),
    expected,
    isETag,
  })
  if (checksum !== null) return start(checksum.name, checksum.value, false)
  const md5 = hidden ? null : md5OfETag(eTag)
  return md5 === null ? null : start('MD5', Buffer.from(md5, 'hex').toString('base64'), true)
}

async function write(
  body: Readable,
  options: GetObjectToFileOptions,
  handle: FileHandle,
  progress: Progress,
): Promise<void> {
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    options.signal?.throwIfAborted()
    if (progress.position + chunk.byteLength > (progress.object?.sizeBytes ?? 0)) {
      throw failure('integrity', 'More bytes arrived than the service had announced.', {
        key: options.key,
        retryable: true,
      })
    }
    for (let at = 0; at < chunk.byteLength;) {
      const { bytesWritten } = await handle.write(chunk, at, chunk.byteLength - at, progress.position + at)
      at += bytesWritten
    }
    progress.proof?.running.update(chunk)
    progress.position += chunk.byteLength
    options.onProgress?.(progress.position)
  }
}

/** A second answer has to be the rest of the same object; two versions are never spliced. */
function checkContinuation(answer: OpenedObject, progress: Progress): void {
  const { position, object } = progress
  const sameETag = answer.eTag === (object?.eTag ?? null)
  const range =
    position === 0 ? null : `bytes ${position}-${(object?.sizeBytes ?? 0) - 1}/${object?.sizeBytes ?? 0}`
  if (!sameETag || (range !== null && answer.contentRange !== range)) {
    throw failure('precondition-failed', 'The object was replaced while it was being downloaded.', {
      retryable: true,
    })
  }
}

async function verify(
  progress: Progress,
  options: GetObjectToFileOptions,
  handle: FileHandle,
): Promise<ReceivedObject> {
  const { object } = progress
  if (object === null) throw failure('integrity', 'The service sent no object.', { key: options.key })
  const result = { sizeBytes: object.sizeBytes, eTag: object.eTag }
  const { proof } = progress
  if (proof !== null) {
    if (proof.running.digest() === proof.expected) return { ...result, verified: true }
    throw failure(
      'integrity',
      proof.isETag
        ? 'What arrived does not match the object’s ETag. Nothing was kept.'
        : 'The bytes that arrived do not match their checksum.',
      { key: options.key, retryable: true },
    )
  }
  const parts = object.hidden ? null : partsOfETag(object.eTag)
  if (parts === null || object.eTag === null) return { ...result, verified: false }
  const hashes = await hashSource(
    {
      identity: { dev: 0n, ino: 0n, sizeBytes: object.sizeBytes, mtimeNs: 0n, ctimeNs: 0n },
      async read(buffer, position) {
        let filled = 0
        while (filled < buffer.byteLength) {
          const { bytesRead } = await handle.read(
            buffer,
            filled,
            buffer.byteLength - filled,
            position + filled,
          )
          if (bytesRead === 0)
            throw failure('local-changed', 'The temporary file was cut short by something else.')
          filled += bytesRead
        }
      },
      verifyUnchanged: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    { parts, ...(options.signal ? { signal: options.signal } : {}) },
  )
  // Another part size would give another ETag, so a difference proves nothing.
  return { ...result, verified: hashes.multipart.has(bareETag(object.eTag).toLowerCase()) }
}
