import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { reportBucketAccess } from '../../src-main/visibility/access-report.ts'
import { checkVisibility, handedOutThrough } from '../../src-main/visibility/handed-out.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from '../s3/scripted-server.ts'
import type { Script } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function scripted(script: Script): Promise<{ session: S3Session; endpoint: string; asked: string[] }> {
  const asked: string[] = []
  const server = await startScriptedServer((request, response, count) => {
    if (isHeadBucket(request) && request.headers.authorization !== undefined) response.writeHead(200).end()
    else {
      asked.push(`${request.method} ${request.url}`)
      script(request, response, count)
    }
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  return { session, endpoint: server.endpoint, asked }
}

describe('the report of a bucket', () => {
  let directory: string
  let playground: Playground
  let session: S3Session
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-access-'))
    playground = await startPlayground({ directory })
    session = testSession(playground.endpoint, { credentials: () => Promise.resolve(playground) })
    await createBucket(session, { bucket: 'closed', region: 'us-east-1', access: 'private' })
    await createBucket(session, { bucket: 'open', region: 'us-east-1', access: 'per-object' })
  })
  afterAll(async () => {
    session.destroy()
    await playground.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('says of a new one that nothing can be public in it, and which settings are why', async () => {
    const report = await reportBucketAccess(session, { bucket: 'closed', provider: 'other' })
    expect(report).toMatchObject({
      bucket: 'closed',
      ownership: { state: 'read', value: 'BucketOwnerEnforced' },
      publicAccessBlock: { state: 'read', value: { blockPublicAcls: true, restrictPublicBuckets: true } },
      policy: { state: 'read', value: null },
      policyIsPublic: { state: 'read', value: null },
      acl: { state: 'read', value: [{ grantee: 'owner', permission: 'FULL_CONTROL' }] },
      website: { state: 'not-offered' },
      corsOrigins: { state: 'read', value: [] },
      public: { way: 'impossible', sure: true },
      private: { way: 'no-header', sure: true },
    })
    expect(report.public.reasons.join('\n')).toContain('BlockPublicPolicy and RestrictPublicBuckets')
  })

  test('has a policy exactly, and what it opens', async () => {
    const policy = `{ "Version":"2012-10-17",  "Statement" : {"Sid":"Static", "Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/static/*"} }`
    await putBucketPolicy(session, { bucket: 'open', policy })
    const report = await reportBucketAccess(session, { bucket: 'open', provider: 'other' })
    expect(report).toMatchObject({
      ownership: { state: 'read', value: 'BucketOwnerPreferred' },
      policy: { state: 'read', value: policy },
      policyIsPublic: { state: 'read', value: true },
      openings: [{ effect: 'allow', sid: 'Static', patterns: ['static/*'], conditional: false, own: false }],
      public: { way: 'object-acl', sure: true },
      private: { way: 'object-acl', sure: true },
    })
    expect(report.private.reasons.join('\n')).toContain('static/*')
    await putBucketPolicy(session, { bucket: 'open', policy: null })
    const without = await reportBucketAccess(session, { bucket: 'open', provider: 'other' })
    expect(without.policy).toEqual({ state: 'read', value: null })
  })

  test('S45 is not made of a bucket that is not there', async () => {
    await expect(reportBucketAccess(session, { bucket: 'nowhere', provider: 'other' })).rejects.toMatchObject(
      {
        error: { code: 'no-such-bucket' },
      },
    )
  })
})

describe('what cannot be read', () => {
  test('S45 is unknown, and nothing is concluded from it', async () => {
    const { session } = await scripted((_, response) => sendError(response, 403, 'AccessDenied'))
    const report = await reportBucketAccess(session, { bucket: 'b', provider: 'other' })
    for (const name of [
      'ownership',
      'publicAccessBlock',
      'policy',
      'policyIsPublic',
      'acl',
      'website',
      'corsOrigins',
    ] as const)
      expect(report[name]).toMatchObject({ state: 'unknown', code: 'access-denied' })
    expect(report.openings).toEqual([])
    expect(report.public.sure).toBe(false)
    expect(report.private.sure).toBe(false)
  })

  test('S45 an answer about something else is not taken for the setting', async () => {
    // What a service does that does not look at the sub-resource.
    const { session } = await scripted((_, response) =>
      sendXml(
        response,
        '<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>',
      ),
    )
    const report = await reportBucketAccess(session, { bucket: 'b', provider: 'other' })
    expect(report.ownership.state).toBe('unknown')
    expect(report.policyIsPublic.state).toBe('unknown')
    expect(report.website.state).toBe('unknown')
    expect(report.public.sure).toBe(false)
  })

  test('a service that has none of it says so', async () => {
    const { session } = await scripted((_, response) => sendError(response, 501, 'NotImplemented'))
    const report = await reportBucketAccess(session, { bucket: 'b', provider: 'minio' })
    expect(report.publicAccessBlock).toEqual({ state: 'not-offered' })
    expect(report.policy).toEqual({ state: 'not-offered' })
  })

  test('F1 a service that does not answer gets no report', async () => {
    const { session } = await scripted((_, response) => response.destroy())
    await expect(reportBucketAccess(session, { bucket: 'b', provider: 'other' })).rejects.toMatchObject({
      error: { code: 'unreachable' },
    })
  })
})

describe('the URL that is handed out', () => {
  const destination = {
    profileId: 'p',
    bucket: 'b',
    prefix: 'media/',
    baseUrl: 'https://m.example.org',
    stripPrefix: false,
  }
  const through = (key: string, ...more: (typeof destination)[]) =>
    handedOutThrough([destination, ...more], { profileId: 'p', bucket: 'b', key })

  test('is that of the nearest destination', () => {
    expect(through('media/a.jpg')).toEqual({ baseUrl: 'https://m.example.org', path: 'media/a.jpg' })
    expect(through('other/a.jpg')).toBeNull()
    expect(through('media/in/a.jpg', { ...destination, prefix: 'media/in/', baseUrl: '' })).toBeNull()
    expect(
      through('media/in/a.jpg', {
        ...destination,
        prefix: 'media/in/',
        baseUrl: 'https://in.example.org',
        stripPrefix: true,
      }),
    ).toEqual({ baseUrl: 'https://in.example.org', path: 'a.jpg' })
    expect(through('media/a.jpg', { ...destination, bucket: 'c', prefix: 'media/a' })?.baseUrl).toBe(
      'https://m.example.org',
    )
  })

  test.each([
    // A success is held against the answer for what is not there.
    ['public', 200, 403, '/cdn/k', ['HEAD /cdn/k', 'HEAD /cdn/pail-…']],
    ['public', 403, 200, '/b/k', ['HEAD /cdn/k', 'HEAD /b/k']],
    ['private', 403, 403, '/cdn/k', ['HEAD /cdn/k', 'HEAD /b/k']],
    ['unknown', 404, 403, '/cdn/k', ['HEAD /cdn/k', 'HEAD /b/k']],
    ['unknown', 403, 404, '/b/k', ['HEAD /cdn/k', 'HEAD /b/k']],
  ] as const)(
    'S45 is %s where the CDN answers %i and the bucket %i',
    async (visibility, cdn, bucket, path, asked) => {
      const server = await scripted(({ url }, response) =>
        response.writeHead(url === '/cdn/k' ? cdn : url.startsWith('/cdn/') ? 403 : bucket).end(),
      )
      const check = await checkVisibility(server.session, {
        bucket: 'b',
        key: 'k',
        through: { baseUrl: `${server.endpoint}/cdn`, path: 'k' },
      })
      expect(check).toMatchObject({ visibility, url: `${server.endpoint}${path}` })
      expect(server.asked.map((request) => request.replace(/pail-[0-9a-f]{24}$/, 'pail-…'))).toEqual(asked)
    },
  )
})
