import { isAllowed, requireAccess } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checkWriteConditions, namesEtag } from './conditions.ts'
import { S3Error, notImplemented } from './errors.ts'
import type { Bucket } from './object-store.ts'
import { readXmlBody } from './received-body.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'
import type { XmlElement, XmlFragment } from './xml.ts'

const mostKeys = 1000
// A thousand keys of 1,024 bytes, each byte of which may be written as a character reference.
const largestDocumentBytes = 8 * 1024 * 1024

/** DeleteObject. A key that is not there is deleted as well as any; If-Match makes it conditional. */
export async function deleteObject(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  requireAccess(call, 's3:DeleteObject', bucket, { key })
  if (call.header('if-none-match') !== undefined) throw notImplemented('If-None-Match on DeleteObject')
  if (call.header('if-match') !== undefined) {
    requireAccess(call, 's3:GetObject', bucket, { key })
    checkWriteConditions(call, bucket.objects.get(key), key)
  }
  call.store.deleteObject(bucket.record.name, key)
  return { status: 204 }
}

function deleteOne(call: Call, bucket: Bucket, entry: XmlElement): string {
  const key = childText(entry, 'Key') ?? ''
  if (key === '') throw new S3Error('MalformedXML')
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  const version = childText(entry, 'VersionId')
  if (version !== undefined && version !== '' && version !== 'null') throw notImplemented('object versions')
  for (const name of ['LastModifiedTime', 'Size'])
    if (childText(entry, name) !== undefined) throw notImplemented(`${name} in DeleteObjects`)
  if (!isAllowed(call, 's3:DeleteObject', bucket, { key })) throw new S3Error('AccessDenied')
  const etag = childText(entry, 'ETag')
  if (etag !== undefined) {
    const existing = bucket.objects.get(key)
    if (!existing) throw new S3Error('NoSuchKey')
    if (!namesEtag(etag, existing.etag)) throw new S3Error('PreconditionFailed')
  }
  call.store.deleteObject(bucket.record.name, key)
  return key
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
      const key = deleteOne(call, bucket, entry)
      if (!quiet) results.push(element('Deleted', [element('Key', key)]))
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
