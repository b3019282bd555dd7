import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ApiRequest, askCloudflare } from '../../src-main/cloudflare/cloudflare-api.ts'
import { cloudflare, type CloudflareService } from '../../src-main/cloudflare/cloudflare-service.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { startConnectProxy } from '../s3/connect-proxy.ts'
import { type ScriptedServer, type Script, startScriptedServer } from '../s3/scripted-server.ts'

const token = 'canaryCloudflareToken-0123456789_abcdefg'
const request: ApiRequest = { method: 'GET', path: '/x', jurisdiction: null, token }

let server: ScriptedServer
let script: Script
let service: CloudflareService
beforeEach(async () => {
  server = await startScriptedServer((...given) => script(...given))
  service = { ...cloudflare, origin: server.endpoint, pausesMs: [1], timeoutMs: 300 }
})
afterEach(() => server.close())

async function failureOf(work: Promise<unknown>): Promise<Failure['error']> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(thrown instanceof Failure)) throw new Error('It did not fail.', { cause: thrown })
  expect(JSON.stringify([thrown.error, String(thrown.cause)])).not.toContain(token)
  return thrown.error
}

test('no answer is waited for so long, twice, and then told', async () => {
  script = () => undefined
  expect(await failureOf(askCloudflare(service, request))).toMatchObject({ code: 'timeout', retryable: true })
  expect(server.requests).toHaveLength(2)
})

test('an answer that is cut off is none', async () => {
  script = (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"success":true,')
    setTimeout(() => response.destroy(), 10)
  }
  expect(await failureOf(askCloudflare(service, request))).toMatchObject({ code: 'unreachable' })
})

test('a server that is not there is told as such', async () => {
  await server.close()
  expect(await failureOf(askCloudflare(service, request))).toMatchObject({ code: 'unreachable' })
  server = await startScriptedServer(() => undefined)
})

test('it can be cancelled, while it is sent and while it waits', async () => {
  const stop = new AbortController()
  script = () => stop.abort()
  const asked = askCloudflare(service, { ...request, signal: stop.signal })
  expect(await failureOf(asked)).toMatchObject({ code: 'cancelled' })
  const later = new AbortController()
  script = (_, response) => {
    response.writeHead(503).end()
    setTimeout(() => later.abort(), 20)
  }
  const waiting = askCloudflare({ ...service, pausesMs: [60_000] }, { ...request, signal: later.signal })
  expect(await failureOf(waiting)).toMatchObject({ code: 'cancelled' })
})

test('it goes through the proxy of the profile', async () => {
  const proxy = await startConnectProxy()
  script = (_, response) => response.writeHead(200).end('{"success":true,"result":{"a":1}}')
  const { port } = new URL(server.endpoint)
  try {
    const asked = askCloudflare(
      {
        ...service,
        origin: `http://api.cloudflare.example:${port}`,
        findProxy: () => ({ origin: proxy.origin, authorization: null, saidBy: 'profile' }),
      },
      request,
    )
    expect(await asked).toEqual({ a: 1 })
    expect(proxy.requests.map(({ target }) => target)).toEqual([
      `http://api.cloudflare.example:${port}/client/v4/x`,
    ])
  } finally {
    await proxy.close()
  }
})
