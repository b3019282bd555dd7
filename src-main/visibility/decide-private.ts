import { Failure, failure } from '../../src-preload/contract/failure.ts'
import {
  type AccessFacts,
  aclsCount,
  isRestrictionOn,
  namesOfSettings,
  policyBlocks,
} from './access-facts.ts'
import { meaningOfAccess, statementName } from './access-meaning.ts'
import {
  isDenied,
  isOpenByPolicy,
  mayConcern,
  nameOf,
  resourcesWithin,
  type Target,
} from './opened-by-policy.ts'
import { editPolicy, ownDenied, ownResources, resourceOf } from './policy-edit.ts'
import { objectArnBase, type ReadStatement, usualAnonymousKey } from './policy-reading.ts'
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
 * What a bucket needs so that objects are private, where each can be by itself: they are taken out of Pail's statement in the
 * policy, and where another one, or a wider prefix of it, lets everybody read them, a Deny keeps those out who do not sign.
 * Pure; throws Failures of {@link editPolicy}.
 */
export function decidePrivate(facts: AccessFacts, wanted: WantedObjects): VisibilityDecision {
  const { place, statements } = facts
  const { keys } = wanted
  const blocks = policyBlocks(facts)
  const restricted = blocks.some(({ name }) => name === 'RestrictPublicBuckets')
  const base = objectArnBase(place)
  const targets = targetsOf(wanted)
  const own = ownResources(facts.document, place)
  const remove = targets.flatMap((target) => resourcesWithin(own, target, base))
  const left = withoutOwn(statements, new Set(remove))
  const opened = targets.flatMap((target) => {
    const by = left.find((each) => opensFor(each, target, facts))
    return by === undefined ? [] : [{ target, by }]
  })
  const shut = restricted ? [] : opened.filter(({ target }) => !isDenied(target, facts))
  const [first] = shut
  if (first !== undefined && blocks.length > 0)
    return refused(
      'impossible',
      'public-access-blocked',
      `The bucket’s policy lets everybody read ${nameOf(first.target)} (${statementName(first.by)}). A Deny for it would have to be added, and Block Public Access takes no policy that opens anything: ${namesOfSettings(blocks)}.${facts.restriction === 'ignored' ? ' RestrictPublicBuckets is on, and this service does not keep to it.' : ''}`,
    )
  const key = facts.quirks.anonymousKey ?? usualAnonymousKey
  const policy =
    remove.length + shut.length === 0
      ? null
      : namingTheWayOut(facts, wanted, () =>
          editPolicy(
            textOf(facts),
            place,
            { add: [], remove },
            {
              add: shut.map(({ target }) => resourceOf(place, target)),
              remove: superfluous(ownDenied(facts.document, place), { removed: remove, left, facts }),
              key,
            },
          ),
        )
  const acls = aclsCount(facts)
  const doubts = statements
    .filter(
      (each) =>
        each.effect === 'allow' &&
        each.conditional &&
        targets.some((target) => mayConcern(each, target, facts) && !isDenied(target, facts)),
    )
    .map((each) => `Under a condition the policy lets everybody read it (${statementName(each)}).`)
  if (first !== undefined && facts.quirks.anonymousKey === null)
    doubts.push(
      'Whether this service knows the condition of the Deny is seen right afterwards; where it does not, the policy is put back.',
    )
  const { reasons, sure } = meaningOfAccess(facts).private
  return {
    // Where ACLs count, what no Deny is for has one that may keep it open.
    way:
      shut.length > 0 && (acls === 'no' || shut.length === targets.length)
        ? 'prefix-policy'
        : acls === 'no'
          ? 'no-header'
          : 'object-acl',
    sure: sure && doubts.length === 0,
    reasons: unique([
      ...(first === undefined ? [] : denySentences(first)),
      ...(restricted && opened[0] !== undefined ? keptBySetting(facts, opened[0]) : []),
      // What else private can mean here is not needed where the Deny says it.
      ...(first === undefined || !sure ? reasons : []),
      ...doubts,
    ]),
    refusal: null,
    acl: acls === 'no' || keys.length === 0 ? null : { acl: 'private', keys },
    policy,
    ...(shut.length === 0 ? {} : { keepsOut: { targets: shut.map(({ target }) => target), key } }),
    ...noSwitches,
  }
}

interface Opened {
  readonly target: Target
  readonly by: ReadStatement
}

/** The statements as they are without some of what Pail's own one opens. */
function withoutOwn(statements: readonly ReadStatement[], removed: ReadonlySet<string>): ReadStatement[] {
  return statements.map((each) =>
    each.own && each.effect === 'allow'
      ? { ...each, resources: each.resources.filter((resource) => !removed.has(resource)) }
      : each,
  )
}

function opensFor(statement: ReadStatement, target: Target, facts: AccessFacts): boolean {
  return statement.effect === 'allow' && !statement.conditional && mayConcern(statement, target, facts)
}

/**
 * What Pail's Deny has in it for nothing once a prefix is closed: what is below it, and is not opened by another statement, be
 * it under a condition. Were it left, the Deny would grow for ever; opening the prefix again is a plan of its own, which
 * names all below it. Where objects may have public ACLs it stays: it alone keeps those private until each has another one.
 */
function superfluous(
  denied: readonly string[],
  {
    removed,
    left,
    facts,
  }: {
    readonly removed: readonly string[]
    readonly left: readonly ReadStatement[]
    readonly facts: AccessFacts
  },
): string[] {
  if (aclsCount(facts) !== 'no') return []
  const base = objectArnBase(facts.place)
  const closed = removed.filter((each) => each.endsWith('*')).map((each) => each.slice(0, -1))
  return denied.filter((resource) => {
    const name = resource.slice(base.length)
    const target = resource.endsWith('*') ? { prefix: name.slice(0, -1) } : { key: name }
    return (
      closed.some((prefix) => resource.startsWith(prefix)) &&
      !left.some((each) => each.effect === 'allow' && mayConcern(each, target, facts))
    )
  })
}

function denySentences({ target, by }: Opened): string[] {
  return [
    `The bucket’s policy opens ${nameOf(target)} (${statementName(by)}), and goes on doing so for what is beside it. Pail’s own Deny keeps those out who do not sign.`,
    'Your keys and links that end go on working. So do keys of other accounts, where the policy opens it to everybody.',
  ]
}

function keptBySetting(facts: AccessFacts, { target, by }: Opened): string[] {
  if (facts.restriction !== 'enforced' || !isRestrictionOn(facts)) return []
  const [setting] = policyBlocks(facts).filter(({ name }) => name === 'RestrictPublicBuckets')
  return [
    `RestrictPublicBuckets of the ${setting!.of} keeps ${nameOf(target)} private already, although the policy opens it (${statementName(by)}): it would be public once that setting is off.`,
  ]
}

/** Adds where an object can go that a policy cannot keep private. */
function namingTheWayOut<T>(facts: AccessFacts, { privatePlaces = [] }: WantedObjects, edit: () => T): T {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, key } = error.error
    if (code !== 'too-many' && code !== 'invalid-argument') throw error
    const closed = privatePlaces.find(({ prefix }) => !isOpenByPolicy(facts, `${prefix}file`))
    const out =
      closed === undefined
        ? 'Or move the object to a place that is not open.'
        : `Or move the object to the private destination “${closed.name}” (${closed.prefix === '' ? 'the whole bucket' : closed.prefix}).`
    const folder = code === 'too-many' ? '' : ' Make the folder private as a whole.'
    throw failure(code, `${message}${folder} ${out}`, key === undefined ? {} : { key })
  }
}
