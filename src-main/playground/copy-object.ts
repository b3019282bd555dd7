import { requireObject, versionHeader } from './access.ts'
import { accountId } from './acl.ts'
import { bucketNameProblem, isTakenByOthers } from './bucket-name.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checksumElement, parseAlgorithm } from './checksums.ts'
import type { StoredChecksum } from './checksums.ts'
import { checkCopyConditions, checkWriteConditions } from './conditions.ts'
import { createContentDigest, digesting } from './content-digest.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { keepPart, partAlgorithm, targetPartNumber, targetUpload } from './multipart.ts'
import { quotedEtag } from './object-headers.ts'
import type { Bucket } from './object-store.ts'
import { commitObject, describeObject, requireWriteAccess, stillThere } from './put-object.ts'
import type { ObjectDescription, ObjectRecord } from './records.ts'
import { decodeUri } from './uri.ts'
import { element, s3Document } from './xml.ts'

const largestCopyBytes = 5 * 1024 ** 3

interface CopySource {
  readonly bucket: Bucket
  readonly object: ObjectRecord
  /** Whether a version was asked for that is not the current object. */
  readonly isEarlier: boolean
}

function findSource(call: Call): CopySource {
  const header = call.header('x-amz-copy-source') ?? ''
  const [path = '', version] = header.split('?versionId=')
  // S3 decodes the header as a form: a plus sign in a key has to be written as %2B.
  const decoded = decodeUri(path.replaceAll('+', ' ')).replace(/^\//, '')
  const slash = decoded.indexOf('/')
  const name = decoded.slice(0, Math.max(slash, 0))
  const key = decoded.slice(slash + 1)
  if (slash < 1 || key === '' || bucketNameProblem(name) !== undefined)
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    )
  const bucket = call.store.bucket(name)
  if (!bucket) {
    if (isTakenByOthers(name)) throw new S3Error('AccessDenied')
    throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: name } })
  }
  const expectedOwner = call.header('x-amz-source-expected-bucket-owner')
  if (expectedOwner !== undefined && expectedOwner !== accountId) throw new S3Error('AccessDenied')
  const versionId = version === undefined ? undefined : decodeUri(version)
  const object = requireObject(call, 's3:GetObject', bucket, key, versionId)
  checkCopyConditions(call, object)
  return { bucket, object, isEarlier: versionId !== undefined && object !== bucket.objects.get(key) }
}

function sourceVersionHeader({ bucket, object }: CopySource): Record<string, string> {
  const { 'x-amz-version-id': id } = versionHeader(bucket, object)
  return id === undefined ? {} : { 'x-amz-copy-source-version-id': id }
}

function directive(call: Call, header: string): 'COPY' | 'REPLACE' {
  const value = call.header(header) ?? 'COPY'
  if (value === 'COPY' || value === 'REPLACE') return value
  throw invalidArgument(
    `Unknown ${header.includes('tagging') ? 'tagging' : 'metadata'} directive.`,
    header,
    value,
  )
}

// What the copy says about itself: the source's words unless the request replaces them. The ACL never comes along.
function describeCopy(call: Call, bucket: Bucket, source: CopySource): ObjectDescription {
  const own = describeObject(call, bucket)
  const metadata = directive(call, 'x-amz-metadata-directive') === 'REPLACE' ? own : source.object
  const tagging = directive(call, 'x-amz-tagging-directive') === 'REPLACE' ? own : source.object
  const toItself = source.bucket === bucket && source.object.key === targetKey(call)
  if (toItself && !source.isEarlier && metadata !== own)
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  return {
    headers: metadata.headers,
    userMetadata: metadata.userMetadata,
    tags: tagging.tags,
    grants: own.grants,
  }
}

/** CopyObject: bytes are copied by the server; the ETag becomes that of a single piece. */
export async function copyObject(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  const { name } = bucket.record
  requireWriteAccess(call, bucket, key)
  const source = findSource(call)
  const description = describeCopy(call, bucket, source)
  if (source.object.size > largestCopyBytes)
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${largestCopyBytes}`,
    )
  checkWriteConditions(call, bucket.objects.get(key), key)
  const asked = call.header('x-amz-checksum-algorithm')
  const algorithm = asked === undefined ? source.object.checksum.algorithm : parseAlgorithm(asked)
  const digest = createContentDigest([algorithm])
  const reading = call.store.readContent(
    source.bucket.record.name,
    source.object.segments,
    0,
    source.object.size,
  )
  let content
  try {
    content = await call.store.writeContent(name, digesting(reading.chunks, digest))
  } finally {
    reading.release()
  }
  const { md5, checksums } = digest.finish()
  const checksum: StoredChecksum = { algorithm, type: 'FULL_OBJECT', value: checksums.get(algorithm) ?? '' }
  const copy = commitObject(call, { ...description, key, etag: md5, checksum }, content)
  return {
    status: 200,
    headers: { ...versionHeader(stillThere(call), copy), ...sourceVersionHeader(source) },
    body: s3Document('CopyObjectResult', [
      element('LastModified', copy.lastModified),
      element('ETag', quotedEtag(md5)),
      element('ChecksumType', checksum.type),
      element(checksumElement(algorithm), checksum.value),
    ]),
  }
}

function copyRange(call: Call, size: number): { start: number; end: number } {
  const header = call.header('x-amz-copy-source-range')
  if (header === undefined) return { start: 0, end: size }
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header)
  const start = Number(match?.[1])
  const last = Number(match?.[2])
  if (!match || last < start)
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    )
  if (last >= size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      header,
    )
  return { start, end: last + 1 }
}

/** UploadPartCopy: a part from an object, or from a range of one. */
export async function uploadPartCopy(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const partNumber = targetPartNumber(call)
  requireWriteAccess(call, bucket, targetKey(call))
  const { record } = targetUpload(call, bucket)
  const source = findSource(call)
  const { start, end } = copyRange(call, source.object.size)
  if (end - start > largestCopyBytes) throw new S3Error('EntityTooLarge')
  const algorithm = partAlgorithm(record)
  const digest = createContentDigest([algorithm])
  const reading = call.store.readContent(source.bucket.record.name, source.object.segments, start, end)
  let content
  try {
    content = await call.store.writeContent(bucket.record.name, digesting(reading.chunks, digest))
  } finally {
    reading.release()
  }
  const { md5, checksums } = digest.finish()
  const value = checksums.get(algorithm) ?? ''
  const part = keepPart(call, {
    partNumber,
    ...content,
    etag: md5,
    checksum: { algorithm, value },
    checksumSent: record.checksum !== undefined,
  })
  return {
    status: 200,
    headers: sourceVersionHeader(source),
    body: s3Document('CopyPartResult', [
      element('LastModified', part.lastModified),
      element('ETag', quotedEtag(md5)),
      ...(record.checksum ? [element(checksumElement(algorithm), value)] : []),
    ]),
  }
}
