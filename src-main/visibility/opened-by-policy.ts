import { type AccessFacts, aclBlocks, aclsCount, policyBlocks } from './access-facts.ts'
import { statementName } from './access-meaning.ts'
import {
  covers,
  letsCloudFrontRead,
  objectArnBase,
  type ReadStatement,
  restsWithin,
} from './policy-reading.ts'

/** One object, or everything below a prefix. */
export type Target = { readonly key: string } | { readonly prefix: string }

/** Whether a statement is about a key, or about anything below a prefix. */
export function concerns(statement: ReadStatement, target: Target, { place }: AccessFacts): boolean {
  const base = objectArnBase(place)
  if ('key' in target) return covers(statement, base + target.key)
  // Everything below, as far as a key tells that nobody has; or something below, which a longer pattern names.
  return (
    covers(statement, `${base}${target.prefix}\u0001`) ||
    (!statement.excluded && statement.resources.some((resource) => resource.startsWith(base + target.prefix)))
  )
}

/** Whether a statement is about a key, or about some names below a prefix, whichever way it names them: `*.jpg` as well. */
export function mayConcern(statement: ReadStatement, target: Target, facts: AccessFacts): boolean {
  if (concerns(statement, target, facts)) return true
  if ('key' in target || statement.excluded) return false
  const start = objectArnBase(facts.place) + target.prefix
  return statement.resources.some((resource) => isWithin(resource, start))
}

/** Whether a statement lets everybody read a key for certain. */
function opens(statement: ReadStatement, key: string, facts: AccessFacts): boolean {
  return statement.effect === 'allow' && !statement.conditional && concerns(statement, { key }, facts)
}

/** Whether the policy keeps everybody out of a key, or of all below a prefix, for certain. */
export function isDenied(target: Target, { statements, place }: AccessFacts): boolean {
  const base = objectArnBase(place)
  return statements.some((each) => {
    if (each.effect !== 'deny' || each.conditional) return false
    return 'key' in target ? covers(each, base + target.key) : coversBelow(each, base + target.prefix)
  })
}

/**
 * Whether a statement is about all below a prefix for certain: by what has no star but its last character, or as it is about
 * all but what is elsewhere.
 */
function coversBelow({ excluded, resources }: ReadStatement, prefix: string): boolean {
  return excluded
    ? !resources.some((resource) => isWithin(resource, prefix))
    : resources.some((resource) => resource.endsWith('*') && prefix.startsWith(resource.slice(0, -1)))
}

/** Whether a pattern may be for something that begins so. */
function isWithin(resource: string, start: string): boolean {
  return resource.startsWith(start) || restsWithin(resource, start).length > 0
}

/** Whether the policy lets everybody read all below a prefix for certain, and shuts nothing of it. */
export function isOpenBelow(facts: AccessFacts, prefix: string): boolean {
  const { statements, place } = facts
  return (
    !policyBlocks(facts).some(({ name }) => name === 'RestrictPublicBuckets') &&
    statements.some(
      (each) =>
        each.effect === 'allow' && !each.conditional && coversBelow(each, objectArnBase(place) + prefix),
    ) &&
    !statements.some((each) => each.effect === 'deny' && concerns(each, { prefix }, facts))
  )
}

/** Which resources are a target itself, or are below it; `base` begins the ARNs of the bucket's objects. */
export function resourcesWithin(resources: readonly string[], target: Target, base: string): string[] {
  return resources.filter((resource) =>
    // What ends in a star is a prefix: an object of that very name is in it, and does not take the others with it.
    'key' in target
      ? resource === base + target.key && !resource.endsWith('*')
      : resource.startsWith(base + target.prefix),
  )
}

/** The prefix among resources that a target is in, beside those which are the target or below it; undefined for none. */
export function resourceAround(
  resources: readonly string[],
  target: Target,
  base: string,
): string | undefined {
  const name = base + ('key' in target ? target.key : target.prefix)
  const within = new Set(resourcesWithin(resources, target, base))
  return resources.find(
    (resource) => resource.endsWith('*') && !within.has(resource) && name.startsWith(resource.slice(0, -1)),
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
): { key: string; keys: number; by: string } | null {
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
  return { key, keys: opened, by: statementName(statement) }
}

/** Whether CloudFront reads the bucket, and nobody else could be let in by an ACL: what is public there needs none. */
export function isReadByCloudFront(facts: AccessFacts): boolean {
  return (
    facts.document !== null &&
    letsCloudFrontRead(facts.document) &&
    (aclsCount(facts) === 'no' || aclBlocks(facts).length > 0)
  )
}

/** What a target is called in a sentence. */
export function nameOf(target: Target): string {
  const name = 'key' in target ? target.key : target.prefix
  return name === '' ? 'the whole bucket' : name.slice(0, 200)
}
