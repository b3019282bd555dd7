import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, vi } from 'vitest'
import { listBuckets } from '../../src-main/s3/buckets.ts'
import { listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { presignGetObject } from '../../src-main/s3/presign.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer } from './scripted-server.ts'
import { closers, emptyListing, noBuckets, open, refuseAll, serve } from './session-scene.ts'

describe('faults of the network', () => {
  const timeouts = { connectionMs: 200, socketMs: 250 }

  it('F1 nothing listens: unreachable within 5 s, and worth trying again', async () => {
    const server = await startScriptedServer(() => undefined)
    await server.close()
    const started = Date.now()
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'unreachable', retryable: true, message: expect.stringContaining('refused') },
    })
    expect(Date.now() - started).toBeLessThan(5000)
  })

  it('F2 a name that cannot be found has its own words', async () => {
    const session = open('https://s3.invalid', { lookup: refuseAll })
    await expect(listBuckets(session)).rejects.toMatchObject({
      error: { code: 'dns', s3Code: 'ENOTFOUND', message: expect.stringContaining('name cannot be found') },
    })
  })

  it('F4 a black hole ends after the socket time-out, tried twice', async () => {
    const server = await serve(() => undefined)
    const started = Date.now()
    await expect(listBuckets(open(server.endpoint, { timeouts }))).rejects.toMatchObject({
      error: { code: 'timeout', retryable: true },
    })
    expect(Date.now() - started).toBeLessThan(3000)
    expect(server.requests).toHaveLength(2)
  })

  it('F4 time-outs are tried again only within half a minute together', async () => {
    const server = await serve(() => undefined)
    const session = open(server.endpoint, {
      timeouts: { connectionMs: 400, socketMs: 500 },
      // Room for two of them and not for a third, also on a machine that has other work.
      retries: { maxTimeoutAttempts: 5, timeoutBudgetMs: 1400 },
    })
    await session.client()
    const started = Date.now()
    await expect(listBuckets(session)).rejects.toMatchObject({ error: { code: 'timeout' } })
    expect(server.requests).toHaveLength(2)
    expect(Date.now() - started).toBeLessThan(2500)
  })

  it('F6 what sends a body or copies is waited for longer than what does not', async () => {
    const server = await serve((request, response) => {
      if (isHeadBucket(request)) response.writeHead(200).end()
      else if (request.method === 'GET') return
      else
        setTimeout(
          () =>
            request.headers['x-amz-copy-source'] === undefined
              ? response.writeHead(200, { etag: '"x"' }).end()
              : sendXml(response, '<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>'),
          600,
        )
    })
    const session = open(server.endpoint, { timeouts: { ...timeouts, uploadMs: 2000, copyMs: 2000 } })
    const client = await session.client('b')
    await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.from('x') }))
    await client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'b/j' }))
    await putObjectBytes(session, { bucket: 'b', key: 'k', headers: {} }, Buffer.from('x'))
    await expect(listObjectsPage(session, { bucket: 'b', prefix: '' })).rejects.toMatchObject({
      error: { code: 'timeout' },
    })
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'PUT', 'PUT', 'GET', 'GET'])
  })

  it('F4 a connection that accepts and says nothing, not even TLS, ends too', async () => {
    const sockets: Socket[] = []
    const hole = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      for (const socket of sockets) socket.destroy()
      hole.close()
    })
    const { port } = hole.address() as AddressInfo
    await expect(
      listBuckets(open(`https://127.0.0.1:${port}`, { timeouts, retries: { maxTimeoutAttempts: 1 } })),
    ).rejects.toMatchObject({ error: { code: 'timeout' } })
  })

  it('F3 a connection cut before the answer is tried again', async () => {
    const server = await serve((_, response, count) => {
      if (count < 2) response.destroy()
      else sendXml(response, noBuckets)
    })
    expect(await listBuckets(open(server.endpoint))).toEqual([])
    expect(server.requests).toHaveLength(3)
  })

  it('F34 a socket that could not be opened, because too many files are open, is tried again, and less at once', async () => {
    const server = await serve((_, response) => sendXml(response, emptyListing))
    let lookups = 0
    const session = open(`http://localhost:${server.port}`, {
      lookup: (_host, _options, done) => {
        if (lookups++ < 2) done(Object.assign(new Error('too many'), { code: 'EMFILE' }), '', 4)
        else done(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const before = session.pace.limit
    await listObjectsPage(session, { bucket: 'pictures', prefix: '' })
    expect(lookups).toBeGreaterThan(2)
    expect(session.pace.limit).toBeLessThan(before)
  })

  it('F7 503 SlowDown is retried up to five times, then told as busy', async () => {
    const server = await serve((_, response) => sendError(response, 503, 'SlowDown'))
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'slow-down', s3Code: 'SlowDown', retryable: true },
    })
    expect(server.requests).toHaveLength(5)
  })

  it('F50 501 is not asked again: the service has said that it cannot', async () => {
    const server = await serve((_, response) => sendError(response, 501, 'NotImplemented'))
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'not-supported', retryable: false },
    })
    expect(server.requests).toHaveLength(1)
  })

  it('F8 a proxy’s 502 page names the status', async () => {
    const server = await serve((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' })
      response.end('<html><body><h1>502 Bad Gateway</h1></body></html>')
    })
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'server-error', retryable: true, message: expect.stringContaining('502') },
    })
  })

  it('an endpoint that is a web site and not S3 is told as such', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<!doctype html><html><body><p>Welcome<br>here</body></html>')
    })
    const problem: unknown = await listBuckets(open(server.endpoint)).catch((error: unknown) => error)
    expect(problem).toMatchObject({ error: { code: 'server-error', message: expect.stringContaining('S3') } })
  })

  it('a cancelled request says cancelled, and soon', async () => {
    const server = await serve(() => undefined)
    const controller = new AbortController()
    const running = listBuckets(open(server.endpoint), { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    const started = Date.now()
    await expect(running).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(Date.now() - started).toBeLessThan(1000)
  })
})

