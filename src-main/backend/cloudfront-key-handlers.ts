import { Failure } from '../../src-preload/contract/failure.ts'
import { signCloudFrontUrl } from '../cdn/sign-url.ts'
import type { CloudFrontSigner } from '../links/create-link.ts'
import type { CloudFrontKeys } from '../profiles/cloudfront-keys.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { HandlersOf } from './call.ts'

/** The private keys of CloudFront's key pairs: kept, used, and removed when no destination has the pair any more. */
export function cloudFrontKeyHandlers(
  keys: CloudFrontKeys,
  settings: SettingsFile,
): HandlersOf<'setCloudFrontKey' | 'getCloudFrontKey'> & {
  /** Signs with a key pair; null for none. The key is looked for when something is signed. */
  signerFor(keyPairId: string | null): CloudFrontSigner | null
  /** Does what may take destinations away, and then removes the keys that nothing needs any more. */
  removingUnused<T>(work: () => Promise<T>): Promise<T>
  /** Removes keys that could not be removed before, as with a locked keychain; those it cannot remove now stay noted. */
  sweep(): Promise<void>
} {
  const used = () => new Set(settings.current().destinations.map(({ keyPairId }) => keyPairId ?? null))

  async function sweep(): Promise<void> {
    const inUse = used()
    const { unusedKeyPairs = [] } = settings.current()
    const done = new Set<string>()
    for (const keyPairId of unusedKeyPairs) {
      try {
        if (!inUse.has(keyPairId)) await keys.forget(keyPairId)
        done.add(keyPairId)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
      }
    }
    if (done.size > 0)
      await settings.update((now) => ({
        ...now,
        unusedKeyPairs: (now.unusedKeyPairs ?? []).filter((id) => !done.has(id)),
      }))
  }

  return {
    async setCloudFrontKey({ keyPairId, privateKey, keepForSession }) {
      await keys.set(keyPairId, privateKey, keepForSession)
      return { state: await keys.state(keyPairId) }
    },
    getCloudFrontKey: async ({ keyPairId }) => ({ state: await keys.state(keyPairId) }),
    signerFor: (keyPairId) =>
      keyPairId === null
        ? null
        : {
            keyPairId,
            sign: async (url, endsAtMs) =>
              signCloudFrontUrl({ url, endsAtMs, keyPairId, privateKey: await keys.resolve(keyPairId) }),
          },
    async removingUnused(work) {
      const before = used()
      const result = await work()
      const after = used()
      const gone = [...before].filter((id): id is string => id !== null && !after.has(id))
      if (gone.length === 0) return result
      await settings.update((now) => ({
        ...now,
        unusedKeyPairs: [...new Set([...(now.unusedKeyPairs ?? []), ...gone])].slice(-200),
      }))
      await sweep()
      return result
    },
    sweep,
  }
}
