import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { readBucketPolicy } from '../../../src-main/s3/bucket-access.ts'
import { headObject } from '../../../src-main/s3/head-object.ts'
import { listObjectsPage } from '../../../src-main/s3/list-objects.ts'
import { putObjectBytes } from '../../../src-main/s3/put-object.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import type { Script, SeenRequest } from '../scripted-server.ts'
import { isHeadBucket, sendError, testKeys } from '../scripted-server.ts'
import { both, closers, essence, makeCertificate, open, serve } from './both-transports.ts'

const list = (session: S3Session) => listObjectsPage(session, { bucket: 'b', prefix: 'p' })
const head = (session: S3Session) => headObject(session, { bucket: 'b', key: 'k' })
const put = (session: S3Session) =>
  putObjectBytes(session, { bucket: 'b', key: 'k', headers: {} }, Buffer.from('hello'))

it('F19 a HEAD that is refused has no body: one byte is asked for, and that says why', async () => {
  const expired: Script = ({ method }, response) => {
    if (method === 'HEAD') response.writeHead(400).end()
    else sendError(response, 400, 'ExpiredToken')
  }
  const told = await both(expired, head)
  const odd = await both(
    ({ method }, response) => void response.writeHead(method === 'HEAD' ? 400 : 206).end(),
    head,
  )
  for (const way of ['wire', 'sdk'] as const) {
    expect(told[way].outcome).toMatchObject({ error: { code: 'expired-token', s3Code: 'ExpiredToken' } })
    expect(told[way].requests.map(({ method, headers }) => [method, headers.range])).toEqual([
      ['HEAD', undefined],
      ['GET', 'bytes=0-0'],
    ])
    expect(odd[way].outcome).toMatchObject({ error: { code: 'invalid-argument', s3Code: 'HTTP 400' } })
  }
})

