import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { listObjectsPage } from '../../../src-main/s3/list-objects.ts'
import { putObjectBytes } from '../../../src-main/s3/put-object.ts'
import { sendXml } from '../scripted-server.ts'
import { open, serve, transports } from './both-transports.ts'

const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'] as const
const before = new Map(variables.map((name) => [name, process.env[name]]))
let proxy: Server | null = null
afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  proxy?.close()
})

it.each(transports)(
  'S27 a proxy that the environment names sees nothing of what goes over %s: the SDK asks none either',
  async (transport) => {
    const seen: string[] = []
    proxy = createServer((request, response) => {
      seen.push(request.url ?? '')
      response.end()
    }).on('connect', (request, socket) => {
      seen.push(request.url ?? '')
      socket.destroy()
    })
    await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    for (const name of variables) {
      process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : address
      if (name !== 'NODE_USE_ENV_PROXY') process.env[name.toLowerCase()] = address
    }
    try {
      const server = await serve((request, response) => {
        if (request.method === 'PUT') response.writeHead(200, { etag: '"x"' }).end()
        else sendXml(response, '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>')
      })
      // Made while they are set, as a session is.
      const session = open(server.endpoint, { transport })
      await listObjectsPage(session, { bucket: 'b', prefix: '' })
      await putObjectBytes(session, { bucket: 'b', key: 'k', headers: {} }, Buffer.from('hello'))
      expect(server.requests.length).toBeGreaterThanOrEqual(2)
      const secure = open('https://s3.proxied.invalid', { transport, retries: { maxAttempts: 1 } })
      await expect(listObjectsPage(secure, { bucket: 'b', prefix: '' })).rejects.toMatchObject({
        error: { code: 'dns' },
      })
      expect(seen).toEqual([])
    } finally {
      for (const name of variables) delete process.env[name.toLowerCase()]
    }
  },
)