describe('F18 the clock', () => {
  const hour = 3_600_000

  it.each([
    ['an hour behind', hour],
    ['an hour ahead', -hour],
    ['two days behind', 48 * hour],
  ])('of a computer %s is corrected, and links are signed with the service’s time', async (_, offset) => {
    const serverNow = () => new Date(Date.now() + offset)
    const signedAt: number[] = []
    const server = await serve((request, response) => {
      response.setHeader('date', serverNow().toUTCString())
      const stamp = String(request.headers['x-amz-date'])
      const iso = stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')
      signedAt.push(Date.parse(iso))
      if (Math.abs(Date.parse(iso) - serverNow().getTime()) > 900_000) {
        if (request.method === 'HEAD') response.writeHead(403).end()
        else sendError(response, 403, 'RequestTimeTooSkewed')
      } else if (request.method === 'HEAD') response.writeHead(200).end()
      else sendXml(response, noBuckets)
    })
    const session = open(server.endpoint)
    expect(session.clockMeasured()).toBe(false)
    expect(await listBuckets(session)).toEqual([])
    expect(server.requests).toHaveLength(2)
    expect(Math.abs(session.clockOffsetMs() - offset)).toBeLessThan(2500)
    const link = await presignGetObject(session, { bucket: 'b', key: 'k', expiresInSeconds: 60 })
    const stamp = new URL(link.url).searchParams.get('X-Amz-Date') ?? ''
    const iso = stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')
    expect(Math.abs(Date.parse(iso) - serverNow().getTime())).toBeLessThan(4000)
    expect(link.expiresAt.getTime()).toBe(Date.parse(iso) + 60_000)
    // The correction holds from then on: no request is refused again.
    await listBuckets(session)
    expect(server.requests).toHaveLength(4)
  })

  it.each([
    ['right', 0],
    ['an hour ahead', -hour],
  ])('F6 an upload of minutes does not spoil what is known of a clock that is %s', async (_, offset) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    closers.push(() => void vi.useRealTimers())
    const server = await serve((request, response) => {
      // The answer comes minutes after the request had been signed and sent.
      if (request.method === 'PUT') vi.setSystemTime(Date.now() + 300_000)
      response.setHeader('date', new Date(Date.now() + offset).toUTCString())
      if (request.method === 'GET') sendXml(response, noBuckets)
      else response.writeHead(200, { etag: '"x"' }).end()
    })
    const session = open(server.endpoint)
    await listBuckets(session)
    const client = await session.client('b')
    await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.from('x') }))
    expect(Math.abs(session.clockOffsetMs() - offset)).toBeLessThan(2500)
  })

  it('an answer out of a cache does not set the clock', async () => {
    const server = await serve((_, response) => {
      response.setHeader('date', new Date(Date.now() - hour).toUTCString())
      response.setHeader('age', '3600')
      sendXml(response, noBuckets)
    })
    const session = open(server.endpoint)
    await listBuckets(session)
    expect(session.clockMeasured()).toBe(false)
    expect(session.clockOffsetMs()).toBe(0)
  })
})
