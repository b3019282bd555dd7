import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { type CopiedObject, copyObject, updateHeaders } from '../s3/copy-object.ts'
import type { CopyObjectOptions } from '../s3/copy-request.ts'
import { deleteObjectIfMatch } from '../s3/delete-objects.ts'
import { bareETag } from '../s3/e-tag.ts'
import { type HeadedObject, headObject } from '../s3/head-object.ts'
import { putObjectAcl } from '../s3/object-acl.ts'
import { deleteObjectVersion } from '../s3/object-versions.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { readAclOf } from './kept-copies.ts'
import type { RecordedHeaders } from './release-record.ts'
import type { UndoStep } from './undo-plan.ts'

/** What is at a key after it was undone. */
export interface Undone {
  /** Null where it is not told, and after a removal. */
  readonly eTag: string | null
  readonly versionId: string | null
  /** The version that came back; null when none did. */
  readonly from: string | null
}

/** One step with its place. */
export interface UndoStepOptions {
  readonly bucket: string
  readonly key: string
  /** The ACL that the sync's uploads carried, for objects whose own could not be read. */
  readonly acl: 'public-read' | null
  readonly step: UndoStep
  readonly signal: AbortSignal | undefined
}

/**
 * Makes one object what it was before the sync, if it is still as the sync left it. Throws Failures:
 * `precondition-failed` and `already-exists` when it is not, and those of S3.
 */
export async function undoStep(session: S3Session, options: UndoStepOptions): Promise<Undone> {
  const { bucket, key, step, signal } = options
  const where = { bucket, key, ...(signal ? { signal } : {}) }
  switch (step.do) {
    case 'restore-version':
      return restoreVersion(session, options, step)
    case 'restore-copy': {
      await refuseOtherCopy(session, bucket, step.copy.key, step.copy.eTag)
      const copied = await copyBack(session, options, step.replaces, {
        ...where,
        key: step.copy.key,
        acl: readAclOf(step.copy.acl),
      })
      return { eTag: copied.eTag, versionId: copied.versionId, from: null }
    }
    case 'remove-marker': {
      if ((await headObject(session, where)) !== null) throw somebodyElse(key)
      try {
        await deleteObjectVersion(session, { ...where, versionId: step.markerId })
      } catch (error) {
        // Whoever may write may not always delete versions: a copy of the earlier one does the same.
        if (!(error instanceof Failure) || error.error.code !== 'access-denied') throw error
        return restoreVersion(session, options, { versionId: step.versionId, replaces: null })
      }
      const back = await headObject(session, where)
      return { eTag: back?.eTag ?? null, versionId: step.versionId, from: step.versionId }
    }
    case 'restore-headers': {
      const head = await headObject(session, where)
      if (head === null || !hasHeaders(head, step.to)) throw somebodyElse(key)
      const { eTag, versionId, acl } = await updateHeaders(session, {
        ...where,
        headers: withoutChunking(step.from),
        expectedETag: step.eTag,
      })
      if (step.visibility === null) await giveAcl(session, options, acl)
      else
        await putObjectAcl(session, {
          ...where,
          acl: step.visibility === 'public' ? 'public-read' : 'private',
        })
      return { eTag, versionId, from: null }
    }
    case 'remove': {
      const { deleteMarker } = await deleteObjectIfMatch(session, { ...where, eTag: step.eTag })
      return { eTag: null, versionId: deleteMarker, from: null }
    }
  }
}

async function restoreVersion(
  session: S3Session,
  options: UndoStepOptions,
  { versionId, replaces }: { readonly versionId: string; readonly replaces: string | null },
): Promise<Undone> {
  const { bucket, key, signal } = options
  const copied = await copyBack(session, options, replaces, {
    bucket,
    key,
    versionId,
    ...(signal ? { signal } : {}),
  })
  return { eTag: copied.eTag, versionId: copied.versionId, from: versionId }
}

/** Copies onto the key, over the object that the sync left there and no other. */
async function copyBack(
  session: S3Session,
  options: UndoStepOptions,
  replaces: string | null,
  source: Omit<CopyObjectOptions, 'newKey'>,
): Promise<CopiedObject> {
  const copied = await copyObject(session, {
    ...source,
    newKey: options.key,
    verbatim: true,
    ...(replaces === null ? { ifNoneMatch: true } : { replacesETag: replaces }),
  })
  await giveAcl(session, options, copied.acl)
  return copied
}

/** An ACL that could not be read could not be kept: the object gets what the sync gives to all. */
async function giveAcl(
  session: S3Session,
  { bucket, key, acl, signal }: UndoStepOptions,
  had: CopiedObject['acl'],
): Promise<void> {
  if (had !== 'unknown' || acl === null) return
  await putObjectAcl(session, { bucket, key, acl, ...(signal ? { signal } : {}) })
}

async function refuseOtherCopy(
  session: S3Session,
  bucket: string,
  key: string,
  eTag: string | null,
): Promise<void> {
  const head = await headObject(session, { bucket, key })
  if (head !== null && (eTag === null || head.eTag === null || bareETag(head.eTag) === bareETag(eTag))) return
  throw failure('no-such-key', 'The copy of the earlier object is gone, or is another one by now.', { key })
}

function hasHeaders(head: HeadedObject, wanted: RecordedHeaders): boolean {
  const has = withoutChunking(head)
  const wants = withoutChunking(wanted)
  return (
    has.contentType === wants.contentType &&
    has.cacheControl === wants.cacheControl &&
    has.contentEncoding === wants.contentEncoding &&
    has.contentDisposition === wants.contentDisposition &&
    (wants.contentLanguage === undefined || has.contentLanguage === wants.contentLanguage)
  )
}

/** Some services keep `aws-chunked`, which belongs to an upload and not to the object. */
function withoutChunking(headers: RecordedHeaders): RecordedHeaders {
  const { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage } = headers
  const encodings = (contentEncoding ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'aws-chunked')
  return {
    contentType,
    cacheControl,
    contentEncoding: encodings.length === 0 ? null : encodings.join(', '),
    contentDisposition,
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
  }
}

function somebodyElse(key: string): Failure {
  return failure('precondition-failed', 'The object was changed by somebody else; it was left alone.', {
    key,
  })
}
