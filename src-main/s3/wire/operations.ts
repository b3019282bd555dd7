import { Failure } from '../../../src-preload/contract/failure.ts'
import type { ScannedListing } from './list-scanner.ts'
import { scanListing } from './list-scanner.ts'
import { scanPlainListing } from './plain-listing.ts'
import { presignedQuery, unsignedPayload } from './sigv4.ts'
import type { Signing } from './sigv4.ts'
import { WireError } from './wire-error.ts'
import type { WireStream } from './wire-request.ts'
import type { WireTarget } from './wire-target.ts'
import { addressOf, objectPath } from './wire-target.ts'

/** Parameters of ListObjectsV2. */
export interface ListParameters {
  readonly prefix: string
  readonly delimiter?: string
  readonly continuationToken?: string
  readonly maxKeys?: number
  readonly startAfter?: string
  readonly signal?: AbortSignal
}

/** Asks for one page of ListObjectsV2. Throws `integrity` for what cannot be read, and a {@link WireError}. */
export async function listThroughWire(target: WireTarget, options: ListParameters): Promise<ScannedListing> {
  const query: (readonly [string, string])[] = [
    ['list-type', '2'],
    // Without it XML cannot carry control characters in keys.
    ['encoding-type', 'url'],
    ['prefix', options.prefix],
  ]
  if (options.delimiter !== undefined) query.push(['delimiter', options.delimiter])
  if (options.continuationToken !== undefined) query.push(['continuation-token', options.continuationToken])
  if (options.maxKeys !== undefined) query.push(['max-keys', String(options.maxKeys)])
  if (options.startAfter !== undefined) query.push(['start-after', options.startAfter])
  const { parsed, statusCode, headers } = await target.wire.read(
    {
      ...addressOf(target),
      method: 'GET',
      path: `${target.bucketPath}/`,
      query,
      headers: {},
      signal: options.signal,
    },
    (body) => scanPlainListing(body) ?? body.toString('utf8'),
  )
  if (typeof parsed !== 'string') return parsed
  try {
    return scanListing(parsed)
  } catch (error) {
    // A web site at the endpoint is told as such, and not as a listing that broke.
    if (error instanceof Failure && !parsed.includes('<ListBucketResult'))
      throw new WireError({ statusCode, headers }, parsed)
    throw error
  }
}

/** HEAD of an object: its headers, names in lower case. Throws a {@link WireError}, with 404 when it is not there. */
export async function headThroughWire(
  target: WireTarget,
  options: {
    key: string
    versionId?: string | undefined
    partNumber?: number | undefined
    withChecksum: boolean
    signal?: AbortSignal | undefined
  },
): Promise<Readonly<Record<string, string>>> {
  const query: (readonly [string, string])[] = []
  if (options.partNumber !== undefined) query.push(['partNumber', String(options.partNumber)])
  if (options.versionId !== undefined) query.push(['versionId', options.versionId])
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'HEAD',
    path: objectPath(target, options.key),
    query,
    headers: options.withChecksum ? { 'x-amz-checksum-mode': 'ENABLED' } : {},
    signal: options.signal,
  })
  return answer.headers
}

/** GetObject, or what is left of it from a byte on, to the head of the answer. Throws a {@link WireError}. */
export function getThroughWire(
  target: WireTarget,
  options: {
    readonly key: string
    readonly from: number
    /** Exclusive; to the end unless given. */
    readonly to?: number | undefined
    readonly ifMatch: string | null
    readonly withChecksum: boolean
    readonly signal?: AbortSignal | undefined
  },
): Promise<WireStream> {
  const headers: Record<string, string> = {}
  if (options.withChecksum) headers['x-amz-checksum-mode'] = 'ENABLED'
  if (options.from > 0 || options.to !== undefined) headers['range'] = rangeHeader(options.from, options.to)
  if (options.ifMatch !== null) headers['if-match'] = options.ifMatch
  return target.wire.open({
    ...addressOf(target),
    method: 'GET',
    path: objectPath(target, options.key),
    query: [],
    headers,
    signal: options.signal,
  })
}

/** A Range header: from a byte on, up to another one which it does not include. */
export function rangeHeader(from: number, to?: number): string {
  return `bytes=${from}-${to === undefined ? '' : to - 1}`
}

/** What HeadBucket says of a bucket's region. Throws a {@link WireError}, whose headers may say it as well. */
export async function headBucketThroughWire(
  target: WireTarget,
  how: { readonly isTriedOnce?: boolean; readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'HEAD',
    path: `${target.bucketPath}/`,
    query: [],
    headers: {},
    ...how,
  })
  return answer.headers['x-amz-bucket-region']
}

