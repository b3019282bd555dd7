import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { testLink } from '../../../src-main/links/test-link.ts'
import type { S3SessionOptions } from '../../../src-main/s3/create-s3-session.ts'
import type { HttpProxy } from '../../../src-main/s3/find-proxy.ts'
import { getObjectBytes } from '../../../src-main/s3/get-object-bytes.ts'
import { headObject } from '../../../src-main/s3/head-object.ts'
import { listObjectsPage } from '../../../src-main/s3/list-objects.ts'
import { presignGetObject } from '../../../src-main/s3/presign.ts'
import { putObjectBytes } from '../../../src-main/s3/put-object.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import { uploadFile } from '../../../src-main/s3/upload-file.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../../transfers/playground-for-test.ts'
import { type ConnectProxy, startConnectProxy } from '../connect-proxy.ts'
import { startTlsFront, type TlsFront } from '../tls-front.ts'
import { makeCertificate, transports } from './both-transports.ts'

vi.setConfig({ testTimeout: 60_000 })

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const mib = 1024 * 1024
/** A name that only the proxy knows. */
const host = 's3.proxied.test'
const password = 'canary-Proxy:Passw0rd/ü'

let place: PlaygroundForTest
let front: TlsFront
let proxy: ConnectProxy
let secureProxy: ConnectProxy
let ca: string
let proxyCa: string
const open: S3Session[] = []

beforeAll(async () => {
  if (!hasOpenssl) return
  const certificate = makeCertificate(`DNS:${host},IP:127.0.0.1`)
  const ofProxy = makeCertificate()
  ca = certificate.cert
  proxyCa = ofProxy.cert
  place = await startPlaygroundForTest({ alsoNamed: host })
  front = await startTlsFront(place.endpoint, certificate)
  proxy = await startConnectProxy()
  secureProxy = await startConnectProxy(ofProxy)
})

afterEach(() => {
  for (const session of open.splice(0)) session.destroy()
  for (const each of [proxy, secureProxy]) {
    each.requests.length = 0
    each.inTunnels.length = 0
    for (const name of Object.keys(each.faults)) delete each.faults[name as keyof typeof each.faults]
  }
})

afterAll(async () => {
  await front?.close()
  await proxy?.close()
  await secureProxy?.close()
  await place?.close()
})

function proxyAt(origin: string, signIn?: string): HttpProxy {
  return {
    origin,
    authorization: signIn === undefined ? null : `Basic ${Buffer.from(signIn).toString('base64')}`,
    saidBy: 'profile',
  }
}

/** A session to the playground by a name that nothing but the proxy resolves. */
function sessionThrough(through: HttpProxy, options: Partial<S3SessionOptions> = {}): S3Session {
  const session = place.sessionWith({
    endpoint: `https://${host}:${front.port}`,
    ca,
    findProxy: () => through,
    ...options,
  })
  open.push(session)
  return session
}

const httpEndpoint = () => `http://${host}:${new URL(place.endpoint).port}`
const put = (session: S3Session, key: string, bytes = Buffer.from('hello')) =>
  putObjectBytes(session, { bucket: place.open, key, headers: {} }, bytes)
const list = (session: S3Session) => listObjectsPage(session, { bucket: place.open, prefix: '' })

