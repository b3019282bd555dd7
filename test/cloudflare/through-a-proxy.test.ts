import { afterAll, beforeAll, expect, it } from 'vitest'
import { askCloudflare } from '../../src-main/cloudflare/cloudflare-api.ts'
import { cloudflare } from '../../src-main/cloudflare/cloudflare-service.ts'
import type { FindProxy } from '../../src-main/s3/find-proxy.ts'
import { type ConnectProxy, startConnectProxy } from '../s3/connect-proxy.ts'
import { type ScriptedServer, startScriptedServer } from '../s3/scripted-server.ts'

let proxy: ConnectProxy
let server: ScriptedServer
beforeAll(async () => {
  proxy = await startConnectProxy()
  server = await startScriptedServer((_, response) =>
    response.end(JSON.stringify({ success: true, result: { domains: [] } })),
  )
})
afterAll(async () => {
  await proxy.close()
  await server.close()
})

const findProxy: FindProxy = () => ({ origin: proxy.origin, authorization: null, saidBy: 'profile' })
const request = { method: 'GET', path: '/accounts/1', jurisdiction: null, token: 'canaryToken' } as const

it('the API is reached through the proxy of the profile, and its failure names the proxy', async () => {
  const origin = `http://api.proxied.test:${server.port}`
  const service = { ...cloudflare, origin, findProxy, pausesMs: [] }
  expect(await askCloudflare(service, request)).toEqual({ domains: [] })
  expect(proxy.requests.map(({ target }) => target)).toEqual([`${origin}/client/v4/accounts/1`])
  const secure = { ...service, origin: `https://api.proxied.test:${server.port}` }
  proxy.faults.answers = { status: 407 }
  await expect(askCloudflare(secure, request)).rejects.toMatchObject({
    error: { code: 'proxy', message: expect.stringContaining(proxy.origin) },
  })
})
