import { failure } from '../../src-preload/contract/failure.ts'
import type { PlaceOpening } from '../../src-preload/contract/place-opening.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { AccessFacts } from '../visibility/access-facts.ts'
import type { Sessions } from './sessions.ts'

/** How long what was read of a bucket holds for the files of one upload, in milliseconds. */
const holdsMs = 15_000
/** How long it holds that a key is not open, in milliseconds: somebody who is told so opens it, and tries again. */
const closedHoldsMs = 1000

/**
 * Tells whether the bucket's policy lets everybody read a key, or a CDN that passes it on. What was read longer ago than
 * `knownForMs`, 15 s unless given, is read again. Rejects when it cannot be read.
 */
export type PolicyReader = (bucket: string, key: string, knownForMs?: number) => Promise<boolean>

/** What lets everybody read some keys, be they there or not. */
export interface PolicyOpening {
  /** The first of them. */
  readonly key: string
  readonly keys: number
  /** The statement of the policy, as it is called in sentences. */
  readonly by: string
  /** True: no statement of a policy, but the service's own switch opens the whole bucket. */
  readonly isWhole?: true
}

/**
 * Tells what the bucket's policy, or the service's own switch, lets everybody read of keys at the bucket itself; a CDN that reads the bucket opens nothing
 * by that, as it may ask for signatures. Null for nothing. What was read at most `knownForMs` ago is not read again: it is
 * read now unless that is said, as somebody may just have opened or closed it. Rejects when the policy cannot be read.
 */
export type FindOpening = (
  bucket: string,
  keys: Iterable<string>,
  knownForMs?: number,
) => Promise<PolicyOpening | null>

/** Tells what lets everybody read a place, be it there or not; as {@link FindOpening}. */
export type FindOpeningBelow = (bucket: string, prefix: string) => Promise<PlaceOpening | null>

/** What is read of the policies of a profile's buckets. */
export type ProfilePolicies = PolicyReader & {
  readonly openingOf: FindOpening
  readonly openingBelow: FindOpeningBelow
}

/**
 * The policy readers of profiles, always the same one for a profile: sessions with another are not the same. `sessions`
 * and `providerOf` are asked when something is read.
 */
export function createPolicyReaders(
  sessions: () => Sessions,
  providerOf: (profileId: string) => ProviderId,
  now: () => number = Date.now,
): (profileId: string) => ProfilePolicies {
  const readers = new Map<string, ProfilePolicies>()

  function createReader(profileId: string): ProfilePolicies {
    interface Read {
      readonly at: number
      readonly facts: Promise<AccessFacts>
    }
    const known = new Map<string, Read>()
    const factsOf = async (bucket: string): Promise<AccessFacts> => {
      const { readAccessFacts } = await import('../visibility/access-report.ts')
      return readAccessFacts(await sessions().open(profileId), { bucket, provider: providerOf(profileId) })
    }
    /** What was read at most so long ago, else read now. */
    const read = (bucket: string, ms: number): { readonly isNew: boolean; readonly found: Read } => {
      const before = known.get(bucket)
      const isNew = before === undefined || ms === 0 || now() - before.at > ms
      const found = isNew ? { at: now(), facts: factsOf(bucket) } : before
      known.set(bucket, found)
      return { isNew, found }
    }
    const isOpen: PolicyReader = async (bucket, key, knownForMs = holdsMs) => {
      const { isOpenByPolicy, isReadByCloudFront } = await import('../visibility/opened-by-policy.ts')
      for (;;) {
        const { isNew, found } = read(bucket, knownForMs)
        const facts = await found.facts
        if (isOpenByPolicy(facts, key) || isReadByCloudFront(facts)) return true
        if (isNew || now() - found.at <= closedHoldsMs) {
          throwUnread(facts)
          return false
        }
        if (known.get(bucket) === found) known.delete(bucket)
      }
    }
    const openingOf: FindOpening = async (bucket, keys, knownForMs = 0) => {
      const [{ openingByPolicy }, { openedBySwitch }] = await Promise.all([
        import('../visibility/opened-by-policy.ts'),
        import('../visibility/switch-decision.ts'),
      ])
      const facts = await read(bucket, knownForMs).found.facts
      const opening = openingByPolicy(facts, keys)
      if (opening !== null) return opening
      const by = openedBySwitch(facts)
      if (by !== null) return wholly(keys, by)
      await throwUnknown(facts)
      return null
    }
    const openingBelow: FindOpeningBelow = async (bucket, prefix) => {
      const { openedBelow } = await import('../visibility/opened-below.ts')
      const facts = await read(bucket, closedHoldsMs).found.facts
      const opening = openedBelow(facts, prefix)
      if (opening === null) await throwUnknown(facts)
      return opening
    }
    return Object.assign(isOpen, { openingOf, openingBelow })
  }

  return (profileId) => {
    const reader = readers.get(profileId) ?? createReader(profileId)
    readers.set(profileId, reader)
    return reader
  }
}

/** All keys, where the whole bucket is open. */
function wholly(keys: Iterable<string>, by: string): PolicyOpening | null {
  let first: string | undefined
  let count = 0
  for (const key of keys) {
    first ??= key
    count++
  }
  return first === undefined ? null : { key: first, keys: count, by, isWhole: true }
}

/** Throws where it is not known that nothing opens the bucket. */
async function throwUnknown(facts: AccessFacts): Promise<void> {
  throwUnread(facts)
  const { providerSwitch, thrownBy } = facts.quirks
  if (providerSwitch === null) return
  const { isSwitchKnown } = await import('../visibility/switch-decision.ts')
  if (thrownBy === null || !isSwitchKnown(facts)) throw failure('not-supported', providerSwitch)
}

function throwUnread({ policy }: AccessFacts): void {
  if (policy.state === 'unknown') throw failure(policy.code, policy.message)
}
