import type * as Sdk from '@aws-sdk/client-cloudfront'
import { createRetryStrategy, defaultRetryLimits } from '../s3/retry-strategy.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createBriefSdkHandler, silentLogger } from '../s3/sdk-handler.ts'

/** CloudFront is one service for all regions; its requests are signed for this one. */
const signingRegion = 'us-east-1'

/** Where CloudFront listens. */
const cloudFrontUrl = 'https://cloudfront.amazonaws.com'

/**
 * A client that has the session's keys, clock and proxy and nothing else: endpoint, region and credentials are said explicitly,
 * so that neither `AWS_*` nor `~/.aws` decide anything (S27). It is destroyed after use; the SDK is loaded now.
 */
export async function createCloudFrontClient(
  session: S3Session,
  endpoint: string = cloudFrontUrl,
): Promise<{ readonly client: Sdk.CloudFrontClient; readonly sdk: typeof Sdk }> {
  const sdk = await import('@aws-sdk/client-cloudfront')
  const config: Sdk.CloudFrontClientConfig & { ignoreConfiguredEndpointUrls: boolean } = {
    endpoint,
    ignoreConfiguredEndpointUrls: true,
    region: signingRegion,
    credentials: Object.assign(() => session.credentials(), { memoized: true }),
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: defaultRetryLimits.maxAttempts,
    retryStrategy: createRetryStrategy(defaultRetryLimits),
    userAgentAppId: 'pail',
    systemClockOffset: session.clockOffsetMs(),
    logger: silentLogger,
    requestHandler: await createBriefSdkHandler(endpoint, session.findProxy),
  }
  return { client: new sdk.CloudFrontClient(config), sdk }
}
