import { createServer, type OutgoingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { testLink } from '../../src-main/links/test-link.ts'
import { testSession } from '../s3/scripted-server.ts'
import { triedAt } from './tried-at.ts'

// What it asks for with a signature is answered by nobody.
const session = testSession('http://127.0.0.1:1')
afterAll(() => session.destroy())

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What S3 says of itself. */
const ofS3 = { 'x-amz-request-id': '1' }
const refusal = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`

test('sends nothing but the URL, and asks for one byte', async () => {
  let seen: Record<string, unknown> = {}
  const host = await serve((request, response) => {
    seen = { url: request.url, ...request.headers }
    response.writeHead(206, ofS3).end('x')
  })
  await testLink(session, triedAt(`http://${host}/b/k?X-Amz-Signature=0`, 'presigned'))
  expect(seen).toEqual({ url: '/b/k?X-Amz-Signature=0', host, range: 'bytes=0-0', connection: 'close' })
})

test.each([
  [403, refusal('AccessDenied', 'Access Denied'), 'access-denied', /may not do that here/],
  [403, refusal('AccessDenied', 'Request has expired'), 'clock-skew', /clock/],
  [403, refusal('AccessDenied', 'Request is not valid yet'), 'clock-skew', /clock/],
  [403, refusal('RequestTimeTooSkewed', 'x'), 'clock-skew', /clock/],
  [403, refusal('ExpiredToken', 'The provided token has expired.'), 'expired-token', /temporary/],
  [403, refusal('InvalidAccessKeyId', 'AKIAEXAMPLEEXAMPLE is not there'), 'unknown-access-key', /access key/],
  [
    400,
    refusal('AuthorizationQueryParametersError', "the region 'us-east-1' is wrong; expecting 'eu-west-1'"),
    'wrong-region',
    /another region/,
  ],
  [301, '', 'wrong-region', /somewhere else/],
  [404, '<html>', 'no-such-key', /does not exist/],
])('a signed link that is answered with %i %s', async (status, body, code, words) => {
  // Not every service names itself: the error document does, too.
  const headers = body.startsWith('<?xml') ? {} : ofS3
  const host = await serve((_, response) => response.writeHead(status, headers).end(body))
  const tested = await testLink(session, triedAt(`http://${host}/b/k?X-Amz-Signature=0`, 'presigned'))
  expect(tested).toMatchObject({ outcome: 'failed', status, problem: { code } })
  expect(tested.problem?.message).toMatch(words)
  expect(tested.problem?.message).not.toContain('AKIAEXAMPLEEXAMPLE')
})

const signIn = '<html><title>Sign in to the network</title></html>'
const portal = { location: 'http://login.cafe.example/?from=here' }
test.each([
  [302, portal, '', /leads on to login\.cafe\.example, which is not followed/],
  [307, { ...portal, 'x-cache': 'MISS' }, signIn, /leads on to login\.cafe\.example/],
  [302, { location: '/sign-in' }, '', /does not say that it is S3/],
  [401, { 'www-authenticate': 'Basic' }, signIn, /does not say that it is S3/],
  [403, { server: 'filter' }, '<html>Blocked by your organisation</html>', /does not say that it is S3/],
  [404, {}, '', /does not say that it is S3/],
  [
    404,
    { 'x-amz-cf-id': '1' },
    '<Error><Message>Nothing here</Message></Error>',
    /does not say that it is S3/,
  ],
  [451, {}, signIn, /does not say that it is S3/],
])(
  'a network that answers %i %j in place of the bucket proves nothing',
  async (status, headers, body, words) => {
    const host = await serve((_, response) =>
      response.writeHead(status, headers as OutgoingHttpHeaders).end(body),
    )
    const signed = triedAt(`http://${host}/b/k?X-Amz-Signature=0`, 'presigned')
    for (const link of [signed, { ...triedAt(`http://${host}/b/k`, 'public'), baseUrl: null }]) {
      const tested = await testLink(session, link)
      expect(tested).toMatchObject({ outcome: 'not-tested', status, problem: { code: 'unreachable' } })
      expect(tested.problem?.message).toMatch(words)
    }
  },
)

test.each([
  [403, refusal('InvalidKey', 'Unknown Key'), 'signature-mismatch', /key pair/],
  [403, refusal('AccessDenied', 'Access denied'), 'access-denied', /CloudFront refuses/],
  [404, '<html>', 'no-such-key', /nothing at this address/],
])('a link of CloudFront that is answered with %i %s', async (status, body, code, words) => {
  const host = await serve((_, response) => response.writeHead(status).end(body))
  const tested = await testLink(session, triedAt(`http://${host}/k?Signature=0`, 'cloudfront'))
  expect(tested).toMatchObject({ outcome: 'failed', status, problem: { code } })
  expect(tested.problem?.message).toMatch(words)
})

test.each([
  [301, 'not-tested'],
  [404, 'failed'],
  [503, 'not-tested'],
  [429, 'not-tested'],
])('a plain address that is answered with %i is %s', async (status, outcome) => {
  const host = await serve((_, response) => response.writeHead(status).end())
  expect(await testLink(session, triedAt(`http://${host}/k`, 'public'))).toMatchObject({ outcome, status })
})

