import { setTimeout as sleep } from 'node:timers/promises'
import type { BucketLocationConstraint } from '@aws-sdk/client-s3'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { type S3Diagnostics, toFailure, withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'

/** A bucket as ListBuckets tells it. */
export interface ListedBucket {
  readonly name: string
  readonly createdAt: Date | null
  readonly region: string | null
}

/** Who owns new objects, which decides whether ACLs mean anything. `unknown`: not readable, or not a notion here. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter' | 'unknown'

interface BucketOptions {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/** The buckets that the key may list. Throws Failures: `access-denied` when it may list none. */
export function listBuckets(
  session: S3Session,
  options: { signal?: AbortSignal } = {},
): Promise<ListedBucket[]> {
  return withFailures({}, async () => {
    const [client, { ListBucketsCommand }] = await Promise.all([session.client(), loadSdk()])
    const found: ListedBucket[] = []
    let token: string | undefined
    do {
      const answer = await client.send(
        new ListBucketsCommand(token === undefined ? {} : { ContinuationToken: token }),
        sending(options),
      )
      for (const bucket of answer.Buckets ?? []) {
        if (bucket.Name === undefined) continue
        found.push({
          name: bucket.Name,
          createdAt: bucket.CreationDate ?? null,
          region: bucket.BucketRegion ?? null,
        })
      }
      // Without paging asked for, S3 answers all at once; a token that stays the same would go on for ever.
      token = answer.ContinuationToken === token ? undefined : answer.ContinuationToken
    } while (token !== undefined && token !== '')
    return found
  })
}

/**
 * When a bucket was made, as the listing of buckets tells it; null where the key may not list them, or the bucket is not
 * among them (yet). At AWS a change of its settings may move the date. Throws only `cancelled`.
 */
export async function bucketCreatedAt(session: S3Session, options: BucketOptions): Promise<Date | null> {
  try {
    const found = (await listBuckets(session, options)).find(({ name }) => name === options.bucket)
    return found?.createdAt ?? null
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    return null
  }
}

/**
 * Creates a bucket. `private` sends nothing but the name and leaves the service's defaults. `per-object` enables ACLs
 * and lifts Block Public Access, so that every object can be public or private; services without those notions are
 * left as they are. One that was made by this very call although its answer was lost is a success. Throws Failures:
 * `bucket-exists`, `bucket-owned-by-you`, `invalid-bucket-name`, `wrong-region`; and when the bucket was made but could
 * not be opened, a failure that says so.
 */
export async function createBucket(
  session: S3Session,
  options: BucketOptions & {
    region: string
    access: 'private' | 'per-object'
    /** Pauses before the listing of buckets is looked at again, in milliseconds. */
    pausesMs?: readonly number[]
  },
): Promise<void> {
  const { bucket, region, access } = options
  const wasAbsent = (await refuseOwnBucket(session, options)) === 'absent'
  const startedAt = Date.now()
  try {
    await withFailures({ bucket }, async () => {
      const [client, { CreateBucketCommand }] = await Promise.all([session.clientIn(region), loadSdk()])
      await client.send(
        new CreateBucketCommand({
          Bucket: bucket,
          ...locationConstraint(session, region),
          ...(access === 'per-object' ? { ObjectOwnership: 'BucketOwnerPreferred' } : {}),
        }),
        sending(options),
      )
    })
  } catch (error) {
    if (!wasAbsent || !mayBeMade(error) || !(await isMadeSince(session, startedAt, options))) throw error
  }
  session.rememberRegion(bucket, region)
  if (access === 'per-object') await liftPublicAccessBlock(session, options)
}

/**
 * Whether a call that failed may have made the bucket all the same: no answer to it came, or one to its repetition,
 * which found the bucket there. A first call that finds it there has not made it.
 */
function mayBeMade(error: unknown): boolean {
  if (!(error instanceof Failure)) return false
  const { code, retryable } = error.error
  const { attempts } = (error.cause ?? {}) as Partial<S3Diagnostics>
  const isTaken = code === 'bucket-owned-by-you' || code === 'bucket-exists'
  return isTaken ? (attempts ?? 1) > 1 : retryable
}

/**
 * Whether the bucket is among the key's own, made no earlier than the call began by the service's clock. An older one,
 * and one whose age the service does not tell, is not.
 */
async function isMadeSince(
  session: S3Session,
  startedAt: number,
  { pausesMs = [500, 1500], ...options }: BucketOptions & { readonly pausesMs?: readonly number[] },
): Promise<boolean> {
  for (let look = 0; ; look++) {
    const createdAt = await bucketCreatedAt(session, options)
    const span = session.serverSpanSince(startedAt)
    if (createdAt !== null) return span !== null && createdAt.getTime() >= span.fromMs
    const pause = pausesMs[look]
    if (pause === undefined) return false
    await sleep(pause, undefined, options.signal ? { signal: options.signal } : {}).catch(
      (error: unknown) => {
        throw toFailure(error)
      },
    )
  }
}

/** AWS has no constraint for us-east-1; other services know the region from their endpoint. */
export function locationConstraint(
  session: Pick<S3Session, 'endpoint' | 'region'>,
  region: string,
): { CreateBucketConfiguration?: { LocationConstraint: BucketLocationConstraint } } {
  const constrained = region !== 'us-east-1' && (session.endpoint === null || region !== session.region)
  return constrained ? { CreateBucketConfiguration: { LocationConstraint: asConstraint(region) } } : {}
}

/**
 * Where the same owner creates a bucket again, us-east-1 and others answer 200; the person should be told. Throws
 * `bucket-owned-by-you`; else answers whether the service says that there is none of the name.
 */
export async function refuseOwnBucket(
  session: S3Session,
  options: BucketOptions,
): Promise<'absent' | 'unknown'> {
  const [client, { HeadBucketCommand }] = await Promise.all([session.client(), loadSdk()])
  const state = await client.send(new HeadBucketCommand({ Bucket: options.bucket }), sending(options)).then(
    () => 'there' as const,
    (error: unknown) =>
      toFailure(error).error.code === 'no-such-bucket' ? ('absent' as const) : ('unknown' as const),
  )
  if (state === 'there')
    throw failure('bucket-owned-by-you', `You have a bucket “${options.bucket}” already.`)
  return state
}

async function liftPublicAccessBlock(session: S3Session, options: BucketOptions): Promise<void> {
  try {
    await withFailures({ bucket: options.bucket }, async () => {
      const [client, { PutPublicAccessBlockCommand }] = await Promise.all([
        session.client(options.bucket),
        loadSdk(),
      ])
      await client.send(
        new PutPublicAccessBlockCommand({
          Bucket: options.bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: false,
            IgnorePublicAcls: false,
            BlockPublicPolicy: false,
            RestrictPublicBuckets: false,
          },
        }),
        sending(options),
      )
    })
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    if (lacksApi(error)) return
    throw failure(
      error.error.code,
      `The bucket “${options.bucket}” was made, but public access could not be allowed: ${error.message}`,
      error.error.s3Code === undefined ? {} : { s3Code: error.error.s3Code },
    )
  }
}

