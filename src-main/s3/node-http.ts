import type { Agent as HttpConnections } from 'node:http'
import type { Agent as HttpsConnections, AgentOptions, request as requestOverTls } from 'node:https'

/**
 * Node's HTTP. `import … from 'node:http'` reads every export of the module, and one of them loads a client for WebSockets
 * that nobody here uses, which takes longer than all of a short command's own work.
 */
export const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http')

/** As of `node:https`, which is loaded when something is first sent so: TLS is as much as all of Node's HTTP. */
export const httpsRequest: typeof requestOverTls = (...args: unknown[]) =>
  Reflect.apply(process.getBuiltinModule('node:https').request, null, args)

/** Makes connections over TLS. See {@link httpsRequest}. */
export function createHttpsAgent(options: AgentOptions): HttpsConnections {
  return new (process.getBuiltinModule('node:https').Agent)(options)
}

/** The connections of what goes one way. */
export interface Agents {
  readonly http: HttpConnections
  readonly https: HttpsConnections
}
