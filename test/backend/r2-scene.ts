import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { BucketAccess } from '../../src-preload/contract/bucket-access.ts'
import type { MediaDestinationInput } from '../../src-preload/contract/destination.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { type CloudflareDouble, startCloudflare, token } from './cloudflare-double.ts'
import { type ProviderDouble, r2, startProvider } from './provider-double.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

/** The bucket of the scene. */
export const bucket = 'website'
/** A domain of its owner's that may lead to it. */
export const custom = 'media.example.org'

/**
 * R2 and Cloudflare's API for all tests of a file, with three objects in a bucket that nobody can read; each test has a backend
 * of its own, with a profile whose keys are in the keychain, and no token.
 */
export function useR2Scene() {
  let provider: ProviderDouble
  let cloudflare: CloudflareDouble
  let backend: RunningBackend
  let profileId: string

  const keys = () => ({
    endpoint: provider.server.endpoint,
    accessKeyId: 'AKIAEXAMPLE000000001',
    secretAccessKey: 'secret',
  })

  beforeAll(async () => {
    provider = await startProvider(bucket, r2)
    cloudflare = await startCloudflare(bucket, provider.objects)
  })
  afterAll(async () => {
    await cloudflare.close()
    await provider.server.close()
  })
  beforeEach(async () => {
    cloudflare.intercept = null
    cloudflare.domains.splice(1)
    cloudflare.domains[0]!.enabled = false
    cloudflare.api.requests.length = 0
    const objects = provider.objects as Map<string, { body: string; type: string; isPublic: boolean }>
    objects.clear()
    for (const key of ['a.png', 'b.png', 'in/c.png'])
      objects.set(key, { body: key, type: 'image/png', isPublic: false })
    backend = await runBackend({ clipboard: null, cloudflare: cloudflare.service })
    profileId = await saveProfile(
      backend.api,
      keys(),
      { provider: 'r2', region: 'auto', bucketNames: [bucket] },
      false,
    )
  })
  afterEach(() => backend.close())

  const enter = (given: string | null = token) =>
    backend.api.setCloudflareToken({ profileId, token: given, keepForSession: false })
  const planFor = (visibility: WantedVisibility, customDomains: string[] = []) =>
    value(
      backend.api.planVisibility({
        profileId,
        bucket,
        keys: ['a.png'],
        prefixes: [],
        visibility,
        customDomains,
      }),
    )
  async function toggle(visibility: WantedVisibility, customDomains: string[] = []) {
    const { planId, objects } = await planFor(visibility, customDomains)
    return backend.api.applyVisibility({ planId, confirmedObjects: objects })
  }
  const access = (): Promise<BucketAccess> => value(backend.api.getBucketAccess({ profileId, bucket }))
  const changes = () => value(backend.api.listVisibilityChanges({ profileId, bucket }))
  const check = () => value(backend.api.checkVisibility({ profileId, bucket, key: 'a.png' }))
  /** What somebody without keys gets at an address of the bucket: the test's own request. */
  const bare = async (domain: string) => (await fetch(`${cloudflare.site.endpoint}/${domain}/a.png`)).status
  const changing = () => cloudflare.api.requests.filter(({ method }) => method === 'PUT')
  const addCustom = (enabled = true) => cloudflare.domains.push({ kind: 'custom', domain: custom, enabled })
  const destination = (more: Partial<MediaDestinationInput>): MediaDestinationInput => ({
    profileId,
    name: 'Media',
    kind: 'media',
    bucket,
    prefix: '',
    visibility: 'public',
    cacheControl: null,
    onConflict: 'overwrite',
    baseUrl: null,
    linkExpirySeconds: 3600,
    ...more,
  })

  return {
    get provider() {
      return provider
    },
    get cloudflare() {
      return cloudflare
    },
    get backend() {
      return backend
    },
    get profileId() {
      return profileId
    },
    keys,
    enter,
    planFor,
    toggle,
    access,
    changes,
    check,
    bare,
    changing,
    addCustom,
    destination,
  }
}
