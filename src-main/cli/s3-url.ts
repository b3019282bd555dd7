import { UsageError } from './usage-error.ts'

/** A bucket and what follows it: a key, the beginning of keys, or nothing. */
export interface S3Url {
  readonly bucket: string
  readonly key: string
}

const scheme = 's3://'

/**
 * Takes `s3://bucket/key` apart. The key is everything after the first slash, as it stands: nothing is decoded, so that
 * `s3://bucket/a b+c%20d` is exactly that key. Throws a {@link UsageError} for anything else.
 */
export function parseS3Url(text: string): S3Url {
  if (!text.startsWith(scheme))
    throw new UsageError(`“${text}” is not an S3 address: it begins with s3://, as in s3://bucket/key.`)
  const rest = text.slice(scheme.length)
  const slash = rest.indexOf('/')
  const bucket = slash === -1 ? rest : rest.slice(0, slash)
  if (bucket === '') throw new UsageError(`“${text}” names no bucket: write s3://bucket/key.`)
  // Looser than the rules for new buckets: old and foreign ones have capitals, underscores and tenants.
  if (!/^[A-Za-z0-9._:-]{1,255}$/.test(bucket)) throw new UsageError(`“${bucket}” cannot be a bucket’s name.`)
  return { bucket, key: slash === -1 ? '' : rest.slice(slash + 1) }
}

/** The address of an object; {@link parseS3Url} reads it back. */
export function formatS3Url({ bucket, key }: S3Url): string {
  return `${scheme}${bucket}/${key}`
}

/** {@link parseS3Url} for a command that needs an object's key. */
export function parseObjectUrl(text: string): S3Url {
  const url = parseS3Url(text)
  if (url.key === '') throw new UsageError(`“${text}” names a bucket, not an object: write s3://bucket/key.`)
  return url
}

/** {@link parseS3Url} for a command that takes a whole bucket. */
export function parseBucketUrl(text: string): string {
  const { bucket, key } = parseS3Url(text)
  if (key !== '') throw new UsageError(`“${text}” is more than a bucket: write s3://${bucket}.`)
  return bucket
}

/** Where syncs go to: a bucket and a prefix, which is empty or ends with a slash. */
export interface SyncPlaceUrl {
  readonly bucket: string
  readonly prefix: string
}

/** {@link parseS3Url} for a place of syncs. A prefix ends where a name ends: photos never means photos-2024/ (S48). */
export function parsePlaceUrl(text: string): SyncPlaceUrl {
  const { bucket, key } = parseS3Url(text)
  return { bucket, prefix: key === '' || key.endsWith('/') ? key : `${key}/` }
}
