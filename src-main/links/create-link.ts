import type { CreatedLink } from '../../src-preload/contract/presigned-url.ts'
import { publicBaseUrl } from '../s3/public-base-url.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import { presignGetObject } from '../s3/presign.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { signatureAgeOf } from './signature-age.ts'
import { signingKeyOf } from './signing-key.ts'

/** Which link to make. */
export interface CreateLinkOptions {
  readonly bucket: string
  readonly key: string
  readonly kind: 'public' | 'presigned'
  /** For a presigned URL, in seconds; S3, the credentials and the bucket's policy may allow less. */
  readonly expiresInSeconds: number
  /** The file name that a browser saves under; null to show it as it is. Presigned URLs only. */
  readonly downloadAs: string | null
  /** A custom domain or CDN that serves the bucket. Public URLs only: S3 does not verify signatures there. */
  readonly baseUrl: string | null
  /** What of the key the base URL stands for already, when it serves a prefix and not the whole bucket. */
  readonly servedPrefix?: string | undefined
  /** Signs for CloudFront at the base URL in place of S3; see {@link createLink}. */
  readonly cloudFront?: CloudFrontSigner | null
}

/** Signs URLs for CloudFront with one key pair. */
export interface CloudFrontSigner {
  readonly keyPairId: string
  /** `endsAtMs` is in milliseconds since 1970. Throws `no-credentials` and the keychain's Failures. */
  sign(url: string, endsAtMs: number): Promise<string>
}

/** A link that has not been handed out. */
export type MadeLink = Omit<CreatedLink, 'recordId' | 'test'>

/**
 * Makes a link and says when it really ends: the least of what was asked, S3's seven days, what the credentials have left
 * and how old the bucket's policy lets a signature become. With a signer for CloudFront and a base URL the link is signed there, where only what was asked counts; a
 * name to save under is left to S3, because CloudFront passes on only what a distribution says. The object is not looked
 * at. Throws Failures, `expired-token` among them.
 */
export async function createLink(session: S3Session, options: CreateLinkOptions): Promise<MadeLink> {
  const { baseUrl, cloudFront = null } = options
  if (options.kind === 'public') {
    const served = baseUrl ?? (await publicBaseUrl(session, options.bucket))
    // Which host serves the bucket depends on its region.
    if (served === null) await session.bucketRegion(options.bucket)
    const url = plainUrl(session, { ...options, baseUrl: served })
    return { url, kind: 'public', endsAt: null, limitedBy: null, insecure: false, signingKey: null }
  }
  if (cloudFront !== null && baseUrl !== null && options.downloadAs === null)
    return cloudFrontLink(plainUrl(session, options), cloudFront, {
      expiresInSeconds: options.expiresInSeconds,
      // What is known of the clock of AWS; another service's says nothing about that of CloudFront.
      clockOffsetMs: session.endpoint === null ? session.clockOffsetMs() : 0,
    })
  await session.bucketRegion(options.bucket)
  const mostSeconds = await signatureAgeOf(session, options)
  const isShorter = mostSeconds !== null && mostSeconds < options.expiresInSeconds
  const signed = await presignGetObject(session, {
    bucket: options.bucket,
    key: options.key,
    expiresInSeconds: isShorter ? mostSeconds : options.expiresInSeconds,
    ...(options.downloadAs === null ? {} : { downloadAs: options.downloadAs }),
  })
  return {
    url: signed.url,
    kind: 'presigned',
    endsAt: signed.expiresAt.toISOString(),
    limitedBy: signed.limitedBy ?? (isShorter ? 'policy' : null),
    insecure: signed.url.startsWith('http:'),
    ...(baseUrl === null ? {} : { atOwnAddress: true }),
    signingKey: signingKeyOf(signed.signer),
  }
}

/** When the first of several links ends, ISO 8601; null when none does. */
export function earliestEnd(links: readonly MadeLink[]): string | null {
  const ends = links.flatMap((link) => (link.endsAt === null ? [] : [link.endsAt]))
  return ends.length === 0 ? null : ends.reduce((a, b) => (a < b ? a : b))
}

function plainUrl(session: S3Session, options: CreateLinkOptions): string {
  const { baseUrl, key, servedPrefix = '' } = options
  const isBelow = baseUrl !== null && key.startsWith(servedPrefix)
  return publicObjectUrl(session, options.bucket, isBelow ? key.slice(servedPrefix.length) : key, baseUrl)
}

async function cloudFrontLink(
  url: string,
  signer: CloudFrontSigner,
  life: { readonly expiresInSeconds: number; readonly clockOffsetMs: number },
): Promise<MadeLink> {
  const now = Date.now() + life.clockOffsetMs
  const endsAtMs = Math.floor(now / 1000 + Math.max(1, Math.floor(life.expiresInSeconds))) * 1000
  return {
    url: await signer.sign(url, endsAtMs),
    kind: 'cloudfront',
    endsAt: new Date(endsAtMs).toISOString(),
    limitedBy: null,
    insecure: url.startsWith('http:'),
    signingKey: {
      id: `cloudfront-${signer.keyPairId}`,
      hint: signer.keyPairId,
      isTemporary: false,
      endsAt: null,
    },
  }
}
