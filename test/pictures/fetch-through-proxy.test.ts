import type { LookupFunction } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { fetchPicture } from '../../src-main/pictures/fetch-picture.ts'
import type { FindProxy } from '../../src-main/s3/find-proxy.ts'
import { type ConnectProxy, startConnectProxy } from '../s3/connect-proxy.ts'

let proxy: ConnectProxy
beforeAll(async () => {
  proxy = await startConnectProxy()
})
afterEach(() => {
  proxy.requests.length = 0
})
afterAll(() => proxy.close())

const findProxy: FindProxy = () => ({ origin: proxy.origin, authorization: null, saidBy: 'system' })

const resolving = (addresses: Readonly<Record<string, string>>): LookupFunction => {
  return (hostname, options, callback) => {
    const address = addresses[hostname]
    if (address === undefined) callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), [])
    else if (options.all === true) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }
}

const lookup = resolving({ 'public.example': '93.184.215.14', 'inside.example': '10.0.0.7' })

it('S29 a proxy is told the address that was judged here, and no name', async () => {
  proxy.faults.answers = { status: 503 }
  await expect(
    fetchPicture('https://public.example:8443/team.png', { findProxy, lookup }),
  ).rejects.toMatchObject({
    error: { code: 'picture-not-fetched', message: expect.stringContaining(proxy.origin), retryable: true },
  })
  delete proxy.faults.answers
  expect(proxy.requests.map(({ target }) => target)).toEqual(['93.184.215.14:8443'])
})

it.each([
  ['https://inside.example/team.png', /private network/],
  ['https://10.0.0.7/team.png', /private network/],
  ['https://only-the-proxy-knows.example/team.png', /cannot be looked up/],
  ['http://public.example/team.png', /has no https/],
])('S29 %s is not asked for', async (address, message) => {
  await expect(fetchPicture(address, { findProxy, lookup })).rejects.toMatchObject({
    error: { code: 'picture-not-fetched', message: expect.stringMatching(message) },
  })
  expect(proxy.requests).toEqual([])
})
