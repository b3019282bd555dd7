import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { Meaning } from './error-meanings.ts'
import { meanings } from './error-meanings.ts'
import { insecureAddressCode, refusedAddressCode } from './address-policy.ts'
import { proxyHeader, proxyNamed } from './find-proxy.ts'

/** What the request was about, for the message. */
export interface FailureContext {
  readonly key?: string
  readonly bucket?: string
}

/** The part of an error that may be logged (S24): no request, no headers, no message of the service. */
export interface S3Diagnostics {
  readonly name: string
  readonly code: string | null
  readonly status: number | null
  readonly requestId: string | null
  readonly hostId: string | null
  readonly attempts: number | null
}

const tlsCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH)/

/** The sentences for what a certificate can be wrong about. */
function tlsMessage(code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'The service’s certificate has expired.'
  if (code === 'CERT_NOT_YET_VALID')
    return 'The service’s certificate is not valid yet. Check this computer’s clock.'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'The service’s certificate is for another host name. With dots in a bucket’s name, use path addressing.'
  }
  if (/SELF_SIGNED|UNABLE_TO_/.test(code))
    return 'The service’s certificate is not signed by anybody this computer trusts.'
  return 'No secure connection could be made. Perhaps the endpoint speaks http, or another version of TLS.'
}

/**
 * Turns whatever an S3 call threw into the one error of the application. A {@link Failure} passes unchanged. The
 * result names the cause in plain words and keeps nothing of the request: neither headers nor the SDK's error, which
 * carries `Authorization` under a hidden property (S24). Its hidden cause is {@link S3Diagnostics}.
 */
export function toFailure(error: unknown, context: FailureContext = {}): Failure {
  if (error instanceof Failure) return error
  const facts = responseFacts(error)
  const cause = diagnose(error)
  const make = (code: ErrorCode, message: string, retryable = false, s3Code?: string) =>
    failure(code, message, {
      retryable,
      cause,
      ...(s3Code === undefined ? {} : { s3Code }),
      ...(context.key === undefined ? {} : { key: context.key }),
    })

  const name = textOf(error, 'name') ?? ''
  if (name === 'AbortError') return make('cancelled', 'Cancelled.')
  const systemCode = findSystemCode(error)
  if (systemCode !== null) {
    const local = networkMeaning(systemCode, error) ?? localMeaning(systemCode, error)
    if (local) return make(local.code, local.message, local.retryable, systemCode)
  }
  if (name === 'TimeoutError') {
    return make('timeout', 'The service did not answer in time.', true, 'TimeoutError')
  }

  const s3Code = isS3Code(name) ? name : (textOf(error, 'Code') ?? '')
  const said = scrub(textOf(error, 'message') ?? '')
  if (facts.status !== null || Object.hasOwn(meanings, s3Code)) {
    const proxy = proxyNamed(facts.headers[proxyHeader])
    const meaning = meaningOf(s3Code, facts.status, said, context, proxy)
    return make(
      meaning.code,
      meaning.message,
      meaning.retryable,
      s3Code === '' ? `HTTP ${facts.status}` : s3Code,
    )
  }
  if (/checksum mismatch/i.test(said)) {
    return make('integrity', 'The bytes that arrived do not match their checksum.', true)
  }
  if (/aborted|premature close|other side closed/i.test(said)) {
    return make('unreachable', 'The connection was cut before everything had arrived.', true)
  }
  return make('bug', `Pail met something it did not expect${name === '' ? '' : ` (${name})`}.`)
}

/** Runs `work` and throws its errors as {@link Failure}s. */
export async function withFailures<T>(context: FailureContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toFailure(error, context)
  }
}

