import { z } from 'zod'
import { domainSchema, type PublicDomain } from '../../src-preload/contract/bucket-switch.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { askCloudflare, type ApiRequest } from './cloudflare-api.ts'
import type { CloudflareService, R2Account } from './cloudflare-service.ts'

/** Whose bucket it is, and what Cloudflare's API is asked with. */
export interface R2Bucket {
  readonly service: CloudflareService
  readonly account: R2Account
  readonly bucket: string
  readonly token: string
  readonly signal?: AbortSignal
}

/** What of the answers counts; Cloudflare adds members as it likes. */
const managedSchema = z.object({ domain: domainSchema, enabled: z.boolean() })
const customSchema = z.object({
  domains: z.array(z.object({ domain: domainSchema, enabled: z.boolean() })).max(99),
})
const changedSchema = z.object({ enabled: z.boolean().optional() })

/**
 * The addresses of a bucket: the one at r2.dev, whether it is on or not, and its custom domains (Cloudflare API, R2 Bucket
 * Domains). Throws as {@link askCloudflare} does.
 */
export async function readR2Domains(place: R2Bucket): Promise<PublicDomain[]> {
  const [managed, custom] = await Promise.all([
    ask(place, managedSchema, { method: 'GET', path: 'managed' }),
    ask(place, customSchema, { method: 'GET', path: 'custom' }),
  ])
  const told = (kind: PublicDomain['kind'], { domain, enabled }: { domain: string; enabled: boolean }) => ({
    kind,
    domain,
    enabled,
    baseUrl: place.service.baseUrlOf(domain),
  })
  return [told('managed', managed), ...custom.domains.map((each) => told('custom', each))]
}

/** Switches one of them on or off. Throws as {@link askCloudflare} does; whether it was done, only a reading tells. */
export async function setR2Domain(
  place: R2Bucket,
  { kind, domain }: Pick<PublicDomain, 'kind' | 'domain'>,
  enabled: boolean,
): Promise<void> {
  const path = kind === 'managed' ? 'managed' : `custom/${encodeURIComponent(domain)}`
  await ask(place, changedSchema, { method: 'PUT', path, body: { enabled } })
}

async function ask<T>(
  { service, account, bucket, token, signal }: R2Bucket,
  schema: z.ZodType<T>,
  request: Pick<ApiRequest, 'method' | 'path' | 'body'>,
): Promise<T> {
  const result = await askCloudflare(service, {
    ...request,
    path: `/accounts/${encodeURIComponent(account.id)}/r2/buckets/${encodeURIComponent(bucket)}/domains/${request.path}`,
    jurisdiction: account.jurisdiction,
    token,
    ...(signal ? { signal } : {}),
  })
  const parsed = schema.safeParse(result)
  if (parsed.success) return parsed.data
  throw failure('integrity', 'Cloudflare’s API answered something that Pail does not understand.')
}
