import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createInvalidation, type CreateInvalidationOptions } from '../../src-main/cdn/create-invalidation.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { testKeys, testSession } from '../s3/scripted-server.ts'
import { type ScriptedCloudFront, startScriptedCloudFront } from './scripted-cloudfront.ts'

const distributionId = 'E2QWRUHAPOMQZL'

let cloud: ScriptedCloudFront
beforeEach(async () => {
  cloud = await startScriptedCloudFront(distributionId, testKeys)
})
afterEach(() => cloud.close())

const aws = () => testSession(null, { region: 'eu-central-1' })
const send = (more: Partial<CreateInvalidationOptions> = {}, session = aws()) =>
  createInvalidation(session, {
    distributionId,
    paths: ['/static/*', "/a+b&c's.css", '/caf%C3%A9.html'],
    callerReference: 'pail-plan_1',
    endpoint: cloud.endpoint,
    ...more,
  })

/** The error with which a promise rejects. */
async function errorOf(rejecting: Promise<unknown>): Promise<Failure> {
  const error: unknown = await rejecting.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error
  throw new Error(`no Failure but ${inspect(error)}`)
}

describe('CreateInvalidation', () => {
  test('carries the paths, signed for CloudFront with the keys of the profile alone', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9'
    process.env['AWS_ENDPOINT_URL_CLOUDFRONT'] = 'http://127.0.0.1:9'
    try {
      expect(await send()).toEqual({ invalidationId: cloud.invalidations[0]?.id, status: 'in-progress' })
    } finally {
      delete process.env['AWS_ENDPOINT_URL']
      delete process.env['AWS_ENDPOINT_URL_CLOUDFRONT']
    }
    expect(cloud.faults).toEqual([])
    expect(cloud.invalidations).toMatchObject([
      {
        distributionId,
        callerReference: 'pail-plan_1',
        paths: ['/static/*', "/a+b&c's.css", '/caf%C3%A9.html'],
      },
    ])
  })

  test('S22 a session token is signed along', async () => {
    const keys = { ...testKeys, sessionToken: 'a-session-token' }
    const other = await startScriptedCloudFront(distributionId, keys)
    await send(
      { endpoint: other.endpoint },
      testSession(null, { region: 'eu-central-1', credentials: () => Promise.resolve(keys) }),
    )
    expect(other.faults).toEqual([])
    await other.close()
  })

  test('sent again it makes nothing new, and tells how far it is', async () => {
    const first = await send()
    expect(await send()).toEqual({ ...first, status: 'completed' })
    expect(cloud.invalidations).toHaveLength(1)
  })

  test('F8 a server’s error is met with the same reference again', async () => {
    cloud.failures.push({ status: 500, code: 'InternalError' }, { status: 503, code: 'ServiceUnavailable' })
    expect(await send()).toMatchObject({ status: 'in-progress' })
    expect(cloud.requests).toHaveLength(3)
    expect(new Set(cloud.requests.map(({ body }) => body)).size).toBe(1)
  })

  test('F18 a clock that is wrong is corrected as the session has measured it', async () => {
    const session = { ...aws(), clockOffsetMs: () => 3_600_000 }
    await send({}, session)
    const date = String(cloud.requests[0]?.headers['x-amz-date'])
    const hours = Number(date.slice(9, 11))
    expect((hours - new Date().getUTCHours() + 24) % 24).toBeGreaterThanOrEqual(1)
    expect(cloud.faults).toEqual([])
  })
})

describe('what can go wrong', () => {
  test.each([
    ['NoSuchDistribution', 404, 'not-found', false],
    ['AccessDenied', 403, 'access-denied', false],
    ['TooManyInvalidationsInProgress', 400, 'slow-down', true],
    ['InvalidArgument', 400, 'invalid-argument', false],
    ['BatchTooLarge', 413, 'too-many', false],
    ['InvalidationBatchAlreadyExists', 400, 'already-exists', false],
    ['InvalidClientTokenId', 403, 'unknown-access-key', false],
    ['SignatureDoesNotMatch', 403, 'signature-mismatch', false],
    ['ExpiredToken', 403, 'expired-token', false],
  ])('%s', async (code, status, expected, retryable) => {
    cloud.failures.push({ status, code })
    const { error } = await errorOf(send())
    expect(error).toMatchObject({ code: expected, s3Code: code, retryable })
    expect(cloud.requests).toHaveLength(1)
  })

  test('the permission that is missing is named', async () => {
    cloud.failures.push({ status: 403, code: 'AccessDenied' })
    const { message } = (await errorOf(send())).error
    expect(message).toContain('cloudfront:CreateInvalidation')
    expect(message).toContain(distributionId)
  })

  test('another distribution is not there', async () => {
    const { error } = await errorOf(send({ distributionId: 'EOTHER' }))
    expect(error).toMatchObject({ code: 'not-found', message: expect.stringContaining('EOTHER') })
  })

  test('S24 no error holds a key, a signature or a request', async () => {
    for (const failure of [
      { status: 403, code: 'AccessDenied' },
      { status: 400, code: 'SomethingNew' },
    ]) {
      cloud.failures.push(failure)
      const error = await errorOf(send())
      const seen = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
      expect(seen).not.toContain(testKeys.secretAccessKey)
      expect(seen).not.toMatch(/AWS4-HMAC|Signature=|AKIATEST/)
    }
  })

  test('nobody listens', async () => {
    await cloud.close()
    expect((await errorOf(send())).error).toMatchObject({ code: 'unreachable', retryable: true })
  })

  test('it can be cancelled', async () => {
    expect((await errorOf(send({ signal: AbortSignal.abort() }))).error.code).toBe('cancelled')
    expect(cloud.requests).toEqual([])
  })

  test.each([
    ['another service', testSession('http://127.0.0.1:9')],
    ['China', testSession(null, { region: 'cn-north-1' })],
    ['GovCloud', testSession(null, { region: 'us-gov-west-1' })],
  ])('S27 of a profile of %s nothing is sent', async (_, session) => {
    expect((await errorOf(send({}, session))).error.code).toBe('not-supported')
    expect(cloud.requests).toEqual([])
  })

  test('S28 plain http goes to this computer only', async () => {
    const { error } = await errorOf(send({ endpoint: 'http://cloudfront.example.test' }))
    expect(['dns', 'insecure-endpoint']).toContain(error.code)
  })
})
