import type * as Sdk from '@aws-sdk/client-cloudfront'
import { awsClientConfig } from '../s3/aws-client-config.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** CloudFront is one service for all regions; its requests are signed for this one. */
const signingRegion = 'us-east-1'

/** Where CloudFront listens. */
const cloudFrontUrl = 'https://cloudfront.amazonaws.com'

/** A client of CloudFront with the session's keys. It is destroyed after use; the SDK is loaded now. */
export async function createCloudFrontClient(
  session: S3Session,
  endpoint: string = cloudFrontUrl,
): Promise<{ readonly client: Sdk.CloudFrontClient; readonly sdk: typeof Sdk }> {
  const [sdk, config] = await Promise.all([
    import('@aws-sdk/client-cloudfront'),
    awsClientConfig(session, { region: signingRegion, endpoint }),
  ])
  return { client: new sdk.CloudFrontClient(config), sdk }
}
