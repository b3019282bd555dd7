import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer } from 'node:tls'

/** TLS in front of a server on this computer that speaks http. */
export interface TlsFront {
  readonly port: number
  /** How many connections there have been. */
  readonly connections: () => number
  close(): Promise<void>
}

/** Starts one. */
export async function startTlsFront(target: string, tls: { key: string; cert: string }): Promise<TlsFront> {
  const sockets = new Set<Duplex>()
  let connections = 0
  const server = createServer(tls, (client) => {
    connections++
    const service = connect(Number(new URL(target).port), '127.0.0.1')
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.on('tlsClientError', () => undefined)
  // Those, too, that never got as far as TLS.
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
