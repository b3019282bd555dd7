import { responseFacts, withFailures } from './map-error.ts'
import { openObject } from './open-object.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { headThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'

/** What HEAD tells about an object; absent headers are null. */
export interface HeadedObject {
  readonly sizeBytes: number
  readonly lastModified: Date | null
  /** With its quotes, as S3 writes it. */
  readonly eTag: string | null
  readonly storageClass: string | null
  readonly contentType: string | null
  readonly cacheControl: string | null
  /** As it stands, with the `aws-chunked` that some services wrongly keep from the upload. */
  readonly contentEncoding: string | null
  readonly contentDisposition: string | null
  readonly contentLanguage: string | null
  /** The Expires header as it stands. */
  readonly expires: string | null
  readonly websiteRedirectLocation: string | null
  /** User metadata without `x-amz-meta-`, names in lower case. */
  readonly metadata: Record<string, string>
  /** `CRC64NVME=…`, `SHA256=…` in base64, with `-N` when it is a checksum of N parts' checksums. */
  readonly checksum: string | null
  readonly serverSideEncryption: string | null
  /** How many tags it has; absent where the service does not tell, or there are none. */
  readonly tagCount?: number
}

/** Which object. */
export interface HeadObjectOptions {
  readonly bucket: string
  readonly key: string
  /** A version in place of the current object. */
  readonly versionId?: string
  /** One part of those that it was uploaded in, counted from 1: `sizeBytes` is that of the part. */
  readonly partNumber?: number
  /** Whether its checksum is asked for; by default where the session knows that services may be asked. */
  readonly withChecksum?: boolean
  readonly signal?: AbortSignal
}

/**
 * HEAD of an object; null when it does not exist. A key that may not list gets 403 for a missing object too, so
 * `access-denied` means that its existence is unknown. Throws Failures.
 */
export function headObject(session: S3Session, options: HeadObjectOptions): Promise<HeadedObject | null> {
  return withFailures({ key: options.key }, async () => {
    const direct = await wireTo(session, options.bucket)
    if (direct !== null) {
      try {
        return headedObject(
          await headThroughWire(direct, {
            key: options.key,
            versionId: options.versionId,
            partNumber: options.partNumber,
            withChecksum: options.withChecksum ?? session.checksums === 'when-supported',
            signal: options.signal,
          }),
        )
      } catch (error) {
        if (responseFacts(error).status === 404) return null
        throw await whyRefused(session, options, error)
      }
    }
    const [client, { HeadObjectCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    const send = async () => {
      try {
        return await client.send(
          new HeadObjectCommand({
            Bucket: options.bucket,
            Key: options.key,
            VersionId: options.versionId,
            PartNumber: options.partNumber,
            ...((options.withChecksum ?? session.checksums === 'when-supported')
              ? { ChecksumMode: 'ENABLED' }
              : {}),
          }),
          options.signal ? { abortSignal: options.signal } : {},
        )
      } catch (error) {
        if (responseFacts(error).status === 404) return null
        throw await whyRefused(session, options, error)
      }
    }
    const head = await send()
    if (head === null) return null
    const checksums = [
      ['CRC64NVME', head.ChecksumCRC64NVME],
      ['CRC32C', head.ChecksumCRC32C],
      ['CRC32', head.ChecksumCRC32],
      ['SHA256', head.ChecksumSHA256],
      ['SHA1', head.ChecksumSHA1],
    ] as const
    const checksum = checksums.find(([, value]) => value !== undefined)
    return {
      sizeBytes: head.ContentLength ?? 0,
      lastModified: head.LastModified ?? null,
      eTag: head.ETag ?? null,
      storageClass: head.StorageClass ?? null,
      contentType: head.ContentType ?? null,
      cacheControl: head.CacheControl ?? null,
      contentEncoding: head.ContentEncoding ?? null,
      contentDisposition: head.ContentDisposition ?? null,
      contentLanguage: head.ContentLanguage ?? null,
      expires: head.ExpiresString ?? null,
      websiteRedirectLocation: head.WebsiteRedirectLocation ?? null,
      metadata: head.Metadata ?? {},
      checksum: checksum ? `${checksum[0]}=${checksum[1]}` : null,
      serverSideEncryption: head.ServerSideEncryption ?? null,
      ...(head.TagCount === undefined ? {} : { tagCount: head.TagCount }),
    }
  })
}

/**
 * What stands behind a HEAD that was refused with 400. It has no body, so that a session which has expired looks like
 * anything else (F19): a GET of one byte is told why.
 */
async function whyRefused(
  session: S3Session,
  { bucket, key, signal }: HeadObjectOptions,
  error: unknown,
): Promise<unknown> {
  if (responseFacts(error).status !== 400) return error
  try {
    const opened = await openObject(session, { bucket, key, from: 0, to: 1, ifMatch: null, signal })
    opened.body.destroy()
    return error
  } catch (told) {
    return told
  }
}

/** The headers of the answer, names in lower case, as what they tell. */
function headedObject(headers: Readonly<Record<string, string>>): HeadedObject {
  const text = (name: string) => headers[name] ?? null
  const modified = Date.parse(headers['last-modified'] ?? '')
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-meta-')) metadata[name.slice('x-amz-meta-'.length)] = value
  }
  const algorithm = ['CRC64NVME', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'].find(
    (name) => headers[`x-amz-checksum-${name.toLowerCase()}`] !== undefined,
  )
  return {
    sizeBytes: Number(headers['content-length'] ?? 0),
    lastModified: Number.isNaN(modified) ? null : new Date(modified),
    eTag: text('etag'),
    storageClass: text('x-amz-storage-class'),
    contentType: text('content-type'),
    cacheControl: text('cache-control'),
    contentEncoding: text('content-encoding'),
    contentDisposition: text('content-disposition'),
    contentLanguage: text('content-language'),
    expires: text('expires'),
    websiteRedirectLocation: text('x-amz-website-redirect-location'),
    metadata,
    checksum:
      algorithm === undefined
        ? null
        : `${algorithm}=${headers[`x-amz-checksum-${algorithm.toLowerCase()}`] ?? ''}`,
    serverSideEncryption: text('x-amz-server-side-encryption'),
    ...(headers['x-amz-tagging-count'] === undefined
      ? {}
      : { tagCount: Number(headers['x-amz-tagging-count']) }),
  }
}
