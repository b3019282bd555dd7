import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { putBucketPolicy, readBucketPolicy } from '../s3/bucket-access.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isSamePolicy } from './policy-document.ts'

/** Where something is changed. */
export interface Place {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/**
 * Puts a policy in the place of one that `isExpected` knows; null is none. Throws Failures: `precondition-failed` when it is
 * another one, `access-denied` where it cannot be read, and what keeps it from being put.
 */
export async function replacePolicy(
  session: S3Session,
  place: Place,
  policy: string | null,
  isExpected: (now: string | null) => boolean,
): Promise<void> {
  const now = await readBucketPolicy(session, place)
  if (now.state !== 'read') throw failure('access-denied', 'The bucket’s policy cannot be read any more.')
  if (!isExpected(now.value))
    throw failure(
      'precondition-failed',
      'Somebody has changed the bucket’s policy meanwhile. Nothing was changed; look at it again.',
    )
  try {
    await putBucketPolicy(session, { ...place, policy })
  } catch (error) {
    if (!isAnswerLost(error)) throw error
    // Without an answer it may be there all the same.
    const put = await readBucketPolicy(session, place).catch(() => null)
    if (put?.state !== 'read' || !isSamePolicy(put.value, policy)) throw error
  }
}

/**
 * Puts back the policy that was there before a change. False when it is there already, as after a change that was cut off
 * before it reached the policy. Throws as {@link replacePolicy}.
 */
export async function putPolicyBack(
  session: S3Session,
  place: Place,
  { before, after }: { readonly before: string | null; readonly after: string | null },
): Promise<boolean> {
  const now = await readBucketPolicy(session, place)
  if (now.state === 'read' && isSamePolicy(now.value, before)) return false
  // A service may give back what was put in another form; its meaning has to be the same.
  await replacePolicy(session, place, before, (policy) => isSamePolicy(policy, after))
  return true
}

/** Whether a request may have been done although it failed: its answer did not come, or was an inner error. */
export function isAnswerLost(error: unknown): boolean {
  return error instanceof Failure && error.error.retryable
}
