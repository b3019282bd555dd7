import { S3Client } from '@aws-sdk/client-s3'
import { nullKeys } from './start-null-server.ts'

/** A client of the AWS SDK with its defaults, checksums and retries included. */
export function sdkClient(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: nullKeys })
}
