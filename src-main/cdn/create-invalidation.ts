import { failure, type Failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createCloudFrontClient } from './cloudfront-client.ts'

/** What to send. */
export interface CreateInvalidationOptions {
  readonly distributionId: string
  readonly paths: readonly string[]
  /** The same for the same invalidation, however often it is sent: CloudFront then makes one of them. */
  readonly callerReference: string
  /** In place of CloudFront's own, for tests. */
  readonly endpoint?: string
  readonly signal?: AbortSignal
}

/** An invalidation that CloudFront has accepted. */
export interface CreatedInvalidation {
  readonly invalidationId: string
  readonly status: 'in-progress' | 'completed'
}

/**
 * Sends CreateInvalidation with the keys of a profile on AWS. Sent again with the same reference it makes nothing new and
 * answers how far the first has come. Throws Failures: `not-supported` for profiles of other services, `not-found`,
 * `access-denied`, `slow-down` when too many invalidations are under way, and those of the network and the keys.
 */
export async function createInvalidation(
  session: S3Session,
  options: CreateInvalidationOptions,
): Promise<CreatedInvalidation> {
  refuseOtherServices(session)
  const { client, sdk } = await createCloudFrontClient(session, options.endpoint)
  try {
    const { Invalidation: made } = await client.send(
      new sdk.CreateInvalidationCommand({
        DistributionId: options.distributionId,
        InvalidationBatch: {
          CallerReference: options.callerReference,
          Paths: { Quantity: options.paths.length, Items: [...options.paths] },
        },
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    if (made?.Id === undefined)
      throw failure('server-error', 'CloudFront answered, but not with an invalidation.', { retryable: true })
    return { invalidationId: made.Id, status: made.Status === 'Completed' ? 'completed' : 'in-progress' }
  } catch (error) {
    throw explained(error, options.distributionId)
  } finally {
    client.destroy()
  }
}

/** Throws `not-supported` unless the profile is one of AWS where CloudFront is. */
export function refuseOtherServices({ endpoint, region }: Pick<S3Session, 'endpoint' | 'region'>): void {
  if (endpoint !== null)
    throw failure(
      'not-supported',
      'CloudFront belongs to AWS, and this profile is for another service. Purge its CDN where that is managed.',
    )
  if (/^(cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-/.test(region))
    throw failure(
      'not-supported',
      `Pail does not know the CloudFront of the region ${region}. Invalidate in the console.`,
    )
}

/** What CloudFront's own codes mean. The least-privilege policy needs one permission, which is named. */
function explained(error: unknown, distributionId: string): Failure {
  const problem = toFailure(error)
  const s3Code = problem.error.s3Code ?? ''
  const make = (code: Failure['error']['code'], message: string, retryable = false) =>
    failure(code, message, { s3Code, retryable, cause: problem.cause })
  switch (s3Code) {
    case 'NoSuchDistribution':
      return make('not-found', `This account has no CloudFront distribution ${distributionId}.`)
    case 'AccessDenied':
    case 'AccessDeniedException':
      return make(
        'access-denied',
        `This key may not invalidate. It needs the permission cloudfront:CreateInvalidation on the distribution ${distributionId} (arn:aws:cloudfront::ACCOUNT:distribution/${distributionId}).`,
      )
    case 'TooManyInvalidationsInProgress':
      return make(
        'slow-down',
        'CloudFront is busy with as many invalidations as it takes at once (3,000 paths, 15 wildcards). Try again in some minutes.',
        true,
      )
    case 'InvalidationBatchAlreadyExists':
      return make(
        'already-exists',
        'CloudFront has another invalidation with this reference. Plan a new one.',
      )
    case 'BatchTooLarge':
      return make('too-many', 'CloudFront does not take so many paths at once.')
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
      return make('unknown-access-key', 'AWS does not know this access key ID, or the key is not active.')
    case 'InvalidArgument':
      return make('invalid-argument', 'CloudFront does not accept these paths or this distribution.')
    default:
      // A 404 without a code of CloudFront's, which S3 would mean a bucket with.
      return problem.error.code === 'no-such-bucket'
        ? make('not-found', `There is no CloudFront distribution ${distributionId} here.`)
        : problem
  }
}
