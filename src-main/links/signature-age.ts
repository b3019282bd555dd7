import { readBucketPolicy } from '../s3/bucket-access.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { parsePolicyDocument, type PolicyDocument } from '../visibility/policy-document.ts'
import { signatureAgeLimit } from '../visibility/policy-reading.ts'

/** What was read of a bucket holds so long, in milliseconds: for the links of one selection, say. */
const holdsMs = 30_000

/** A policy that is slow to come is not waited for any longer, in milliseconds. */
const patienceMs = 3000

interface KnownPolicy {
  readonly at: number
  readonly policy: Promise<PolicyDocument | null>
}

const known = new WeakMap<S3Session, Map<string, KnownPolicy>>()

/**
 * How old a signature may be, in seconds, for the bucket's policy to let it read a key, or write to it (`s3:signatureAge`); null where it
 * does not say, or cannot be read. The bucket's region has been resolved. Never rejects.
 */
export async function signatureAgeOf(
  session: S3Session,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  action: 'GetObject' | 'PutObject' = 'GetObject',
): Promise<number | null> {
  const policy = await policyOf(session, bucket)
  return policy === null
    ? null
    : signatureAgeLimit(policy, { bucket, region: session.knownRegion(bucket) }, key, action)
}

function policyOf(session: S3Session, bucket: string): Promise<PolicyDocument | null> {
  const buckets = known.get(session) ?? new Map<string, KnownPolicy>()
  known.set(session, buckets)
  const found = buckets.get(bucket)
  if (found !== undefined && Date.now() - found.at < holdsMs) return found.policy
  const policy = readPolicy(session, bucket)
  buckets.set(bucket, { at: Date.now(), policy })
  return policy
}

async function readPolicy(session: S3Session, bucket: string): Promise<PolicyDocument | null> {
  try {
    const reading = await readBucketPolicy(session, { bucket, signal: AbortSignal.timeout(patienceMs) })
    return reading.state === 'read' && reading.value !== null ? parsePolicyDocument(reading.value) : null
  } catch {
    // A limit that cannot be seen is found out when the link is opened; the link itself can be made.
    return null
  }
}
