import { failure } from '../../src-preload/contract/failure.ts'
import { maxLinkExpirySeconds } from '../../src-preload/contract/link-expiry.ts'
import { withFailures } from './map-error.ts'
import { wellFormed } from './object-key.ts'
import type { S3Credentials, S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { presignPutThroughWire, presignThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'

/** A presigned GET. `downloadAs` is the file name that the browser saves under. */
export interface PresignGetOptions {
  readonly bucket: string
  readonly key: string
  readonly expiresInSeconds: number
  readonly downloadAs?: string
  readonly contentType?: string
  readonly signal?: AbortSignal
}

/** A presigned PUT. */
export interface PresignPutOptions {
  readonly bucket: string
  readonly key: string
  readonly expiresInSeconds: number
  /** Signed: the upload has to name exactly this type. */
  readonly contentType: string
  /** Signed, where it is given: the body has to have exactly so many bytes. */
  readonly contentLength?: number | undefined
  /** Whether `If-None-Match: *` is signed, so that services which know it refuse to overwrite. */
  readonly mustNotReplace: boolean
}

/** A signed URL, its real end, and what made it end earlier than asked. */
export interface PresignedUrl {
  readonly url: string
  readonly expiresAt: Date
  readonly limitedBy: 'seven-days' | 'credentials' | null
  /** The key that it is signed with, and with which it dies. */
  readonly signer: {
    readonly accessKeyId: string
    readonly isTemporary: boolean
    /** Null when the credentials have no end, or do not tell it. */
    readonly endsAt: Date | null
  }
}

/** A signed URL to upload to, with the headers that an upload has to send exactly so. */
export interface PresignedPut extends PresignedUrl {
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/**
 * Signs a GET of an object. The life is capped at S3's seven days and at what temporary credentials have left. Signed
 * with the service's clock as measured (F18). Nothing is checked: the object may be absent. Throws Failures
 * (`expired-token` when the credentials have ended).
 */
export function presignGetObject(session: S3Session, options: PresignGetOptions): Promise<PresignedUrl> {
  return withFailures({ key: options.key }, async () =>
    signedForSoLong(session, await getSigner(session, options), options.expiresInSeconds),
  )
}

/**
 * Signs a PUT of an object, with the life and the clock of {@link presignGetObject}. S3 has no way to sign how large the
 * body may be, only how large it is. Nothing is checked: a key that is taken is overwritten, unless `mustNotReplace` is kept to. Throws Failures.
 */
export function presignPutObject(session: S3Session, options: PresignPutOptions): Promise<PresignedPut> {
  return withFailures({ key: options.key }, async () => {
    const signed = await signedForSoLong(session, await putSigner(session, options), options.expiresInSeconds)
    return {
      ...signed,
      headers: [
        ['Content-Type', options.contentType],
        ...(options.mustNotReplace ? [['If-None-Match', '*'] as const] : []),
      ],
    }
  })
}

/** The signer has resolved the region, which is part of the signature; that has measured the clock, if nothing had. */
async function signedForSoLong(session: S3Session, sign: Sign, wantedSeconds: number): Promise<PresignedUrl> {
  const credentials = await session.credentials()
  const nowMs = Date.now() + session.clockOffsetMs()
  const signedAtMs = Math.floor(nowMs / 1000) * 1000
  let expiresIn = Math.max(1, Math.floor(wantedSeconds))
  let limitedBy: PresignedUrl['limitedBy'] = null
  if (expiresIn > maxLinkExpirySeconds) {
    expiresIn = maxLinkExpirySeconds
    limitedBy = 'seven-days'
  }
  if (credentials.expiration !== undefined) {
    const left = Math.floor((credentials.expiration.getTime() - signedAtMs) / 1000)
    if (left <= 0) throw failure('expired-token', 'These temporary credentials have ended. Sign in again.')
    if (left < expiresIn) {
      expiresIn = left
      limitedBy = 'credentials'
    }
  }
  const url = await sign(credentials, signedAtMs, expiresIn)
  return {
    url,
    expiresAt: new Date(signedAtMs + expiresIn * 1000),
    limitedBy,
    signer: {
      accessKeyId: credentials.accessKeyId,
      isTemporary: credentials.sessionToken !== undefined,
      endsAt: credentials.expiration ?? null,
    },
  }
}

type Sign = (credentials: S3Credentials, signedAtMs: number, expiresIn: number) => Promise<string> | string

/** How links to an object are signed; resolves the bucket's region. */
async function getSigner(session: S3Session, options: PresignGetOptions): Promise<Sign> {
  const disposition = options.downloadAs === undefined ? undefined : attachmentDisposition(options.downloadAs)
  const direct = await wireTo(session, options.bucket)
  if (direct !== null) {
    return (credentials, timeMs, expiresInSeconds) =>
      presignThroughWire(
        direct,
        {
          key: options.key,
          expiresInSeconds,
          responseContentDisposition: disposition,
          responseContentType: options.contentType,
        },
        { ...credentials, timeMs },
      )
  }
  const [client, { GetObjectCommand }, { getSignedUrl }] = await Promise.all([
    session.presigningClient(options.bucket),
    loadSdk(),
    import('@aws-sdk/s3-request-presigner'),
  ])
  const command = new GetObjectCommand({
    Bucket: options.bucket,
    Key: options.key,
    ...(disposition === undefined ? {} : { ResponseContentDisposition: disposition }),
    ...(options.contentType === undefined ? {} : { ResponseContentType: options.contentType }),
  })
  return (_, signedAtMs, expiresIn) =>
    getSignedUrl(client, command, { expiresIn, signingDate: new Date(signedAtMs) })
}

/** How links to upload to are signed; resolves the bucket's region. */
async function putSigner(session: S3Session, options: PresignPutOptions): Promise<Sign> {
  const { key, contentType, contentLength, mustNotReplace } = options
  const direct = await wireTo(session, options.bucket)
  if (direct !== null) {
    return (credentials, timeMs, expiresInSeconds) =>
      presignPutThroughWire(
        direct,
        { key, contentType, contentLength, ifNoneMatch: mustNotReplace, expiresInSeconds },
        { ...credentials, timeMs },
      )
  }
  const [client, { PutObjectCommand }, { getSignedUrl }] = await Promise.all([
    session.presigningClient(options.bucket),
    loadSdk(),
    import('@aws-sdk/s3-request-presigner'),
  ])
  const command = new PutObjectCommand({
    Bucket: options.bucket,
    Key: key,
    ContentType: contentType,
    ...(contentLength === undefined ? {} : { ContentLength: contentLength }),
    ...(mustNotReplace ? { IfNoneMatch: '*' } : {}),
  })
  return (_, signedAtMs, expiresIn) =>
    getSignedUrl(client, command, {
      expiresIn,
      signingDate: new Date(signedAtMs),
      // Left to itself the SDK signs no content type, and the link would take any.
      signableHeaders: new Set([
        'host',
        'content-type',
        'if-none-match',
        ...(contentLength === undefined ? [] : ['content-length']),
      ]),
    })
}

/**
 * A Content-Disposition that saves under `name`: an ASCII fallback for old clients and the exact name as `filename*`
 * (RFC 6266). S3 accepts only ASCII in the parameter.
 */
export function attachmentDisposition(name: string): string {
  const clean = wellFormed(name).replace(/[\p{Cc}/\\]/gu, '_')
  const fallback = clean
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '_')
    .replace(/["%]/g, '_')
  const exact = encodeURIComponent(clean).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${fallback}"; filename*=UTF-8''${exact}`
}
