import { createHmac, hash } from 'node:crypto'
import { wellFormed } from '../object-key.ts'
import { createHmacKey, type HmacKey } from './hmac-key.ts'

/** Who signs, for where, and when (milliseconds since 1970, of the service's clock). */
export interface Signing {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly region: string
  readonly timeMs: number
  /** Whose request it is; S3's unless given. */
  readonly service?: AwsService | undefined
}

/** The services that are asked this way, by the names that stand in signatures. */
export type AwsService = 's3' | 'sts'

/** A request as it will stand on the wire. Header names are in lower case; `host` is one of them. */
export interface SignableRequest {
  readonly method: string
  /** The path, percent-encoded once, as it is sent: S3 signs it without normalising. */
  readonly path: string
  /** Names and values before encoding. */
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body in hex, or {@link unsignedPayload}. */
  readonly payloadHash: string
}

/** Gives the signing key of a secret, a day (`20130524`), a region and a service. */
export type SigningKeys = (
  secretAccessKey: string,
  day: string,
  region: string,
  service?: AwsService,
) => HmacKey

/** Stands for the hash of a body that is not signed; only ever sent over https. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'

/** The SHA-256 of no bytes. */
export const emptyHash = hash('sha256', '')

const algorithm = 'AWS4-HMAC-SHA256'
const rememberedKeys = 8

/** What proxies may change or add, and what the SDK leaves unsigned as well. */
const neverSigned = new Set([
  'authorization',
  'cache-control',
  'connection',
  'expect',
  'from',
  'keep-alive',
  'max-forwards',
  'pragma',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
])

/**
 * Signing keys, derived once for each secret, day and region: four HMACs of five that a signature costs. The keys live
 * as long as what this returns, so that no secret outlives its session.
 */
export function createSigningKeys(): SigningKeys {
  const known: { secret: string; day: string; region: string; service: AwsService; key: HmacKey }[] = []
  return (secret, day, region, service = 's3') => {
    for (const entry of known) {
      if (
        entry.day === day &&
        entry.region === region &&
        entry.service === service &&
        entry.secret === secret
      )
        return entry.key
    }
    const key = deriveSigningKey(secret, day, region, service)
    known.unshift({ secret, day, region, service, key })
    known.length = Math.min(known.length, rememberedKeys)
    return key
  }
}

/** The signing key of Signature Version 4, without remembering it. */
export const deriveSigningKey: SigningKeys = (secret, day, region, service = 's3') => {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  return createHmacKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request'))
}

/** The hash of a body in hex. */
export function hashOf(bytes: Uint8Array | string): string {
  return hash('sha256', bytes)
}

