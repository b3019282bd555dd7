import type * as Sdk from '@aws-sdk/client-cloudfront'
import { guardedLookup } from '../s3/address-policy.ts'
import { HttpAgent, HttpsAgent } from '../s3/node-http.ts'
import { createRetryStrategy, defaultRetryLimits } from '../s3/retry-strategy.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** CloudFront is one service for all regions; its requests are signed for this one. */
const signingRegion = 'us-east-1'

/** Where CloudFront listens. */
const cloudFrontUrl = 'https://cloudfront.amazonaws.com'

/** The SDK logs to the console where it finds no logger; what it would print can hold a request. */
const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/**
 * A client that has the session's keys and clock and nothing else: endpoint, region and credentials are said explicitly,
 * so that neither `AWS_*` nor `~/.aws` decide anything (S27). It is destroyed after use; the SDK is loaded now.
 */
export async function createCloudFrontClient(
  session: S3Session,
  endpoint: string = cloudFrontUrl,
): Promise<{ readonly client: Sdk.CloudFrontClient; readonly sdk: typeof Sdk }> {
  const [sdk, { NodeHttpHandler }] = await Promise.all([
    import('@aws-sdk/client-cloudfront'),
    import('@smithy/node-http-handler'),
  ])
  // Plain http is for tests on this computer (S28, S29).
  const lookup = guardedLookup({ loopbackOnly: endpoint.startsWith('http:') })
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
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5000,
      socketTimeout: 20_000,
      httpAgent: new HttpAgent({ lookup }),
      httpsAgent: new HttpsAgent({ lookup }),
      logger: silentLogger,
    }),
  }
  return { client: new sdk.CloudFrontClient(config), sdk }
}
