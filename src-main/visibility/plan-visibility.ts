import type { VisibilityWay } from '../../src-preload/contract/bucket-access.ts'
import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { PolicyEdit } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import {
  aclBlocks,
  type AccessFacts,
  aclsCount,
  isBlockUnknown,
  isPolicyKnown,
  namesOfSettings,
  policyBlocks,
  policyCounts,
} from './access-facts.ts'
import { meaningOfAccess, statementName } from './access-meaning.ts'
import { decideSwitches } from './switch-decision.ts'
import { editPolicy, ownResources, resourceOf } from './policy-edit.ts'
import { covers, letsCloudFrontRead, objectArnBase, type ReadStatement } from './policy-reading.ts'

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
  /** The service's own switches, each for the whole bucket. */
  readonly switches: readonly BucketSwitch[]
  /** Addresses of the service that keep the bucket public. */
  readonly keptOpenBy: readonly string[]
}

/**
 * What this bucket needs so that objects are public or private: an ACL on each, no header at all, Pail's statement in the
 * bucket's policy, or the service's own switch for all of it. All or nothing: when one of them cannot be had, the decision is a refusal that names it. Pure.
 */
export function decideVisibility(facts: AccessFacts, wanted: WantedObjects): VisibilityDecision {
  try {
    if (facts.quirks.providerSwitch !== null) return decideWhole(facts, wanted)
    return wanted.visibility === 'public' ? decidePublic(facts, wanted) : decidePrivate(facts, wanted)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, key } = error.error
    return refused('impossible', code, key === undefined ? message : `${key}: ${message}`)
  }
}

/** Where a bucket is public or private as a whole. */
function decideWhole(
  facts: AccessFacts,
  { visibility, customDomains = [] }: WantedObjects,
): VisibilityDecision {
  const decision = decideSwitches(facts, visibility, customDomains)
  if ('refusal' in decision)
    return refused('provider-switch', decision.refusal.code, decision.refusal.message)
  const { switches, keptOpenBy, reasons } = decision
  return {
    way: 'provider-switch',
    sure: keptOpenBy.length === 0,
    reasons: unique([...reasons, ...meaningOfAccess(facts)[visibility].reasons]),
    refusal: null,
    acl: null,
    policy: null,
    switches,
    keptOpenBy,
  }
}

function decidePublic(facts: AccessFacts, { keys, prefixes }: WantedObjects): VisibilityDecision {
  const { place, statements } = facts
  const targets = [...keys.map((key) => ({ key })), ...prefixes.map((prefix) => ({ prefix }))]
  for (const target of targets) {
    const shut = statements.find(
      (each) => each.effect === 'deny' && !each.conditional && concerns(each, target, facts),
    )
    if (shut !== undefined)
      return refused(
        'impossible',
        'not-allowed',
        `The bucket’s policy keeps everybody out of ${nameOf(target)} (${statementName(shut)}), and that wins over everything else. Pail does not change what others wrote there.`,
      )
  }
  const policyBlockedBy = policyBlocks(facts)
  const isOpen = (key: string) => isOpenByPolicy(facts, key)
  const acls = aclsCount(facts)
  const aclsBlockedBy = aclBlocks(facts)
  const useAcl = acls !== 'no' && aclsBlockedBy.length === 0
  const byAcl = useAcl ? keys.filter((key) => !isOpen(key)) : []
  const byPolicy = [
    ...(useAcl ? [] : keys.filter((key) => !isOpen(key)).map((key) => ({ key }))),
    ...prefixes.map((prefix) => ({ prefix })),
  ]
  const doubts = publicDoubts(facts, keys)
  const { reasons } = meaningOfAccess(facts).public
  if (byPolicy.length > 0) {
    if (policyCounts(facts) === 'no')
      return refused(
        'impossible',
        'not-supported',
        useAcl
          ? 'The service has no bucket policies, so a prefix cannot be public as a whole. Choose the objects themselves.'
          : 'In this bucket objects have no ACLs of their own, and the service has no bucket policies.',
      )
    if (policyBlockedBy.length > 0)
      return refused(
        'impossible',
        'public-access-blocked',
        `${useAcl ? 'A prefix is made public by the bucket’s policy' : 'Here an object is made public by the bucket’s policy alone'}, and Block Public Access allows no public one: ${namesOfSettings(policyBlockedBy)}. Nothing was changed.`,
      )
    if (!isPolicyKnown(facts)) return unreadablePolicy(facts)
  }
  const policy =
    byPolicy.length === 0
      ? null
      : editPolicy(textOf(facts), place, {
          add: byPolicy.map((target) => resourceOf(place, target)),
          remove: [],
        })
  return {
    way: byPolicy.length > 0 || !useAcl ? 'prefix-policy' : 'object-acl',
    sure: doubts.length === 0 && (byAcl.length === 0 || acls === 'yes'),
    reasons: unique([
      ...(keys.some(isOpen) ? ['The bucket’s policy lets everybody read this already.'] : []),
      ...reasons,
      ...doubts,
    ]),
    refusal: null,
    acl: byAcl.length === 0 ? null : { acl: 'public-read', keys: byAcl },
    policy,
    ...noSwitches,
  }
}

