import { createHash } from 'node:crypto'
import type { SigningKey } from '../../src-preload/contract/presigned-url.ts'
import { maskAccessKey } from '../s3/access-key-hint.ts'
import type { PresignedUrl } from '../s3/presign.ts'

/** What may be kept of the key that signed a link: enough to know which links die together, nothing to sign with. */
export function signingKeyOf({ accessKeyId, isTemporary, endsAt }: PresignedUrl['signer']): SigningKey {
  return {
    id: createHash('sha256').update(accessKeyId).digest('hex').slice(0, 16),
    hint: maskAccessKey(accessKeyId),
    isTemporary,
    endsAt: endsAt?.toISOString() ?? null,
  }
}
