import type { InputOf } from '../../src-preload/contract/api.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'

/** What a link to an object is asked for with: signed, for ten minutes, at the bucket's own address, and not copied. */
export function linkInput(
  { profileId, bucket, key }: ObjectRef,
  more: Partial<InputOf<'createLink'>> = {},
): InputOf<'createLink'> {
  return {
    profileId,
    bucket,
    key,
    kind: 'presigned',
    expiresInSeconds: 600,
    downloadAs: null,
    baseUrl: null,
    copy: false,
    ...more,
  }
}