/** The text of a bucket's policy. Throws a {@link WireError}, `NoSuchBucketPolicy` where there is none. */
export async function getPolicyThroughWire(
  target: WireTarget,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'GET',
    path: `${target.bucketPath}/`,
    query: [['policy', '']],
    headers: {},
    signal,
  })
  return answer.body
}

/** PutBucketAcl with a canned ACL in its header, and nothing else: no service takes less. Throws a {@link WireError}. */
export async function putBucketAclThroughWire(
  target: WireTarget,
  acl: 'private' | 'public-read',
  signal: AbortSignal | undefined,
): Promise<void> {
  await target.wire.send({
    ...addressOf(target),
    method: 'PUT',
    path: `${target.bucketPath}/`,
    query: [['acl', '']],
    headers: { 'x-amz-acl': acl, 'content-length': '0' },
    signal,
  })
}

/** What an object is given besides its body; absent members send no header. */
export interface ObjectParameters {
  readonly contentType?: string | undefined
  readonly cacheControl?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly contentDisposition?: string | undefined
  readonly contentLanguage?: string | undefined
  readonly acl?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** What PutObject is given besides the body. */
export interface PutParameters extends ObjectParameters {
  readonly key: string
  /** In base64. */
  readonly crc32?: string | undefined
  readonly ifNoneMatch: boolean
  readonly ifMatch?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The headers that PutObject and CreateMultipartUpload share. */
export function objectHeaders(options: ObjectParameters): Record<string, string> {
  const headers: Record<string, string> = {}
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) headers[name] = value
  }
  set('content-type', options.contentType)
  set('cache-control', options.cacheControl)
  set('content-encoding', options.contentEncoding)
  set('content-disposition', options.contentDisposition)
  set('content-language', options.contentLanguage)
  set('x-amz-acl', options.acl)
  for (const [name, value] of Object.entries(options.metadata ?? {})) {
    headers[`x-amz-meta-${name.toLowerCase()}`] = value
  }
  return headers
}

/** Stores bytes with one PUT and gives the headers of the answer. Throws a {@link WireError}. */
export async function putThroughWire(
  target: WireTarget,
  options: PutParameters,
  body: Uint8Array,
): Promise<Readonly<Record<string, string>>> {
  const headers = objectHeaders(options)
  headers['content-type'] ??= 'application/octet-stream'
  headers['content-length'] = String(body.byteLength)
  if (options.crc32 !== undefined) headers['x-amz-checksum-crc32'] = options.crc32
  if (options.ifNoneMatch) headers['if-none-match'] = '*'
  if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'PUT',
    path: objectPath(target, options.key),
    query: [],
    headers,
    body,
    bodyIsChecked: options.crc32 !== undefined,
    signal: options.signal,
  })
  return answer.headers
}

/** A presigned GET of an object, byte for byte the URL that the SDK would make. Sends nothing. */
export function presignThroughWire(
  target: WireTarget,
  options: {
    key: string
    expiresInSeconds: number
    responseContentDisposition?: string | undefined
    responseContentType?: string | undefined
  },
  signing: Omit<Signing, 'region'>,
): string {
  const query: (readonly [string, string])[] = [
    ['X-Amz-Content-Sha256', unsignedPayload],
    ['x-id', 'GetObject'],
  ]
  if (options.responseContentDisposition !== undefined) {
    query.push(['response-content-disposition', options.responseContentDisposition])
  }
  if (options.responseContentType !== undefined) {
    query.push(['response-content-type', options.responseContentType])
  }
  const path = objectPath(target, options.key)
  const signed = presignedQuery(
    { method: 'GET', path, query, headers: { host: target.host }, payloadHash: unsignedPayload },
    options.expiresInSeconds,
    { ...signing, region: target.region },
    target.wire.keys,
  )
  return `${target.originText}${path}?${signed}`
}

/** A presigned PUT of an object with the headers that it needs, byte for byte the URL that the SDK would make. Sends nothing. */
export function presignPutThroughWire(
  target: WireTarget,
  options: {
    key: string
    expiresInSeconds: number
    contentType: string
    contentLength?: number | undefined
    ifNoneMatch: boolean
  },
  signing: Omit<Signing, 'region'>,
): string {
  const path = objectPath(target, options.key)
  const signed = presignedQuery(
    {
      method: 'PUT',
      path,
      query: [
        ['X-Amz-Content-Sha256', unsignedPayload],
        ['x-id', 'PutObject'],
      ],
      headers: {
        host: target.host,
        'content-type': options.contentType,
        ...(options.contentLength === undefined ? {} : { 'content-length': String(options.contentLength) }),
        ...(options.ifNoneMatch ? { 'if-none-match': '*' } : {}),
      },
      payloadHash: unsignedPayload,
    },
    options.expiresInSeconds,
    { ...signing, region: target.region },
    target.wire.keys,
  )
  return `${target.originText}${path}?${signed}`
}
