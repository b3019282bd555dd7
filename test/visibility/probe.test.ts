import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { probeVisibility } from '../../src-main/visibility/probe.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((done) => server.close(done).closeAllConnections())),
  )
})

/** A server that calls itself S3 in each answer, or with `isS3: false` does not. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, isS3 = true) {
  const server = createServer((request, response) => {
    if (isS3) response.setHeader('x-amz-request-id', 'R1')
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createS3Session({
    profileId: 'p1',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    insecureAllowed: false,
    credentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'canary-secret' }),
  })
}

const status = (code: number) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(code).end()

describe('what the public can read', () => {
  test.each([
    [200, 'public'],
    [403, 'private'],
    [401, 'private'],
    [404, 'unknown'],
    [301, 'unknown'],
    [307, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
  ] as const)('S45 an unsigned answer of %i means %s', async (code, visibility) => {
    const check = await probeVisibility(await serve(status(code)), { bucket: 'b', key: 'k' })
    expect(check).toMatchObject({ visibility, status: code })
    expect(Date.parse(check.checkedAt)).toBeGreaterThan(0)
  })

  test('the request carries no signature, cookie or credentials, and the key exactly', async () => {
    const seen: IncomingMessage[] = []
    const session = await serve((request, response) => {
      seen.push(request)
      response.writeHead(200).end()
    })
    const check = await probeVisibility(session, { bucket: 'b', key: 'a b/../+%//é.txt' })
    expect(seen).toHaveLength(1)
    expect(seen[0]!.url).toBe('/b/a%20b/../%2B%25//%C3%A9.txt')
    expect(check.url.endsWith(seen[0]!.url!)).toBe(true)
    expect(Object.keys(seen[0]!.headers).filter((name) => /auth|cookie|referer|amz/.test(name))).toEqual([])
  })

  test('where HEAD is not answered, one byte is asked for', async () => {
    const methods: string[] = []
    const session = await serve((request, response) => {
      methods.push(`${request.method} ${request.headers.range ?? ''}`.trim())
      response.writeHead(request.method === 'HEAD' ? 405 : 206).end()
    })
    expect((await probeVisibility(session, { bucket: 'b', key: 'k' })).visibility).toBe('public')
    expect(methods).toEqual(['HEAD', 'GET bytes=0-0'])
  })

  test('an empty object that may be read is public', async () => {
    const session = await serve((request, response) => {
      response.writeHead(request.method === 'HEAD' ? 501 : 416).end()
    })
    expect((await probeVisibility(session, { bucket: 'b', key: 'k' })).visibility).toBe('public')
  })

  test('F4 silence is unknown, in bounded time', async () => {
    const session = await serve(() => undefined)
    const check = await probeVisibility(session, { bucket: 'b', key: 'k', timeoutMs: 100 })
    expect(check).toMatchObject({ visibility: 'unknown', status: null })
  })

  test('F1 a server that is down is unknown', async () => {
    const session = await serve(status(200))
    await new Promise((done) => servers.pop()!.close(done))
    expect(await probeVisibility(session, { bucket: 'b', key: 'k' })).toMatchObject({
      visibility: 'unknown',
      status: null,
    })
  })

  test('a custom domain that makes no URL is unknown', async () => {
    const session = await serve(status(200))
    const check = await probeVisibility(session, { bucket: 'b', key: 'k', baseUrl: 'no address' })
    expect(check).toMatchObject({ visibility: 'unknown', status: null })
  })

  describe('at the bucket’s own host, of which S3 has to be what answers', () => {
    const bytes = 'the object'
    const eTag = '"8d3d4a9b"'
    const ask = async (
      answer: (
        request: IncomingMessage,
        response: ServerResponse,
        place: { readonly isSigned: boolean; readonly key: string },
      ) => void,
    ) => {
      const session = await serve((request, response) => {
        const isSigned = request.headers.authorization !== undefined
        answer(request, response, { isSigned, key: new URL(request.url!, 'http://host').pathname })
      }, false)
      return probeVisibility(session, { bucket: 'b', key: 'k.txt', timeoutMs: 5000 })
    }

    test.each([
      ['a page', {}],
      ['a page with an ETag', { etag: '"page"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }],
    ])('S45 the sign-in of a network, %s for whatever is asked, proves nothing', async (_, headers) => {
      const check = await ask((_request, response) =>
        response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(),
      )
      expect(check).toMatchObject({ visibility: 'unknown', status: 200 })
      expect(check.reason).toMatch(/does not say that it is S3/)
    })

    test('S45 nor does the page of another server that has nothing to do with the object', async () => {
      const check = await ask((_request, response, { isSigned, key }) => {
        if (key === '/b' || key === '/b/') response.writeHead(200).end()
        else if (isSigned) response.writeHead(200, { etag: eTag, 'content-length': bytes.length }).end()
        else if (key === '/b/k.txt') response.writeHead(200, { etag: '"other"' }).end()
        else response.writeHead(404).end()
      })
      expect(check).toMatchObject({ visibility: 'unknown', status: 200 })
    })

    test('S45 the refusal of a firewall does not make anything private', async () => {
      const check = await ask((_request, response) => response.writeHead(403).end('<h1>Blocked</h1>'))
      expect(check).toMatchObject({ visibility: 'unknown', status: 403 })
      expect(check.reason).toMatch(/does not say that it is S3/)
    })

    test('a redirect to another host is told, and not followed', async () => {
      const asked: string[] = []
      const check = await ask((request, response) => {
        asked.push(request.url!)
        response.writeHead(302, { location: 'https://login.example.net/start?next=x' }).end()
      })
      expect(check).toMatchObject({ visibility: 'unknown', status: 302 })
      expect(check.reason).toContain('leads on to login.example.net, which is not followed')
      expect(asked).toHaveLength(1)
    })

    /** A proxy before S3 that takes its headers away: what the object is, is still to be told. */
    const stripped =
      (
        object: { readonly eTag: string | null; readonly body: string },
        isPublic: boolean,
      ): Parameters<typeof ask>[0] =>
      (request, response, { isSigned, key }) => {
        if (key === '/b' || key === '/b/') return response.writeHead(200).end()
        if (key !== '/b/k.txt') return response.writeHead(404).end()
        const headers = {
          'content-length': object.body.length,
          ...(isSigned ? { etag: eTag } : object.eTag === null ? {} : { etag: object.eTag }),
        }
        if (isSigned) return response.writeHead(200, headers).end()
        if (!isPublic) {
          const error = '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'
          return response.writeHead(403).end(request.method === 'HEAD' ? '' : error)
        }
        if (request.method === 'HEAD') return response.writeHead(200, headers).end()
        const size = object.body.length
        if (size === 0) return response.writeHead(416, { 'content-range': 'bytes */0' }).end()
        return response
          .writeHead(206, { ...headers, 'content-length': 1, 'content-range': `bytes 0-0/${size}` })
          .end('t')
      }

    test.each([
      ['the object’s ETag', { eTag, body: bytes }],
      ['its size where there is no ETag', { eTag: null, body: bytes }],
      ['that it is empty', { eTag: null, body: '' }],
    ])('without S3’s headers the answer is recognised by %s', async (_, object) => {
      expect(await ask(stripped(object, true))).toMatchObject({ visibility: 'public', status: 200 })
    })

    test('and a refusal by S3’s error document', async () => {
      expect(await ask(stripped({ eTag, body: bytes }, false))).toMatchObject({
        visibility: 'private',
        status: 403,
      })
    })
  })

  describe('of a custom domain or CDN', () => {
    const cdn = async (
      answer: (key: string) => { status: number; headers?: Record<string, string> },
      key = 'a/secret.pdf',
    ) => {
      const asked: string[] = []
      const session = await serve((request, response) => {
        const path = request.url!.slice(1)
        asked.push(path)
        const { status: code, headers } = answer(path)
        response.writeHead(code, headers).end()
      })
      const ask = (one = key) =>
        probeVisibility(session, { bucket: 'b', key: one, baseUrl: session.endpoint! })
      return { ask, asked }
    }
    const page = { status: 200, headers: { etag: '"page"', 'content-type': 'text/html' } }

    test('S45 the page that stands for all that is missing or refused proves nothing', async () => {
      const { ask } = await cdn(() => page)
      const check = await ask()
      expect(check).toMatchObject({ visibility: 'unknown', status: 200 })
      expect(check.reason).toMatch(/not there/)
    })

    test('S45 nor does one that can be told from nothing', async () => {
      const { ask } = await cdn(() => ({ status: 200 }))
      expect((await ask()).visibility).toBe('unknown')
    })

    test('what is answered with something else than that page is public', async () => {
      const { ask } = await cdn((path) =>
        path === 'a/secret.pdf' ? { status: 200, headers: { etag: '"object"' } } : page,
      )
      expect(await ask()).toMatchObject({ visibility: 'public', status: 200 })
      expect((await ask('b.pdf')).visibility).toBe('unknown')
    })

    test('a CDN that refuses what is missing is asked for that once, and with the same extension', async () => {
      const { ask, asked } = await cdn((path) => ({ status: path.includes('pail-') ? 403 : 200 }))
      for (const key of ['a.pdf', 'b.pdf', 'c.pdf']) expect((await ask(key)).visibility).toBe('public')
      expect(asked).toHaveLength(4)
      expect(asked[1]).toMatch(/^pail-[0-9a-f]{24}\.pdf$/)
    })

    test('S45 a question whether a person asks is no refusal', async () => {
      const { ask } = await cdn(() => ({ status: 403, headers: { 'cf-mitigated': 'challenge' } }))
      expect(await ask()).toMatchObject({ visibility: 'unknown', status: 403 })
    })
  })

  test('S29 a custom domain that leads to a metadata address is not asked', async () => {
    const session = await serve(status(200))
    const check = await probeVisibility(session, {
      bucket: 'b',
      key: 'k',
      baseUrl: 'http://cdn.example.test',
      lookup: (_, options, found) =>
        options.all
          ? found(null, [{ address: '169.254.169.254', family: 4 }])
          : found(null, '169.254.169.254', 4),
    })
    expect(check).toMatchObject({ visibility: 'unknown', status: null, url: 'http://cdn.example.test/k' })
  })

  test('S29 nor is a metadata address written out', async () => {
    const session = await serve(status(200))
    const check = await probeVisibility(session, {
      bucket: 'b',
      key: 'k',
      baseUrl: 'http://[::ffff:169.254.169.254]',
    })
    expect(check).toMatchObject({ visibility: 'unknown', status: null })
  })
})
