import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from '../../src-main/s3/map-error.ts'

/** An error as the SDK throws it. */
function sdkError(name: string, status: number, message = 'Said by the service.') {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status, requestId: 'R1', extendedRequestId: 'H1', attempts: 1 },
  })
}

function systemError(code: string, syscall?: string) {
  return Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, ...(syscall ? { syscall } : {}) })
}

describe('S3’s codes', () => {
  it.each([
    ['InvalidAccessKeyId', 403, 'unknown-access-key', false],
    ['SignatureDoesNotMatch', 403, 'signature-mismatch', false],
    ['ExpiredToken', 400, 'expired-token', false],
    ['InvalidToken', 400, 'expired-token', false],
    ['RequestTimeTooSkewed', 403, 'clock-skew', false],
    ['AccessDenied', 403, 'access-denied', false],
    ['NoSuchBucket', 404, 'no-such-bucket', false],
    ['NoSuchKey', 404, 'no-such-key', false],
    ['NoSuchUpload', 404, 'no-such-upload', false],
    ['BucketAlreadyExists', 409, 'bucket-exists', false],
    ['BucketAlreadyOwnedByYou', 409, 'bucket-owned-by-you', false],
    ['BucketNotEmpty', 409, 'bucket-not-empty', false],
    ['InvalidBucketName', 400, 'invalid-bucket-name', false],
    ['PreconditionFailed', 412, 'precondition-failed', false],
    ['ConditionalRequestConflict', 409, 'precondition-failed', true],
    ['AccessControlListNotSupported', 400, 'acls-disabled', false],
    ['NotImplemented', 501, 'not-supported', false],
    ['MethodNotAllowed', 405, 'not-supported', false],
    ['PermanentRedirect', 301, 'wrong-region', false],
    ['SlowDown', 503, 'slow-down', true],
    ['ServiceUnavailable', 503, 'slow-down', true],
    ['InternalError', 500, 'server-error', true],
    ['BadDigest', 400, 'integrity', true],
    ['RequestTimeout', 400, 'timeout', true],
    ['KeyTooLongError', 400, 'invalid-argument', false],
    ['SomethingNew', 400, 'invalid-argument', false],
    ['SomethingNew', 403, 'access-denied', false],
    ['SomethingNew', 500, 'server-error', true],
  ])('%s (%i) is %s', (name, status, code, retryable) => {
    expect(toFailure(sdkError(name, status), { key: 'k' }).error).toMatchObject({
      code,
      retryable,
      s3Code: name,
      key: 'k',
    })
  })

  it('F24 a refusal for Block Public Access is not just any refusal', () => {
    const said =
      'User: arn:aws:iam::1:user/a is not authorized because public ACLs are prevented by the BlockPublicAcls setting'
    expect(toFailure(sdkError('AccessDenied', 403, said)).error.code).toBe('public-access-blocked')
  })

  it('F25 a service that does not take the SDK’s checksums is told apart, with what to set', () => {
    const said =
      'A header you provided implies functionality that is not implemented: x-amz-sdk-checksum-algorithm'
    expect(toFailure(sdkError('InvalidRequest', 400, said)).error).toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('when required'),
    })
  })

  it('a signature header that is refused for its region points to the region', () => {
    const region = toFailure(
      sdkError('AuthorizationHeaderMalformed', 400, "the region 'us-east-1' is wrong; expecting 'eu-west-3'"),
    )
    expect(region.error.code).toBe('wrong-region')
    expect(toFailure(sdkError('AuthorizationHeaderMalformed', 400, 'malformed')).error.code).toBe(
      'signature-mismatch',
    )
  })
})

describe('answers without a body', () => {
  it.each([
    [301, {}, 'wrong-region'],
    [400, {}, 'invalid-argument'],
    [403, {}, 'access-denied'],
    [404, { key: 'k' }, 'no-such-key'],
    [404, {}, 'no-such-bucket'],
    [405, {}, 'not-supported'],
    [409, {}, 'precondition-failed'],
    [412, {}, 'precondition-failed'],
    [416, {}, 'precondition-failed'],
    [429, {}, 'slow-down'],
    [500, {}, 'server-error'],
    [501, {}, 'not-supported'],
    [502, {}, 'server-error'],
    [503, {}, 'slow-down'],
    [504, {}, 'server-error'],
  ])('F8 %i is told by its status', (status, context, code) => {
    const { error } = toFailure(sdkError('UnknownError', status, 'UnknownError'), context)
    expect(error).toMatchObject({ code, s3Code: `HTTP ${status}` })
    expect(error.message).not.toContain('UnknownError')
  })
})

