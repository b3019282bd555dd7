import type { BucketGrant, Reading } from '../../src-preload/contract/bucket-access.ts'
import { asGrant, readSetting } from './bucket-access.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { putBucketAclThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'

interface BucketOptions {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/** The bucket's own ACL. Throws Failures: `no-such-bucket`, and those of the network and of the keys. */
export async function readBucketAcl(
  session: S3Session,
  { bucket, signal }: BucketOptions,
): Promise<Reading<BucketGrant[]>> {
  const [client, { GetBucketAclCommand }] = await Promise.all([session.client(bucket), loadSdk()])
  return readSetting(
    bucket,
    async () => {
      const answer = await client.send(
        new GetBucketAclCommand({ Bucket: bucket }),
        signal ? { abortSignal: signal } : {},
      )
      return answer.Grants?.map((grant) => asGrant(grant, answer.Owner?.ID))
    },
    {},
  )
}

/**
 * Sets a canned ACL on the bucket itself. On B2 that is its switch (S3 Put Bucket ACL: the header alone, `private` or
 * `public-read`); elsewhere it would let everybody list it. Throws Failures: `access-denied`, `invalid-argument`.
 */
export function putBucketAcl(
  session: S3Session,
  { bucket, acl, signal }: BucketOptions & { readonly acl: 'private' | 'public-read' },
): Promise<void> {
  return withFailures({ bucket }, async () => {
    const direct = await wireTo(session, bucket)
    if (direct !== null) return putBucketAclThroughWire(direct, acl, signal)
    const [client, { PutBucketAclCommand }] = await Promise.all([session.client(bucket), loadSdk()])
    await client.send(
      new PutBucketAclCommand({ Bucket: bucket, ACL: acl }),
      signal ? { abortSignal: signal } : {},
    )
  })
}
