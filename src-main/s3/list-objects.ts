import { failure } from '../../src-preload/contract/failure.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { listInRanges } from './split-listing.ts'
import { decodeListedKey } from './wire/list-scanner.ts'
import { listThroughWire } from './wire/operations.ts'
import { WireError } from './wire/wire-error.ts'
import { wireIn, wireTo } from './wire/wire-target.ts'

/** One object as a listing tells it. */
export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly lastModified: Date | null
  /** With its quotes, as S3 writes it. */
  readonly eTag: string | null
  readonly storageClass: string | null
}

/** One page of a listing. `folders` are common prefixes and empty without a delimiter. */
export interface ListedPage {
  readonly folders: string[]
  readonly objects: ListedObject[]
  readonly continuationToken: string | null
}

/** What to list. `maxKeys` is at most 1,000, which is also the default. */
export interface ListObjectsOptions {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter?: string
  readonly continuationToken?: string
  readonly maxKeys?: number
  readonly startAfter?: string
  readonly signal?: AbortSignal
}

/** One page of ListObjectsV2, keys decoded exactly once. Throws Failures. */
export function listObjectsPage(session: S3Session, options: ListObjectsOptions): Promise<ListedPage> {
  return withFailures({ bucket: options.bucket }, async () => {
    if (!session.isRegionKnown(options.bucket)) {
      const page = await listWhereExpected(session, options)
      if (page !== null) return page
    }
    const direct = await wireTo(session, options.bucket)
    if (direct !== null) return listThroughWire(direct, options)
    const [client, { ListObjectsV2Command }] = await Promise.all([session.client(options.bucket), loadSdk()])
    const answer = await client.send(
      new ListObjectsV2Command({
        Bucket: options.bucket,
        Prefix: options.prefix,
        // Without it XML cannot carry control characters in keys.
        EncodingType: 'url',
        ...(options.delimiter === undefined ? {} : { Delimiter: options.delimiter }),
        ...(options.continuationToken === undefined ? {} : { ContinuationToken: options.continuationToken }),
        ...(options.maxKeys === undefined ? {} : { MaxKeys: options.maxKeys }),
        ...(options.startAfter === undefined ? {} : { StartAfter: options.startAfter }),
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    const decode = answer.EncodingType === 'url' ? decodeListedKey : (key: string) => key
    const token = answer.IsTruncated === true ? (answer.NextContinuationToken ?? '') : null
    if (token === '') {
      throw failure(
        'integrity',
        'The service says that the listing goes on, but not where. Nothing was concluded.',
      )
    }
    return {
      folders: (answer.CommonPrefixes ?? []).flatMap((folder) =>
        folder.Prefix === undefined ? [] : [decode(folder.Prefix)],
      ),
      objects: (answer.Contents ?? []).flatMap((object) =>
        object.Key === undefined
          ? []
          : [
              {
                key: decode(object.Key),
                sizeBytes: object.Size ?? 0,
                lastModified: object.LastModified ?? null,
                eTag: object.ETag ?? null,
                storageClass: object.StorageClass ?? null,
              },
            ],
      ),
      continuationToken: token,
    }
  })
}

/**
 * Asks in the profile's region without making sure first that the bucket is there: nearly always it is, and the answer
 * to a listing says so. Null when the bucket is somewhere else; throws what the service refused otherwise.
 */
async function listWhereExpected(
  session: S3Session,
  options: ListObjectsOptions,
): Promise<ListedPage | null> {
  const { bucket } = options
  const expected = wireIn(session, bucket, session.region)
  if (expected === null) return null
  try {
    const page = await listThroughWire(expected, options)
    session.rememberRegion(bucket, session.region)
    return page
  } catch (error) {
    if (!(error instanceof WireError) || error.$metadata.httpStatusCode >= 500) throw error
    if ((await session.bucketRegion(bucket)) === session.region) throw error
    return null
  }
}

/** What to list whole; `marks` are the last keys of pages from an earlier listing, where they are known. */
export interface ListAllOptions {
  readonly bucket: string
  readonly prefix: string
  readonly signal?: AbortSignal
  readonly marks?: readonly string[]
}

/**
 * Every object below a prefix, in S3's order (bytes of UTF-8). Up to 5,000 objects cost one request for each thousand,
 * longer listings are split (see `split-listing.ts`); memory is bounded by a number of pages. Throws `integrity` when a
 * page repeats a token, repeats a key or is out of order (F23): a listing that cannot be trusted must not become a
 * deletion.
 */
export async function* listAllObjects(
  session: S3Session,
  options: ListAllOptions,
): AsyncGenerator<ListedObject> {
  for await (const page of listAllPages(session, options)) yield* page
}

/** As {@link listAllObjects}, by pages of at most 1,000 objects and hardly ever empty ones. */
export function listAllPages(
  session: S3Session,
  options: ListAllOptions,
): AsyncGenerator<readonly ListedObject[], void> {
  const { bucket, ...rest } = options
  return listInRanges((request) => listObjectsPage(session, { ...request, bucket }), rest)
}
