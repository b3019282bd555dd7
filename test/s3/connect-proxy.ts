import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as sendOn } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a proxy was asked for: the host and port of a tunnel, or a whole URL. */
export interface ProxiedRequest {
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

/** What a proxy does wrong. */
export interface ProxyFaults {
  /** `user:password` that it wants. */
  wants?: string
  /** What it answers in place of going on. */
  answers?: { readonly status: number; readonly headers?: Record<string, string> }
  /** It says this, which is no HTTP, or with null nothing at all. */
  says?: string | null
  /** So many tunnels are reset when so many bytes have gone up in them. */
  cuts?: { times: number; readonly afterBytes: number }
}

/** A forward proxy on loopback that knows one host by every name. */
export interface ConnectProxy {
  readonly origin: string
  readonly requests: ProxiedRequest[]
  /** Everything that was sent into tunnels, as it went over the wire. */
  readonly inTunnels: Buffer[]
  readonly faults: ProxyFaults
  /** Tunnels that are open now. */
  readonly tunnels: () => number
  close(): Promise<void>
}

/** Starts one. Whatever name it is asked for, it connects to the port on this computer; with `tls` it is an https proxy. */
export async function startConnectProxy(tls?: { key: string; cert: string }): Promise<ConnectProxy> {
  const requests: ProxiedRequest[] = []
  const inTunnels: Buffer[] = []
  const faults: ProxyFaults = {}
  const sockets = new Set<Duplex>()
  let open = 0

  const kept = <T extends Duplex>(socket: T): T => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  /** The status to refuse with; null when it may go on. */
  function judge({ method = '', url = '', headers }: IncomingMessage) {
    requests.push({ method, target: url, headers })
    if (faults.answers !== undefined) return faults.answers
    const { wants } = faults
    const isLetIn =
      wants === undefined ||
      headers['proxy-authorization'] === `Basic ${Buffer.from(wants).toString('base64')}`
    return isLetIn ? null : { status: 407, headers: { 'proxy-authenticate': 'Basic realm="office"' } }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const refused = judge(request)
    if (refused !== null) {
      response.writeHead(refused.status, refused.headers ?? {}).end('<html>No.</html>')
      return
    }
    const { method = '', url = '', headers } = request
    const { port, pathname } = new URL(url)
    const { 'proxy-authorization': _, ...rest } = headers
    const path = url.slice(url.indexOf('/', 'http://'.length))
    const onward = sendOn(
      { host: '127.0.0.1', port: port || 80, method, path: path || pathname, headers: rest, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.on('checkContinue', (request, response) => {
    response.writeContinue()
    listener(request, response)
  })
  server.on('connection', (socket: Socket) => {
    kept(socket)
    if (faults.says === undefined) return
    socket.removeAllListeners('data')
    if (faults.says !== null) socket.end(faults.says)
  })
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    if (faults.says === null) return
    const refused = judge(request)
    kept(client)
    if (refused !== null) {
      const lines = Object.entries(refused.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
      client.end(`HTTP/1.1 ${refused.status} No\r\n${lines.join('')}content-length: 3\r\n\r\nNo.`)
      return
    }
    const port = Number(request.url?.split(':').at(-1))
    const service = kept(
      connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        open++
        service.on('close', () => open--)
        let sent = 0
        client.on('data', (bytes: Buffer) => {
          inTunnels.push(bytes)
          sent += bytes.byteLength
          const { cuts } = faults
          if (cuts !== undefined && cuts.times > 0 && sent > cuts.afterBytes) {
            cuts.times--
            client.destroy()
            service.destroy()
          } else service.write(bytes)
        })
        service.pipe(client)
      }),
    )
    client.on('close', () => service.destroy())
    service.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    inTunnels,
    faults,
    tunnels: () => open,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
