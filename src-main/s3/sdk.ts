import type * as Sdk from '@aws-sdk/client-s3'

/** The part of the AWS SDK that speaks S3, loaded at its first use: it costs a noticeable share of a cold start. */
export function loadSdk(): Promise<typeof Sdk> {
  return import('@aws-sdk/client-s3')
}
