import { failure } from '../../src-preload/contract/failure.ts'
import { maxParts, partSizeFor } from './e-tag.ts'
import type { LocalSource } from './local-source.ts'
import { openLocalSource } from './local-source.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import type { PartFeed } from './upload-parts.ts'
import { uploadParts } from './upload-parts.ts'
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
 * (`local-changed`). Throws Failures.
 */
export function uploadFileInParts(session: S3Session, options: PartedUploadOptions): Promise<WrittenObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    const { sizeBytes } = options
    const wanted = options.partSizeBytes ?? partSizeFor(sizeBytes)
    const fitting = sizeBytes > wanted * maxParts ? partSizeFor(sizeBytes) : wanted
    if (fitting > longestPartBytes) throw failure('invalid-argument', 'Files above 19 TiB cannot be sent.')
    const source = await openLocalSource(options.path, options.identity)
    try {
      if (source.identity.sizeBytes !== sizeBytes) {
        throw failure('local-changed', 'The file has another size than before. Nothing was stored.', {
          retryable: true,
        })
      }
      const parts = Math.max(1, Math.ceil(sizeBytes / fitting))
      const lanes = Math.max(1, Math.min(options.concurrency ?? 4, parts, Math.floor(memoryBytes / fitting)))
      return await uploadParts(session, options, fileFeed(source, fitting, lanes), lanes)
    } finally {
      await source.close()
    }
  })
}

function fileFeed(source: LocalSource, partSize: number, lanes: number): PartFeed {
  const size = source.identity.sizeBytes
  const buffers: (Buffer | undefined)[] = Array.from({ length: lanes })
  let next = 0
  return {
    async take(lane) {
      const index = next++
      const position = index * partSize
      if (position >= size && index > 0) return null
      // Not from the shared pool, and exactly as long as this lane will ever need.
      const buffer = (buffers[lane] ??= Buffer.allocUnsafeSlow(Math.min(partSize, size)))
      const bytes = buffer.subarray(0, Math.min(partSize, size - position))
      await source.read(bytes, position)
      return { number: index + 1, bytes }
    },
    confirm: () => source.verifyUnchanged(),
  }
}
