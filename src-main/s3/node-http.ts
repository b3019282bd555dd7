import type {
  Agent as HttpConnections,
  AgentOptions as HttpOptions,
  request as requestInTheClear,
} from 'node:http'
import type { Agent as HttpsConnections, AgentOptions, request as requestOverTls } from 'node:https'
import type { Connections } from './wire/connections.ts'

/**
 * Node's HTTP, which is loaded when something is first sent by it: what Pail asks most goes without it. `import … from
 * 'node:http'` would read every export of the module, too, and one of them loads a client for WebSockets that nobody
 * here uses.
 */
export const httpRequest: typeof requestInTheClear = (...args: unknown[]) =>
  Reflect.apply(process.getBuiltinModule('node:http').request, null, args)

/** As of `node:https`, which is loaded when something is first sent so: TLS is as much as all of Node's HTTP. */
export const httpsRequest: typeof requestOverTls = (...args: unknown[]) =>
  Reflect.apply(process.getBuiltinModule('node:https').request, null, args)

/** Makes connections in the clear. See {@link httpRequest}. */
export function createHttpAgent(options: HttpOptions): HttpConnections {
  return new (process.getBuiltinModule('node:http').Agent)(options)
}

/** Makes connections over TLS. See {@link httpsRequest}. */
export function createHttpsAgent(options: AgentOptions): HttpsConnections {
  return new (process.getBuiltinModule('node:https').Agent)(options)
}

/** The connections of what goes one way. */
export interface Agents {
  readonly http: HttpConnections
  readonly https: HttpsConnections
  /** For whoever does without Node's HTTP; not through proxies. */
  readonly connections?: Connections
}
