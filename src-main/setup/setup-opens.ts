import { Failure } from '../../src-preload/contract/failure.ts'
import type { Opens } from '../../src-preload/contract/opens.ts'
import { opensAnything } from '../../src-preload/contract/told-opens.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { toldOpens, whatUndoOpens } from '../visibility/undo-opens.ts'
import type { PlannedSetup } from './plan-setup.ts'
import type { KeptCall } from './setup-record.ts'

/**
 * What of a bucket that is there everybody can read once it is set up, and not before: what is below the prefixes that its
 * new policy opens, or `policy`, the one that it has, once nothing keeps that from counting. Null when nothing becomes
 * public. Throws Failures when it cannot be listed.
 */
export async function whatSetupOpens(
  session: S3Session,
  { bucket, calls }: Pick<PlannedSetup, 'bucket' | 'calls'>,
  policy: string | null,
): Promise<Opens | null> {
  const { setting } = calls.find(({ call }) => call === 'PutBucketPolicy') ?? {}
  // What a policy said while Block Public Access kept it from counting was not open.
  const countedBefore = !calls.some(({ call }) => call === 'PutPublicAccessBlock')
  const after = setting?.name === 'policy' ? setting.value : policy
  const opens = await opensOf(session, bucket, { before: countedBefore ? policy : null, after })
  // What comes there later is what the set-up is for.
  return opens?.objects === 0 ? null : opens
}

/** What everybody can read again once a set-up is undone: what its policy had closed. Null for nothing; throws as above. */
export async function whatSetupUndoOpens(
  session: S3Session,
  bucket: string,
  calls: readonly KeptCall[],
): Promise<Opens | null> {
  const kept = calls.find(({ call }) => call === 'PutBucketPolicy')
  if (kept?.before === undefined) return null
  const policyOf = (json: string | undefined) => JSON.parse(json ?? 'null') as string | null
  return opensOf(session, bucket, { before: policyOf(kept.after), after: policyOf(kept.before) })
}

async function opensOf(
  session: S3Session,
  bucket: string,
  change: { readonly before: string | null; readonly after: string | null },
): Promise<Opens | null> {
  try {
    // What it opens to take back the opposite change.
    const policy = { before: change.after, after: change.before }
    const opens = toldOpens(await whatUndoOpens(session, bucket, { acls: [], policy }))
    return opensAnything(opens) ? opens : null
  } catch (error) {
    // With the bucket its objects are gone.
    if (error instanceof Failure && error.error.code === 'no-such-bucket') return null
    throw error
  }
}