/** Deletes an empty bucket. Throws Failures: `bucket-not-empty`, `no-such-bucket`. */
export function deleteBucket(session: S3Session, options: BucketOptions): Promise<void> {
  return withFailures({ bucket: options.bucket }, async () => {
    const [client, { DeleteBucketCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    await client.send(new DeleteBucketCommand({ Bucket: options.bucket }), sending(options))
    session.forgetRegion(options.bucket)
  })
}

/**
 * Whether deleting keeps the old bytes: `yes` only while versioning is on. `unknown` when it cannot be read; a service
 * without versioning is `no`.
 */
export async function bucketVersioning(
  session: S3Session,
  options: BucketOptions,
): Promise<'yes' | 'no' | 'unknown'> {
  try {
    return await withFailures({ bucket: options.bucket }, async () => {
      const [client, { GetBucketVersioningCommand }] = await Promise.all([
        session.client(options.bucket),
        loadSdk(),
      ])
      const answer = await client.send(
        new GetBucketVersioningCommand({ Bucket: options.bucket }),
        sending(options),
      )
      return answer.Status === 'Enabled' ? 'yes' : 'no'
    })
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    return error.error.code === 'not-supported' ? 'no' : 'unknown'
  }
}

/** The bucket's object ownership; `unknown` when it cannot be read. Throws only `cancelled`. */
export async function bucketOwnership(session: S3Session, options: BucketOptions): Promise<ObjectOwnership> {
  try {
    return await withFailures({ bucket: options.bucket }, async () => {
      const [client, { GetBucketOwnershipControlsCommand }] = await Promise.all([
        session.client(options.bucket),
        loadSdk(),
      ])
      const answer = await client.send(
        new GetBucketOwnershipControlsCommand({ Bucket: options.bucket }),
        sending(options),
      )
      return answer.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? 'unknown'
    })
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    // A bucket from before 2023 has no controls, which means that ACLs count.
    return error.error.s3Code === 'OwnershipControlsNotFoundError' ? 'ObjectWriter' : 'unknown'
  }
}

/** Whether a failure means that the service has no such API at all, rather than that it refused. */
function lacksApi(error: Failure): boolean {
  return (
    error.error.code === 'not-supported' ||
    // A service that does not know `?publicAccessBlock` takes the request for another one.
    [
      'MalformedXML',
      'NoSuchKey',
      'NotFound',
      'HTTP 404',
      'HTTP 400',
      'InvalidRequest',
      'InvalidArgument',
    ].includes(error.error.s3Code ?? '')
  )
}

/** The SDK lists the regions of its day; services have others. */
function asConstraint(region: string): BucketLocationConstraint {
  return region as BucketLocationConstraint
}

function sending(options: { signal?: AbortSignal }): { abortSignal?: AbortSignal } {
  return options.signal ? { abortSignal: options.signal } : {}
}
