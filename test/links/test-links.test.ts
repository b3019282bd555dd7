import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, expect, test } from 'vitest'
import { testLinks, toldTests } from '../../src-main/links/test-links.ts'
import type { TriedLink } from '../../src-main/links/tried-link.ts'
import { testSession } from '../s3/scripted-server.ts'
import { triedAt } from './tried-at.ts'

const session = testSession('http://127.0.0.1:1')
afterAll(() => session.destroy())
/** What S3 says of itself. */
const ofS3 = { 'x-amz-request-id': '1' }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<(key: string) => TriedLink> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return (key) => triedAt(`http://127.0.0.1:${port}/b/${key}`, 'presigned')
}

const keys = Array.from({ length: 300 }, (_, index) => `${index}`)

test('every one of the links is tried, 16 at a time, and told in their order', async () => {
  const asked: string[] = []
  let now = 0
  let most = 0
  const link = await serve((request, response) => {
    asked.push(request.url!.slice('/b/'.length))
    most = Math.max(most, ++now)
    setTimeout(() => {
      now--
      const isGone = request.url!.endsWith('77')
      response.writeHead(isGone ? 404 : request.url!.endsWith('/5') ? 503 : 206, ofS3).end(isGone ? '' : 'x')
    }, 2)
  })
  let tested = 0
  const tests = await testLinks(session, keys.map(link), { onTested: () => tested++ })
  expect(asked.toSorted()).toEqual(keys.toSorted())
  expect([tests.length, tested]).toEqual([300, 300])
  expect(most).toBeLessThanOrEqual(16)
  expect(most).toBeGreaterThan(4)
  const told = toldTests(tests, (index) => keys[index]!)
  expect(told).toEqual({
    dead: ['77', '177', '277'].map((key) => ({
      key,
      code: 'no-such-key',
      message: 'The object does not exist (any more).',
    })),
    untested: { links: 1, reason: 'The service is out of order for the moment (503).' },
  })
})

test('where nothing answers, the rest are not waited for, and told not to have been tried', async () => {
  let asked = 0
  const link = await serve((request) => {
    asked++
    request.socket.destroy()
  })
  const tests = await testLinks(session, keys.map(link))
  expect(tests.map(({ outcome }) => outcome)).toEqual(keys.map(() => 'not-tested'))
  // Those that were under way when the last of sixteen fell silent, and each once more on a connection of its own.
  expect(asked).toBeLessThan(70)
  expect(toldTests(tests, String).untested).toEqual({
    links: 300,
    reason: 'The service cannot be reached from here.',
  })
})

test('an end that is asked for ends it', async () => {
  const stop = new AbortController()
  let asked = 0
  const link = await serve((_, response) => {
    if (++asked === 20) stop.abort()
    response.writeHead(206, ofS3).end('x')
  })
  await expect(testLinks(session, keys.map(link), { signal: stop.signal })).rejects.toMatchObject({
    error: { code: 'cancelled' },
  })
  expect(asked).toBeLessThan(60)
})