function meaningOf(
  s3Code: string,
  status: number | null,
  said: string,
  context: FailureContext,
  proxy: string | null,
): Meaning {
  const known = Object.hasOwn(meanings, s3Code) ? meanings[s3Code] : undefined
  const quoted = said === '' || said.startsWith('UnknownError') ? '' : ` The service says: “${said}”`
  if (known) {
    if (
      known.code === 'access-denied' &&
      /BlockPublic(Acls|Policy)|public access block|block public access/i.test(said)
    ) {
      return {
        code: 'public-access-blocked',
        message: 'Block Public Access forbids this for the bucket or the account.',
      }
    }
    if (s3Code === 'AuthorizationHeaderMalformed' && !/region/i.test(said)) {
      return { code: 'signature-mismatch', message: `The service did not accept the signature.${quoted}` }
    }
    return known.code === 'access-denied' ? { ...known, message: `${known.message}${quoted}` } : known
  }
  if (
    /checksum|trailer|aws-chunked|content-encoding|STREAMING-/i.test(said) &&
    (status === 400 || status === 501)
  ) {
    return {
      code: 'not-supported',
      message: `The service does not take the SDK’s checksums. Set the profile’s checksums to “when required”.${quoted}`,
    }
  }
  const byStatus = statusMeaning(status, context, proxy)
  return { ...byStatus, message: `${byStatus.message}${isS3Code(s3Code) ? quoted : ''}` }
}

/** What a status alone means: the answers to HEAD have no body, and a proxy’s page is not S3’s. */
function statusMeaning(status: number | null, context: FailureContext, proxy: string | null): Meaning {
  switch (status) {
    case 301:
    case 307:
    case 308:
      return {
        code: 'wrong-region',
        message: `The service answered ${status}: the bucket is somewhere else.`,
      }
    case 304:
    case 412:
      return { code: 'precondition-failed', message: 'The object is not as it was expected to be.' }
    case 400:
      return { code: 'invalid-argument', message: 'The service did not accept the request (400).' }
    case 401:
    case 403:
      return {
        code: 'access-denied',
        message: `The service refused (${status}): this key may not do that here.`,
      }
    case 404:
      return context.key === undefined
        ? { code: 'no-such-bucket', message: 'There is nothing of this name here (404).' }
        : { code: 'no-such-key', message: 'The object does not exist (any more).' }
    case 405:
    case 501:
      return { code: 'not-supported', message: `The service does not offer this (${status}).` }
    case 407:
      return {
        code: 'proxy',
        message: `The proxy${proxy === null ? '' : ` ${proxy}`} wants a user name and a password, or does not accept those that it was given.`,
      }
    case 408:
      return {
        code: 'timeout',
        message: 'The service waited too long for the rest of the request (408).',
        retryable: true,
      }
    case 409:
      return {
        code: 'precondition-failed',
        message: 'Something else is changing the same thing (409).',
        retryable: true,
      }
    case 413:
      return { code: 'invalid-argument', message: 'The service does not take a body of this size (413).' }
    case 416:
      return { code: 'precondition-failed', message: 'The object is shorter than expected (416).' }
    case 429:
    case 503:
      return {
        code: 'slow-down',
        message: `The service is busy (${status}). Try again in a moment.`,
        retryable: true,
      }
    default:
      if (status !== null && status >= 500) {
        return {
          code: 'server-error',
          message: `The service, or ${proxy === null ? 'a proxy' : `the proxy ${proxy}`} before it, answered ${status}.`,
          retryable: true,
        }
      }
      return {
        code: 'server-error',
        message: `What answered${status === null ? '' : ` (${status})`} does not speak S3. Check the endpoint.`,
      }
  }
}

function networkMeaning(code: string, error: unknown): Meaning | null {
  if (tlsCodes.test(code)) return { code: 'tls', message: tlsMessage(code) }
  switch (code) {
    case refusedAddressCode:
      return {
        code: 'endpoint-refused',
        message:
          'The endpoint’s name leads to a link-local, metadata or unusable address. Pail does not connect there.',
      }
    case insecureAddressCode:
      return {
        code: 'insecure-endpoint',
        message:
          'The endpoint speaks plain http and is not on this computer. Use https, or allow this host in the profile.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return {
        code: 'dns',
        message: 'The endpoint’s name cannot be found. Check its spelling and this computer’s network.',
        retryable: true,
      }
    case 'ECONNREFUSED':
      return {
        code: 'unreachable',
        message: 'Nothing listens at the endpoint (connection refused).',
        retryable: true,
      }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return {
        code: 'unreachable',
        message: 'There is no way to the endpoint from here. Are you online?',
        retryable: true,
      }
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'UND_ERR_SOCKET':
      return {
        code: 'unreachable',
        message: 'The connection was cut before everything had arrived.',
        retryable: true,
      }
    case 'ETIMEDOUT':
    case 'ESOCKETTIMEDOUT':
      return { code: 'timeout', message: 'The service did not answer in time.', retryable: true }
    default: {
      const proxy = proxyNamed(textOf(error, 'proxy'))
      if (code.startsWith('HPE_') && proxy !== null)
        return { code: 'proxy', message: `What answers as the proxy ${proxy} does not speak HTTP (${code}).` }
      return code.startsWith('HPE_') || textOf(error, 'syscall') === 'connect'
        ? {
            code: 'unreachable',
            message: `What answers at the endpoint cannot be talked to (${code}).`,
            retryable: true,
          }
        : null
    }
  }
}

