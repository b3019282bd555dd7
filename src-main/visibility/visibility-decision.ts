import type { VisibilityWay } from '../../src-preload/contract/bucket-access.ts'
import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { PolicyEdit } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { AccessFacts } from './access-facts.ts'
import type { Target } from './opened-by-policy.ts'
import type { AnonymousKey } from './policy-reading.ts'

/** What somebody wants to be public or private: single objects, and everything below prefixes. */
export interface WantedObjects {
  readonly visibility: WantedVisibility
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** Addresses of the service that are to be switched off with it. */
  readonly customDomains?: readonly string[]
  /** The private destinations of the bucket: where an object can go that cannot be private where it is. */
  readonly privatePlaces?: readonly { readonly name: string; readonly prefix: string }[]
}

/** The objects and prefixes, one by one. */
export function targetsOf({ keys, prefixes }: Pick<WantedObjects, 'keys' | 'prefixes'>): Target[] {
  return [...keys.map((key) => ({ key })), ...prefixes.map((prefix) => ({ prefix }))]
}

/** What the public is to be kept out of by a Deny under a condition, and what that tells an unsigned request by. */
export interface KeepsOut {
  readonly targets: readonly Target[]
  readonly key: AnonymousKey
}

/** What a bucket needs for that, as data. */
export interface VisibilityDecision {
  readonly way: VisibilityWay
  readonly sure: boolean
  readonly reasons: readonly string[]
  /** Why it cannot be done; then nothing else is to be done either. */
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null
  /** The keys that get an ACL, and which; with `changedOnly` not those that have it already. */
  readonly acl: {
    readonly acl: 'public-read' | 'private'
    readonly keys: readonly string[]
    readonly changedOnly?: boolean
  } | null
  readonly policy: PolicyEdit | null
  /** What Pail's Deny in that policy is new for: the service has to be seen keeping to it. */
  readonly keepsOut?: KeepsOut
  /** The service's own switches, each for the whole bucket. */
  readonly switches: readonly BucketSwitch[]
  /** Addresses of the service that keep the bucket public. */
  readonly keptOpenBy: readonly string[]
}

/** No switch of the service has anything to do with it. */
export const noSwitches = { switches: [], keptOpenBy: [] } as const

/** The decision that nothing is done. */
export function refused(way: VisibilityWay, code: ErrorCode, message: string): VisibilityDecision {
  const short = message.slice(0, 1000)
  const refusal = { code, message: short }
  return { way, sure: true, reasons: [short], refusal, acl: null, policy: null, ...noSwitches }
}

/** The policy as it was read; null where there is none. */
export function textOf({ policy }: AccessFacts): string | null {
  return policy.state === 'read' ? policy.value : null
}

/** Sentences for a decision: each once, and not too many. */
export function unique(sentences: readonly string[]): string[] {
  return [...new Set(sentences)].slice(0, 12)
}
