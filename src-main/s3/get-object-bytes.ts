import { failure } from '../../src-preload/contract/failure.ts'
import { slicesOf } from './bandwidth.ts'
import { toFailure, withFailures } from './map-error.ts'
import { openObject } from './open-object.ts'
import type { S3Session } from './s3-session.ts'

/** A small object, whole. */
export interface ReadObject {
  readonly bytes: Buffer
  readonly eTag: string | null
}

interface ReadOptions {
  readonly bucket: string
  readonly key: string
  readonly mostBytes: number
  readonly signal?: AbortSignal
}

/**
 * Reads an object into memory; null when there is none. Throws Failures: `integrity` beyond `mostBytes`, whatever the
 * service says of its size, `unreachable` when it was cut, and those of S3.
 */
export async function getObjectBytes(session: S3Session, options: ReadOptions): Promise<ReadObject | null> {
  const chunks: Uint8Array[] = []
  const found = await readObjectPieces(session, options, (chunk) => {
    chunks.push(chunk)
    return true
  })
  return found === null ? null : { bytes: Buffer.concat(chunks), eTag: found.eTag }
}

/**
 * Reads an object piece by piece, until one is refused; otherwise as {@link getObjectBytes}. What was taken is only known to
 * be whole once it has come to its end.
 */
export async function readObjectPieces(
  session: S3Session,
  options: ReadOptions,
  take: (bytes: Uint8Array) => boolean,
): Promise<{ readonly eTag: string | null; readonly isTaken: boolean } | null> {
  const { bucket, key, mostBytes, signal } = options
  try {
    return await withFailures({ key, bucket }, async () => {
      const { body, eTag, sizeBytes } = await openObject(session, {
        bucket,
        key,
        from: 0,
        ifMatch: null,
        signal,
      })
      let length = 0
      try {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          signal?.throwIfAborted()
          length += chunk.byteLength
          if (length > mostBytes) throw failure('integrity', 'The object is too large to be read.', { key })
          for (const bytes of slicesOf(chunk, session.bandwidth))
            await session.bandwidth?.take(bytes.byteLength, signal)
          if (!take(chunk)) return { eTag, isTaken: false }
        }
      } finally {
        body.destroy()
      }
      if (length !== sizeBytes)
        throw failure('unreachable', 'The connection was cut before everything had arrived.', {
          retryable: true,
        })
      return { eTag, isTaken: true }
    })
  } catch (error) {
    const problem = toFailure(error, { key, bucket })
    if (problem.error.code === 'no-such-key') return null
    throw problem
  }
}

/** The first bytes of an object, fewer where it is shorter. Throws Failures, also for an empty object. */
export function readObjectStart(
  session: S3Session,
  { bucket, key, bytes }: { readonly bucket: string; readonly key: string; readonly bytes: number },
): Promise<Buffer> {
  return withFailures({ key, bucket }, async () => {
    const { body } = await openObject(session, { bucket, key, from: 0, to: bytes, ifMatch: null })
    const chunks: Uint8Array[] = []
    let length = 0
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        chunks.push(chunk)
        length += chunk.byteLength
        // Some services answer with the whole object, whatever is asked for.
        if (length >= bytes) break
      }
    } finally {
      body.destroy()
    }
    return Buffer.concat(chunks).subarray(0, bytes)
  })
}
