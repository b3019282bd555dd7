import { createHash, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { NullBucket, type NullObject, encodeKey, escapeXml } from './null-bucket.ts'

/** A request whose body has arrived. */
export interface NullRequest {
  readonly method: string
  /** The bucket, or '' for the service. */
  readonly bucket: string
  /** Decoded, or '' for the bucket. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body without the frame of aws-chunked, or null for one that was only counted. */
  readonly content: Buffer | null
  /** The length of that body. */
  readonly sizeBytes: number
}

/** What is answered, and the name under which it is counted. */
export interface NullAnswer {
  readonly operation: string
  readonly status: number
  readonly headers: Record<string, string>
  /** A number is so many zeros. */
  readonly body: string | number | readonly Uint8Array[]
}

const kept =
  /^(content-type|cache-control|content-encoding|content-disposition|content-language|expires|x-amz-meta-.*)$/
const checksum = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/

/** What a bucket can be asked that is not here. */
const missing =
  /^(acl|policy|policyStatus|versioning|versions|ownershipControls|publicAccessBlock|tagging|cors|website|lifecycle|encryption|object-lock|logging|notification|replication)$/

const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n'
const nameSpace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

/** Answers as S3 does, for what a sync, a transfer or a listing asks. A bucket is there as soon as it is named. */
export function answerNull(buckets: Map<string, NullBucket>, request: NullRequest): NullAnswer {
  if (request.bucket === '')
    return xml('ListBuckets', `<ListAllMyBucketsResult ${nameSpace}><Buckets/></ListAllMyBucketsResult>`)
  if (request.key === '' && request.method === 'DELETE') {
    buckets.delete(request.bucket)
    return { operation: 'DeleteBucket', status: 204, headers: {}, body: '' }
  }
  let bucket = buckets.get(request.bucket)
  if (bucket === undefined) {
    bucket = new NullBucket()
    buckets.set(request.bucket, bucket)
  }
  for (const name of request.query.keys())
    if (missing.test(name)) return problem(`Get ${name}`, 501, 'NotImplemented')
  return request.key === '' ? answerBucket(bucket, request) : answerObject(bucket, request)
}

function answerBucket(bucket: NullBucket, request: NullRequest): NullAnswer {
  const { query, method } = request
  if (method === 'POST' && query.has('delete')) return deleteObjects(bucket, request)
  if (query.has('location')) return xml('GetBucketLocation', `<LocationConstraint ${nameSpace}/>`)
  if (query.has('uploads')) {
    const uploads = [...bucket.uploads].map(
      ([id, { key }]) => `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></Upload>`,
    )
    return xml(
      'ListMultipartUploads',
      `<ListMultipartUploadsResult ${nameSpace}><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`,
    )
  }
  if (method === 'GET') return listObjects(bucket, request)
  const operation = method === 'PUT' ? 'CreateBucket' : 'HeadBucket'
  return { operation, status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' }, body: '' }
}

function answerObject(bucket: NullBucket, request: NullRequest): NullAnswer {
  const { method, query } = request
  if (query.has('uploads') && method === 'POST') return createUpload(bucket, request)
  if (query.has('uploadId')) return answerUpload(bucket, request, query.get('uploadId') ?? '')
  if (method === 'PUT')
    return request.headers['x-amz-copy-source'] === undefined
      ? putObject(bucket, request)
      : copyObject(bucket, request)
  if (method === 'DELETE') {
    bucket.delete(request.key)
    return { operation: 'DeleteObject', status: 204, headers: {}, body: '' }
  }
  return getObject(bucket, request)
}

/** ListObjects and ListObjectsV2. */
function listObjects(bucket: NullBucket, { query, bucket: name }: NullRequest): NullAnswer {
  const isV2 = query.get('list-type') === '2'
  const urlEncoded = query.get('encoding-type') === 'url'
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token') ?? ''
  const after = isV2
    ? Buffer.from(token, 'base64url').toString() || (query.get('start-after') ?? '')
    : (query.get('marker') ?? '')
  const maxKeys = Math.min(1000, Number(query.get('max-keys') || 1000))
  const page = bucket.list({ prefix, delimiter: query.get('delimiter') ?? '', after, maxKeys, urlEncoded })
  const more = !page.isTruncated
    ? ''
    : isV2
      ? `<NextContinuationToken>${Buffer.from(page.last).toString('base64url')}</NextContinuationToken>`
      : `<NextMarker>${encodeKey(page.last, urlEncoded)}</NextMarker>`
  const head = `<ListBucketResult ${nameSpace}><Name>${name}</Name><Prefix>${encodeKey(prefix, urlEncoded)}</Prefix>${urlEncoded ? '<EncodingType>url</EncodingType>' : ''}<KeyCount>${page.keyCount}</KeyCount><MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${page.isTruncated}</IsTruncated>${more}`
  return {
    ...xml('ListObjects', ''),
    body: [Buffer.from(xmlHead + head), ...page.xml, Buffer.from('</ListBucketResult>')],
  }
}

function deleteObjects(bucket: NullBucket, { content }: NullRequest): NullAnswer {
  const text = content?.toString() ?? ''
  const keys = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key)
  for (const key of keys) bucket.delete(unescapeXml(key))
  const told = text.includes('<Quiet>true</Quiet>')
    ? []
    : keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`)
  return xml('DeleteObjects', `<DeleteResult ${nameSpace}>${told.join('')}</DeleteResult>`)
}

function putObject(bucket: NullBucket, request: NullRequest): NullAnswer {
  const { key, sizeBytes } = request
  if (isRefused(bucket, request)) return problem('PutObject', 412, 'PreconditionFailed')
  const { eTag, isOpaque } = eTagOf(request)
  bucket.put(key, { sizeBytes, eTag, modified: new Date(), headers: keptHeaders(request, isOpaque) })
  return { operation: 'PutObject', status: 200, headers: answerHeaders(request, eTag, isOpaque), body: '' }
}

function copyObject(bucket: NullBucket, request: NullRequest): NullAnswer {
  const [source = ''] = String(request.headers['x-amz-copy-source']).split('?')
  const key = decodeURIComponent(source).replace(/^\//, '').split('/').slice(1).join('/')
  const found = bucket.get(key)
  if (found === undefined) return problem('CopyObject', 404, 'NoSuchKey')
  const condition = request.headers['x-amz-copy-source-if-match']
  if (condition !== undefined && String(condition).replaceAll('"', '') !== found.eTag)
    return problem('CopyObject', 412, 'PreconditionFailed')
  const replaces = request.headers['x-amz-metadata-directive'] === 'REPLACE'
  const copied: NullObject = {
    ...found,
    modified: new Date(),
    headers: replaces ? keptHeaders(request, isOpaqueObject(found)) : found.headers,
  }
  bucket.put(request.key, copied)
  return xml(
    'CopyObject',
    `<CopyObjectResult ${nameSpace}><LastModified>${copied.modified.toISOString()}</LastModified><ETag>&quot;${copied.eTag}&quot;</ETag></CopyObjectResult>`,
  )
}

/** GetObject, with zeros for content, and HeadObject. */
function getObject(bucket: NullBucket, request: NullRequest): NullAnswer {
  const isHead = request.method === 'HEAD'
  const isSigned = request.headers.authorization !== undefined || request.query.has('X-Amz-Signature')
  // What the public can read is asked as the public, and apart from the requests of S3.
  const operation = !isSigned ? 'Unsigned' : isHead ? 'HeadObject' : 'GetObject'
  const found = bucket.get(request.key)
  if (found === undefined) return problem(operation, 404, 'NoSuchKey')
  const headers: Record<string, string> = {
    ...found.headers,
    etag: `"${found.eTag}"`,
    'last-modified': found.modified.toUTCString(),
    'accept-ranges': 'bytes',
  }
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '')
  let length = found.sizeBytes
  const part = Number(request.query.get('partNumber') ?? 0)
  if (part > 0 && found.partSizeBytes !== undefined)
    length = Math.max(0, Math.min(found.partSizeBytes, length - (part - 1) * found.partSizeBytes))
  if (range !== null) {
    const [, from = '', to = ''] = range
    const first = from === '' ? Math.max(0, found.sizeBytes - Number(to)) : Number(from)
    const last = from === '' || to === '' ? found.sizeBytes - 1 : Math.min(Number(to), found.sizeBytes - 1)
    if (first > last) return problem(operation, 416, 'InvalidRange')
    length = last - first + 1
    headers['content-range'] = `bytes ${first}-${last}/${found.sizeBytes}`
  }
  headers['content-length'] = String(length)
  return {
    operation,
    status: range === null ? 200 : 206,
    headers,
    body: isHead ? '' : length,
  }
}

/** The ETag of so many zeros that were sent in parts. */
export function eTagOfZeros(sizeBytes: number, partSizeBytes: number): string {
  const md5 = (length: number) => createHash('md5').update(Buffer.alloc(length)).digest()
  const whole = md5(partSizeBytes)
  const hash = createHash('md5')
  const parts = Math.ceil(sizeBytes / partSizeBytes)
  for (let part = 1; part < parts; part++) hash.update(whole)
  hash.update(md5(sizeBytes - (parts - 1) * partSizeBytes))
  return `${hash.digest('hex')}-${parts}`
}

function createUpload(bucket: NullBucket, request: NullRequest): NullAnswer {
  const id = randomUUID()
  bucket.uploads.set(id, { key: request.key, headers: keptHeaders(request, false), parts: new Map() })
  const algorithm = request.headers['x-amz-checksum-algorithm']
  const answer = xml(
    'CreateMultipartUpload',
    `<InitiateMultipartUploadResult ${nameSpace}><Bucket>${request.bucket}</Bucket><Key>${escapeXml(request.key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
  )
  if (typeof algorithm !== 'string') return answer
  return { ...answer, headers: { ...answer.headers, 'x-amz-checksum-algorithm': algorithm } }
}

function answerUpload(bucket: NullBucket, request: NullRequest, id: string): NullAnswer {
  const { method, query } = request
  const operation = { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[
    method
  ]
  const upload = bucket.uploads.get(id)
  if (upload === undefined) return problem(operation ?? 'ListParts', 404, 'NoSuchUpload')
  if (method === 'PUT') {
    const { eTag, isOpaque } = eTagOf(request)
    const { sizeBytes } = request
    upload.parts.set(Number(query.get('partNumber')), { sizeBytes, eTag, isOpaque })
    return { operation: 'UploadPart', status: 200, headers: answerHeaders(request, eTag, isOpaque), body: '' }
  }
  if (method === 'DELETE') {
    bucket.uploads.delete(id)
    return { operation: 'AbortMultipartUpload', status: 204, headers: {}, body: '' }
  }
  if (method === 'GET') {
    const parts = [...upload.parts]
      .sort(([a], [b]) => a - b)
      .map(
        ([number, { eTag, sizeBytes }]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${eTag}&quot;</ETag><Size>${sizeBytes}</Size></Part>`,
      )
    return xml(
      'ListParts',
      `<ListPartsResult ${nameSpace}><UploadId>${id}</UploadId><IsTruncated>false</IsTruncated>${parts.join('')}</ListPartsResult>`,
    )
  }
  return completeUpload(bucket, request, id)
}

function completeUpload(bucket: NullBucket, request: NullRequest, id: string): NullAnswer {
  const operation = 'CompleteMultipartUpload'
  const upload = bucket.uploads.get(id)
  const hash = createHash('md5')
  let sizeBytes = 0
  let isOpaque = false
  let count = 0
  const text = request.content?.toString() ?? ''
  for (const [, part = ''] of text.matchAll(/<Part>(.*?)<\/Part>/gs)) {
    const number = Number(/<PartNumber>\s*(\d+)\s*</.exec(part)?.[1])
    const told = unescapeXml(/<ETag>([^<]*)</.exec(part)?.[1] ?? '').replaceAll('"', '')
    const found = upload?.parts.get(number)
    if (found === undefined || found.eTag !== told) return problem(operation, 400, 'InvalidPart')
    hash.update(Buffer.from(found.eTag, 'hex'))
    sizeBytes += found.sizeBytes
    isOpaque ||= found.isOpaque
    count++
  }
  if (upload === undefined || count === 0) return problem(operation, 400, 'MalformedXML')
  if (isRefused(bucket, request)) return problem(operation, 412, 'PreconditionFailed')
  const eTag = `${hash.digest('hex')}-${count}`
  const headers = isOpaque ? { ...upload.headers, ...encryption } : upload.headers
  bucket.put(upload.key, { sizeBytes, eTag, modified: new Date(), headers })
  bucket.uploads.delete(id)
  return {
    ...xml(
      operation,
      `<CompleteMultipartUploadResult ${nameSpace}><Bucket>${request.bucket}</Bucket><Key>${escapeXml(upload.key)}</Key><ETag>&quot;${eTag}&quot;</ETag></CompleteMultipartUploadResult>`,
    ),
    headers: { 'content-type': 'application/xml', ...(isOpaque ? encryption : {}) },
  }
}

/** What S3 says of an object whose ETag is no MD5. */
const encryption = { 'x-amz-server-side-encryption': 'aws:kms' }

function isOpaqueObject({ headers }: NullObject): boolean {
  return headers['x-amz-server-side-encryption'] !== undefined
}

/**
 * The MD5 that the client sent, or that of a small body. Of a large one nobody reckons it here, since the time would be
 * taken from the client that is measured: its ETag is as opaque as that of an object encrypted by KMS, and is told so.
 */
function eTagOf({ headers, content }: NullRequest): { eTag: string; isOpaque: boolean } {
  const sent = headers['content-md5']
  if (typeof sent === 'string') return { eTag: Buffer.from(sent, 'base64').toString('hex'), isOpaque: false }
  if (content !== null) return { eTag: createHash('md5').update(content).digest('hex'), isOpaque: false }
  return { eTag: randomUUID().replaceAll('-', ''), isOpaque: true }
}

function isRefused(bucket: NullBucket, { headers, key }: NullRequest): boolean {
  return headers['if-none-match'] === '*' && bucket.get(key) !== undefined
}

function keptHeaders({ headers }: NullRequest, isOpaque: boolean): Record<string, string> {
  const found: Record<string, string> = isOpaque ? { ...encryption } : {}
  for (const [name, value] of Object.entries(headers))
    if (kept.test(name)) {
      // The frame of the body is not an encoding of the object.
      const text = String(value).replace(/^aws-chunked,?\s*|,?\s*aws-chunked$/, '')
      if (text !== '' || name !== 'content-encoding') found[name] = text
    }
  return found
}

function answerHeaders({ headers }: NullRequest, eTag: string, isOpaque: boolean): Record<string, string> {
  const found: Record<string, string> = { etag: `"${eTag}"`, ...(isOpaque ? encryption : {}) }
  for (const [name, value] of Object.entries(headers)) if (checksum.test(name)) found[name] = String(value)
  return found
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x?([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));/g, (whole, code, name) => {
    if (name !== undefined) return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[String(name)] ?? whole
    return String.fromCodePoint(Number.parseInt(String(code), whole.startsWith('&#x') ? 16 : 10))
  })
}

function xml(operation: string, document: string): NullAnswer {
  return { operation, status: 200, headers: { 'content-type': 'application/xml' }, body: xmlHead + document }
}

function problem(operation: string, status: number, code: string): NullAnswer {
  return {
    ...xml(operation, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`),
    status,
  }
}
