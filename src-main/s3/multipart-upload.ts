import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { giveShareableBack, shareableBuffer } from './digest-aside.ts'
import { maxParts, partSizeFor } from './e-tag.ts'
import type { LocalSource } from './local-source.ts'
import { openLocalSource } from './local-source.ts'
import { toFailure, withFailures } from './map-error.ts'
import type { ResumedUpload } from './resume-upload.ts'
import { findUpload } from './resume-upload.ts'
import type { S3Session } from './s3-session.ts'
import type { BegunUpload } from './upload-checkpoint.ts'
import type { PartFeed } from './upload-parts.ts'
import { takeBack, uploadParts } from './upload-parts.ts'
import type { FileUploadOptions, WrittenObject } from './written-object.ts'

/** A file to be uploaded in parts. */
export interface PartedUploadOptions extends FileUploadOptions {
  /** At least 5 MiB (but for the last part); grows so that 10,000 parts suffice. */
  readonly partSizeBytes?: number
  /** Parts in flight. */
  readonly concurrency?: number
}

/** All part buffers of one upload together, in bytes, however large its parts are. */
const memoryBytes = 64 * 1024 * 1024

/** The longest buffer that is asked for; parts of this size make 19 TiB. */
const longestPartBytes = 2 * 1024 ** 3 - 1

/**
 * Uploads a file in parts: positional reads from one descriptor into buffers that are allocated once, so memory does
 * not grow with the file. The file has to be the same before and after (S52, F36); else nothing is stored
 * (`local-changed`). With a checkpoint it goes on with the upload that was begun before: what the service has is not
 * sent again, an upload that was completed is recognised (F29), and one that is gone begins anew (F12). Throws Failures.
 */
export function uploadFileInParts(session: S3Session, options: PartedUploadOptions): Promise<WrittenObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    const begun = options.checkpoint?.begun ?? null
    if (begun === null) return upload(session, options, null)
    try {
      return await upload(session, options, begun)
    } catch (error) {
      if (!isLost(toFailure(error, { key: options.key }))) throw error
      // The service has forgotten the upload, or some of its parts, on the way.
      await takeBack(session, options, begun.uploadId, error)
      return upload(session, options, null)
    }
  })
}

/** Whether an upload cannot be finished as it is, and a new one can. */
function isLost({ error }: Failure): boolean {
  return error.code === 'no-such-upload' || error.s3Code === 'InvalidPart'
}

/**
 * Parts in flight unless it is said otherwise. More lanes hide a slow way to the service; a window, which sends several
 * files at a time, has enough with fewer.
 */
export function usualLanes({ readsAtOnce }: Pick<S3Session, 'readsAtOnce'>): number {
  return readsAtOnce ? 6 : 4
}

async function upload(
  session: S3Session,
  options: PartedUploadOptions,
  begun: BegunUpload | null,
): Promise<WrittenObject> {
  const { sizeBytes } = options
  const wanted = begun?.partSizeBytes ?? options.partSizeBytes ?? partSizeFor(sizeBytes)
  const fitting = sizeBytes > wanted * maxParts ? partSizeFor(sizeBytes) : wanted
  if (fitting > longestPartBytes) throw failure('invalid-argument', 'Files above 19 TiB cannot be sent.')
  let source: LocalSource | null = null
  try {
    let resumed: ResumedUpload | null = null
    try {
      source = await openLocalSource(options.path, options.identity, options.pieces)
      if (source.sizeBytes !== sizeBytes) {
        throw failure('local-changed', 'The file has another size than before. Nothing was stored.', {
          retryable: true,
        })
      }
      const found = begun === null ? null : await findUpload(session, options, source, begun)
      if (found?.kind === 'completed') return found.written
      if (found?.kind === 'open') resumed = found.upload
    } catch (error) {
      if (begun !== null) await takeBack(session, options, begun.uploadId, error)
      throw error
    }
    const parts = Math.max(1, Math.ceil(sizeBytes / fitting))
    const lanes = Math.max(
      1,
      Math.min(options.concurrency ?? usualLanes(session), parts, Math.floor(memoryBytes / fitting)),
    )
    const feed = fileFeed(source, fitting, lanes)
    const written = await uploadParts(session, options, feed, { lanes, partSizeBytes: fitting, resumed })
    // Not after an error: a socket that was given up may still be sending them.
    feed.giveBack()
    return written
  } finally {
    await source?.close()
  }
}

function fileFeed(source: LocalSource, partSize: number, lanes: number): PartFeed & { giveBack(): void } {
  const size = source.sizeBytes
  const buffers: (Buffer | undefined)[] = Array.from({ length: lanes })
  let next = 0
  return {
    async take(lane) {
      const index = next++
      const position = index * partSize
      if (position >= size && index > 0) return null
      // Not from the shared pool, and exactly as long as this lane will ever need.
      const buffer = (buffers[lane] ??= shareableBuffer(Math.min(partSize, size)))
      const bytes = buffer.subarray(0, Math.min(partSize, size - position))
      await source.read(bytes, position)
      return { number: index + 1, bytes }
    },
    confirm: () => source.verifyUnchanged(),
    giveBack() {
      for (const buffer of buffers) if (buffer !== undefined) giveShareableBack(buffer)
    },
  }
}
