import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, LookupFunction, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listBuckets } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { presignGetObject } from '../../src-main/s3/presign.ts'
import type { Script, ScriptedServer } from './scripted-server.ts'
import {
  isHeadBucket,
  sendError,
  sendXml,
  startScriptedServer,
  testKeys,
  testSession,
} from './scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closers.push(() => server.close())
  return server
}

function open(...args: Parameters<typeof testSession>) {
  const session = testSession(...args)
  closers.push(() => session.destroy())
  return session
}

const noBuckets = '<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>'
const emptyListing = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'

describe('S27 explicit endpoint, region and credentials', () => {
  it('AWS_* variables and ~/.aws decide nothing', async () => {
    const trap = await serve((_, response) => sendXml(response, noBuckets))
    const real = await serve((_, response) => sendXml(response, noBuckets))
    const before = { ...process.env }
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: trap.endpoint,
      AWS_ENDPOINT_URL_S3: trap.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIAENVENVENVENV0000',
      AWS_SECRET_ACCESS_KEY: 'environment',
      AWS_SESSION_TOKEN: 'environment',
      AWS_REGION: 'eu-north-1',
      AWS_DEFAULT_REGION: 'eu-north-1',
      AWS_PROFILE: 'no-such-profile',
      AWS_MAX_ATTEMPTS: '1',
      AWS_USE_FIPS_ENDPOINT: 'true',
    })
    try {
      await listBuckets(open(real.endpoint))
      // An AWS profile has no endpoint of its own, so the environment's would win if it were looked at.
      const aws = open(null, { addressing: 'virtual', lookup: refuseAll, retries: { maxAttempts: 1 } })
      await expect(listBuckets(aws)).rejects.toMatchObject({ error: { code: 'dns' } })
    } finally {
      process.env = before
    }
    expect(trap.requests).toHaveLength(0)
    const [request] = real.requests
    expect(request?.headers.authorization).toContain(`Credential=${testKeys.accessKeyId}/`)
    expect(request?.headers.authorization).toContain('/us-east-1/s3/')
    expect(request?.headers['x-amz-security-token']).toBeUndefined()
    expect(asked).toEqual(['s3.us-east-1.amazonaws.com'])
  })

  it('keys are asked for at each request, so that new ones count at once', async () => {
    const server = await serve((_, response) => sendXml(response, noBuckets))
    let accessKeyId = 'AKIAFIRSTFIRSTFIRST0'
    const session = open(server.endpoint, {
      credentials: () => Promise.resolve({ accessKeyId, secretAccessKey: 'x' }),
    })
    await listBuckets(session)
    accessKeyId = 'AKIASECONDSECOND0000'
    await listBuckets(session)
    expect(
      server.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]),
    ).toEqual(['AKIAFIRSTFIRSTFIRST0', 'AKIASECONDSECOND0000'])
  })
})

