import { type AccessFacts, aclBlocks, aclsCount, policyBlocks } from './access-facts.ts'
import { statementName } from './access-meaning.ts'
import { covers, letsCloudFrontRead, objectArnBase, type ReadStatement } from './policy-reading.ts'

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

/** Whether a statement lets everybody read a key for certain. */
function opens(statement: ReadStatement, key: string, facts: AccessFacts): boolean {
  return statement.effect === 'allow' && !statement.conditional && concerns(statement, { key }, facts)
}

/** Whether the policy keeps everybody out of a key for certain. */
export function isDenied(target: Target, facts: AccessFacts): boolean {
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

/** What a target is called in a sentence. */
export function nameOf(target: Target): string {
  const name = 'key' in target ? target.key : target.prefix
  return name === '' ? 'the whole bucket' : name.slice(0, 200)
}
