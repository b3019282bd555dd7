import { Failure } from '../../src-preload/contract/failure.ts'
import { listObjectsPage } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type AccessFacts, isRestrictionOn } from './access-facts.ts'
import { isOpenByPolicy } from './opened-by-policy.ts'
import { objectArnBase } from './policy-reading.ts'
import { probeVisibility } from './probe.ts'
import { recogniseProvider } from './provider-quirks.ts'

/** As many prefixes that the policy opens are looked at for an object. */
const mostPrefixes = 5

/**
 * Whether RestrictPublicBuckets keeps the public out of what a bucket's policy opens. AWS says so; another service may keep
 * the setting and not look at it, as Ceph does, and tell nothing of that in its policy status. So an object that the policy
 * opens is asked for without a signature: who gets it is not restricted. `unknown` where there is none to ask for, and
 * where the answer proves nothing. Throws Failures of cancelling and of the network.
 */
export async function restrictionSeen(
  session: S3Session,
  facts: AccessFacts,
  { signal }: { readonly signal?: AbortSignal },
): Promise<AccessFacts['restriction']> {
  if (recogniseProvider(session.endpoint) === 'aws' || !isRestrictionOn(facts)) return facts.restriction
  const unrestricted: AccessFacts = { ...facts, restriction: 'ignored' }
  const key = await openedKey(session, unrestricted, signal)
  if (key === null) return 'unknown'
  const { bucket } = facts.place
  const { visibility } = await probeVisibility(session, { bucket, key, ...(signal ? { signal } : {}) })
  return visibility === 'public' ? 'ignored' : visibility === 'private' ? 'enforced' : 'unknown'
}

/** An object that the policy alone would let everybody read; null where none is found. */
async function openedKey(
  session: S3Session,
  facts: AccessFacts,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const { place, statements } = facts
  const base = objectArnBase(place)
  const prefixes = statements
    .filter(({ effect, conditional, excluded }) => effect === 'allow' && !conditional && !excluded)
    .flatMap(({ resources }) => resources)
    .map((arn) => (arn.startsWith(base) ? arn.slice(base.length) : ''))
    .map((pattern) => pattern.split(/[*?]/, 1)[0]!)
  for (const prefix of [...new Set(prefixes)].slice(0, mostPrefixes)) {
    const found = await keyBelow(session, place.bucket, prefix, signal)
    const key = found.find((each) => isOpenByPolicy(facts, each))
    if (key !== undefined) return key
  }
  return null
}

async function keyBelow(
  session: S3Session,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  try {
    const { objects } = await listObjectsPage(session, {
      bucket,
      prefix,
      maxKeys: 20,
      ...(signal ? { signal } : {}),
    })
    return objects.map(({ key }) => key)
  } catch (error) {
    // Who may not list can still be told what was read.
    if (error instanceof Failure && error.error.code === 'access-denied') return []
    throw error
  }
}