/** A certificate for 127.0.0.1 that signs itself, made for this run. */
function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pail-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')
    execFileSync('openssl', request.concat(subject, '-keyout', key, '-out', cert), { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const asked: string[] = []
const refuseAll: LookupFunction = (hostname, _, callback) => {
  asked.push(hostname)
  callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
}

const resolveTo =
  (address: string): LookupFunction =>
  (_, options, callback) => {
    if (options.all === true) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }

describe('endpoint policy', () => {
  it.each([
    ['http://169.254.169.254', 'endpoint-refused'],
    ['http://2852039166', 'endpoint-refused'],
    ['https://[fe80::1]', 'endpoint-refused'],
    ['https://0.0.0.0:9000', 'endpoint-refused'],
    ['https://user:password@s3.example.org', 'endpoint-refused'],
    ['ftp://s3.example.org', 'endpoint-refused'],
    ['s3.example.org', 'endpoint-refused'],
    ['http://s3.example.org', 'insecure-endpoint'],
    ['http://10.0.0.5:9000', 'insecure-endpoint'],
  ])('S28 S29 %s is %s before anything is sent', (endpoint, code) => {
    expect(() => testSession(endpoint)).toThrow(
      expect.objectContaining({ error: expect.objectContaining({ code }) }),
    )
  })

  it('S29 a name that resolves to a metadata address at connecting is refused (DNS rebinding)', async () => {
    const session = open('https://s3.example.org', { lookup: resolveTo('169.254.169.254') })
    await expect(listBuckets(session)).rejects.toMatchObject({
      error: { code: 'endpoint-refused', retryable: false },
    })
  })

  it('S28 an http name taken for this computer that resolves elsewhere is refused', async () => {
    const session = open('http://s3.localhost:9000', { lookup: resolveTo('10.0.0.5') })
    await expect(listBuckets(session)).rejects.toMatchObject({ error: { code: 'insecure-endpoint' } })
  })

  it('reaches bucket.localhost for virtual addressing', async () => {
    const server = await serve((_, response) => sendXml(response, emptyListing))
    const session = open(`http://localhost:${server.port}`, { addressing: 'virtual' })
    await listObjectsPage(session, { bucket: 'pictures', prefix: '' })
    expect(server.requests[0]?.headers.host).toBe(`pictures.localhost:${server.port}`)
  })
})

describe('regions', () => {
  const redirecting =
    (status: number): Script =>
    (request, response) => {
      if (!request.headers.authorization?.includes('/eu-west-3/')) {
        response.writeHead(status, { 'x-amz-bucket-region': 'eu-west-3' }).end()
      } else sendXml(response, emptyListing)
    }

  it.each([301, 307, 400, 403])(
    'F21 a listing that is answered %s has the bucket’s region read from HeadBucket',
    async (status) => {
      const server = await serve(redirecting(status))
      const session = open(server.endpoint)
      await listObjectsPage(session, { bucket: 'pictures', prefix: '' })
      await listObjectsPage(session, { bucket: 'pictures', prefix: '' })
      expect(await session.bucketRegion('pictures')).toBe('eu-west-3')
      expect(session.knownRegion('pictures')).toBe('eu-west-3')
      // Resolved once, then remembered.
      expect(server.requests.filter(isHeadBucket)).toHaveLength(1)
      expect(server.requests.at(-1)?.headers.authorization).toContain('/eu-west-3/s3/')
    },
  )

  it('a listing in the profile’s own region asks for no region first, and neither does what follows', async () => {
    const server = await serve((_, response) => sendXml(response, emptyListing))
    const session = open(server.endpoint, { transport: 'wire' })
    expect(session.isRegionKnown('pictures')).toBe(false)
    await listObjectsPage(session, { bucket: 'pictures', prefix: '' })
    expect(session.isRegionKnown('pictures')).toBe(true)
    await headObject(session, { bucket: 'pictures', key: 'a' })
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
  })

  it('a listing that is refused for another reason is told as it was refused', async () => {
    const server = await serve((request, response) => {
      if (isHeadBucket(request)) response.writeHead(403).end()
      else sendError(response, 403, 'AccessDenied')
    })
    await expect(
      listObjectsPage(open(server.endpoint), { bucket: 'pictures', prefix: '' }),
    ).rejects.toMatchObject({ error: { code: 'access-denied', s3Code: 'AccessDenied' } })
    expect(server.requests).toHaveLength(2)
  })

  it.each([301, 307])('F21 S30 a %s to another host is not followed: it sees no request', async (status) => {
    const other = await serve((_, response) => sendXml(response, emptyListing))
    const server = await serve((request, response) => {
      response.writeHead(status, {
        location: `${other.endpoint}${request.url}`,
        'content-type': 'application/xml',
      })
      response.end(
        `<Error><Code>PermanentRedirect</Code><Message>m</Message><Endpoint>127.0.0.1:${other.port}</Endpoint></Error>`,
      )
    })
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'wrong-region' },
    })
    expect(other.requests).toHaveLength(0)
  })

  it.each(['evil.example.org', 'x/../..', 'a@b', 'eu west', ''])(
    'S30 a region called “%s” is not believed',
    async (region) => {
      const server = await serve((request, response) => {
        if (isHeadBucket(request)) response.writeHead(301, { 'x-amz-bucket-region': region }).end()
        else sendError(response, 301, 'PermanentRedirect')
      })
      const session = open(server.endpoint)
      await expect(listObjectsPage(session, { bucket: 'pictures', prefix: '' })).rejects.toMatchObject({
        error: { code: 'wrong-region' },
      })
      expect(server.requests.every(({ headers }) => headers.authorization?.includes('/us-east-1/'))).toBe(
        true,
      )
      expect(session.knownRegion('pictures')).toBe('us-east-1')
    },
  )

  it('S30 another region’s host comes from the profile’s own template', () => {
    const session = open('https://s3.us-west-004.backblazeb2.com', { region: 'us-west-004' })
    expect(session.endpointIn('eu-central-003')).toBe('https://s3.eu-central-003.backblazeb2.com')
    expect(session.endpointIn('us-west-004')).toBe('https://s3.us-west-004.backblazeb2.com')
    expect(open('https://minio.example.org').endpointIn('eu-west-3')).toBe('https://minio.example.org')
    // The registrable name is never replaced, whatever the region is called.
    expect(open('https://s3.example.org', { region: 'example' }).endpointIn('evil')).toBe(
      'https://s3.example.org',
    )
  })

  it('a bucket that does not exist is not remembered', async () => {
    let there = false
    const server = await serve((request, response) => {
      if (isHeadBucket(request)) response.writeHead(there ? 200 : 404).end()
      else if (there) sendXml(response, emptyListing)
      else sendError(response, 404, 'NoSuchBucket')
    })
    const session = open(server.endpoint)
    await expect(listObjectsPage(session, { bucket: 'later', prefix: '' })).rejects.toMatchObject({
      error: { code: 'no-such-bucket' },
    })
    there = true
    expect((await listObjectsPage(session, { bucket: 'later', prefix: '' })).objects).toEqual([])
  })
})

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

