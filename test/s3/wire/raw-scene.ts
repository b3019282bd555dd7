import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type Connections, createConnections } from '../../../src-main/s3/wire/connections.ts'
import { readWhole } from '../../../src-main/s3/wire/exchange.ts'
import { quickExchange } from '../../../src-main/s3/wire/quick-exchange.ts'
import type { WireRequest, WireResponse } from '../../../src-main/s3/wire/wire-request.ts'

/** A server that says what a test has it say, byte by byte, and a client of it; anew for each test. */
export interface RawScene {
  /** What is done with a connection, by its number, once a request's head has come. */
  play: (socket: Socket, connection: number, head: string) => void
  /** Those that are open. */
  readonly sockets: ReadonlySet<Socket>
  /** The requests, in the order in which they came. */
  readonly seen: readonly { readonly connection: number; readonly head: string }[]
  /** How many connections were made. */
  readonly count: number
  readonly port: number
  connections: Connections
  /** GET of `/b/k`, unless something else is asked. */
  ask(
    what?: Partial<WireRequest>,
    headers?: Record<string, string>,
    timeouts?: { readonly connectionMs: number; readonly socketMs: number },
  ): Promise<WireResponse>
}

/** Sets the scene for the tests of a file. */
export function rawScene(): RawScene {
  const sockets = new Set<Socket>()
  const seen: { connection: number; head: string }[] = []
  let count = 0
  let port = 0
  const server = createServer((socket) => {
    const connection = count++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        text = text.slice(end + 4 + length)
        seen.push({ connection, head })
        scene.play(socket, connection, head)
      }
    })
  })
  const scene: RawScene = {
    play: () => undefined,
    sockets,
    seen,
    get count() {
      return count
    },
    get port() {
      return port
    },
    connections: createConnections({ idleMs: 5000 }),
    ask(what = {}, headers = {}, timeouts = { connectionMs: 1000, socketMs: 1000 }) {
      const origin = new URL(`http://127.0.0.1:${port}`)
      const plain = {
        method: 'GET',
        origin,
        path: '/b/k',
        query: [],
        region: 'us-east-1',
        headers: {},
      } as const
      const asked: WireRequest = { ...plain, ...what }
      const sent = { host: origin.host, ...headers }
      return quickExchange({ timeouts }, scene.connections, asked, sent, readWhole, () => undefined)
    },
  }
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  beforeEach(() => {
    seen.length = 0
    count = 0
    scene.connections = createConnections({ idleMs: 5000 })
  })
  afterEach(() => {
    scene.connections.destroy()
    for (const socket of sockets) socket.destroy()
  })
  afterAll(() => void server.close())
  return scene
}
