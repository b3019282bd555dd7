import type { ServerResponse } from 'node:http'
import type { CloudflareService } from '../../src-main/cloudflare/cloudflare-service.ts'
import { type ScriptedServer, type SeenRequest, startScriptedServer } from '../s3/scripted-server.ts'

/** An address of the bucket, as Cloudflare keeps it. */
export interface DoubledDomain {
  readonly kind: 'managed' | 'custom'
  readonly domain: string
  enabled: boolean
}

/** Cloudflare's API for the addresses of one bucket of R2, and what is at these addresses. */
export interface CloudflareDouble {
  /** For a backend: the account is that of the endpoint, whatever it is. */
  readonly service: CloudflareService
  readonly api: ScriptedServer
  /** The addresses of the bucket: by the request's host, or as the first part of its path. */
  readonly site: ScriptedServer
  readonly domains: DoubledDomain[]
  /** What the API does with a request before it looks at it; true when it has answered. Null does nothing. */
  intercept: ((request: SeenRequest, response: ServerResponse, apply: () => void) => boolean) | null
  close(): Promise<void>
}

export const account = '0123456789abcdef0123456789abcdef'
export const token = 'canaryCloudflareToken-0123456789_abcdefg'
export const managedDomain = 'pub-00000000000000000000000000000001.r2.dev'

/**
 * Starts both. The API takes one token for one account and bucket, and refuses as Cloudflare does (errors 10000, 7003 and
 * 10006); an address that is off answers 401.
 */
export async function startCloudflare(
  bucket: string,
  objects: ReadonlyMap<string, { readonly body: string; readonly type: string }>,
  jurisdiction: 'eu' | null = null,
): Promise<CloudflareDouble> {
  const domains: DoubledDomain[] = [{ kind: 'managed', domain: managedDomain, enabled: false }]
  const state: Pick<CloudflareDouble, 'intercept'> = { intercept: null }

  const send = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ messages: [], ...body }))
  }
  const refuse = (response: ServerResponse, status: number, code: number, message: string) =>
    send(response, status, { success: false, errors: [{ code, message }], result: null })

  const api = await startScriptedServer((request, response) => {
    const apply = () => change(request)
    if (state.intercept?.(request, response, apply) === true) return
    const { headers, method, url } = request
    if (headers.authorization !== `Bearer ${token}`)
      return refuse(response, 403, 10000, 'Authentication error')
    const [, id, name, rest] =
      /^\/client\/v4\/accounts\/([^/]+)\/r2\/buckets\/([^/]+)\/domains\/(.+)$/.exec(url) ?? []
    if (id !== account) return refuse(response, 403, 10000, 'Authentication error')
    if (name !== bucket || (headers['cf-r2-jurisdiction'] ?? null) !== jurisdiction)
      return refuse(response, 404, 10006, 'The specified bucket does not exist.')
    const found = domainOf(rest ?? '')
    if (method === 'PUT') {
      if (found === undefined) return refuse(response, 404, 10007, 'No such domain')
      apply()
      return send(response, 200, { success: true, errors: [], result: { ...shown(found), bucketId: 'b' } })
    }
    if (rest === 'managed' && found !== undefined)
      return send(response, 200, { success: true, errors: [], result: { ...shown(found), bucketId: 'b' } })
    const custom = domains.filter(({ kind }) => kind === 'custom')
    return send(response, 200, {
      success: true,
      errors: [],
      result: {
        domains: custom.map((each) => ({ ...shown(each), status: { ownership: 'active', ssl: 'active' } })),
      },
    })
  })

  const shown = ({ domain, enabled }: DoubledDomain) => ({ domain, enabled })
  const domainOf = (rest: string) =>
    domains.find(({ kind, domain }) =>
      kind === 'managed' ? rest === 'managed' : rest === `custom/${domain}`,
    )
  function change({ method, url, body }: SeenRequest): void {
    const found = domainOf(url.slice(url.indexOf('/domains/') + '/domains/'.length))
    if (method !== 'PUT' || found === undefined) return
    found.enabled = (JSON.parse(body) as { enabled: boolean }).enabled
  }

  const site = await startScriptedServer(({ headers, url, method }, response) => {
    const at = domains.find(({ domain }) => domain === headers.host || url.startsWith(`/${domain}/`))
    const path = at !== undefined && url.startsWith(`/${at.domain}/`) ? url.slice(at.domain.length + 1) : url
    const object = objects.get(decodeURIComponent(path.slice(1)))
    if (at?.enabled !== true) return void response.writeHead(401).end()
    if (object === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': object.type }).end(method === 'HEAD' ? undefined : object.body)
  })

  return Object.assign(state, {
    api,
    site,
    domains,
    service: {
      origin: api.endpoint,
      accountOf: () => ({ id: account, jurisdiction }),
      baseUrlOf: (domain: string) => `${site.endpoint}/${domain}`,
      pausesMs: [1, 1],
      timeoutMs: 2000,
    },
    async close() {
      await api.close()
      await site.close()
    },
  })
}
