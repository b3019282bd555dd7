import type { IncomingMessage } from 'node:http'
import { S3Error, notImplemented } from './errors.ts'
import {
  canonicalRequest,
  deriveSigningKey,
  formatAmzDate,
  parseAmzDate,
  parseCredential,
  sameSignature,
  sign,
  stringToSign,
} from './sigv4.ts'
import type { ChunkSigning, CredentialScope } from './sigv4.ts'
import { decodeUri } from './uri.ts'
import type { Target } from './uri.ts'

/** The one key pair this server accepts. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** How the body of the request is protected. */
export type PayloadProtection =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'sha256'; readonly hex: string }
  | { readonly kind: 'chunked'; readonly trailer: boolean; readonly signing?: ChunkSigning }

/** Who sent a request, and how that was proved. */
export interface Authentication {
  readonly identity: 'owner' | 'anonymous'
  readonly method: 'anonymous' | 'header' | 'presigned'
  readonly payload: PayloadProtection
  /** For a signed request: when it was signed. */
  readonly signedAt?: Date
}

/** What authenticate needs to know of the world. */
export interface AuthenticationSettings {
  readonly credentials: Credentials
  readonly region: string
  readonly now: Date
}

const longestSkewMs = 15 * 60 * 1000
const longestExpirySeconds = 604_800
const streaming = /^STREAMING-(AWS4-HMAC-SHA256|UNSIGNED)-PAYLOAD(-TRAILER)?$/

/** Every line of every header, names in lower case. */
export function headerLines(message: IncomingMessage): Map<string, string[]> {
  const lines = new Map<string, string[]>()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = (message.rawHeaders[index] ?? '').toLowerCase()
    const value = message.rawHeaders[index + 1] ?? ''
    const known = lines.get(name)
    if (known) known.push(value)
    else lines.set(name, [value])
  }
  return lines
}

/** Verifies the signature of a request, or finds that it has none. Throws the S3Error AWS would answer. */
export function authenticate(
  message: IncomingMessage,
  target: Target,
  settings: AuthenticationSettings,
): Authentication {
  // A preflight carries no signature of its own, even where the query has that of the request to come.
  if (message.method === 'OPTIONS')
    return { identity: 'anonymous', method: 'anonymous', payload: { kind: 'unsigned' } }
  const authorization = message.headers.authorization
  const inQuery = target.query.has('X-Amz-Algorithm') || target.query.has('X-Amz-Signature')
  if (authorization !== undefined && inQuery)
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    )
  if (target.query.has('AWSAccessKeyId') && target.query.has('Signature')) throw unsupportedMechanism()
  if (inQuery) return fromQuery(message, target, settings)
  if (authorization !== undefined) return fromHeader(authorization, message, target, settings)
  return {
    identity: 'anonymous',
    method: 'anonymous',
    payload: payloadProtection(singleHeader(message, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'),
  }
}

function unsupportedMechanism(): S3Error {
  return new S3Error(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  )
}

function singleHeader(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function fromHeader(
  authorization: string,
  message: IncomingMessage,
  target: Target,
  settings: AuthenticationSettings,
): Authentication {
  if (authorization.startsWith('AWS4-ECDSA-P256-SHA256')) throw notImplemented('SigV4A')
  if (!authorization.startsWith('AWS4-HMAC-SHA256')) throw unsupportedMechanism()
  const fields = new Map<string, string>()
  for (const part of authorization.slice('AWS4-HMAC-SHA256'.length).split(',')) {
    const [name, ...value] = part.trim().split('=')
    fields.set(name ?? '', value.join('='))
  }
  const credential = fields.get('Credential')
  const signature = fields.get('Signature')
  const signedHeaders = fields.get('SignedHeaders')
  const malformed = (why: string, elements = {}) =>
    new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${why}`, { elements })
  if (!credential || !signature || !signedHeaders)
    throw malformed(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    )
  const scope = parseCredential(credential)
  if (!scope)
    throw malformed(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  checkScope(scope, settings, malformed)

  const time = requestTime(message)
  if (!time)
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  const amzDate = formatAmzDate(time)
  if (scope.date !== amzDate.slice(0, 8))
    throw malformed(
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`,
    )
  if (Math.abs(settings.now.getTime() - time.getTime()) > longestSkewMs)
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      elements: {
        RequestTime: amzDate,
        ServerTime: settings.now.toISOString(),
        MaxAllowedSkewMilliseconds: String(longestSkewMs),
      },
    })
  const payloadHash = singleHeader(message, 'x-amz-content-sha256')
  if (payloadHash === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')

  const names = signedHeaders.split(';')
  refuseUnsignedHeaders(message, names)
  const checked = checkSignature({ message, target, settings, scope, amzDate, names, signature, payloadHash })
  refuseToken(message, target)
  return {
    identity: 'owner',
    method: 'header',
    signedAt: time,
    payload: payloadProtection(payloadHash, {
      signingKey: checked,
      amzDate,
      scope,
      seedSignature: signature,
    }),
  }
}

