import type * as Sdk from '@aws-sdk/client-s3'
import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import { asPublicAccessBlock, readBucketPolicy, readSetting } from './bucket-access.ts'
import { locationConstraint } from './buckets.ts'
import type { LifecycleRule } from './bucket-lifecycle.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'

/** A rule of CORS, in the words of the S3 API. */
export interface CorsRule {
  readonly AllowedOrigins: readonly string[]
  readonly AllowedMethods: readonly string[]
  readonly AllowedHeaders?: readonly string[] | undefined
  readonly ExposeHeaders?: readonly string[] | undefined
  readonly MaxAgeSeconds?: number | undefined
}

/** A setting of a bucket with a value; null takes it away. */
export type BucketSetting =
  | { readonly name: 'ownership'; readonly value: Ownership | null }
  | { readonly name: 'publicAccessBlock'; readonly value: PublicAccessBlock | null }
  | { readonly name: 'policy'; readonly value: string | null }
  | { readonly name: 'cors'; readonly value: readonly CorsRule[] | null }
  /** `Off` is that of a bucket which never had versions; it cannot be had back. */
  | { readonly name: 'versioning'; readonly value: 'Enabled' | 'Suspended' | 'Off' }
  | {
      readonly name: 'lifecycle'
      readonly value: readonly LifecycleRule[] | null
      /** `TransitionDefaultMinimumObjectSize`, which is of the whole and lost unless it is sent again. */
      readonly minimumSize?: string | null
    }

type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter'

/** The name of a {@link BucketSetting}. */
export type BucketSettingName = BucketSetting['name']

/** A request as it goes out. */
export interface ShownRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly body: string | null
}

interface BucketOptions {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/**
 * Reads one setting. `not-offered` and `unknown` as {@link readSetting} has them: a service that takes `?ownershipControls`
 * for a listing of the bucket answers no setting. Throws Failures of the network, the keys and `no-such-bucket`.
 */
export async function readBucketSetting(
  session: S3Session,
  options: BucketOptions,
  name: BucketSettingName,
): Promise<Reading<BucketSetting['value']>> {
  const { bucket, signal } = options
  const [client, sdk] = await Promise.all([session.client(bucket), loadSdk()])
  const Bucket = bucket
  const sending = signal ? { abortSignal: signal } : {}
  type Value = BucketSetting['value']
  const read = (ask: () => Promise<Value | undefined>, absent: Readonly<Record<string, Value>> = {}) =>
    readSetting<Value>(bucket, ask, absent)
  switch (name) {
    case 'ownership':
      return read(
        async () =>
          (await client.send(new sdk.GetBucketOwnershipControlsCommand({ Bucket }), sending))
            .OwnershipControls?.Rules?.[0]?.ObjectOwnership,
        { OwnershipControlsNotFoundError: null },
      )
    case 'publicAccessBlock':
      return read(
        async () =>
          asPublicAccessBlock(
            (await client.send(new sdk.GetPublicAccessBlockCommand({ Bucket }), sending))
              .PublicAccessBlockConfiguration,
          ),
        { NoSuchPublicAccessBlockConfiguration: null },
      )
    case 'policy':
      return readBucketPolicy(session, options)
    case 'cors':
      return read(
        async () =>
          (await client.send(new sdk.GetBucketCorsCommand({ Bucket }), sending)).CORSRules as
            CorsRule[] | undefined,
        { NoSuchCORSConfiguration: null },
      )
    case 'versioning':
      return read(async () => {
        const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket }), sending)
        return Status ?? 'Off'
      })
    case 'lifecycle':
      return read(
        async () =>
          (await client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }), sending)).Rules as
            LifecycleRule[] | undefined,
        { NoSuchLifecycleConfiguration: null },
      )
  }
}

/** Puts a setting, or takes it away. Throws Failures. */
export function putBucketSetting(
  session: S3Session,
  { bucket, signal }: BucketOptions,
  setting: BucketSetting,
): Promise<void> {
  return withFailures({ bucket }, async () => {
    const [client, sdk] = await Promise.all([session.client(bucket), loadSdk()])
    await client.send(commandOf(sdk, bucket, setting), signal ? { abortSignal: signal } : {})
  })
}

/** What {@link putBucketSetting} sends for a setting, without sending it. */
export async function requestOfSetting(
  session: S3Session,
  bucket: string,
  setting: BucketSetting,
): Promise<ShownRequest> {
  const sdk = await loadSdk()
  return shownRequest(sdk, session, commandOf(sdk, bucket, setting))
}

