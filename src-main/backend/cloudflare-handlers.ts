import type { Reading } from '../../src-preload/contract/bucket-access.ts'
import type { PublicDomain } from '../../src-preload/contract/bucket-switch.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import type { CloudflareService } from '../cloudflare/cloudflare-service.ts'
import type { CloudflareTokens } from '../profiles/cloudflare-tokens.ts'
import type { PublicDomains } from '../s3/s3-session.ts'
import { environmentProfileId } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'

/** How long the addresses of a bucket are taken for what they were, in milliseconds, when an object is asked for. */
const recentMs = 60_000
/** The same of what could not be read: a scan asks for thousands of objects. */
const unreadMs = 10_000

/** The addresses of a bucket, and how long they hold, in milliseconds since 1970. */
interface Remembered {
  until: number
  readonly reading: Promise<Reading<PublicDomain[]>>
}

/** What {@link cloudflareHandlers} is made of. */
interface CloudflareParts {
  readonly tokens: CloudflareTokens
  readonly service: CloudflareService
  /** The endpoint of a profile; throws `not-found` for none. */
  readonly endpointOf: (profileId: string) => string | null
  /** Which proxy a profile's requests go through. */
  readonly findProxyOf: (profileId: string) => FindProxy | undefined
  readonly now?: () => number
}

/**
 * The API tokens of Cloudflare, and with them the addresses of R2's buckets. `domainsOf` is always the same for a profile:
 * sessions with another are not the same.
 */
export function cloudflareHandlers({
  tokens,
  service,
  endpointOf,
  findProxyOf,
  now = Date.now,
}: CloudflareParts): HandlersOf<'setCloudflareToken' | 'getCloudflareToken'> & {
  domainsOf(profileId: string): PublicDomains
} {
  const domains = new Map<string, PublicDomains & { forget(): void }>()

  function createDomains(profileId: string): PublicDomains & { forget(): void } {
    const known = new Map<string, Remembered>()

    /** Who is asked, with what. Throws `no-credentials` without a token. */
    async function placeOf(bucket: string, signal?: AbortSignal) {
      const account = service.accountOf(endpointOf(profileId) ?? '')
      if (account === null)
        throw failure(
          'not-supported',
          'The profile’s endpoint does not name an account, as https://<account>.r2.cloudflarestorage.com does.',
        )
      // The command line's own profile has nothing in the keychain.
      const token = profileId === environmentProfileId ? null : await tokens.find(profileId)
      if (token === null) throw failure('no-credentials', 'The profile has no API token of Cloudflare.')
      return {
        service: { ...service, findProxy: findProxyOf(profileId) },
        account,
        bucket,
        token,
        ...(signal ? { signal } : {}),
      }
    }

    async function read(bucket: string, signal?: AbortSignal): Promise<Reading<PublicDomain[]>> {
      try {
        const place = await placeOf(bucket, signal)
        const { readR2Domains } = await import('../cloudflare/r2-domains.ts')
        return { state: 'read', value: await readR2Domains(place) }
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const { code, message } = error.error
        if (code === 'cancelled' || code === 'bug') throw error
        return { state: 'unknown', code, message }
      }
    }

    // The same bucket's name is another bucket at another account.
    const nameOf = (bucket: string) => `${endpointOf(profileId) ?? ''} ${bucket}`

    function remembered(bucket: string, signal?: AbortSignal): Promise<Reading<PublicDomain[]>> {
      const name = nameOf(bucket)
      const entry: Remembered = { until: now() + recentMs, reading: read(bucket, signal) }
      known.set(name, entry)
      entry.reading.then(
        ({ state }) => {
          if (state !== 'read') entry.until = now() + unreadMs
        },
        () => {
          if (known.get(name) === entry) known.delete(name)
        },
      )
      return entry.reading
    }

    return {
      read: remembered,
      recent(bucket) {
        const before = known.get(nameOf(bucket))
        return before !== undefined && now() < before.until ? before.reading : remembered(bucket)
      },
      async set(bucket, domain, enabled) {
        const place = await placeOf(bucket)
        const { setR2Domain } = await import('../cloudflare/r2-domains.ts')
        try {
          await setR2Domain(place, domain, enabled)
        } finally {
          // Also what was read meanwhile, and whatever came of it.
          known.delete(nameOf(bucket))
        }
      },
      forget: () => known.clear(),
    }
  }

  function domainsOf(profileId: string) {
    const found = domains.get(profileId) ?? createDomains(profileId)
    domains.set(profileId, found)
    return found
  }

  return {
    async setCloudflareToken({ profileId, token, keepForSession }) {
      // A token is kept for a profile that is there.
      endpointOf(profileId)
      await (token === null ? tokens.forget(profileId) : tokens.set(profileId, token, keepForSession))
      domainsOf(profileId).forget()
      return { state: await tokens.state(profileId) }
    },
    getCloudflareToken: async ({ profileId }) => ({ state: await tokens.state(profileId) }),
    domainsOf,
  }
}
