import { Failure } from '../../src-preload/contract/failure.ts'
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
import { decidePrivate } from './decide-private.ts'
import {
  concerns,
  isOpenBelow,
  isOpenByPolicy,
  mayConcern,
  nameOf,
  resourceAround,
  resourcesWithin,
  type Target,
} from './opened-by-policy.ts'
import { editPolicy, ownDenied, resourceOf } from './policy-edit.ts'
import { objectArnBase } from './policy-reading.ts'
import { decideSwitches } from './switch-decision.ts'
import {
  noSwitches,
  refused,
  targetsOf,
  textOf,
  unique,
  type VisibilityDecision,
  type WantedObjects,
} from './visibility-decision.ts'

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

function decidePublic(read: AccessFacts, wanted: WantedObjects): VisibilityDecision {
  const { keys, prefixes } = wanted
  const { place } = read
  const base = objectArnBase(place)
  const targets = targetsOf(wanted)
  const denied = ownDenied(read.document, place)
  const lifted = targets.flatMap((target) => resourcesWithin(denied, target, base))
  // What follows is about the policy without Pail's Deny for them.
  const statements = read.statements.filter(({ own, effect }) => !(own && effect === 'deny'))
  const facts: AccessFacts = { ...read, statements }
  for (const target of targets) {
    const wider = resourceAround(denied, target, base)
    if (wider !== undefined)
      return refused(
        'impossible',
        'not-allowed',
        `Pail’s own Deny keeps all of ${wider.slice(base.length)} private, and ${nameOf(target)} is in it. Make that folder public as a whole, or move the object out of it.`,
      )
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
    ...prefixes.filter((prefix) => !isOpenBelow(facts, prefix)).map((prefix) => ({ prefix })),
  ]
  const doubts = publicDoubts(facts, targets)
  const { reasons } = meaningOfAccess(facts).public
  if (byPolicy.length + lifted.length > 0) {
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
    byPolicy.length + lifted.length === 0
      ? null
      : editPolicy(
          textOf(facts),
          place,
          { add: byPolicy.map((target) => resourceOf(place, target)), remove: [] },
          { add: [], remove: lifted },
        )
  return {
    way: byPolicy.length + lifted.length > 0 || !useAcl ? 'prefix-policy' : 'object-acl',
    sure: doubts.length === 0 && (byAcl.length === 0 || acls === 'yes'),
    reasons: unique([
      ...(lifted.length > 0 ? ['Pail’s own Deny in the policy, which keeps it private, goes for it.'] : []),
      ...(lifted.length === 0 && (keys.some(isOpen) || prefixes.some((each) => isOpenBelow(facts, each)))
        ? ['The bucket’s policy lets everybody read this already.']
        : []),
      ...reasons,
      ...doubts,
    ]),
    refusal: null,
    acl: byAcl.length === 0 ? null : { acl: 'public-read', keys: byAcl },
    policy,
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

function publicDoubts(facts: AccessFacts, targets: readonly Target[]): string[] {
  const doubts = facts.statements
    .filter((each) => each.effect === 'deny' && targets.some((target) => mayConcern(each, target, facts)))
    .map((each) =>
      each.conditional
        ? `Under a condition the policy keeps everybody out (${statementName(each)}).`
        : `The policy keeps everybody out of some of it (${statementName(each)}).`,
    )
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
