import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import type { Opens } from '../../src-preload/contract/opens.ts'
import { openedObjects } from '../../src-preload/contract/told-opens.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isPublicAcl, type VisibilityUndo } from './apply-visibility.ts'
import { objectsOf } from './objects-of.ts'
import { parsePolicyDocument } from './policy-document.ts'
import { matchesPattern, objectArnBase, type PolicyPlace, readStatements } from './policy-reading.ts'
import { switchesBack } from './throw-switches.ts'

/** What everybody can read again once a change is taken back. */
export interface UndoOpens {
  /** The objects, as they are now. */
  readonly keys: readonly string[]
  /** There are more than are counted. */
  readonly more: boolean
  /** Prefixes that are opened as a whole, with what comes there later. */
  readonly prefixes: readonly string[]
  /** What the service opens the whole bucket by; empty where that is not so. */
  readonly switches: readonly BucketSwitch[]
}

/**
 * Finds what taking a change back would open: objects whose ACL was a public one, and what the policy opened before it
 * and does not any more; where a switch of the service goes back to public, the whole bucket. Throws Failures when what is below a prefix cannot be listed: then it cannot be named.
 */
export async function whatUndoOpens(
  session: S3Session,
  bucket: string,
  { acls, policy, switches = [] }: VisibilityUndo,
): Promise<UndoOpens> {
  const keys = new Set(acls.flatMap(({ key, before }) => (isPublicAcl(before) ? [key] : [])))
  const place = { bucket, region: await session.bucketRegion(bucket), https: false }
  const before = resourcesIn(policy?.before ?? null, place)
  const after = resourcesIn(policy?.after ?? null, place)
  const base = objectArnBase(place)
  const names = [
    ...newIn(before.allow, after.allow),
    // What a Deny was added for is open again once that goes.
    ...newIn(after.deny, before.deny),
  ].flatMap((resource) => (resource.startsWith(base) ? [resource.slice(base.length)] : []))
  const isKept = (key: string) => before.deny.some((pattern) => matchesPattern(pattern, base + key))
  const opensAll = switches.some(({ from, to }) => from === 'public' && to === 'private')
  const prefixes = [
    ...(opensAll ? [''] : []),
    ...names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
  ]
  for (const name of names) if (!name.endsWith('*')) keys.add(name)
  const found = await objectsOf(session, bucket, { keys, prefixes })
  return {
    ...found,
    keys: found.keys.filter((key) => !isKept(key)),
    prefixes,
    switches: opensAll ? switchesBack(switches) : [],
  }
}

/** The same as it is told, before it is done. */
export function toldOpens({ keys, more, prefixes, switches }: UndoOpens): Opens {
  return {
    ...openedObjects(keys),
    more,
    prefixes: prefixes.slice(0, 1000),
    ...(switches.length === 0 ? {} : { switches: [...switches] }),
  }
}

/** The resources that a policy lets everybody read, and those that Pail's own Deny keeps everybody out of. */
function resourcesIn(text: string | null, place: PolicyPlace): { allow: string[]; deny: string[] } {
  const document = text === null ? null : parsePolicyDocument(text)
  const statements = document === null ? [] : readStatements(document, place)
  return {
    allow: statements
      .filter(({ effect, excluded }) => effect === 'allow' && !excluded)
      .flatMap(({ resources }) => resources),
    deny: statements
      .filter(({ effect, own }) => effect === 'deny' && own)
      .flatMap(({ resources }) => resources),
  }
}

function newIn(resources: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return resources.filter((resource) => !known.has(resource))
}
