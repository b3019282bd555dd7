import type { CreatedLink } from '../../src-preload/contract/presigned-url.ts'

/** A link as the backend answers it: signed, not tried, and in the ledger. */
export const madeLink: CreatedLink = {
  url: 'https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0',
  kind: 'presigned',
  endsAt: '2026-01-02T03:04:05.000Z',
  limitedBy: null,
  insecure: false,
  signingKey: null,
  test: null,
  recordId: 'link_1',
}