test('F1 what cannot be reached, or does not answer soon, was not tested', async () => {
  const silent = await serve(() => undefined)
  const late = await testLink(session, triedAt(`http://${silent}/k`, 'presigned'), { timeoutMs: 50 })
  expect(late).toMatchObject({ outcome: 'not-tested', status: null, problem: { code: 'timeout' } })
  const gone = await serve(() => undefined)
  closers.splice(0).forEach((close) => close())
  expect(await testLink(session, triedAt(`http://${gone}/k`, 'presigned'))).toMatchObject({
    outcome: 'not-tested',
    problem: { code: 'unreachable' },
  })
})

test('a refusal that stops in the middle is a refusal all the same', async () => {
  const host = await serve((_, response) => {
    response.writeHead(403, { 'content-length': '5000' })
    response.write('<Error><Code>RequestTimeTooSkewed</Code>')
  })
  const tested = await testLink(session, triedAt(`http://${host}/k`, 'presigned'), { timeoutMs: 1000 })
  expect(tested).toMatchObject({ outcome: 'failed', status: 403, problem: { code: 'clock-skew' } })
})

test('a link without a secure connection does not work', async () => {
  const host = await serve((_, response) => response.end())
  expect(await testLink(session, triedAt(`https://${host}/k`, 'presigned'))).toMatchObject({
    outcome: 'failed',
    status: null,
    problem: { code: 'tls' },
  })
})

describe('a success', () => {
  const page = (_: unknown, response: ServerResponse) =>
    void response.end('<html>Sign in to the network</html>')
  const kinds = ['presigned', 'public', 'cloudfront'] as const

  test.each(kinds)('of a network that answers anything with a page proves nothing: %s', async (kind) => {
    const host = await serve(page)
    const tested = await testLink(session, triedAt(`http://${host}/b/k.pdf?Signature=0`, kind))
    expect(tested).toMatchObject({ outcome: 'not-tested', status: 200, problem: { code: 'unreachable' } })
    expect(tested.problem?.message).toMatch(
      kind === 'presigned' ? /does not say that it is S3/ : /an object that is not there/,
    )
  })

  test('is asked again for a key that nobody has, with the same kind of signature, once for many links', async () => {
    const asked: string[] = []
    const host = await serve((request, response) => {
      asked.push(request.url ?? '')
      // A distribution that shows its application to whoever has no signature, and the objects to whoever has.
      const isSigned = request.url?.includes('Signature=0') === true
      const isThere = !isSigned || /^\/[ab]\.pdf\?/.test(request.url ?? '')
      response.writeHead(isThere ? 206 : 404, isThere ? { etag: '"same"' } : {}).end()
    })
    const link = (key: string) => triedAt(`http://${host}/${key}?Signature=0`, 'cloudfront')
    expect(await testLink(session, link('a.pdf'))).toMatchObject({ outcome: 'works' })
    expect(await testLink(session, link('b.pdf'))).toMatchObject({ outcome: 'works' })
    expect(asked).toHaveLength(3)
    expect(asked.filter((path) => /^\/pail-[0-9a-f]{24}\.pdf\?Signature=0$/.test(path))).toHaveLength(1)
    // Without a signature the same address answers anything, and what is known of the other says nothing of it.
    const open = await testLink(session, triedAt(`http://${host}/c.pdf`, 'public'))
    expect(open).toMatchObject({ outcome: 'not-tested', status: 206 })
  })

  test('of S3, which names itself, is one; of an object without a byte, too', async () => {
    const s3 = await serve((_, response) => response.writeHead(416, ofS3).end())
    expect(await testLink(session, triedAt(`http://${s3}/b/k?Signature=0`, 'presigned'))).toEqual({
      outcome: 'works',
      status: 416,
      problem: null,
    })
    const site = await serve((request, response) =>
      response.writeHead(request.url === '/k' ? 416 : 404).end(),
    )
    expect(await testLink(session, triedAt(`http://${site}/k`, 'public'))).toMatchObject({ outcome: 'works' })
  })

  test('of a bucket that hides whose it is has the ETag that is told to whoever signs', async () => {
    let eTag = '"1"'
    const host = await serve((request, response) => {
      const isSignedHead = request.method === 'HEAD' && request.headers.authorization !== undefined
      if (!request.url?.startsWith('/b/k')) return void response.writeHead(404).end()
      response.writeHead(200, { etag: isSignedHead ? '"1"' : eTag, 'content-length': '1' })
      response.end(request.method === 'HEAD' ? '' : 'x')
    })
    const own = testSession(`http://${host}`)
    own.rememberRegion('b', 'us-east-1')
    const link = triedAt(`http://${host}/b/k?X-Amz-Signature=0`, 'presigned')
    expect(await testLink(own, link)).toMatchObject({ outcome: 'works', status: 200 })
    eTag = '"2"'
    expect(await testLink(own, link)).toMatchObject({ outcome: 'not-tested', status: 200 })
    own.destroy()
  })
})
