import type { LifecycleRule as SdkRule, TransitionDefaultMinimumObjectSize } from '@aws-sdk/client-s3'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { addressOf, wireTo } from './wire/wire-target.ts'
import { scanXml } from './wire/xml-scanner.ts'

/** One rule, in the words of the S3 API. What is not named here is carried along as it is. */
export interface LifecycleRule {
  readonly ID?: string | undefined
  readonly Status?: string | undefined
  /** As rules were written before there were filters; a configuration has either all of them so or none. */
  readonly Prefix?: string | undefined
  readonly Filter?: object | undefined
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: number | undefined } | undefined
  readonly [other: string]: unknown
}

/** The lifecycle configuration of a bucket; without rules when it has none. */
export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[]
  /** A setting of the whole configuration that would be lost if it were not sent again. */
  readonly transitionDefaultMinimumObjectSize: string | null
}

interface BucketOptions {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/** Elements that the SDK reads and writes back. */
const knownElements = new Set(
  (
    'LifecycleConfiguration Rule ID Status Prefix Filter And Tag Key Value ObjectSizeGreaterThan ObjectSizeLessThan ' +
    'Expiration Date Days ExpiredObjectDeleteMarker Transition StorageClass NoncurrentVersionExpiration NoncurrentDays ' +
    'NewerNoncurrentVersions NoncurrentVersionTransition AbortIncompleteMultipartUpload DaysAfterInitiation'
  ).split(' '),
)

/** The configuration of a bucket. Throws Failures: `access-denied`, `not-supported`. */
export function getBucketLifecycle(
  session: S3Session,
  { bucket, signal }: BucketOptions,
): Promise<LifecycleConfiguration> {
  return withFailures({ bucket }, async () => {
    const [client, { GetBucketLifecycleConfigurationCommand }] = await Promise.all([
      session.client(bucket),
      loadSdk(),
    ])
    try {
      const answer = await withFailures({ bucket }, () =>
        client.send(
          new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }),
          signal ? { abortSignal: signal } : {},
        ),
      )
      return {
        rules: (answer.Rules ?? []) as unknown as LifecycleRule[],
        transitionDefaultMinimumObjectSize: answer.TransitionDefaultMinimumObjectSize ?? null,
      }
    } catch (error) {
      if (error instanceof Failure && error.error.s3Code === 'NoSuchLifecycleConfiguration')
        return { rules: [], transitionDefaultMinimumObjectSize: null }
      throw error
    }
  })
}

/**
 * Whether the service's own text of the configuration has anything that would be lost by reading and writing it: the
 * names of such elements. Asked before a configuration with rules is written. Throws Failures.
 */
export function unknownLifecycleElements(
  session: S3Session,
  { bucket, signal }: BucketOptions,
): Promise<string[]> {
  return withFailures({ bucket }, async () => {
    const wire = await wireTo(session, bucket)
    if (wire === null) return []
    const answer = await wire.wire.send({
      ...addressOf(wire),
      method: 'GET',
      path: `${wire.bucketPath}/`,
      query: [['lifecycle', '']],
      headers: {},
      signal,
    })
    const unknown = new Set<string>()
    scanXml(answer.body, {
      open(name) {
        if (!knownElements.has(name)) unknown.add(name)
      },
      close: () => undefined,
    })
    return [...unknown]
  })
}

/** Replaces the whole configuration; without rules it is deleted. Throws Failures. */
export function putBucketLifecycle(
  session: S3Session,
  { bucket, signal }: BucketOptions,
  configuration: LifecycleConfiguration,
): Promise<void> {
  return withFailures({ bucket }, async () => {
    const [client, sdk] = await Promise.all([session.client(bucket), loadSdk()])
    const until = signal ? { abortSignal: signal } : {}
    if (configuration.rules.length === 0) {
      await client.send(new sdk.DeleteBucketLifecycleCommand({ Bucket: bucket }), until)
      return
    }
    if (configuration.rules.length > 1000)
      throw failure('invalid-argument', 'A bucket has at most 1,000 lifecycle rules.')
    const size = configuration.transitionDefaultMinimumObjectSize
    await client.send(
      new sdk.PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: configuration.rules as unknown as SdkRule[] },
        ...(size === null
          ? {}
          : { TransitionDefaultMinimumObjectSize: size as TransitionDefaultMinimumObjectSize }),
      }),
      until,
    )
  })
}