describe('the network and this computer', () => {
  it.each([
    ['ECONNREFUSED', 'connect', 'unreachable', true],
    ['EHOSTUNREACH', 'connect', 'unreachable', true],
    ['ECONNRESET', undefined, 'unreachable', true],
    ['EPIPE', 'write', 'unreachable', true],
    ['EACCES', 'connect', 'unreachable', true],
    ['ENOTFOUND', 'getaddrinfo', 'dns', true],
    ['EAI_AGAIN', 'getaddrinfo', 'dns', true],
    ['ETIMEDOUT', 'connect', 'timeout', true],
    ['CERT_HAS_EXPIRED', undefined, 'tls', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'tls', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'tls', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'tls', false],
    ['PAIL_ADDRESS_REFUSED', undefined, 'endpoint-refused', false],
    ['PAIL_ADDRESS_INSECURE', undefined, 'insecure-endpoint', false],
    ['ENOENT', 'open', 'local-missing', false],
    ['EACCES', 'open', 'local-file', false],
    ['EMFILE', 'open', 'local-file', true],
    ['ENOSPC', 'write', 'disk-full', false],
  ])('%s of %s is %s', (code, syscall, expected, retryable) => {
    expect(toFailure(systemError(code, syscall)).error).toMatchObject({
      code: expected,
      retryable,
      s3Code: code,
    })
  })

  it('F1 both address families refused is one refusal', () => {
    const both = new AggregateError([
      systemError('ECONNREFUSED', 'connect'),
      systemError('ECONNREFUSED', 'connect'),
    ])
    expect(toFailure(both).error.code).toBe('unreachable')
  })

  it('a cause is looked into', () => {
    expect(
      toFailure(new Error('wrapped', { cause: systemError('ENOTFOUND', 'getaddrinfo') })).error.code,
    ).toBe('dns')
  })

  it.each([
    [Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'cancelled'],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'timeout'],
    [new Error('aborted'), 'unreachable'],
    [new Error('Checksum mismatch: expected "a" but received "b" in response header'), 'integrity'],
    [new TypeError('x is not a function'), 'bug'],
    ['a thrown string', 'bug'],
    [undefined, 'bug'],
  ])('%s is %s', (error, code) => {
    expect(toFailure(error).error.code).toBe(code)
  })

  it('a failure passes unchanged', () => {
    const known = failure('already-exists', 'there')
    expect(toFailure(known, { key: 'k' })).toBe(known)
  })
})

it('S24 S25 what identifies or signs is in no message, cause or property', () => {
  const canaries = {
    accessKeyId: 'AKIACANARYCANARY0001',
    signature: 'f'.repeat(64),
    token: 'IQoJb3JpZ2luX2VjEA0aCXVzLWVhc3QtMSJHMEUCIQD',
  }
  const said = `key ${canaries.accessKeyId} X-Amz-Signature=${canaries.signature}&X-Amz-Security-Token=${canaries.token} ${canaries.token}`
  for (const [name, status] of [
    ['AccessDenied', 403],
    ['SomethingNew', 400],
    ['AuthorizationHeaderMalformed', 400],
    ['UnknownError', 500],
  ] as const) {
    const error = Object.assign(sdkError(name, status, said), {
      AWSAccessKeyId: canaries.accessKeyId,
      StringToSign: said,
    })
    Object.defineProperty(error, '$response', {
      enumerable: false,
      value: { statusCode: status, headers: { authorization: said, 'x-amz-security-token': canaries.token } },
    })
    const shown = inspect(toFailure(error, { key: 'k' }), {
      depth: Infinity,
      showHidden: true,
      getters: true,
    })
    for (const canary of Object.values(canaries)) expect(shown).not.toContain(canary)
    // What support asks for is there.
    expect(shown).toContain('R1')
    expect(shown).toContain('H1')
  }
})
