import type { Agent as HttpConnections } from 'node:http'
import type { Agent as HttpsConnections } from 'node:https'

/**
 * Node's HTTP. `import … from 'node:http'` reads every export of the module, and one of them loads a client for WebSockets
 * that nobody here uses, which takes longer than all of a short command's own work.
 */
export const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http')

/** See {@link httpRequest}. */
export const { Agent: HttpsAgent, request: httpsRequest } = process.getBuiltinModule('node:https')

/** The connections of what goes one way. */
export interface Agents {
  readonly http: HttpConnections
  readonly https: HttpsConnections
}
