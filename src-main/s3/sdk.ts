import type * as Sdk from '@aws-sdk/client-s3'

/** The part of the AWS SDK that speaks S3, loaded at its first use: it costs a noticeable share of a cold start. */
export function loadSdk(): Promise<typeof Sdk> {
  // The SDK would print advice about the version of Node, which Electron decides and no user can change.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  return import('@aws-sdk/client-s3')
}
