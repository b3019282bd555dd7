import { createHash } from 'node:crypto'
import { versionHeader } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import {
  algorithmOfHeader,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  fullObjectChecksum,
} from './checksums.ts'
import type { StoredChecksum } from './checksums.ts'
import { checkWriteConditions } from './conditions.ts'
import { S3Error } from './errors.ts'
import { partAlgorithm, targetUpload } from './multipart.ts'
import { quotedEtag } from './object-headers.ts'
import { requireWriteAccess, stillThere } from './put-object.ts'
import { readXmlBody } from './received-body.ts'
import type { PartRecord, UploadRecord } from './records.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'
import type { XmlElement } from './xml.ts'

// Ten thousand parts, each with an ETag and a checksum.
const largestDocumentBytes = 8 * 1024 * 1024

function checkPart(
  entry: XmlElement,
  upload: UploadRecord,
  parts: ReadonlyMap<number, PartRecord>,
): PartRecord {
  const number = childText(entry, 'PartNumber')?.trim() ?? ''
  const etag = childText(entry, 'ETag')
    ?.trim()
    .replace(/^"(.*)"$/, '$1')
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML')
  const part = parts.get(Number(number))
  const details = { elements: { UploadId: upload.uploadId, PartNumber: number, ETag: etag } }
  if (part?.etag !== etag) throw new S3Error('InvalidPart', undefined, details)
  const { algorithm, value } = part.checksum
  const sent = childText(entry, checksumElement(algorithm))?.trim()
  if (sent !== undefined && sent !== value) throw new S3Error('InvalidPart', undefined, details)
  if (sent === undefined && upload.checksum?.type === 'COMPOSITE')
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    )
  return part
}

function chosenParts(
  root: XmlElement,
  upload: UploadRecord,
  parts: ReadonlyMap<number, PartRecord>,
  smallestPartBytes: number,
): PartRecord[] {
  const entries = childrenNamed(root, 'Part')
  if (root.name !== 'CompleteMultipartUpload' || entries.length === 0 || entries.length > 10_000)
    throw new S3Error('MalformedXML')
  const chosen = entries.map((entry) => checkPart(entry, upload, parts))
  for (const [index, part] of chosen.entries()) {
    const next = chosen[index + 1]
    if (next && next.partNumber <= part.partNumber)
      throw new S3Error('InvalidPartOrder', undefined, { elements: { UploadId: upload.uploadId } })
    if (next && part.size < smallestPartBytes)
      throw new S3Error('EntityTooSmall', undefined, {
        elements: {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(smallestPartBytes),
          PartNumber: String(part.partNumber),
          ETag: part.etag,
        },
      })
  }
  return chosen
}

function objectChecksum(upload: UploadRecord, parts: readonly PartRecord[]): StoredChecksum {
  const algorithm = partAlgorithm(upload)
  const values = parts.map(({ checksum, size }) => ({ value: checksum.value, size }))
  if (upload.checksum?.type === 'COMPOSITE' || algorithm === 'SHA1' || algorithm === 'SHA256')
    return compositeChecksum(
      algorithm,
      values.map(({ value }) => value),
    )
  return fullObjectChecksum(algorithm, values)
}

// The client may say what it expects the whole object to be.
function checkExpectations(call: Call, checksum: StoredChecksum, size: number): void {
  const type = call.header('x-amz-checksum-type')
  if (type !== undefined && type.toUpperCase() !== checksum.type)
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    )
  for (const name of call.headerNames()) {
    const algorithm = algorithmOfHeader(name)
    if (algorithm === undefined) continue
    if (algorithm !== checksum.algorithm || call.header(name) !== checksum.value)
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
  const expectedSize = call.header('x-amz-mp-object-size')
  if (expectedSize !== undefined && Number(expectedSize) !== size)
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expectedSize} does not match what was computed: ${size}`,
    )
}

/**
 * CompleteMultipartUpload. The parts stay where they are and become the object's segments. Done once, the
 * upload is gone: a second call is 404 NoSuchUpload.
 */
export async function completeMultipartUpload(call: Call): Promise<Reply> {
  requireWriteAccess(call, targetBucket(call), targetKey(call))
  targetUpload(call, targetBucket(call))
  const { root } = await readXmlBody(call, { largestBytes: largestDocumentBytes, ignoreChecksums: true })
  const bucket = stillThere(call)
  const { name } = bucket.record
  const { record: upload, parts } = targetUpload(call, bucket)
  const chosen = chosenParts(root, upload, parts, call.smallestPartBytes)
  const checksum = objectChecksum(upload, chosen)
  const size = chosen.reduce((sum, part) => sum + part.size, 0)
  checkExpectations(call, checksum, size)
  checkWriteConditions(call, bucket.objects.get(upload.key), upload.key)

  const md5 = createHash('md5')
  for (const part of chosen) md5.update(Buffer.from(part.etag, 'hex'))
  const etag = `${md5.digest('hex')}-${chosen.length}`
  const { headers, userMetadata, tags, grants, key, uploadId } = upload
  const object = call.store.putObject(name, {
    headers,
    userMetadata,
    tags,
    grants,
    key,
    size,
    etag,
    // S3 dates a multipart object from its initiation.
    lastModified: upload.initiated,
    checksum,
    segments: chosen.map((part) => ({ file: part.file, size: part.size, checksum: part.checksum.value })),
  })
  call.store.endUpload(name, uploadId, new Set(chosen.map(({ file }) => file)))
  return {
    status: 200,
    body: s3Document('CompleteMultipartUploadResult', [
      element('Location', `http://${call.message.headers.host ?? ''}${call.target.rawPath}`),
      element('Bucket', name),
      element('Key', key),
      element('ETag', quotedEtag(etag)),
      element(checksumElement(checksum.algorithm), checksum.value),
      element('ChecksumType', checksum.type),
    ]),
    headers: { [checksumHeader(checksum.algorithm)]: checksum.value, ...versionHeader(bucket, object) },
  }
}
