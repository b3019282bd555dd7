/** The longest life of a SigV4 presigned URL, in seconds (Amazon S3: 7 days). */
export const maxLinkExpirySeconds = 604_800

/** The choices of the expiry menu, in seconds; anything else is typed in. */
export const linkExpiryChoices: readonly { readonly label: string; readonly seconds: number }[] = [
  { label: '5 minutes', seconds: 300 },
  { label: '1 hour', seconds: 3600 },
  { label: '1 day', seconds: 86_400 },
  { label: '7 days', seconds: maxLinkExpirySeconds },
]