describe('S24 nothing that is thrown or held shows a secret', () => {
  it('failures, inspected to the bottom with hidden properties', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'HEAD') response.writeHead(403).end()
      else {
        sendError(
          response,
          403,
          'SignatureDoesNotMatch',
          `no ${request.headers.authorization} ${String(request.headers['x-amz-security-token'])}`,
        )
      }
    })
    const token = 'canaryToken/FwoGZXIvYXdzEBYaDHqa0AP1vBg0lzQ4pSLnAQ'
    const session = open(server.endpoint, {
      credentials: () => Promise.resolve({ ...testKeys, sessionToken: token }),
    })
    const thrown = await Promise.all(
      [
        () => listBuckets(session),
        () => listObjectsPage(session, { bucket: 'b', prefix: '' }),
        () => headObject(session, { bucket: 'b', key: 'k' }),
      ].map((attempt) =>
        attempt().then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    )
    expect(thrown.map((error) => error instanceof Error)).toEqual([true, true, true])
    const shown =
      inspect(thrown, { depth: Infinity, showHidden: true, getters: true }) + JSON.stringify(thrown)
    for (const secret of [
      testKeys.secretAccessKey,
      token,
      'AWS4-HMAC-SHA256',
      'Signature=',
      testKeys.accessKeyId,
    ]) {
      expect(shown).not.toContain(secret)
    }
    expect(shown).toContain('R1')
  })
})

it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
  'F26 a certificate that nobody vouches for is refused with its cause; the profile’s own authority is trusted',
  async () => {
    const { key, cert } = makeCertificate()
    const server = await startScriptedServer((_, response) => sendXml(response, noBuckets), { key, cert })
    closers.push(() => server.close())
    await expect(listBuckets(open(server.endpoint))).rejects.toMatchObject({
      error: { code: 'tls', retryable: false, message: expect.stringContaining('not signed by anybody') },
    })
    expect(server.requests).toHaveLength(0)
    expect(await listBuckets(open(server.endpoint, { ca: cert }))).toEqual([])
    await expect(
      listBuckets(open(`https://other.localhost:${server.port}`, { ca: cert })),
    ).rejects.toMatchObject({ error: { code: 'tls', message: expect.stringContaining('another host name') } })
  },
)

it('makes no request and loads nothing before it is used', () => {
  const session = createS3Session({
    profileId: 'p',
    endpoint: null,
    region: 'eu-west-3',
    addressing: 'virtual',
    checksums: 'when-supported',
    credentials: () => Promise.reject(new Error('asked too early')),
    insecureAllowed: false,
  })
  expect(session.region).toBe('eu-west-3')
  session.destroy()
})
