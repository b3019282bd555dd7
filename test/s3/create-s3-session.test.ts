import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { listBuckets } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listObjectsPage } from '../../src-main/s3/list-objects.ts'
import type { Script } from './scripted-server.ts'
import {
  isHeadBucket,
  sendError,
  sendXml,
  startScriptedServer,
  testKeys,
  testSession,
} from './scripted-server.ts'
import { asked, closers, emptyListing, noBuckets, open, refuseAll, serve } from './session-scene.ts'

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