function decidePrivate(
  facts: AccessFacts,
  { keys, prefixes, privatePlaces = [] }: WantedObjects,
): VisibilityDecision {
  const { place, statements } = facts
  const restricted = policyBlocks(facts).some(({ name }) => name === 'RestrictPublicBuckets')
  const targets = [...keys.map((key) => ({ key })), ...prefixes.map((prefix) => ({ prefix }))]
  if (!restricted)
    for (const target of targets) {
      const open = statements.find(
        (each) => each.effect === 'allow' && !each.conditional && !each.own && concerns(each, target, facts),
      )
      if (open !== undefined && !isDenied(target, facts))
        return refused(
          'impossible',
          'not-allowed',
          `The bucket’s policy lets everybody read ${nameOf(target)} (${statementName(open)}). Pail does not change what others wrote there: as long as the statement stands, it is public.${facts.restriction === 'ignored' ? ' RestrictPublicBuckets is on, and this service does not keep to it.' : ''}`,
        )
    }
  const own = ownResources(facts.document, place)
  const base = objectArnBase(place)
  const remove: string[] = []
  for (const target of targets) {
    const name = 'key' in target ? target.key : target.prefix
    const mine = own.filter((resource) =>
      // What ends in a star is a prefix: an object of that very name is in it, and does not take the others with it.
      'key' in target
        ? resource === base + name && !resource.endsWith('*')
        : resource.startsWith(base + name),
    )
    remove.push(...mine)
    const wider = own.find(
      (resource) =>
        resource.endsWith('*') && !mine.includes(resource) && (base + name).startsWith(resource.slice(0, -1)),
    )
    if (wider !== undefined) {
      const closed = privatePlaces.find(({ prefix }) => !isOpenByPolicy(facts, `${prefix}file`))
      const out =
        closed === undefined || !('key' in target)
          ? 'move the object out of it'
          : `move the object to the private destination “${closed.name}” (${closed.prefix === '' ? 'the whole bucket' : closed.prefix})`
      return refused(
        'impossible',
        'not-allowed',
        `Pail’s statement in the policy opens all of ${wider.slice(base.length)}, and ${nameOf(target)} is in it. Make that prefix private as a whole, or ${out}.`,
      )
    }
  }
  const acls = aclsCount(facts)
  const doubts = statements
    .filter(
      (each) =>
        each.effect === 'allow' &&
        each.conditional &&
        targets.some((target) => concerns(each, target, facts)),
    )
    .map((each) => `Under a condition the policy lets everybody read it (${statementName(each)}).`)
  const { reasons, sure } = meaningOfAccess(facts).private
  return {
    way: acls === 'no' ? 'no-header' : 'object-acl',
    sure: sure && doubts.length === 0,
    reasons: unique([...reasons, ...doubts]),
    refusal: null,
    acl: acls === 'no' || keys.length === 0 ? null : { acl: 'private', keys },
    policy: remove.length === 0 ? null : editPolicy(textOf(facts), place, { add: [], remove }),
    ...noSwitches,
  }
}

/** Whether each object below a prefix has an ACL that may keep it open, so that private is to be said of each. */
export function closesEach({ way, refusal }: VisibilityDecision, wanted: WantedObjects): boolean {
  return (
    wanted.visibility === 'private' && wanted.prefixes.length > 0 && refusal === null && way === 'object-acl'
  )
}

/**
 * The decision to make prefixes private, with the ACL of each object that was found below them: taking them out of the
 * policy leaves public ACLs as they are. A refusal where not all were found, as some would silently stay public.
 */
export function closingEach(
  decision: VisibilityDecision,
  facts: AccessFacts,
  { keys, more }: { readonly keys: readonly string[]; readonly more: boolean },
): VisibilityDecision {
  if (more)
    return refused(
      'object-acl',
      'too-many',
      `Here each object has an ACL of its own, and there are more than ${keys.length.toLocaleString('en-GB')} objects in it: too many for one change. Make the folders in it private one after the other.`,
    )
  if (keys.length === 0) return decision
  // Where nobody knows whether ACLs count, one that is private already is not sent again: it might be refused.
  return { ...decision, acl: { acl: 'private', keys, changedOnly: aclsCount(facts) === 'unknown' } }
}

