import type { Grant } from '@aws-sdk/client-s3'
import type * as Sdk from '@aws-sdk/client-s3'
import type { BucketGrant, PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import { connectionErrorCodes } from '../../src-preload/contract/error-codes.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { ObjectOwnership } from './buckets.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { getPolicyThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'

/** What the settings of a bucket say about who may read it, each read by itself. */
export interface BucketAccessReadings {
  readonly ownership: Reading<Exclude<ObjectOwnership, 'unknown'> | null>
  readonly publicAccessBlock: Reading<PublicAccessBlock | null>
  readonly policy: Reading<string | null>
  readonly policyIsPublic: Reading<boolean | null>
  readonly acl: Reading<BucketGrant[]>
  readonly website: Reading<boolean>
  readonly corsOrigins: Reading<string[]>
}

interface BucketOptions {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/** What makes every reading fail alike: it is an error of the whole and not an unknown of one setting. */
const errorsOfTheWhole: ReadonlySet<ErrorCode> = new Set([
  ...connectionErrorCodes,
  'timeout',
  'wrong-region',
  'cancelled',
  'bug',
])

/**
 * Reads everything that decides who may read a bucket. A setting that the key may not read is `unknown`, one that the
 * service does not have is `not-offered`. Throws Failures: `no-such-bucket`, and those of the network and of the keys.
 */
export async function readBucketAccess(
  session: S3Session,
  options: BucketOptions,
): Promise<BucketAccessReadings> {
  const { bucket } = options
  await session.bucketRegion(bucket)
  const [client, sdk] = await Promise.all([session.client(bucket), loadSdk()])
  const sending = options.signal ? { abortSignal: options.signal } : {}
  const Bucket = bucket
  const read = <T>(ask: () => Promise<T | undefined>, absent: Readonly<Record<string, T>> = {}) =>
    readSetting(bucket, ask, absent)
  const [ownership, publicAccessBlock, policy, policyIsPublic, acl, website, corsOrigins] = await Promise.all(
    [
      read<Exclude<ObjectOwnership, 'unknown'> | null>(
        async () =>
          (await client.send(new sdk.GetBucketOwnershipControlsCommand({ Bucket }), sending))
            .OwnershipControls?.Rules?.[0]?.ObjectOwnership,
        { OwnershipControlsNotFoundError: null },
      ),
      read<PublicAccessBlock | null>(
        async () =>
          asPublicAccessBlock(
            (await client.send(new sdk.GetPublicAccessBlockCommand({ Bucket }), sending))
              .PublicAccessBlockConfiguration,
          ),
        { NoSuchPublicAccessBlockConfiguration: null },
      ),
      readBucketPolicyWith(sdk, client, options),
      read<boolean | null>(
        async () =>
          (await client.send(new sdk.GetBucketPolicyStatusCommand({ Bucket }), sending)).PolicyStatus
            ?.IsPublic,
        { NoSuchBucketPolicy: null },
      ),
      read(async () => {
        const answer = await client.send(new sdk.GetBucketAclCommand({ Bucket }), sending)
        return answer.Grants?.map((grant) => asGrant(grant, answer.Owner?.ID))
      }),
      read(
        async () => {
          const { IndexDocument, RedirectAllRequestsTo } = await client.send(
            new sdk.GetBucketWebsiteCommand({ Bucket }),
            sending,
          )
          return IndexDocument || RedirectAllRequestsTo ? true : undefined
        },
        { NoSuchWebsiteConfiguration: false },
      ),
      read(
        async () => {
          const { CORSRules } = await client.send(new sdk.GetBucketCorsCommand({ Bucket }), sending)
          return CORSRules && [...new Set(CORSRules.flatMap((rule) => rule.AllowedOrigins ?? []))]
        },
        { NoSuchCORSConfiguration: [] },
      ),
    ],
  )
  return { ownership, publicAccessBlock, policy, policyIsPublic, acl, website, corsOrigins }
}

/** The bucket's policy, exactly as it is; null where there is none. Throws as {@link readBucketAccess} does. */
export async function readBucketPolicy(
  session: S3Session,
  options: BucketOptions,
): Promise<Reading<string | null>> {
  const direct = await wireTo(session, options.bucket)
  if (direct !== null)
    return readSetting<string | null>(
      options.bucket,
      async () => (await getPolicyThroughWire(direct, options.signal)) || undefined,
      { NoSuchBucketPolicy: null },
    )
  const [client, sdk] = await Promise.all([session.client(options.bucket), loadSdk()])
  return readBucketPolicyWith(sdk, client, options)
}

/**
 * Puts a policy in the place of the bucket's, or removes it with null. Throws Failures: `public-access-blocked`,
 * `access-denied`, `invalid-argument`, `not-supported`.
 */
export function putBucketPolicy(
  session: S3Session,
  options: BucketOptions & { readonly policy: string | null },
): Promise<void> {
  return withFailures({ bucket: options.bucket }, async () => {
    const [client, sdk] = await Promise.all([session.client(options.bucket), loadSdk()])
    const sending = options.signal ? { abortSignal: options.signal } : {}
    if (options.policy === null)
      await client.send(new sdk.DeleteBucketPolicyCommand({ Bucket: options.bucket }), sending)
    else
      await client.send(
        new sdk.PutBucketPolicyCommand({ Bucket: options.bucket, Policy: options.policy }),
        sending,
      )
  })
}

function readBucketPolicyWith(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  { bucket, signal }: BucketOptions,
): Promise<Reading<string | null>> {
  return readSetting<string | null>(
    bucket,
    async () =>
      (
        await client.send(
          new sdk.GetBucketPolicyCommand({ Bucket: bucket }),
          signal ? { abortSignal: signal } : {},
        )
      ).Policy,
    { NoSuchBucketPolicy: null },
  )
}

/** `absent` says which of S3's codes mean that nothing is set. An answer without the setting in it is no answer. */
export async function readSetting<T>(
  bucket: string,
  ask: () => Promise<T | undefined>,
  absent: Readonly<Record<string, T>>,
): Promise<Reading<T>> {
  try {
    const value = await withFailures({ bucket }, ask)
    if (value !== undefined) return { state: 'read', value }
    return {
      state: 'unknown',
      code: 'not-supported',
      message: 'The service answered something else than this setting.',
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, s3Code = '' } = error.error
    if (Object.hasOwn(absent, s3Code)) return { state: 'read', value: absent[s3Code] as T }
    if (s3Code === 'NoSuchBucket' || errorsOfTheWhole.has(code)) throw error
    return code === 'not-supported' ? { state: 'not-offered' } : { state: 'unknown', code, message }
  }
}

/** The four settings as the contract has them; undefined for an answer that tells none of them, as of another document. */
export function asPublicAccessBlock(
  block: Sdk.PublicAccessBlockConfiguration | undefined,
): PublicAccessBlock | undefined {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = block ?? {}
  if ((BlockPublicAcls ?? IgnorePublicAcls ?? BlockPublicPolicy ?? RestrictPublicBuckets) === undefined)
    return undefined
  return {
    blockPublicAcls: BlockPublicAcls ?? false,
    ignorePublicAcls: IgnorePublicAcls ?? false,
    blockPublicPolicy: BlockPublicPolicy ?? false,
    restrictPublicBuckets: RestrictPublicBuckets ?? false,
  }
}

/** One line of a bucket’s ACL as the contract has it; `ownerId` tells which is the owner’s. */
export function asGrant({ Grantee, Permission }: Grant, ownerId: string | undefined): BucketGrant {
  const permission = Permission ?? ''
  if (Grantee?.URI?.endsWith('/global/AllUsers') === true) return { grantee: 'everybody', permission }
  if (Grantee?.URI?.endsWith('/global/AuthenticatedUsers') === true)
    return { grantee: 'every-account', permission }
  return {
    grantee: Grantee?.ID !== undefined && Grantee.ID === ownerId ? 'owner' : 'other',
    permission,
  }
}
