import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { guardedLookup } from './address-policy.ts'
import type { FindProxy } from './find-proxy.ts'
import type { Agents } from './node-http.ts'
import { createSessionAgents, type SessionAgents } from './session-agents.ts'

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

/**
 * The same for a client of another service of AWS, which asks for one thing and is gone. An `endpoint` in plain http is
 * taken on this computer only: it is for tests (S28, S29).
 */
export function createBriefSdkHandler(
  endpoint: string | undefined,
  findProxy: FindProxy | undefined,
): Promise<NodeHttpHandler> {
  const lookup = guardedLookup({ loopbackOnly: endpoint?.startsWith('http:') ?? false })
  return createSdkHandler(createSessionAgents({ keepAlive: false, lookup, findProxy }), {
    connectionMs: 5000,
    socketMs: 20_000,
  })
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
