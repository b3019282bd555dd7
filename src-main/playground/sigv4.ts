import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { encodeUri } from './uri.ts'

/** The SHA-256 of nothing, in hex. */
export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A request as the signature sees it. */
export interface SignableRequest {
  readonly method: string
  /** Percent-decoded path. */
  readonly path: string
  /** Decoded names and values; the caller leaves X-Amz-Signature out. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** Lower-case names; values as received, one entry for each line sent, bytes as latin1. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Lower-case names in the order the client listed them. */
  readonly signedHeaders: readonly string[]
  /** Hex SHA-256 of the body, or one of the constants such as UNSIGNED-PAYLOAD. */
  readonly payloadHash: string
}

/** `<access key>/<yyyymmdd>/<region>/<service>/aws4_request`, taken apart. */
export interface CredentialScope {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
}

/** Takes a credential apart, or undefined when it has not that form. */
export function parseCredential(text: string): CredentialScope | undefined {
  const parts = text.split('/')
  const [terminator, service, region, date] = parts.reverse()
  const accessKeyId = parts.slice(4).reverse().join('/')
  if (terminator !== 'aws4_request' || !service || !region || !date || !accessKeyId) return undefined
  return { accessKeyId, date, region, service }
}

/** Hex SHA-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** The key of one day, region and service that signatures are made with. */
export function deriveSigningKey(
  secretAccessKey: string,
  scope: Omit<CredentialScope, 'accessKeyId'>,
): Buffer {
  const dateKey = hmac(`AWS4${secretAccessKey}`, scope.date)
  return hmac(hmac(hmac(dateKey, scope.region), scope.service), 'aws4_request')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The canonical request (SigV4 for S3: the path is encoded once and never normalised), as bytes in a
 * latin1 string, because header values are compared byte for byte.
 */
export function canonicalRequest(request: SignableRequest): string {
  const query = request.query
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = request.signedHeaders.map((name) => {
    const values = (request.headers.get(name) ?? []).map((value) => value.trim().replace(/ +/g, ' '))
    return `${name}:${values.join(',')}\n`
  })
  return [
    request.method,
    encodeUri(request.path, true),
    query,
    headers.join(''),
    request.signedHeaders.join(';'),
    request.payloadHash,
  ].join('\n')
}

/** The scope line: `<yyyymmdd>/<region>/<service>/aws4_request`. */
export function scopeText(scope: Omit<CredentialScope, 'accessKeyId'>): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`
}

/** What is signed for a whole request. `amzDate` is the basic ISO 8601 time, 20130524T000000Z. */
export function stringToSign(
  amzDate: string,
  scope: Omit<CredentialScope, 'accessKeyId'>,
  canonical: string,
): string {
  return ['AWS4-HMAC-SHA256', amzDate, scopeText(scope), sha256Hex(Buffer.from(canonical, 'latin1'))].join(
    '\n',
  )
}

/** Hex HMAC-SHA256 under the signing key. */
export function sign(signingKey: Uint8Array, text: string): string {
  return hmac(signingKey, text).toString('hex')
}

/** What later chunks of a body are chained to: everything about the signature of the request's head. */
export interface ChunkSigning {
  readonly signingKey: Buffer
  readonly amzDate: string
  readonly scope: Omit<CredentialScope, 'accessKeyId'>
  /** The signature of the head; each chunk's signature covers the one before. */
  readonly seedSignature: string
}

/** The signature of one chunk of STREAMING-AWS4-HMAC-SHA256-PAYLOAD. */
export function signChunk(signing: ChunkSigning, previousSignature: string, chunkSha256: string): string {
  return sign(
    signing.signingKey,
    [
      'AWS4-HMAC-SHA256-PAYLOAD',
      signing.amzDate,
      scopeText(signing.scope),
      previousSignature,
      emptySha256,
      chunkSha256,
    ].join('\n'),
  )
}

/** The signature of the trailer of STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER. `trailer` is `name:value\n`… */
export function signTrailer(signing: ChunkSigning, previousSignature: string, trailer: string): string {
  return sign(
    signing.signingKey,
    [
      'AWS4-HMAC-SHA256-TRAILER',
      signing.amzDate,
      scopeText(signing.scope),
      previousSignature,
      sha256Hex(trailer),
    ].join('\n'),
  )
}

/** Compares two signatures in constant time. */
export function sameSignature(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Reads 20130524T000000Z; undefined when it is not such a time. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return undefined
  const date = new Date(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Writes 20130524T000000Z. */
export function formatAmzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '')
}
