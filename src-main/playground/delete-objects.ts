import { isAllowed, requireAccess } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checkWriteConditions, namesEtag } from './conditions.ts'
import { S3Error, invalidArgument, notImplemented } from './errors.ts'
import type { Bucket } from './object-store.ts'
import { lastModified } from './put-object.ts'
import { readXmlBody } from './received-body.ts'
import { isDeleteMarker, isVersionId, versionIdOf } from './version-stack.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'
import type { XmlElement, XmlFragment } from './xml.ts'

const mostKeys = 1000
// A thousand keys of 1,024 bytes, each byte of which may be written as a character reference.
const largestDocumentBytes = 8 * 1024 * 1024

/** What a deletion has done, where the bucket has versions. */
interface Deleted {
  /** The version that is gone for good, or the delete marker that was made. */
  readonly versionId?: string
  /** Whether that was a delete marker. */
  readonly marker: boolean
}

function removeCurrent(call: Call, bucket: Bucket, key: string): Deleted {
  const made = call.store.deleteObject(bucket.record.name, key, lastModified(call.now))
  return made ? { versionId: versionIdOf(made), marker: true } : { marker: false }
}

function removeVersion(call: Call, bucket: Bucket, key: string, versionId: string): Deleted {
  if (!isVersionId(versionId)) throw invalidArgument('Invalid version id specified', 'versionId', versionId)
  const removed = call.store.deleteVersion(bucket.record.name, key, versionId)
  return bucket.record.versioning === undefined
    ? { marker: false }
    : { versionId, marker: isDeleteMarker(removed) }
}

/**
 * DeleteObject. A key or version that is not there is deleted as well as any; If-Match makes it conditional. Without a
 * version id, a bucket with versions gets a delete marker.
 */
export async function deleteObject(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  const versionId = call.query.get('versionId')
  if (versionId !== undefined) {
    requireAccess(call, 's3:DeleteObjectVersion', bucket, { key })
    if (call.header('if-match') !== undefined) throw notImplemented('If-Match on DeleteObject of a version')
    return deletedReply(removeVersion(call, bucket, key, versionId))
  }
  requireAccess(call, 's3:DeleteObject', bucket, { key })
  if (call.header('if-none-match') !== undefined) throw notImplemented('If-None-Match on DeleteObject')
  if (call.header('if-match') !== undefined) {
    requireAccess(call, 's3:GetObject', bucket, { key })
    checkWriteConditions(call, bucket.objects.get(key), key)
  }
  return deletedReply(removeCurrent(call, bucket, key))
}

function deletedReply({ versionId, marker }: Deleted): Reply {
  return {
    status: 204,
    headers: {
      ...(versionId === undefined ? {} : { 'x-amz-version-id': versionId }),
      ...(marker ? { 'x-amz-delete-marker': 'true' } : {}),
    },
  }
}

function deleteOne(call: Call, bucket: Bucket, entry: XmlElement): XmlFragment {
  const key = childText(entry, 'Key') ?? ''
  if (key === '') throw new S3Error('MalformedXML')
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  const version = childText(entry, 'VersionId') ?? ''
  for (const name of ['LastModifiedTime', 'Size'])
    if (childText(entry, name) !== undefined) throw notImplemented(`${name} in DeleteObjects`)
  const action = version === '' ? 's3:DeleteObject' : 's3:DeleteObjectVersion'
  if (!isAllowed(call, action, bucket, { key })) throw new S3Error('AccessDenied')
  if (version !== '') {
    if (childText(entry, 'ETag') !== undefined) throw notImplemented('ETag of a version in DeleteObjects')
    const { marker } = removeVersion(call, bucket, key, version)
    return element('Deleted', [
      element('Key', key),
      element('VersionId', version),
      ...(marker ? [element('DeleteMarker', true), element('DeleteMarkerVersionId', version)] : []),
    ])
  }
  const etag = childText(entry, 'ETag')
  if (etag !== undefined) {
    const existing = bucket.objects.get(key)
    if (!existing) throw new S3Error('NoSuchKey')
    if (!namesEtag(etag, existing.etag)) throw new S3Error('PreconditionFailed')
  }
  const { versionId, marker } = removeCurrent(call, bucket, key)
  return element('Deleted', [
    element('Key', key),
    ...(marker && versionId !== undefined
      ? [element('DeleteMarker', true), element('DeleteMarkerVersionId', versionId)]
      : []),
  ])
}

/** DeleteObjects: up to 1,000 keys, a result for each; the body must be protected by an MD5 or a checksum. */
export async function deleteObjects(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const { body, root } = await readXmlBody(call, { largestBytes: largestDocumentBytes })
  if (!body.isProtected)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5')
  const entries = childrenNamed(root, 'Object')
  if (root.name !== 'Delete' || entries.length === 0 || entries.length > mostKeys)
    throw new S3Error('MalformedXML')
  const quiet = childText(root, 'Quiet')?.trim() === 'true'
  const results: XmlFragment[] = []
  for (const entry of entries) {
    try {
      const deleted = deleteOne(call, bucket, entry)
      if (!quiet) results.push(deleted)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      results.push(
        element('Error', [
          element('Key', childText(entry, 'Key') ?? ''),
          element('Code', error.code),
          element('Message', error.message),
        ]),
      )
    }
  }
  return { status: 200, body: s3Document('DeleteResult', results) }
}
