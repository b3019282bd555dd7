import type { CreatedLink } from '../../src-preload/contract/presigned-url.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import { presignGetObject } from '../s3/presign.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { signingKeyOf } from './signing-key.ts'

/** Which link to make. */
export interface CreateLinkOptions {
  readonly bucket: string
  readonly key: string
  readonly kind: 'public' | 'presigned'
  /** For a presigned URL, in seconds; S3 and the credentials may allow less. */
  readonly expiresInSeconds: number
  /** The file name that a browser saves under; null to show it as it is. Presigned URLs only. */
  readonly downloadAs: string | null
  /** A custom domain or CDN that serves the bucket. Public URLs only: S3 does not verify signatures there. */
  readonly baseUrl: string | null
  /** What of the key the base URL stands for already, when it serves a prefix and not the whole bucket. */
  readonly servedPrefix?: string | undefined
}

/** A link that has not been handed out. */
export type MadeLink = Omit<CreatedLink, 'recordId' | 'test'>

/**
 * Makes a link and says when it really ends: the least of what was asked, S3's seven days and what the credentials
 * have left. The object is not looked at. Throws Failures, `expired-token` among them.
 */
export async function createLink(session: S3Session, options: CreateLinkOptions): Promise<MadeLink> {
  if (options.kind === 'public') {
    // Which host serves the bucket depends on its region.
    if (options.baseUrl === null) await session.bucketRegion(options.bucket)
    const { baseUrl, key, servedPrefix = '' } = options
    const isBelow = baseUrl !== null && key.startsWith(servedPrefix)
    const url = publicObjectUrl(
      session,
      options.bucket,
      isBelow ? key.slice(servedPrefix.length) : key,
      baseUrl,
    )
    return { url, kind: 'public', endsAt: null, limitedBy: null, insecure: false, signingKey: null }
  }
  const signed = await presignGetObject(session, {
    bucket: options.bucket,
    key: options.key,
    expiresInSeconds: options.expiresInSeconds,
    ...(options.downloadAs === null ? {} : { downloadAs: options.downloadAs }),
  })
  return {
    url: signed.url,
    kind: 'presigned',
    endsAt: signed.expiresAt.toISOString(),
    limitedBy: signed.limitedBy,
    insecure: signed.url.startsWith('http:'),
    signingKey: signingKeyOf(signed.signer),
  }
}
