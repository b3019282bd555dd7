import type { LookupFunction } from 'node:net'
import type { FindProxy } from '../s3/find-proxy.ts'

/** Where Cloudflare is. The product has one value of it, {@link cloudflare}: no setting and no variable changes it. */
export interface CloudflareService {
  /** Scheme and host of the API. */
  readonly origin: string
  /** Whose buckets an endpoint of R2 has; null for other endpoints. */
  accountOf(endpoint: string): R2Account | null
  /** What stands before a key at an address of a bucket. */
  baseUrlOf(domain: string): string
  /** Pauses before a request that was not answered is sent again, in milliseconds. */
  readonly pausesMs: readonly number[]
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number
  readonly lookup?: LookupFunction
  /** Which proxy it is reached through: that of the profile. */
  readonly findProxy?: FindProxy | undefined
}

/** An account of Cloudflare, and where in it the data stay. */
export interface R2Account {
  readonly id: string
  readonly jurisdiction: 'eu' | 'fedramp' | null
}

/** Cloudflare itself. The account is in the host's name: `<account>[.<jurisdiction>].r2.cloudflarestorage.com`. */
export const cloudflare: CloudflareService = {
  origin: 'https://api.cloudflare.com',
  accountOf(endpoint) {
    const [, id, jurisdiction] =
      /^https:\/\/([0-9a-f]{32})(?:\.(eu|fedramp))?\.r2\.cloudflarestorage\.com\/?$/i.exec(endpoint) ?? []
    if (id === undefined) return null
    const where = jurisdiction?.toLowerCase()
    return { id: id.toLowerCase(), jurisdiction: where === 'eu' || where === 'fedramp' ? where : null }
  },
  baseUrlOf: (domain) => `https://${domain}`,
  pausesMs: [500, 1500],
  timeoutMs: 10_000,
}
