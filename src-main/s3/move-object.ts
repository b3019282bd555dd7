import { failure } from '../../src-preload/contract/failure.ts'
import { type CopiedObject, copyObject } from './copy-object.ts'
import { deleteObjectIfMatch } from './delete-objects.ts'
import { headObject } from './head-object.ts'
import { toFailure } from './map-error.ts'
import type { S3Session } from './s3-session.ts'

/** Which object, and where to within its bucket. */
export interface MoveObjectOptions {
  readonly bucket: string
  readonly key: string
  readonly newKey: string
  /** The ETag that the object must have; another one is `precondition-failed`. */
  readonly expectedETag?: string
}

/**
 * Gives an object another key: a copy on the server with everything that belongs to it, then a deletion of exactly what was
 * copied. Never overwrites. Throws Failures: `no-such-key`, `already-exists`, `precondition-failed`; when only the deletion
 * fails, its failure says that both are there.
 */
export async function moveObject(session: S3Session, options: MoveObjectOptions): Promise<CopiedObject> {
  const { bucket, key } = options
  const copied = await copyObject(session, { ...options, ifNoneMatch: true })
  try {
    // Only what was copied: a newer object of the name would be lost.
    await deleteObjectIfMatch(session, { bucket, key, eTag: copied.sourceETag })
  } catch (error) {
    // A deletion whose answer was lost has been done all the same.
    const old = await headObject(session, { bucket, key }).catch(() => undefined)
    if (old === null) return copied
    const { code, message, s3Code, retryable } = toFailure(error, { key }).error
    const where = old === undefined ? 'may still be there' : 'is still there'
    throw failure(code, `The object was copied to its new key, but the old one ${where}: ${message}`, {
      key,
      retryable,
      ...(s3Code === undefined ? {} : { s3Code }),
    })
  }
  return copied
}
