import { type AccessFacts, aclsCount, policyBlocks } from './access-facts.ts'
import { meaningOfAccess, statementName } from './access-meaning.ts'
import { concerns, isDenied, isOpenByPolicy, nameOf } from './opened-by-policy.ts'
import { editPolicy, ownResources } from './policy-edit.ts'
import { objectArnBase } from './policy-reading.ts'
import {
  noSwitches,
  refused,
  textOf,
  unique,
  type VisibilityDecision,
  type WantedObjects,
} from './visibility-decision.ts'

/** What a bucket needs so that objects are private, where each can be by itself. Pure; throws Failures of {@link editPolicy}. */
export function decidePrivate(
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
