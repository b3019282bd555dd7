import { failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { headBucketThroughWire } from './wire/operations.ts'
import { wireIn } from './wire/wire-target.ts'

/** Whoever has not answered by then, in milliseconds, is not there. */
const longestWaitMs = 5000

/** What says that nobody has answered. */
const silence = new Set(['unreachable', 'dns', 'timeout', 'proxy'])

/**
 * Whether anything answers at the service, asked once with HeadBucket and without trying again (F1, F2): null when it
 * does, even with a refusal, else why not. A bucket that only the SDK knows the way to counts as reachable.
 */
export async function whyUnreachable(session: S3Session, bucket: string) {
  const target = wireIn(session, bucket, session.knownRegion(bucket))
  if (target === null) return null
  const timeout = AbortSignal.timeout(longestWaitMs)
  try {
    await headBucketThroughWire(target, { isTriedOnce: true, signal: timeout })
    return null
  } catch (error) {
    const problem = timeout.aborted
      ? failure('timeout', 'The service did not answer in time.', { retryable: true })
      : toFailure(error, { bucket })
    return silence.has(problem.error.code) ? problem.error : null
  }
}
