import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Agents } from './node-http.ts'
import type { SessionAgents } from './session-agents.ts'

/** How long to wait, in milliseconds: for a connection, and for the next byte on one. */
export interface SessionTimeouts {
  readonly connectionMs: number
  readonly socketMs: number
  /** The same while a body is sent; `socketMs` unless given. */
  readonly uploadMs?: number
  /** The same while the service copies an object; `socketMs` unless given. */
  readonly copyMs?: number
}

/** The SDK logs to the console where it finds no logger; what it would print can hold a request. */
export const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** How long a proxy may take to connect and to answer, in milliseconds; then it has said itself what is the matter. */
const throughProxyMs = 20_000

/**
 * What sends the SDK's requests: straight there or through a proxy, as `agents` say, and with a patience that depends on
 * the request.
 */
export async function createSdkHandler(
  agents: SessionAgents,
  timeouts: SessionTimeouts,
): Promise<NodeHttpHandler> {
  const { NodeHttpHandler: Handler } = await import('@smithy/node-http-handler')
  const made = new Map<Agents, NodeHttpHandler>()

  function handlerOf(way: Agents): NodeHttpHandler {
    const known = made.get(way)
    if (known !== undefined) return known
    const handler = patientHandler(
      (socketTimeout) =>
        new Handler({
          connectionTimeout: way === agents.direct ? timeouts.connectionMs : throughProxyMs,
          socketTimeout,
          httpAgent: way.http,
          httpsAgent: way.https,
          logger: silentLogger,
        }),
      timeouts,
    )
    made.set(way, handler)
    return handler
  }

  const direct = handlerOf(agents.direct)
  const sendDirectly = direct.handle.bind(direct)
  direct.handle = async (request, options) => {
    const { protocol, hostname, port } = request
    const way = await agents.to(new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`))
    return way === agents.direct ? sendDirectly(request, options) : handlerOf(way).handle(request, options)
  }
  return direct
}

/** One handler whose patience depends on the request; all its connections are those of the same agents. */
function patientHandler(
  make: (socketMs: number) => NodeHttpHandler,
  { socketMs, uploadMs = socketMs, copyMs = socketMs }: SessionTimeouts,
): NodeHttpHandler {
  const handler = make(socketMs)
  const quick = handler.handle.bind(handler)
  const uploads = make(uploadMs)
  const copies = make(copyMs)
  handler.handle = (request, options) => {
    if (request.headers['x-amz-copy-source'] !== undefined) return copies.handle(request, options)
    return request.body === undefined ? quick(request, options) : uploads.handle(request, options)
  }
  return handler
}
