import { type Failure, failure } from '../../src-preload/contract/failure.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { sizeOfUpload } from './size-of-upload.ts'
import { decodeListedKey } from './wire/list-scanner.ts'

/** An upload in parts that is neither completed nor aborted. */
export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  /** By the service's clock. */
  readonly initiated: Date | null
}

/** Which uploads to list. */
export interface ListMultipartUploadsOptions {
  readonly bucket: string
  readonly prefix: string
  /** Of one page; at most 1,000, which is also the default. */
  readonly maxUploads?: number
  readonly signal?: AbortSignal
}

/**
 * Every incomplete multipart upload below a prefix, page by page. Throws Failures: `access-denied`, `not-supported`, and
 * `integrity` when a page repeats its marker or names another prefix (F23).
 */
export async function* listMultipartUploads(
  session: S3Session,
  options: ListMultipartUploadsOptions,
): AsyncGenerator<ListedUpload> {
  const seen = new Set<string>()
  const reader = keyReader(session, options)
  let from: Marker | null = null
  do {
    const page: UploadsPage = await listPage(session, options, from)
    for (const { rawKey, uploadId, initiated } of page.uploads) {
      const key = await reader.read(page.isEncoded, rawKey, uploadId)
      if (!key.startsWith(options.prefix)) throw untrusted('an upload outside of the prefix', key)
      // A service may begin a page with the upload that the one before it ended with.
      const id = JSON.stringify([key, uploadId])
      if (seen.has(id)) continue
      seen.add(id)
      yield { key, uploadId, initiated }
    }
    const next: Marker | null =
      page.next === null ? null : { ...page.next, key: reader.decoded(page.isEncoded, page.next.key) }
    if (next !== null && next.key === from?.key && next.uploadId === from.uploadId)
      throw untrusted('the same page of the uploads again')
    from = next
  } while (from !== null)
}

interface Marker {
  readonly key: string
  readonly uploadId: string | undefined
}

interface UploadsPage {
  /** Whether the service says that it has encoded the keys, as it was asked to. */
  readonly isEncoded: boolean
  readonly uploads: readonly (Omit<ListedUpload, 'key'> & { readonly rawKey: string })[]
  readonly next: Marker | null
}

/**
 * Ceph RGW encodes the keys of this list and does not say so; others neither encode them nor say so. Where that makes two
 * keys, the service is asked which of them has the upload: with the wrong one it would seem to be gone.
 */
function keyReader(session: S3Session, { bucket, signal }: ListMultipartUploadsOptions) {
  let encodesSilently: boolean | null = null
  const decoded = (isEncoded: boolean, raw: string) =>
    isEncoded || encodesSilently === true ? decodeListedKey(raw) : raw
  return {
    decoded,
    async read(isEncoded: boolean, raw: string, uploadId: string): Promise<string> {
      if (isEncoded || encodesSilently !== null) return decoded(isEncoded, raw)
      const other = decodeListedKey(raw)
      if (other === raw) return raw
      const until = signal ? { signal } : {}
      if ((await sizeOfUpload(session, { bucket, key: other, uploadId, ...until })) !== null)
        encodesSilently = true
      else if ((await sizeOfUpload(session, { bucket, key: raw, uploadId, ...until })) !== null)
        encodesSilently = false
      return decoded(isEncoded, raw)
    },
  }
}

function listPage(
  session: S3Session,
  options: ListMultipartUploadsOptions,
  from: Marker | null,
): Promise<UploadsPage> {
  return withFailures({ bucket: options.bucket }, async () => {
    const [client, { ListMultipartUploadsCommand }] = await Promise.all([
      session.client(options.bucket),
      loadSdk(),
    ])
    const answer = await client.send(
      new ListMultipartUploadsCommand({
        Bucket: options.bucket,
        Prefix: options.prefix,
        // Without it XML cannot carry control characters in keys.
        EncodingType: 'url',
        ...(options.maxUploads === undefined ? {} : { MaxUploads: options.maxUploads }),
        ...(from === null ? {} : { KeyMarker: from.key, UploadIdMarker: from.uploadId }),
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    const next = answer.IsTruncated === true ? (answer.NextKeyMarker ?? '') : null
    if (next === '') throw untrusted('that the uploads go on, but not where')
    return {
      isEncoded: answer.EncodingType === 'url',
      uploads: (answer.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
        Key === undefined || UploadId === undefined
          ? []
          : [{ rawKey: Key, uploadId: UploadId, initiated: Initiated ?? null }],
      ),
      next: next === null ? null : { key: next, uploadId: answer.NextUploadIdMarker },
    }
  })
}

function untrusted(what: string, key?: string): Failure {
  return failure(
    'integrity',
    `The service listed ${what}. Nothing was concluded.`,
    key === undefined ? {} : { key },
  )
}