describe('refusals are told alike, and asked again alike', () => {
  const refusals: [number, string][] = [
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
    [400, 'InvalidRequest'],
    [400, 'AuthorizationHeaderMalformed'],
    [400, 'RequestTimeout'],
    [400, 'ExpiredToken'],
    [403, 'AccessDenied'],
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [403, 'RequestTimeTooSkewed'],
    [404, 'NoSuchBucket'],
    [404, 'NoSuchKey'],
    [405, 'MethodNotAllowed'],
    [409, 'OperationAborted'],
    [411, 'MissingContentLength'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [501, 'NotImplemented'],
    [502, 'Whatever'],
    [503, 'SlowDown'],
    [503, 'ServiceUnavailable'],
    [505, 'HttpVersion'],
    [507, 'InsufficientStorage'],
  ]
  it.each(refusals)('%i %s', async (status, code) => {
    for (const work of [list, put] as ((session: S3Session) => Promise<unknown>)[]) {
      const { wire, sdk } = await both(
        (_, response) =>
          sendError(response, status, code, 'Expecting region “x” & <more>'.replace(/[&<>]/g, '')),
        work,
        { retries: { baseDelayMs: 1, maxDelayMs: 3, maxAttempts: 3 } },
      )
      expect(wire.outcome).toEqual({ ...sdk.outcome, cause: expect.anything() })
      expect(wire.requests).toHaveLength(sdk.requests.length)
      const [ours, theirs] = [wire.outcome, sdk.outcome].map(
        (outcome) => ('cause' in outcome ? outcome.cause : {}) as Record<string, unknown>,
      )
      expect(ours).toEqual(theirs)
    }
  })

  it.each([301, 304, 400, 401, 403, 404, 405, 412, 416, 429, 500, 501, 503])(
    'HEAD, whose answer has no body: %i',
    async (status) => {
      const { wire, sdk } = await both((_, response) => response.writeHead(status).end(), head, {
        retries: { baseDelayMs: 1, maxAttempts: 2 },
      })
      expect(wire.outcome).toEqual(sdk.outcome)
      expect(wire.requests).toHaveLength(sdk.requests.length)
    },
  )

  it.each([
    [200, ''],
    [403, 'AccessDenied'],
    [404, 'NoSuchBucketPolicy'],
    [501, 'NotImplemented'],
  ])('a bucket’s policy that is answered with %i %s', async (status, code) => {
    const text = '{"Version":"2012-10-17","Statement":[{"Sid":"größe & maß"}]}'
    const { wire, sdk } = await both(
      (_, response) => (status === 200 ? response.end(text) : sendError(response, status, code)),
      (session) => readBucketPolicy(session, { bucket: 'b' }),
    )
    expect(wire.outcome).toEqual(sdk.outcome)
    expect(wire.requests.map(essence)).toEqual(sdk.requests.map(essence))
  })

  it('a connection that is always cut', async () => {
    for (const work of [list, head, put] as ((session: S3Session) => Promise<unknown>)[]) {
      const { wire, sdk } = await both((_, response) => response.destroy(), work)
      expect(wire.requests).toHaveLength(sdk.requests.length)
      expect(wire.outcome).toMatchObject({ error: { code: 'unreachable', retryable: true } })
      expect(sdk.outcome).toMatchObject({ error: { code: 'unreachable', retryable: true } })
    }
  })

  it('an answer that is cut is asked for again', async () => {
    const { wire } = await both((_, response, count) => {
      const xml = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
      response.writeHead(200, { 'content-length': xml.length })
      if (count < 3) response.write(xml.slice(0, 20), () => response.destroy())
      else response.end(xml)
    }, list)
    expect(wire.outcome).toMatchObject({ value: { objects: [] } })
    expect(wire.requests).toHaveLength(4)
  })

  it('F4 silence, before an answer and within one, ends as a time-out after two attempts', async () => {
    for (const script of [
      () => undefined,
      (_: SeenRequest, response: { writeHead(status: number): { write(text: string): void } }) =>
        response.writeHead(200).write('<ListBucketResult>'),
    ]) {
      const { wire } = await both(script, list, { timeouts: { connectionMs: 2000, socketMs: 600 } })
      expect(wire.outcome).toMatchObject({ error: { code: 'timeout' } })
      expect(wire.requests).toHaveLength(2)
    }
  })

  it('a web site is not taken for a listing', async () => {
    const page = '<!doctype html><html><body><p>Welcome<br>here</body></html>'
    const { wire, sdk } = await both((_, response) => response.writeHead(200).end(page), list)
    expect(wire.outcome).toMatchObject({ error: { code: 'server-error' } })
    expect(sdk.outcome).toMatchObject({ error: { code: 'server-error' } })
  })

  it('a wait that the service asks for is kept', async () => {
    const server = await serve((_, response, count) => {
      if (count < 2) response.writeHead(503, { 'retry-after': '1' }).end()
      else response.writeHead(200).end()
    })
    const session = open(server.endpoint, { transport: 'wire', retries: { baseDelayMs: 1, maxDelayMs: 400 } })
    const started = Date.now()
    await head(session)
    expect(Date.now() - started).toBeGreaterThanOrEqual(390)
  })

  it('cancelling ends a wait between two attempts, and does not begin a request', async () => {
    const stop = new AbortController()
    const server = await serve((_, response) => {
      sendError(response, 503, 'SlowDown')
      response.on('finish', () => setTimeout(() => stop.abort(), 50))
    })
    const session = open(server.endpoint, {
      transport: 'wire',
      retries: { baseDelayMs: 100_000, maxDelayMs: 100_000 },
    })
    const running = listObjectsPage(session, { bucket: 'b', prefix: '', signal: stop.signal })
    await expect(running).rejects.toMatchObject({ error: { code: 'cancelled' } })
    await expect(
      listObjectsPage(session, { bucket: 'b', prefix: '', signal: stop.signal }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(server.requests.filter((request) => !isHeadBucket(request))).toHaveLength(1)
  })

  it('F46 what is cancelled while its credentials are waited for is not sent', async () => {
    const stop = new AbortController()
    let stops = false
    const server = await serve((_, response) => void response.writeHead(200).end())
    const session = open(server.endpoint, {
      transport: 'wire',
      async credentials() {
        if (stops) stop.abort()
        return { ...testKeys, sessionToken: String(stops) }
      },
    })
    await head(session)
    stops = true
    const target = { bucket: 'b', key: 'k', headers: {}, signal: stop.signal }
    await expect(putObjectBytes(session, target, Buffer.from('hello'))).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
    expect(server.requests.filter(({ method }) => method === 'PUT')).toEqual([])
  })
})

describe('HEAD', () => {
  it('tells the same, whatever the headers', async () => {
    for (const headers of [
      {},
      {
        etag: '"x"',
        'content-length': '7',
        'last-modified': 'Mon, 01 Jan 2024 10:00:00 GMT',
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-encoding': 'aws-chunked, gzip',
        'content-disposition': 'inline',
        'content-language': 'de',
        expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
        'x-amz-website-redirect-location': '/x',
        'x-amz-meta-colour': 'blue',
        'X-Amz-Meta-Size': ' 7 ',
        'x-amz-storage-class': 'GLACIER',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-checksum-crc32': 'AAAAAA==',
        'x-amz-checksum-sha256': 'x',
      },
    ]) {
      const { wire, sdk } = await both((_, response) => response.writeHead(200, headers).end(), head, {
        checksums: 'when-supported',
      })
      expect(wire.outcome).toEqual(sdk.outcome)
    }
  })
})

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('over https', () => {
  it('F26 the profile’s authority is trusted and nobody else; a checked body is not hashed as well', async () => {
    const { key, cert } = makeCertificate()
    const server = await serve(
      (request, response) =>
        response.writeHead(200, { etag: `"${createHash('md5').update(request.body).digest('hex')}"` }).end(),
      { key, cert },
    )
    const sent = () => server.requests.at(-1)?.headers['x-amz-content-sha256']
    const hash = createHash('sha256').update('hello').digest('hex')
    await expect(put(open(server.endpoint, { transport: 'wire' }))).rejects.toMatchObject({
      error: { code: 'tls' },
    })
    expect(server.requests).toHaveLength(0)
    const checked = open(server.endpoint, { transport: 'wire', ca: cert, checksums: 'when-supported' })
    expect(await put(checked)).toMatchObject({ verified: true })
    expect(sent()).toBe('UNSIGNED-PAYLOAD')
    const bare = open(server.endpoint, { transport: 'wire', ca: cert, checksums: 'when-required' })
    await put(bare)
    expect(sent()).toBe(hash)
  })

  it('over http every body is hashed', async () => {
    const server = await serve((_, response) => response.writeHead(200).end())
    await put(open(server.endpoint, { transport: 'wire', checksums: 'when-supported' }))
    expect(server.requests.at(-1)?.headers['x-amz-content-sha256']).toBe(
      createHash('sha256').update('hello').digest('hex'),
    )
  })
})

it('a refusal that comes before the whole body was read is told as such', async () => {
  const server = createServer((request, response) => {
    if (request.method === 'HEAD') response.writeHead(200).end()
    else {
      response.writeHead(403, { connection: 'close' })
      response.end('<Error><Code>AccessDenied</Code></Error>', () => request.socket.destroySoon())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => void server.close())
  const { port } = server.address() as AddressInfo
  const session = open(`http://127.0.0.1:${port}`, { transport: 'wire' })
  const body = Buffer.alloc(100_000)
  await expect(putObjectBytes(session, { bucket: 'b', key: 'k', headers: {} }, body)).rejects.toMatchObject({
    error: { code: 'access-denied' },
  })
})

it('sockets are kept and used again', async () => {
  const ports = new Set<unknown>()
  const server = await serve((_, response) => {
    ports.add(response.socket?.remotePort)
    response.writeHead(200).end()
  })
  const session = open(server.endpoint, { transport: 'wire' })
  for (let i = 0; i < 20; i++) await put(session)
  expect(ports.size).toBe(1)
})
