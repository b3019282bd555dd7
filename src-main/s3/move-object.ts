import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Failure, failure } from '../../src-preload/contract/failure.ts'
import { type CopiedObject, copyObject } from './copy-object.ts'
import type { CopyObjectOptions } from './copy-request.ts'
import { deleteObjectIfMatch } from './delete-objects.ts'
import { bareETag } from './e-tag.ts'
import { type HeadedObject, headObject } from './head-object.ts'
import { toFailure } from './map-error.ts'
import { deleteObjectVersion, listObjectVersions } from './object-versions.ts'
import type { S3Session } from './s3-session.ts'

/** Which object, and where to within its bucket. The last three are for tests. */
export interface MoveObjectOptions extends Pick<
  CopyObjectOptions,
  | 'bucket'
  | 'key'
  | 'newKey'
  | 'expectedETag'
  | 'onProgress'
  | 'byPartsFromBytes'
  | 'singleCopyBytes'
  | 'partSizeBytes'
> {
  /** Cancels the copy, or what follows it; the object is at its old key then. Once that is deleted it is too late. */
  readonly signal?: AbortSignal
  /** Pauses before a copy is looked for whose answer was lost, in milliseconds. */
  readonly pausesMs?: readonly number[]
}

/** The object at its new key. */
export type MovedCopy = Pick<CopiedObject, 'eTag' | 'sourceETag' | 'versionId'>

/** More than that is copied by parts where it can be, so that it can be told how far it is, and cancelled. */
const byPartsFromBytes = 256 * 1024 * 1024
const movePartBytes = 128 * 1024 * 1024

/**
 * Gives an object another key: a copy on the server with everything that belongs to it, then a deletion of exactly what was
 * copied. Never overwrites. When it fails or is cancelled the object is at its old key, and the copy is taken back; what
 * cannot be taken back is named in the failure. Throws Failures: `no-such-key`, `already-exists`, `precondition-failed`.
 */
export async function moveObject(session: S3Session, options: MoveObjectOptions): Promise<MovedCopy> {
  const { bucket, key, newKey, signal } = options
  const copied = await copyForMove(session, options)
  try {
    if (signal?.aborted === true) throw failure('cancelled', 'Cancelled.', { key })
    // Only what was copied: a newer object of the name would be lost.
    await deleteObjectIfMatch(session, { bucket, key, eTag: copied.sourceETag })
  } catch (error) {
    // A deletion whose answer was lost has been done all the same.
    const old = await headObject(session, { bucket, key }).catch(() => undefined)
    if (old === null) return copied
    const problem = toFailure(error, { key })
    if (old === undefined)
      throw about(problem, `The object was copied to ${newKey}, and may still be at its old key`)
    const left = await removeCopy(session, bucket, newKey, copied)
    if (left !== null)
      throw about(
        problem,
        `The object is still there, and its copy at ${newKey} could not be taken back (${left}): delete it by hand. It was not moved`,
      )
    throw ended(problem, key, () =>
      about(problem, 'The object is still there under its old key, and its copy was taken back'),
    )
  }
  return copied
}

const stayed = 'Cancelled. The object is where it was.'

/** How a move ends that came to nothing: a cancelled one in its own words, another as `other` tells it. */
function ended(problem: Failure, key: string, other: () => Failure = () => problem): Failure {
  return problem.error.code === 'cancelled' ? failure('cancelled', stayed, { key }) : other()
}

type Begun = Parameters<NonNullable<CopyObjectOptions['onBegun']>>[0]

/** Copies; a copy that was made although the call failed or was cancelled is taken back. */
async function copyForMove(session: S3Session, options: MoveObjectOptions): Promise<MovedCopy> {
  const startedAt = Date.now()
  const begun: Begun[] = []
  try {
    return await copyObject(session, {
      byPartsFromBytes,
      partSizeBytes: movePartBytes,
      ...options,
      verbatim: true,
      ifNoneMatch: true,
      onBegun: (copy) => begun.push(copy),
    })
  } catch (error) {
    const problem = toFailure(error, { key: options.key })
    const last = begun.at(-1)
    if (last === undefined) throw ended(problem, options.key)
    return afterFailedCopy(session, options, { problem, copy: last, startedAt })
  }
}