/** What creating a bucket sends, without sending it. */
export async function requestOfCreateBucket(
  session: S3Session,
  { bucket, region }: { readonly bucket: string; readonly region: string },
): Promise<ShownRequest> {
  const sdk = await loadSdk()
  const command = new sdk.CreateBucketCommand({ Bucket: bucket, ...locationConstraint(session, region) })
  return shownRequest(sdk, session, command)
}

/** The SDK's own serialization, stopped where it would be sent: what is shown is what goes out. */
async function shownRequest(
  sdk: typeof Sdk,
  { addressing, region }: S3Session,
  command: SettingCommand | Sdk.CreateBucketCommand,
): Promise<ShownRequest> {
  let shown: ShownRequest | null = null
  const client = new sdk.S3Client({
    region,
    endpoint: 'https://s3.invalid',
    forcePathStyle: addressing === 'path',
    // Nothing is signed for anybody.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: unknown) => {
        const { method, path, query, body } = request as {
          method: string
          path: string
          query: Record<string, string>
          body?: unknown
        }
        const asked = Object.entries(query).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
        shown = {
          method,
          path: asked.length === 0 ? path : `${path}?${asked.join('&')}`,
          body: typeof body === 'string' && body !== '' ? body : null,
        }
        throw new Error('shown, not sent')
      },
    },
  })
  try {
    // The commands of one client have types of their own for `send`, which a union does not match.
    await client.send(command as Sdk.PutBucketPolicyCommand).catch(() => undefined)
  } finally {
    client.destroy()
  }
  if (shown === null) throw new Error('The request could not be shown.')
  return shown
}

type SettingCommand =
  | Sdk.PutBucketOwnershipControlsCommand
  | Sdk.DeleteBucketOwnershipControlsCommand
  | Sdk.PutPublicAccessBlockCommand
  | Sdk.DeletePublicAccessBlockCommand
  | Sdk.PutBucketPolicyCommand
  | Sdk.DeleteBucketPolicyCommand
  | Sdk.PutBucketCorsCommand
  | Sdk.DeleteBucketCorsCommand
  | Sdk.PutBucketVersioningCommand
  | Sdk.PutBucketLifecycleConfigurationCommand
  | Sdk.DeleteBucketLifecycleCommand

function commandOf(sdk: typeof Sdk, Bucket: string, setting: BucketSetting): Sdk.PutBucketPolicyCommand {
  return settingCommand(sdk, Bucket, setting) as Sdk.PutBucketPolicyCommand
}

function settingCommand(sdk: typeof Sdk, Bucket: string, setting: BucketSetting): SettingCommand {
  switch (setting.name) {
    case 'ownership':
      return setting.value === null
        ? new sdk.DeleteBucketOwnershipControlsCommand({ Bucket })
        : new sdk.PutBucketOwnershipControlsCommand({
            Bucket,
            OwnershipControls: { Rules: [{ ObjectOwnership: setting.value }] },
          })
    case 'publicAccessBlock':
      return setting.value === null
        ? new sdk.DeletePublicAccessBlockCommand({ Bucket })
        : new sdk.PutPublicAccessBlockCommand({
            Bucket,
            PublicAccessBlockConfiguration: {
              BlockPublicAcls: setting.value.blockPublicAcls,
              IgnorePublicAcls: setting.value.ignorePublicAcls,
              BlockPublicPolicy: setting.value.blockPublicPolicy,
              RestrictPublicBuckets: setting.value.restrictPublicBuckets,
            },
          })
    case 'policy':
      return setting.value === null
        ? new sdk.DeleteBucketPolicyCommand({ Bucket })
        : new sdk.PutBucketPolicyCommand({ Bucket, Policy: setting.value })
    case 'cors':
      return setting.value === null
        ? new sdk.DeleteBucketCorsCommand({ Bucket })
        : new sdk.PutBucketCorsCommand({
            Bucket,
            CORSConfiguration: { CORSRules: setting.value as unknown as Sdk.CORSRule[] },
          })
    case 'versioning':
      return new sdk.PutBucketVersioningCommand({
        Bucket,
        VersioningConfiguration: { Status: setting.value === 'Enabled' ? 'Enabled' : 'Suspended' },
      })
    case 'lifecycle':
      return setting.value === null
        ? new sdk.DeleteBucketLifecycleCommand({ Bucket })
        : new sdk.PutBucketLifecycleConfigurationCommand({
            Bucket,
            LifecycleConfiguration: { Rules: setting.value as unknown as Sdk.LifecycleRule[] },
            ...(setting.minimumSize == null
              ? {}
              : {
                  TransitionDefaultMinimumObjectSize:
                    setting.minimumSize as Sdk.TransitionDefaultMinimumObjectSize,
                }),
          })
  }
}
