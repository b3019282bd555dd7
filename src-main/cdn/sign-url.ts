/** What is signed: a URL without CloudFront's own parameters, and its end in milliseconds since 1970. */
export interface CloudFrontUrl {
  readonly url: string
  readonly endsAtMs: number
  readonly keyPairId: string
  /** PEM: RSA with 2,048 bits or ECDSA on P-256. */
  readonly privateKey: string
}

/**
 * Signs a URL for CloudFront with a canned policy (Developer Guide, "Create a signed URL using a canned policy"), with
 * SHA-256, which CloudFront takes since April 2026 for both kinds of key. CloudFront counts in whole seconds. Asks
 * nobody: whether the distribution trusts the key pair is seen by who opens the URL.
 */
export async function signCloudFrontUrl({
  url,
  endsAtMs,
  keyPairId,
  privateKey,
}: CloudFrontUrl): Promise<string> {
  const { getSignedUrl } = await import('@aws-sdk/cloudfront-signer')
  return getSignedUrl({
    url,
    keyPairId,
    privateKey,
    dateLessThan: new Date(Math.floor(endsAtMs / 1000) * 1000).toISOString(),
    algorithm: 'SHA256',
  })
}