/**
 * The new key was free when the copy began: what is there now, of the same size and no older, is the copy. By parts it is
 * not made any more once they are aborted; at once the service may go on making it without anybody to answer.
 */
async function afterFailedCopy(
  session: S3Session,
  { bucket, key, newKey, pausesMs = [500, 1500] }: MoveObjectOptions,
  failed: { readonly problem: Failure; readonly copy: Begun; readonly startedAt: number },
): Promise<MovedCopy> {
  const { problem, copy, startedAt } = failed
  const { code, retryable } = problem.error
  const isOpen = copy.how === 'at-once' && (retryable || code === 'cancelled')
  for (const pause of [0, ...(isOpen ? pausesMs : [])]) {
    await sleep(pause)
    const made = await headObject(session, { bucket, key: newKey }).catch(() => null)
    const since = session.serverSpanSince(startedAt)
    const isCopy =
      made !== null &&
      made.sizeBytes === copy.head.sizeBytes &&
      since !== null &&
      (made.lastModified?.getTime() ?? 0) >= since.fromMs
    if (!isCopy) continue
    if (code === 'already-exists') {
      // The answer was lost, and its repetition found the copy there; somebody else's object is not touched.
      if (copy.read.acl !== 'other' && isSameObject(made, copy.head))
        return { eTag: made.eTag, sourceETag: copy.head.eTag, versionId: null }
      break
    }
    const left = await removeCopy(session, bucket, newKey, { eTag: made.eTag, versionId: null })
    if (left !== null)
      throw about(
        problem,
        `The object is where it was, and a copy of it at ${newKey} could not be taken back (${left}): delete it by hand. It was not moved`,
      )
    throw ended(problem, key)
  }
  if (!isOpen) throw ended(problem, key)
  const later = `Should the service go on with the copy by itself, it comes to ${newKey}.`
  throw code === 'cancelled'
    ? failure(code, `${stayed} ${later}`, { key })
    : about(problem, `The object is where it was. ${later} The reason`)
}

function isSameObject(one: HeadedObject, other: HeadedObject): boolean {
  const of = ({ eTag, contentType, cacheControl, contentEncoding, metadata }: HeadedObject) => [
    bareETag(eTag ?? ''),
    contentType,
    cacheControl,
    contentEncoding,
    metadata,
  ]
  return isDeepStrictEqual(of(one), of(other))
}

/** Deletes a copy, its version with it where there is one. Null when it is gone; else why it is not. Never throws. */
export async function removeCopy(
  session: S3Session,
  bucket: string,
  key: string,
  { eTag, versionId }: Pick<MovedCopy, 'eTag' | 'versionId'>,
): Promise<string | null> {
  try {
    const version = versionId ?? (await currentVersion(session, { bucket, key, eTag }))
    if (version !== null && version !== 'null') {
      // A delete marker would hide it and keep it.
      const isGone = await deleteObjectVersion(session, { bucket, key, versionId: version }).then(
        () => true,
        () => false,
      )
      if (isGone) return null
    }
    await deleteObjectIfMatch(session, { bucket, key, eTag })
    return null
  } catch (error) {
    const { code, message } = toFailure(error, { key }).error
    return code === 'bug' ? 'for an unknown reason' : message.replace(/\.$/, '')
  }
}

/** The version that a key leads to, if it has this ETag; not every service tells it in the answer to a copy. */
async function currentVersion(
  session: S3Session,
  { bucket, key, eTag }: { readonly bucket: string; readonly key: string; readonly eTag: string | null },
): Promise<string | null> {
  const { versions } = await listObjectVersions(session, { bucket, key }).catch(() => ({ versions: [] }))
  const current = versions.find(({ isLatest }) => isLatest)
  return current !== undefined && bareETag(current.eTag ?? '') === bareETag(eTag ?? '')
    ? current.versionId
    : null
}

/** A failure with what it means for the object before it. */
function about({ error }: Failure, what: string): Failure {
  const { code, message, s3Code, key, retryable } = error
  return failure(code, `${what}: ${message}`, {
    retryable,
    ...(key === undefined ? {} : { key }),
    ...(s3Code === undefined ? {} : { s3Code }),
  })
}