const noSwitches = { switches: [], keptOpenBy: [] } as const

type Target = { readonly key: string } | { readonly prefix: string }

/** Whether a statement is about a key, or about anything below a prefix. */
function concerns(statement: ReadStatement, target: Target, { place }: AccessFacts): boolean {
  const base = objectArnBase(place)
  if ('key' in target) return covers(statement, base + target.key)
  // Everything below, as far as a key tells that nobody has; or something below, which a longer pattern names.
  return (
    covers(statement, `${base}${target.prefix}\u0001`) ||
    (!statement.excluded && statement.resources.some((resource) => resource.startsWith(base + target.prefix)))
  )
}

function opens(statement: ReadStatement, key: string, facts: AccessFacts): boolean {
  return statement.effect === 'allow' && !statement.conditional && concerns(statement, { key }, facts)
}

function isDenied(target: Target, facts: AccessFacts): boolean {
  return (
    'key' in target &&
    facts.statements.some(
      (each) => each.effect === 'deny' && !each.conditional && concerns(each, target, facts),
    )
  )
}

/** Whether the policy lets everybody read a key for certain, so that nothing has to be sent with it. */
export function isOpenByPolicy(facts: AccessFacts, key: string): boolean {
  const { statements } = facts
  return (
    !policyBlocks(facts).some(({ name }) => name === 'RestrictPublicBuckets') &&
    statements.some((each) => opens(each, key, facts)) &&
    // Also under a condition: it may hold for the next visitor.
    !statements.some((each) => each.effect === 'deny' && concerns(each, { key }, facts))
  )
}

/** What of some keys the policy lets everybody read for certain, the first and how many, and the statement that does; null for nothing. */
export function openingByPolicy(
  facts: AccessFacts,
  keys: Iterable<string>,
): { key: string; keys: number; by: string; isOwn: boolean } | null {
  let first: string | undefined
  let opened = 0
  for (const key of keys) {
    if (!isOpenByPolicy(facts, key)) continue
    first ??= key
    opened++
  }
  if (first === undefined) return null
  const key = first
  const statement = facts.statements.find((each) => opens(each, key, facts))!
  return { key, keys: opened, by: statementName(statement), isOwn: statement.own }
}

/** Whether CloudFront reads the bucket, and nobody else could be let in by an ACL: what is public there needs none. */
export function isReadByCloudFront(facts: AccessFacts): boolean {
  return (
    facts.document !== null &&
    letsCloudFrontRead(facts.document) &&
    (aclsCount(facts) === 'no' || aclBlocks(facts).length > 0)
  )
}

function publicDoubts(facts: AccessFacts, keys: readonly string[]): string[] {
  const doubts = facts.statements
    .filter(
      (each) =>
        each.effect === 'deny' && each.conditional && keys.some((key) => concerns(each, { key }, facts)),
    )
    .map((each) => `Under a condition the policy keeps everybody out (${statementName(each)}).`)
  if (isBlockUnknown(facts)) doubts.push('Whether Block Public Access is on could not be read everywhere.')
  if (!isPolicyKnown(facts)) doubts.push('The bucket’s policy could not be read; it may keep everybody out.')
  return doubts
}

function unreadablePolicy({ policy }: AccessFacts): VisibilityDecision {
  return policy.state === 'unknown'
    ? refused(
        'impossible',
        policy.code,
        `Here an object is made public by the bucket’s policy, which could not be read, so that nothing can be added to it: ${policy.message}`,
      )
    : refused(
        'impossible',
        'safety-refused',
        'The bucket has a policy that Pail does not understand, and so it changes nothing in it.',
      )
}

/** The decision that nothing is done. */
export function refused(way: VisibilityWay, code: ErrorCode, message: string): VisibilityDecision {
  const short = message.slice(0, 1000)
  const refusal = { code, message: short }
  return { way, sure: true, reasons: [short], refusal, acl: null, policy: null, ...noSwitches }
}

function textOf({ policy }: AccessFacts): string | null {
  return policy.state === 'read' ? policy.value : null
}

function nameOf(target: Target): string {
  const name = 'key' in target ? target.key : target.prefix
  return name === '' ? 'the whole bucket' : name.slice(0, 200)
}

function unique(sentences: readonly string[]): string[] {
  return [...new Set(sentences)].slice(0, 12)
}
