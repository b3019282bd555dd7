import { requireObject, versionHeader } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checksumElement } from './checksums.ts'
import { S3Error, invalidArgument } from './errors.ts'
import type { ObjectRecord } from './records.ts'
import { element, s3Document } from './xml.ts'
import type { XmlFragment } from './xml.ts'

const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const

function objectParts(call: Call, object: ObjectRecord): XmlFragment[] {
  if (!object.etag.includes('-')) return []
  const total = object.segments.length
  // S3 names the parts one by one only where each has a checksum of its own.
  if (object.checksum.type !== 'COMPOSITE') return [element('ObjectParts', [element('PartsCount', total)])]
  const marker = Number(call.header('x-amz-part-number-marker') ?? '0') || 0
  const limit = Math.min(Number(call.header('x-amz-max-parts') ?? '1000') || 0, 1000)
  const page = object.segments.slice(marker, marker + limit)
  return [
    element('ObjectParts', [
      element('IsTruncated', marker + page.length < total),
      element('MaxParts', limit),
      element('NextPartNumberMarker', marker + page.length),
      element('PartNumberMarker', marker),
      ...page.map((segment, index) =>
        element('Part', [
          element('PartNumber', marker + index + 1),
          element('Size', segment.size),
          element(checksumElement(object.checksum.algorithm), segment.checksum ?? ''),
        ]),
      ),
      element('PartsCount', total),
    ]),
  ]
}

/** GetObjectAttributes. */
export async function getObjectAttributes(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  const object = requireObject(call, 's3:GetObject', bucket, key)
  requireObject(call, 's3:GetObjectAttributes', bucket, key)
  const header = call.header('x-amz-object-attributes')
  if (header === undefined)
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    )
  const asked = header.split(',').map((name) => name.trim())
  const unknown = asked.find((name) => !attributes.some((attribute) => attribute === name))
  if (unknown !== undefined)
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown)
  const { algorithm, type, value } = object.checksum
  return {
    status: 200,
    headers: {
      'Last-Modified': new Date(object.lastModified).toUTCString(),
      ...versionHeader(bucket, object),
    },
    body: s3Document('GetObjectAttributesResponse', [
      ...(asked.includes('ETag') ? [element('ETag', object.etag)] : []),
      ...(asked.includes('Checksum')
        ? [
            element('Checksum', [
              element(checksumElement(algorithm), value.replace(/-\d+$/, '')),
              element('ChecksumType', type),
            ]),
          ]
        : []),
      ...(asked.includes('ObjectParts') ? objectParts(call, object) : []),
      ...(asked.includes('StorageClass') ? [element('StorageClass', 'STANDARD')] : []),
      ...(asked.includes('ObjectSize') ? [element('ObjectSize', object.size)] : []),
    ]),
  }
}