/** Percent-encodes everything but RFC 3986's unreserved characters. */
export function encodeRfc3986(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  return encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** The query string in canonical order, which is also how it is sent. */
export function canonicalQuery(query: readonly (readonly [string, string])[]): string {
  if (query.length === 0) return ''
  return query
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * The headers of a request with its signature in `authorization` (SigV4, "Authorization header"): adds `x-amz-date`,
 * `x-amz-content-sha256` and, for temporary credentials, `x-amz-security-token`.
 */
export function signHeaders(
  request: SignableRequest,
  signing: Signing,
  keys: SigningKeys = deriveSigningKey,
): Record<string, string> {
  const time = amzTime(signing.timeMs)
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': time,
    'x-amz-content-sha256': request.payloadHash,
    ...(signing.sessionToken ? { 'x-amz-security-token': signing.sessionToken } : {}),
  }
  const { canonical, names } = canonicalHeaders(headers)
  const scope = `${time.slice(0, 8)}/${signing.region}/${signing.service ?? 's3'}/aws4_request`
  const signature = sign(
    `${request.method}\n${request.path}\n${canonicalQuery(request.query)}\n${canonical}\n${names}\n${request.payloadHash}`,
    { time, scope, signing, keys },
  )
  headers['authorization'] =
    `${algorithm} Credential=${signing.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return headers
}

/**
 * The query string of a presigned URL (SigV4, "query parameters"), signature included; of the request only its headers
 * are signed, and its payload hash is written as a parameter as the SDK does.
 */
export function presignedQuery(
  request: SignableRequest,
  expiresInSeconds: number,
  signing: Signing,
  keys: SigningKeys = deriveSigningKey,
): string {
  const time = amzTime(signing.timeMs)
  const scope = `${time.slice(0, 8)}/${signing.region}/s3/aws4_request`
  const { canonical, names } = canonicalHeaders(request.headers)
  const credential = `${signing.accessKeyId}/${scope}`
  const { sessionToken } = signing
  const how = { time, credential, expiresInSeconds, names, sessionToken }
  const [before, after] = presignParameters(request.query, how)
  const signature = sign(
    `${request.method}\n${request.path}\n${before}${after}\n${canonical}\n${names}\n${request.payloadHash}`,
    { time, scope, signing, keys },
  )
  return `${before}&X-Amz-Signature=${signature}${after}`
}

/** The parameters that were made last: of many links that are made in one second they are the same. */
let lastParameters: { of: string; parts: readonly [before: string, after: string] } = {
  of: '',
  parts: ['', ''],
}

/** What a presigned URL asks with, in canonical order, before and after the signature. */
function presignParameters(
  own: SignableRequest['query'],
  how: {
    readonly time: string
    readonly credential: string
    readonly expiresInSeconds: number
    readonly names: string
    readonly sessionToken: string | undefined
  },
): readonly [before: string, after: string] {
  const { time, credential, expiresInSeconds, names, sessionToken } = how
  const make = (): readonly [string, string] => {
    const query = canonicalQuery([
      ...own,
      ['X-Amz-Algorithm', algorithm],
      ['X-Amz-Credential', credential],
      ['X-Amz-Date', time],
      ['X-Amz-Expires', String(expiresInSeconds)],
      ['X-Amz-SignedHeaders', names],
      ...(sessionToken ? [['X-Amz-Security-Token', sessionToken] as const] : []),
    ])
    // Values are encoded, so that none of them can look like this.
    const at = query.indexOf('&X-Amz-SignedHeaders=')
    return [query.slice(0, at), query.slice(at)]
  }
  // A token is a secret, and nothing here outlives its session.
  if (sessionToken) return make()
  let of = `${time}\0${credential}\0${expiresInSeconds}\0${names}`
  for (const [name, value] of own) of += `\0${name}\0${value}`
  if (of !== lastParameters.of) lastParameters = { of, parts: make() }
  return lastParameters.parts
}

function sign(
  canonicalRequest: string,
  how: { time: string; scope: string; signing: Signing; keys: SigningKeys },
): string {
  const { time, scope, signing, keys } = how
  const key = keys(signing.secretAccessKey, time.slice(0, 8), signing.region, signing.service)
  return key.sign(`${algorithm}\n${time}\n${scope}\n${hashOf(canonicalRequest)}`)
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): { canonical: string; names: string } {
  const { names, joined } = signedNames(Object.keys(headers))
  let canonical = ''
  for (const name of names) {
    canonical += `${name}:${canonicalValue(headers[name] ?? '')}\n`
  }
  return { canonical, names: joined }
}

/** The names that were signed last: one request after the other has the same ones. */
let lastNames: { readonly all: string; readonly names: readonly string[]; readonly joined: string } = {
  all: '',
  names: [],
  joined: '',
}

/** Which of these names are signed, in their order. */
function signedNames(all: readonly string[]): { readonly names: readonly string[]; readonly joined: string } {
  // No name of a header has a line break.
  const id = all.join('\n')
  if (id === lastNames.all) return lastNames
  const names = all
    .filter((name) => !neverSigned.has(name) && !name.startsWith('proxy-') && !name.startsWith('sec-'))
    .toSorted(compare)
  lastNames = { all: id, names, joined: names.join(';') }
  return lastNames
}

function canonicalValue(value: string): string {
  // Nearly all are as they should be already.
  if (!/[\t\r\n]| {2}|^ | $/.test(value)) return value
  return value
    .replace(/[\r\n]/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '')
}

/** The second that was written last: most signatures are made within the one of the signature before. */
let lastSecond = { at: Number.NaN, text: '' }

/** `20130524T000000Z`. */
function amzTime(timeMs: number): string {
  const at = Math.floor(timeMs / 1000)
  if (at !== lastSecond.at)
    lastSecond = { at, text: `${new Date(at * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z` }
  return lastSecond.text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
