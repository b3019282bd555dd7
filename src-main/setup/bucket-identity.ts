import { bucketCreatedAt } from '../s3/buckets.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { recogniseProvider } from '../visibility/provider-quirks.ts'
import type { KeptCall } from './setup-record.ts'

/**
 * Whether the bucket of a name is the one that a set-up made. `moved`: its date is another one, at a service where a change
 * of a bucket's settings may move it. `unknown`: one of the two dates is not known.
 */
export interface BucketIdentity {
  readonly is: 'ours' | 'another' | 'moved' | 'unknown'
  /** When the bucket that is there now was made, as the service tells it; null where it does not. */
  readonly createdAt: Date | null
}

/** A call that makes a bucket has come to the service within this time of being sent, in milliseconds, or never does. */
const madeWithinMs = 60_000

/**
 * Compares the date that was kept with the one that the service tells now. Where Pail ended before it could keep one, a
 * bucket of these keys that was made right after there was none of its name is ours. Throws only `cancelled`.
 */
export async function identifyBucket(
  session: S3Session,
  place: { readonly bucket: string; readonly signal?: AbortSignal },
  calls: readonly KeptCall[],
): Promise<BucketIdentity> {
  const kept = calls.find(({ call }) => call === 'CreateBucket')
  const known = kept?.createdAt
  const createdAt = await bucketCreatedAt(session, place)
  if (createdAt === null) return { is: 'unknown', createdAt }
  if (known === undefined) {
    if (kept?.absentAt === undefined) return { is: 'unknown', createdAt }
    const afterMs = createdAt.getTime() - Date.parse(kept.absentAt)
    if (afterMs >= 0 && afterMs <= madeWithinMs) return { is: 'ours', createdAt }
    return { is: kept.isMade ? 'unknown' : 'another', createdAt }
  }
  if (Date.parse(known) === createdAt.getTime()) return { is: 'ours', createdAt }
  return { is: recogniseProvider(session.endpoint) === 'aws' ? 'moved' : 'another', createdAt }
}
