import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { testLink } from '../../src-main/links/test-link.ts'

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

const refusal = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`

test('sends nothing but the URL, and asks for one byte', async () => {
  let seen: Record<string, unknown> = {}
  const host = await serve((request, response) => {
    seen = { url: request.url, ...request.headers }
    response.writeHead(206).end('x')
  })
  await testLink({ url: `http://${host}/b/k?X-Amz-Signature=0`, kind: 'presigned' })
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
  const host = await serve((_, response) => response.writeHead(status).end(body))
  const tested = await testLink({ url: `http://${host}/b/k?X-Amz-Signature=0`, kind: 'presigned' })
  expect(tested).toMatchObject({ outcome: 'failed', status, problem: { code } })
  expect(tested.problem?.message).toMatch(words)
  expect(tested.problem?.message).not.toContain('AKIAEXAMPLEEXAMPLE')
})

test.each([
  [403, refusal('InvalidKey', 'Unknown Key'), 'signature-mismatch', /key pair/],
  [403, refusal('AccessDenied', 'Access denied'), 'access-denied', /CloudFront refuses/],
  [404, '<html>', 'no-such-key', /nothing at this address/],
])('a link of CloudFront that is answered with %i %s', async (status, body, code, words) => {
  const host = await serve((_, response) => response.writeHead(status).end(body))
  const tested = await testLink({ url: `http://${host}/k?Signature=0`, kind: 'cloudfront' })
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
  expect(await testLink({ url: `http://${host}/k`, kind: 'public' })).toMatchObject({ outcome, status })
})

test('F1 what cannot be reached, or does not answer soon, was not tested', async () => {
  const silent = await serve(() => undefined)
  const late = await testLink({ url: `http://${silent}/k`, kind: 'presigned' }, { timeoutMs: 50 })
  expect(late).toMatchObject({ outcome: 'not-tested', status: null, problem: { code: 'timeout' } })
  const gone = await serve(() => undefined)
  closers.splice(0).forEach((close) => close())
  expect(await testLink({ url: `http://${gone}/k`, kind: 'presigned' })).toMatchObject({
    outcome: 'not-tested',
    problem: { code: 'unreachable' },
  })
})

test('a refusal that stops in the middle is a refusal all the same', async () => {
  const host = await serve((_, response) => {
    response.writeHead(403, { 'content-length': '5000' })
    response.write('<Error><Code>RequestTimeTooSkewed</Code>')
  })
  const tested = await testLink({ url: `http://${host}/k`, kind: 'presigned' }, { timeoutMs: 1000 })
  expect(tested).toMatchObject({ outcome: 'failed', status: 403, problem: { code: 'clock-skew' } })
})

test('a link without a secure connection does not work', async () => {
  const host = await serve((_, response) => response.end())
  expect(await testLink({ url: `https://${host}/k`, kind: 'presigned' })).toMatchObject({
    outcome: 'failed',
    status: null,
    problem: { code: 'tls' },
  })
})
