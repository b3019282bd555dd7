import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect } from 'vitest'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { type ProviderDouble, type ProviderManners, startProvider } from './provider-double.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

/** The bucket of the scene. */
export const bucket = 'website'

/** A service with manners of its own and a backend at it, both opened by each test and closed behind it. */
export function useProviderScene() {
  let backend: RunningBackend
  let provider: ProviderDouble
  let profileId: string
  let folder: string
  afterEach(async () => {
    await backend.close()
    await provider.server.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(manners: ProviderManners, said: ProviderId): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'pail-providers-'))
    provider = await startProvider(bucket, manners)
    backend = await runBackend({ clipboard: null })
    profileId = await saveProfile(
      backend.api,
      { endpoint: provider.server.endpoint, accessKeyId: 'AKIAEXAMPLE000000001', secretAccessKey: 'secret' },
      { provider: said, bucketNames: [bucket] },
    )
  }

  /** What somebody without keys is answered: the test's own request. */
  const bare = async (key: string) => (await fetch(`${provider.server.endpoint}/${bucket}/${key}`)).status
  /** What Pail says after its own, which has to agree with {@link bare}. */
  async function badge(key: string): Promise<string> {
    const { visibility, status } = await value(backend.api.checkVisibility({ profileId, bucket, key }))
    const own = await bare(key)
    expect([key, status]).toEqual([key, own])
    expect(visibility).toBe(own === 200 ? 'public' : own === 401 || own === 403 ? 'private' : 'unknown')
    return visibility
  }

  async function upload(key: string, visibility: WantedVisibility, sendIfOpen = false) {
    const path = join(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, key)
    const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path }] }))
    const report = backend.uploadReport()
    const prefix = key.includes('/') ? key.slice(0, key.lastIndexOf('/') + 1) : ''
    await value(
      backend.api.startUpload({
        profileId,
        bucket,
        prefix,
        selectionId,
        visibility,
        onConflict: 'overwrite',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        ...(sendIfOpen ? { sendIfOpen } : {}),
      }),
    )
    return report
  }

  const planFor = (visibility: WantedVisibility, key: string) =>
    value(backend.api.planVisibility({ profileId, bucket, keys: [key], prefixes: [], visibility }))
  async function toggle(visibility: WantedVisibility, key: string) {
    const plan = await planFor(visibility, key)
    return {
      plan,
      outcome: await value(
        backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }),
      ),
    }
  }
  const report = () => value(backend.api.getBucketAccess({ profileId, bucket }))

  return {
    get backend() {
      return backend
    },
    get provider() {
      return provider
    },
    get profileId() {
      return profileId
    },
    /** For files of this computer. */
    get folder() {
      return folder
    },
    open,
    bare,
    badge,
    upload,
    planFor,
    toggle,
    report,
  }
}
