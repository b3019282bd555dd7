import { failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { AccessFacts } from '../visibility/access-facts.ts'
import type { Sessions } from './sessions.ts'

/** How long what was read of a bucket holds for the files of one upload, in milliseconds. */
const holdsMs = 15_000
/** How long it holds that a key is not open, in milliseconds: somebody who is told so opens it, and tries again. */
const closedHoldsMs = 1000

/** Tells whether the bucket's policy lets everybody read a key, or a CDN that passes it on. Rejects when it cannot be read. */
export type PolicyReader = (bucket: string, key: string) => Promise<boolean>

/**
 * The policy readers of profiles, always the same one for a profile: sessions with another are not the same. `sessions`
 * and `providerOf` are asked when something is read.
 */
export function createPolicyReaders(
  sessions: () => Sessions,
  providerOf: (profileId: string) => ProviderId,
  now: () => number = Date.now,
): (profileId: string) => PolicyReader {
  const readers = new Map<string, PolicyReader>()

  function createReader(profileId: string): PolicyReader {
    const known = new Map<string, { readonly at: number; readonly facts: Promise<AccessFacts> }>()
    const factsOf = async (bucket: string): Promise<AccessFacts> => {
      const { readAccessFacts } = await import('../visibility/access-report.ts')
      return readAccessFacts(await sessions().open(profileId), { bucket, provider: providerOf(profileId) })
    }
    return async (bucket, key) => {
      const { isOpenByPolicy, isReadByCloudFront } = await import('../visibility/plan-visibility.ts')
      for (;;) {
        const before = known.get(bucket)
        const isNew = before === undefined || now() - before.at > holdsMs
        const found = isNew ? { at: now(), facts: factsOf(bucket) } : before
        known.set(bucket, found)
        const facts = await found.facts
        if (isOpenByPolicy(facts, key) || isReadByCloudFront(facts)) return true
        if (isNew || now() - found.at <= closedHoldsMs) {
          const { policy } = facts
          if (policy.state === 'unknown') throw failure(policy.code, policy.message)
          return false
        }
        if (known.get(bucket) === found) known.delete(bucket)
      }
    }
  }

  return (profileId) => {
    const reader = readers.get(profileId) ?? createReader(profileId)
    readers.set(profileId, reader)
    return reader
  }
}
