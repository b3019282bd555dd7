import { requireAccess } from './access.ts'
import { ownerId, ownerName } from './acl.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checksumElement } from './checksums.ts'
import { compareKeys } from './key-index.ts'
import { abortExpiredUploads } from './lifecycle.ts'
import { listingEncoder, listingLimit } from './list-objects.ts'
import { targetUpload } from './multipart.ts'
import { quotedEtag } from './object-headers.ts'
import type { UploadRecord } from './records.ts'
import { element, optionalElement, s3Document } from './xml.ts'
import type { XmlFragment } from './xml.ts'

function owners(): XmlFragment[] {
  const who = [element('ID', ownerId), element('DisplayName', ownerName)]
  return [element('Initiator', who), element('Owner', who)]
}

function checksumKind(upload: UploadRecord): XmlFragment[] {
  return upload.checksum
    ? [element('ChecksumAlgorithm', upload.checksum.algorithm), element('ChecksumType', upload.checksum.type)]
    : []
}

/** ListParts. */
export async function listParts(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  requireAccess(call, 's3:ListMultipartUploadParts', bucket, { key })
  const { record, parts } = targetUpload(call, bucket)
  const limit = listingLimit(call.query, 'max-parts')
  const marker = Number(call.query.get('part-number-marker') ?? '0') || 0
  const encode = listingEncoder(call.query)
  const after = [...parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .toSorted((a, b) => a.partNumber - b.partNumber)
  const page = after.slice(0, limit)
  return {
    status: 200,
    body: s3Document('ListPartsResult', [
      element('Bucket', bucket.record.name),
      element('Key', encode(key)),
      element('UploadId', record.uploadId),
      ...owners(),
      element('StorageClass', 'STANDARD'),
      ...checksumKind(record),
      element('PartNumberMarker', marker),
      element('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
      element('MaxParts', limit),
      element('IsTruncated', after.length > page.length),
      ...page.map((part) =>
        element('Part', [
          element('PartNumber', part.partNumber),
          element('LastModified', part.lastModified),
          element('ETag', quotedEtag(part.etag)),
          element('Size', part.size),
          ...(part.checksumSent
            ? [element(checksumElement(part.checksum.algorithm), part.checksum.value)]
            : []),
        ]),
      ),
    ]),
  }
}

/** ListMultipartUploads: by key, and for one key by the time of initiation. */
export async function listMultipartUploads(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:ListBucketMultipartUploads', bucket)
  abortExpiredUploads(call, bucket)
  const { query } = call
  const encode = listingEncoder(query)
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const limit = listingLimit(query, 'max-uploads')
  const sorted = [...bucket.uploads.values()]
    .map(({ record }) => record)
    .filter(({ key }) => key.startsWith(prefix))
    .toSorted(
      (a, b) => compareKeys(a.key, b.key) || compareKeys(a.initiated + a.uploadId, b.initiated + b.uploadId),
    )
  // The id marker counts only beside a key marker, and then stands for a place among that key's uploads.
  const markerAt = sorted.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker)
  const groups = new Set<string>()
  const page: UploadRecord[] = []
  let truncated = false
  let next: { key: string; uploadId: string } | undefined
  for (const [index, record] of sorted.entries()) {
    if (keyMarker !== '') {
      const order = compareKeys(record.key, keyMarker)
      if (order < 0 || (order === 0 && (markerAt < 0 || index <= markerAt))) continue
      if (delimiter !== '' && keyMarker.endsWith(delimiter) && record.key.startsWith(keyMarker)) continue
    }
    const end = delimiter === '' ? -1 : record.key.indexOf(delimiter, prefix.length)
    const group = end < 0 ? undefined : record.key.slice(0, end + delimiter.length)
    if (group !== undefined && groups.has(group)) continue
    if (page.length + groups.size === limit) {
      truncated = true
      break
    }
    if (group === undefined) page.push(record)
    else groups.add(group)
    next = group === undefined ? record : { key: group, uploadId: '' }
  }
  return {
    status: 200,
    body: s3Document('ListMultipartUploadsResult', [
      element('Bucket', bucket.record.name),
      element('KeyMarker', encode(keyMarker)),
      element('UploadIdMarker', idMarker),
      ...(truncated && next
        ? [element('NextKeyMarker', encode(next.key)), element('NextUploadIdMarker', next.uploadId)]
        : []),
      element('Prefix', encode(prefix)),
      ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
      ...optionalElement('EncodingType', query.get('encoding-type')),
      element('MaxUploads', limit),
      element('IsTruncated', truncated),
      ...page.map((record) =>
        element('Upload', [
          element('Key', encode(record.key)),
          element('UploadId', record.uploadId),
          ...owners(),
          element('StorageClass', 'STANDARD'),
          element('Initiated', record.initiated),
          ...checksumKind(record),
        ]),
      ),
      ...[...groups].map((group) => element('CommonPrefixes', [element('Prefix', encode(group))])),
    ]),
  }
}