describe.skipIf(!hasOpenssl).each(transports)('through a proxy, over %s', (transport) => {
  it('https goes by a tunnel, which is kept, and the service is verified in it', async () => {
    const before = front.connections()
    const session = sessionThrough(proxyAt(proxy.origin), { transport })
    await put(session, 'one')
    for (let n = 0; n < 10; n++) await list(session)
    expect((await headObject(session, { bucket: place.open, key: 'one' }))?.sizeBytes).toBe(5)
    // Two, where the second request came before the first one's connection was free.
    const { length } = proxy.requests
    expect(length).toBeLessThanOrEqual(2)
    expect(front.connections() - before).toBe(length)
    for (const { method, target } of proxy.requests)
      expect([method, target]).toEqual(['CONNECT', `${host}:${front.port}`])
    // The proxy sees TLS and nothing of what is in it.
    expect(Buffer.concat(proxy.inTunnels).includes(place.open)).toBe(false)
    await expect(
      list(sessionThrough(proxyAt(proxy.origin), { transport, ca: proxyCa })),
    ).rejects.toMatchObject({ error: { code: 'tls' } })
  })

  it('an https proxy is verified, too, and TLS goes within TLS', async () => {
    const through = proxyAt(secureProxy.origin)
    const session = sessionThrough(through, { transport, ca: `${ca}${proxyCa}` })
    await put(session, 'two')
    const { length } = secureProxy.requests
    expect(length).toBeGreaterThan(0)
    const untrusting = sessionThrough(through, { transport, retries: { maxAttempts: 3 } })
    await expect(list(untrusting)).rejects.toMatchObject({
      error: { code: 'proxy', retryable: false, message: expect.stringContaining(secureProxy.origin) },
    })
    expect(secureProxy.requests).toHaveLength(length)
  })

  it('plain http goes in absolute form, with what large bodies expect', async () => {
    proxy.faults.wants = `jo:${password}`
    const through = proxyAt(proxy.origin, `jo:${password}`)
    const session = sessionThrough(through, { transport, endpoint: httpEndpoint(), insecureAllowed: true })
    const bytes = randomBytes(3 * mib)
    await put(session, 'large', bytes)
    const read = await getObjectBytes(session, { bucket: place.open, key: 'large', mostBytes: 4 * mib })
    expect(read?.bytes.equals(bytes)).toBe(true)
    expect(proxy.requests.at(-1)?.target).toMatch(new RegExp(`^http://${host}:\\d+/${place.open}/large`))
    const object = { bucket: place.open, key: 'large' }
    const link = await presignGetObject(session, { ...object, expiresInSeconds: 60 })
    const tried = { ...object, url: link.url, kind: 'presigned', baseUrl: null } as const
    const test = await testLink(session, { ...tried, urlOf: async () => '' })
    expect(test).toEqual({ outcome: 'works', status: 206, problem: null })
    expect(proxy.requests.at(-1)?.target).toBe(link.url)
  })

  it('20 MiB go up in parts and come back the same, also when tunnels are cut in the middle', async () => {
    const bytes = randomBytes(20 * mib)
    const path = join(place.files, `through-${transport}`)
    await writeFile(path, bytes)
    const session = sessionThrough(proxyAt(proxy.origin), { transport })
    proxy.faults.cuts = { times: 2, afterBytes: 3 * mib }
    const key = `parts-${transport}`
    await uploadFile(session, {
      bucket: place.open,
      key,
      path,
      sizeBytes: bytes.byteLength,
      headers: {},
      thresholdBytes: 5 * mib,
      partSizeBytes: 5 * mib,
    })
    expect(proxy.faults.cuts.times).toBe(0)
    const read = await getObjectBytes(session, { bucket: place.open, key, mostBytes: 21 * mib })
    const digest = (of: Uint8Array) => createHash('sha256').update(of).digest('hex')
    expect(digest(read?.bytes ?? Buffer.alloc(0))).toBe(digest(bytes))
  })

  it('an abort ends at once, while the tunnel is made and in the middle of it', async () => {
    const stop = new AbortController()
    proxy.faults.says = null
    const session = sessionThrough(proxyAt(proxy.origin), { transport })
    session.rememberRegion(place.open, 'us-east-1')
    const began = performance.now()
    const waiting = listObjectsPage(session, { bucket: place.open, prefix: '', signal: stop.signal })
    setTimeout(() => stop.abort(), 50)
    await expect(waiting).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(performance.now() - began).toBeLessThan(3000)
  })

  it('a user name and a password go to the proxy and never into the tunnel', async () => {
    proxy.faults.wants = `jo:${password}`
    await put(sessionThrough(proxyAt(proxy.origin, `jo:${password}`), { transport }), 'signed-in')
    const before = proxy.requests.length
    expect(before).toBeGreaterThan(0)
    const failed = async (through: HttpProxy) => {
      const session = sessionThrough(through, { transport })
      const error: { error?: object } = await list(session).then(
        () => ({}),
        (thrown: object) => thrown,
      )
      return { ...error.error, text: JSON.stringify(error) + String(error) }
    }
    const nobody = await failed(proxyAt(proxy.origin))
    expect(nobody).toMatchObject({ code: 'proxy', retryable: false, s3Code: 'HTTP 407' })
    const wrong = await failed(proxyAt(proxy.origin, 'jo:secret-guess'))
    expect(wrong).toMatchObject({ code: 'proxy', retryable: false })
    expect(wrong.text).toContain(proxy.origin)
    expect(wrong.text).not.toContain('secret-guess')
    expect(wrong.text).not.toContain(Buffer.from('jo:secret-guess').toString('base64'))
    // Once each: other attempts would lock the account.
    expect(proxy.requests).toHaveLength(before + 2)
    const plain = sessionThrough(proxyAt(proxy.origin, 'jo:secret-guess'), {
      transport,
      endpoint: httpEndpoint(),
      insecureAllowed: true,
    })
    await expect(list(plain)).rejects.toMatchObject({
      error: { code: 'proxy', retryable: false, message: expect.stringContaining(proxy.origin) },
    })
  })

  it.each([
    [502, { retryable: true, attempts: 3 }],
    [504, { retryable: true, attempts: 3 }],
    [403, { retryable: false, attempts: 1 }],
    [405, { retryable: false, attempts: 1 }],
  ])('a proxy that answers %i to CONNECT is named', async (status, { retryable, attempts }) => {
    proxy.faults.answers = { status }
    const session = sessionThrough(proxyAt(proxy.origin), {
      transport,
      retries: { maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 2 },
    })
    session.rememberRegion(place.open, 'us-east-1')
    await expect(list(session)).rejects.toMatchObject({
      error: { code: 'proxy', retryable, message: expect.stringContaining(`${proxy.origin} `) },
    })
    expect(proxy.requests).toHaveLength(attempts)
  })

  it('so is one that talks garbage, hangs up, is not there or has no such name', async () => {
    const session = (origin: string, options: Partial<S3SessionOptions> = {}) => {
      const made = sessionThrough(proxyAt(origin), {
        transport,
        retries: { maxAttempts: 2, baseDelayMs: 1, maxDelayMs: 2 },
        ...options,
      })
      made.rememberRegion(place.open, 'us-east-1')
      return made
    }
    const named = (origin: string, retryable: boolean) => ({
      error: { code: 'proxy', retryable, message: expect.stringContaining(origin) },
    })
    proxy.faults.says = 'SSH-2.0-OpenSSH_9.6\r\n'
    await expect(list(session(proxy.origin))).rejects.toMatchObject(named(proxy.origin, false))
    const plain = { endpoint: httpEndpoint(), insecureAllowed: true }
    await expect(list(session(proxy.origin, plain))).rejects.toMatchObject(named(proxy.origin, false))
    proxy.faults.says = ''
    await expect(list(session(proxy.origin))).rejects.toMatchObject(named(proxy.origin, true))
    const gone = await closedPort()
    await expect(list(session(gone))).rejects.toMatchObject(named(gone, true))
    await expect(list(session(gone, plain))).rejects.toMatchObject(named(gone, true))
    const unknown = 'http://proxy.nowhere.invalid:3128'
    await expect(list(session(unknown))).rejects.toMatchObject(named(unknown, true))
    const metadata = 'http://169.254.169.254:80'
    await expect(list(session(metadata))).rejects.toMatchObject(named('http://169.254.169.254', false))
  })

  it('this computer is reached without it', async () => {
    const session = sessionThrough(proxyAt(proxy.origin), { transport, endpoint: place.endpoint })
    await list(session)
    expect(proxy.requests).toEqual([])
  })
})

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
