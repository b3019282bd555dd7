import type { LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type FindProxy, type HttpProxy, proxyTo } from './find-proxy.ts'
import { type Agents, createHttpAgent, createHttpsAgent } from './node-http.ts'
import { type Connections, createConnections } from './wire/connections.ts'

/** The ways to hosts: straight there, or through a proxy. */
export interface SessionAgents {
  /** Straight there. */
  readonly direct: Agents
  /** At once where no proxy has to be looked for. Rejects with the Failures of {@link FindProxy}. */
  to(url: Readonly<URL>): Agents | Promise<Agents>
  /** Closes all connections. */
  destroy(): void
}

/** What connections are made with. */
export interface AgentParts {
  /** Judges the addresses that are connected to without a proxy; without it each request brings its own. */
  readonly lookup?: LookupFunction
  /** In place of the system's resolver, for proxies, too. */
  readonly systemLookup?: LookupFunction | undefined
  readonly findProxy?: FindProxy | undefined
  readonly keepAlive: boolean
  /** Unused connections are closed after this many milliseconds. */
  readonly idleMs?: number
  readonly mostSockets?: number
  /** Whom to trust. */
  readonly secureContext?: SecureContext | undefined
}

/** Makes the ways. What knows proxies is loaded when there is one. */
export function createSessionAgents(parts: AgentParts): SessionAgents {
  const { findProxy, secureContext } = parts
  const common = {
    keepAlive: parts.keepAlive,
    ...(parts.idleMs === undefined ? {} : { timeout: parts.idleMs }),
    ...(parts.mostSockets === undefined ? {} : { maxSockets: parts.mostSockets }),
  }
  const trust = secureContext === undefined ? {} : { secureContext }
  const judged = parts.lookup === undefined ? {} : { lookup: parts.lookup }
  let plain: Agents['http'] | undefined
  let overTls: Agents['https'] | undefined
  const { idleMs } = parts
  const connections: Connections | undefined =
    parts.keepAlive && idleMs !== undefined ? createConnections({ ...judged, ...trust, idleMs }) : undefined
  const direct: Agents = {
    get http() {
      return (plain ??= createHttpAgent({ ...common, ...judged }))
    },
    get https() {
      return (overTls ??= createHttpsAgent({ ...common, ...judged, ...trust }))
    },
    ...(connections === undefined ? {} : { connections }),
  }
  const through = new Map<string, Agents | Promise<Agents>>()

  function agentsFor(proxy: HttpProxy | null): Agents | Promise<Agents> {
    if (proxy === null) return direct
    const name = JSON.stringify([proxy.origin, proxy.authorization])
    const known = through.get(name)
    if (known !== undefined) return known
    const made = import('./proxy-agents.ts').then(({ createProxyAgents }) => {
      const agents = createProxyAgents(proxy, { ...common, ...trust }, parts.systemLookup)
      through.set(name, agents)
      return agents
    })
    through.set(name, made)
    return made
  }

  return {
    direct,
    to(url) {
      const found = proxyTo(findProxy, url)
      return found instanceof Promise ? found.then(agentsFor) : agentsFor(found)
    },
    destroy() {
      connections?.destroy()
      plain?.destroy()
      overTls?.destroy()
      for (const agents of through.values()) {
        if (agents instanceof Promise) void agents.then(closeBoth, () => undefined)
        else closeBoth(agents)
      }
    },
  }
}

function closeBoth({ http, https }: Agents): void {
  http.destroy()
  https.destroy()
}
