import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http'
import type { AgentOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { type HttpProxy, proxyHeader } from './find-proxy.ts'
import type { Agents } from './node-http.ts'
import { connectToProxy, openTunnel, type ProxyConnection } from './proxy-tunnel.ts'

type Callback = (error: Error | null, socket: Duplex) => void

const HttpAgent = process.getBuiltinModule('node:http').Agent

/** What Node's agents are given for a request, and what has no type. */
interface Requesting {
  addRequest(request: ClientRequest, options: ClientRequestArgs): void
}
type Rewritten = ClientRequest & {
  path: string
  outputData: unknown[]
  outputSize: number
  _header: string | null
  _headerSent: boolean
  _implicitHeader(): void
}

/**
 * Connections through a proxy: tunnels (CONNECT) for https, in which TLS is between here and the service, and requests in
 * absolute form for http (RFC 9110, 9.3.6; RFC 9112, 3.2.2). What the proxy is told, its password above all, is in no
 * tunnel. Whom `options` trust, is trusted of an https proxy as well.
 */
export function createProxyAgents(proxy: HttpProxy, options: AgentOptions, lookup?: LookupFunction): Agents {
  const way: ProxyConnection = { proxy, secureContext: options.secureContext, lookup }
  return { http: new ForwardingAgent(way, options), https: new TunnelAgent(way, options) }
}

class TunnelAgent extends process.getBuiltinModule('node:https').Agent {
  readonly #way: ProxyConnection
  readonly #stop = new AbortController()

  constructor(way: ProxyConnection, options: AgentOptions) {
    super(options)
    this.#way = way
  }

  override createConnection(options: ClientRequestArgs, callback?: Callback): undefined {
    const target = { host: options.host ?? '', port: Number(options.port) }
    openTunnel(this.#way, target, this.#stop.signal)
      .then((socket) => super.createConnection({ ...options, socket } as ClientRequestArgs) as Duplex)
      .then(
        (socket) => callback?.(null, socket),
        (error: Error) => callback?.(error, undefined as never),
      )
    return undefined
  }

  override destroy(): void {
    this.#stop.abort()
    super.destroy()
  }
}

class ForwardingAgent extends HttpAgent {
  readonly #way: ProxyConnection
  readonly #stop = new AbortController()

  constructor(way: ProxyConnection, options: AgentOptions) {
    super(options)
    this.#way = way
  }

  /** Called by Node for each request, before it has a connection; not in its documentation, and as old as the agents. */
  addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    const { proxy } = this.#way
    const rewritten = request as Rewritten
    // The head of a request that expects to be told to go on waits to be sent already, and nothing else does.
    const isWritten = typeof rewritten._header === 'string'
    if (isWritten)
      Object.assign(rewritten, { _header: null, _headerSent: false, outputData: [], outputSize: 0 })
    rewritten.path = `http://${authorityOf(options)}${rewritten.path}`
    if (proxy.authorization !== null) request.setHeader('proxy-authorization', proxy.authorization)
    if (isWritten) rewritten._implicitHeader()
    request.prependOnceListener('response', ({ headers }: IncomingMessage) => {
      headers[proxyHeader] = proxy.origin
    })
    request.prependOnceListener('error', (error) => Object.assign(error, { proxy: proxy.origin }))
    ;(HttpAgent.prototype as unknown as Requesting).addRequest.call(this, request, options)
  }

  override createConnection(_options: ClientRequestArgs, callback?: Callback): undefined {
    connectToProxy(this.#way, this.#stop.signal).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as never),
    )
    return undefined
  }

  override destroy(): void {
    this.#stop.abort()
    super.destroy()
  }
}

function authorityOf({ host, port }: ClientRequestArgs): string {
  const name = host?.includes(':') === true ? `[${host}]` : host
  return Number(port) === 80 ? `${name}` : `${name}:${port}`
}
