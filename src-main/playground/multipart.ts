import { randomBytes } from 'node:crypto'
import { requireAccess } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checksumHeader, defaultAlgorithm, parseAlgorithm } from './checksums.ts'
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { abortExpiredUploads } from './lifecycle.ts'
import { quotedEtag } from './object-headers.ts'
import type { Bucket, OpenUpload } from './object-store.ts'
import { describeObject, lastModified, requireWriteAccess } from './put-object.ts'
import { ReceivedBody } from './received-body.ts'
import type { PartRecord, UploadRecord } from './records.ts'
import { element, s3Document } from './xml.ts'

/** The upload a call names; 404 NoSuchUpload when it is not open, or is for another key. */
export function targetUpload(call: Call, bucket: Bucket): OpenUpload {
  abortExpiredUploads(call, bucket)
  const upload = bucket.uploads.get(call.query.get('uploadId') ?? '')
  if (!upload || upload.record.key !== targetKey(call))
    throw new S3Error('NoSuchUpload', undefined, { elements: { UploadId: call.query.get('uploadId') ?? '' } })
  return upload
}

/** The algorithm each part of an upload is summed with. */
export function partAlgorithm(upload: UploadRecord): ChecksumAlgorithm {
  return upload.checksum?.algorithm ?? defaultAlgorithm
}

function requestedChecksum(call: Call): UploadRecord['checksum'] {
  const algorithmText = call.header('x-amz-checksum-algorithm')
  const typeText = call.header('x-amz-checksum-type')?.toUpperCase()
  if (algorithmText === undefined) {
    if (typeText !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      )
    return undefined
  }
  const algorithm = parseAlgorithm(algorithmText)
  if (typeText !== undefined && typeText !== 'COMPOSITE' && typeText !== 'FULL_OBJECT')
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
  const type: ChecksumType = typeText ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  // CRCs of parts can be put together to that of the whole; hashes cannot. CRC64NVME is only ever whole.
  const impossible = type === 'COMPOSITE' ? algorithm === 'CRC64NVME' : algorithm.startsWith('SHA')
  if (impossible)
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  return { algorithm, type }
}

/** CreateMultipartUpload. */
export async function createMultipartUpload(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  requireWriteAccess(call, bucket, key)
  const checksum = requestedChecksum(call)
  const record: UploadRecord = {
    ...describeObject(call, bucket),
    uploadId: randomBytes(24).toString('hex'),
    key,
    initiated: lastModified(call.now),
    ...(checksum ? { checksum } : {}),
  }
  call.store.createUpload(bucket.record.name, record)
  return {
    status: 200,
    headers: checksum
      ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
      : {},
    body: s3Document('InitiateMultipartUploadResult', [
      element('Bucket', bucket.record.name),
      element('Key', key),
      element('UploadId', record.uploadId),
    ]),
  }
}

/** The part number of a call: 1 to 10,000. */
export function targetPartNumber(call: Call): number {
  const text = call.query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > 10_000)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text)
  return number
}

/**
 * Keeps a part whose content has been written, unless the upload ended meanwhile: then the content goes and
 * the answer is NoSuchUpload.
 */
export function keepPart(call: Call, part: Omit<PartRecord, 'lastModified'>): PartRecord {
  const name = call.target.bucket ?? ''
  const bucket = call.store.bucket(name)
  if (!bucket?.uploads.has(call.query.get('uploadId') ?? '')) {
    call.store.discardContent(name, [part.file])
    throw new S3Error('NoSuchUpload')
  }
  const record = { ...part, lastModified: lastModified(call.now) }
  call.store.putPart(name, call.query.get('uploadId') ?? '', record)
  return record
}

/** UploadPart. */
export async function uploadPart(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  const partNumber = targetPartNumber(call)
  requireWriteAccess(call, bucket, key)
  const { record } = targetUpload(call, bucket)
  const algorithm = partAlgorithm(record)
  const body = new ReceivedBody(call, { algorithms: [algorithm] })
  const promised = body.promisedAlgorithm
  const mismatch = record.checksum && promised !== algorithm
  if (mismatch && (promised !== undefined || record.checksum?.type === 'COMPOSITE'))
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${promised?.toLowerCase() ?? 'null'}`,
    )
  const content = await call.store.writeContent(bucket.record.name, body)
  const { md5, checksums } = body.facts
  keepPart(call, {
    partNumber,
    ...content,
    etag: md5,
    checksum: { algorithm, value: checksums.get(algorithm) ?? '' },
    checksumSent: promised === algorithm,
  })
  return {
    status: 200,
    headers: {
      ETag: quotedEtag(md5),
      ...(promised ? { [checksumHeader(promised)]: checksums.get(promised) ?? '' } : {}),
    },
  }
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  requireAccess(call, 's3:AbortMultipartUpload', bucket, { key })
  const { record } = targetUpload(call, bucket)
  call.store.endUpload(bucket.record.name, record.uploadId)
  return { status: 204 }
}