function localMeaning(code: string, error: unknown): Meaning | null {
  if (textOf(error, 'syscall') === null) return null
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 'local-missing', message: 'The file is not on this computer any more.' }
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'disk-full', message: 'There is no room left on this computer’s disk.' }
    case 'EMFILE':
    case 'ENFILE':
      return { code: 'local-file', message: 'Too many files are open on this computer.', retryable: true }
    default:
      return { code: 'local-file', message: `A file on this computer could not be used (${code}).` }
  }
}

/** The status and the headers, in lower case, of an SDK error, output or raw response; empty when there are none. */
export function responseFacts(source: unknown): {
  status: number | null
  headers: Readonly<Record<string, string>>
} {
  const response = objectOf(source, '$response') ?? source
  const metadata = objectOf(source, '$metadata')
  const status = numberOf(response, 'statusCode') ?? numberOf(metadata, 'httpStatusCode')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(objectOf(response, 'headers') ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value
  }
  return { status, headers }
}

/** The id that the service gave a refused request, or null. */
export function requestIdOf(error: unknown): string | null {
  return textOf(objectOf(error, '$metadata'), 'requestId')
}

function diagnose(error: unknown): S3Diagnostics {
  const metadata = objectOf(error, '$metadata')
  return {
    name: (textOf(error, 'name') ?? typeof error).slice(0, 100),
    code: findSystemCode(error),
    status: responseFacts(error).status,
    requestId: requestIdOf(error),
    hostId: textOf(metadata, 'extendedRequestId'),
    attempts: numberOf(metadata, 'attempts'),
  }
}

/** The first system code on the error, its members (both address families were tried) or its cause. */
function findSystemCode(error: unknown, depth = 0): string | null {
  if (depth > 4 || typeof error !== 'object' || error === null) return null
  const own = textOf(error, 'code')
  if (own !== null && /^[A-Z][A-Z0-9_]+$/.test(own)) return own
  if (error instanceof AggregateError) {
    for (const member of error.errors) {
      const found = findSystemCode(member, depth + 1)
      if (found !== null) return found
    }
  }
  return 'cause' in error ? findSystemCode(error.cause, depth + 1) : null
}

function isS3Code(name: string): boolean {
  return (
    /^[A-Z][A-Za-z0-9]{2,}$/.test(name) &&
    !/^(Error|Unknown|UnknownError|TypeError|RangeError|SyntaxError)$/.test(name)
  )
}

/** A service's sentence, shortened and without what identifies or signs. */
function scrub(message: string): string {
  return message
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{8,}/g, '$1…')
    .replace(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+/gi, '$1…')
    .replace(/\b[A-Za-z0-9/+=]{40,}/g, '…')
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 300)
}

function objectOf(source: unknown, name: string): object | null {
  if (typeof source !== 'object' || source === null) return null
  const value: unknown = Reflect.get(source, name)
  return typeof value === 'object' && value !== null ? value : null
}

function textOf(source: unknown, name: string): string | null {
  if (typeof source !== 'object' || source === null) return null
  const value: unknown = Reflect.get(source, name)
  return typeof value === 'string' ? value : null
}

function numberOf(source: unknown, name: string): number | null {
  if (typeof source !== 'object' || source === null) return null
  const value: unknown = Reflect.get(source, name)
  return typeof value === 'number' ? value : null
}