function fromQuery(
  message: IncomingMessage,
  target: Target,
  settings: AuthenticationSettings,
): Authentication {
  const { query } = target
  const wrong = (why: string, elements = {}) =>
    new S3Error('AuthorizationQueryParametersError', why, { elements })
  const algorithm = query.get('X-Amz-Algorithm')
  if (algorithm === 'AWS4-ECDSA-P256-SHA256') throw notImplemented('SigV4A')
  if (algorithm !== 'AWS4-HMAC-SHA256')
    throw wrong('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"')
  const credential = query.get('X-Amz-Credential')
  const signature = query.get('X-Amz-Signature')
  const signedHeaders = query.get('X-Amz-SignedHeaders')
  const amzDate = query.get('X-Amz-Date')
  const expires = query.get('X-Amz-Expires')
  if (!credential || !signature || !signedHeaders || !amzDate || expires === undefined)
    throw wrong(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  const scope = parseCredential(credential)
  if (!scope)
    throw wrong(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  checkScope(scope, settings, (why, elements) =>
    wrong(`Error parsing the X-Amz-Credential parameter; ${why}`, elements),
  )
  const time = parseAmzDate(amzDate)
  if (!time) throw wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  if (scope.date !== amzDate.slice(0, 8))
    throw wrong(
      `Error parsing the X-Amz-Credential parameter; incorrect date "${scope.date}". This date in the credential must be in the format "yyyyMMdd".`,
    )
  if (!/^-?\d+$/.test(expires)) throw wrong('X-Amz-Expires should be a number')
  const expirySeconds = Number(expires)
  if (expirySeconds < 0) throw wrong('X-Amz-Expires must be non-negative')
  if (expirySeconds > longestExpirySeconds)
    throw wrong(
      'X-Amz-Expires must be less than a week (in seconds) that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  if (time.getTime() - settings.now.getTime() > longestSkewMs)
    throw new S3Error('AccessDenied', 'Request is not valid yet', {
      elements: { 'X-Amz-Date': amzDate, ServerTime: settings.now.toISOString() },
    })
  const end = time.getTime() + expirySeconds * 1000
  if (settings.now.getTime() > end)
    throw new S3Error('AccessDenied', 'Request has expired', {
      elements: {
        'X-Amz-Expires': expires,
        Expires: new Date(end).toISOString(),
        ServerTime: settings.now.toISOString(),
      },
    })

  const names = signedHeaders.split(';')
  refuseUnsignedHeaders(message, names)
  const payloadHash =
    singleHeader(message, 'x-amz-content-sha256') ?? query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD'
  const signingKey = checkSignature({
    message,
    target,
    settings,
    scope,
    amzDate,
    names,
    signature,
    payloadHash,
  })
  refuseToken(message, target)
  return {
    identity: 'owner',
    method: 'presigned',
    signedAt: time,
    payload: payloadProtection(payloadHash, { signingKey, amzDate, scope, seedSignature: signature }),
  }
}

function checkScope(
  scope: CredentialScope,
  settings: AuthenticationSettings,
  malformed: (why: string, elements?: Record<string, string>) => S3Error,
): void {
  if (scope.service !== 's3')
    throw malformed(`incorrect service "${scope.service}". This endpoint belongs to "s3".`)
  if (scope.accessKeyId !== settings.credentials.accessKeyId)
    throw new S3Error('InvalidAccessKeyId', undefined, { elements: { AWSAccessKeyId: scope.accessKeyId } })
  if (scope.region !== settings.region)
    throw malformed(`the region '${scope.region}' is wrong; expecting '${settings.region}'`, {
      Region: settings.region,
    })
}

function requestTime(message: IncomingMessage): Date | undefined {
  const amzDate = singleHeader(message, 'x-amz-date')
  if (amzDate !== undefined) return parseAmzDate(amzDate)
  const date = new Date(message.headers.date ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

// S3 wants the host and every x-amz- header under the signature; otherwise somebody on the way could add one.
function refuseUnsignedHeaders(message: IncomingMessage, signed: readonly string[]): void {
  const unsigned = [
    'host',
    ...Object.keys(message.headers).filter((name) => name.startsWith('x-amz-')),
  ].filter((name) => !signed.includes(name))
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      elements: { HeadersNotSigned: unsigned.join(', ') },
    })
}

// Long-lived keys have no session token; AWS refuses one that does not belong to the key.
function refuseToken(message: IncomingMessage, target: Target): void {
  if (message.headers['x-amz-security-token'] !== undefined || target.query.has('X-Amz-Security-Token'))
    throw new S3Error('InvalidToken')
}

interface SignatureCheck {
  readonly message: IncomingMessage
  readonly target: Target
  readonly settings: AuthenticationSettings
  readonly scope: CredentialScope
  readonly amzDate: string
  readonly names: readonly string[]
  readonly signature: string
  readonly payloadHash: string
}

function checkSignature(check: SignatureCheck): Buffer {
  const canonical = canonicalRequest({
    method: check.message.method ?? 'GET',
    path: decodeUri(check.target.rawPath),
    query: check.target.query.entries.filter(([name]) => name !== 'X-Amz-Signature'),
    headers: headerLines(check.message),
    signedHeaders: check.names,
    payloadHash: check.payloadHash,
  })
  const signingKey = deriveSigningKey(check.settings.credentials.secretAccessKey, check.scope)
  const text = stringToSign(check.amzDate, check.scope, canonical)
  if (!sameSignature(sign(signingKey, text), check.signature))
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      elements: {
        AWSAccessKeyId: check.scope.accessKeyId,
        StringToSign: text,
        SignatureProvided: check.signature,
        CanonicalRequest: Buffer.from(canonical, 'latin1').toString('utf8'),
      },
    })
  return signingKey
}

function payloadProtection(payloadHash: string, signing?: ChunkSigning): PayloadProtection {
  if (payloadHash === 'UNSIGNED-PAYLOAD') return { kind: 'unsigned' }
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return { kind: 'sha256', hex: payloadHash }
  const match = streaming.exec(payloadHash)
  if (match?.[1] === 'UNSIGNED' && match[2]) return { kind: 'chunked', trailer: true }
  if (match?.[1] === 'AWS4-HMAC-SHA256' && signing)
    return { kind: 'chunked', trailer: match[2] !== undefined, signing }
  throw new S3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { elements: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payloadHash } },
  )
}
