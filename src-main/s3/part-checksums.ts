import { crc32Base64 } from './crc32.ts'
import { responseFacts } from './map-error.ts'
import type { S3Session } from './s3-session.ts'

/** Buckets that have refused to begin an upload with checksums, and taken the same one without. */
const refusing = new WeakMap<S3Session, Set<string>>()

/**
 * Whether the parts of an upload are to have a CRC32: `always`; `if-told`, only where the answer to
 * CreateMultipartUpload says that the service keeps them, because many services other than AWS do not know them; `never`.
 */
export function partChecksums(session: S3Session, bucket: string): 'always' | 'if-told' | 'never' {
  if (crc32Base64(new Uint8Array(0)) === undefined) return 'never'
  if (session.checksums === 'when-supported') return 'always'
  return refusing.get(session)?.has(bucket) === true ? 'never' : 'if-told'
}

/**
 * Whether an upload was refused in a way that the wish for checksums may be the reason of: as a header that is not known
 * (501 at R2, 400 at B2), or as one that the service leaves out of what it signs (403).
 */
export function mayRefuseChecksums(error: unknown): boolean {
  const { status } = responseFacts(error)
  return status === 400 || status === 403 || status === 501
}

/** Remembers that a bucket takes uploads only without checksums. */
export function learnChecksumsRefused(session: S3Session, bucket: string): void {
  const buckets = refusing.get(session) ?? new Set()
  refusing.set(session, buckets.add(bucket))
}

/** What a service's checksum of an object in parts says of the parts that were sent. */
export type WholeChecksum = 'proves' | 'contradicts' | 'tells-nothing'

/**
 * Compares the CRC32 that CompleteMultipartUpload answers, in base64, with those of the parts: of the kind COMPOSITE, the
 * checksum of the parts' checksums with their number behind it (Amazon S3 user guide, "Checking object integrity").
 */
export function compareComposite(
  told: string | undefined,
  parts: readonly { readonly crc32: string | undefined }[],
): WholeChecksum {
  const [value, count] = told?.split('-') ?? []
  if (count !== String(parts.length) || parts.some(({ crc32 }) => crc32 === undefined)) return 'tells-nothing'
  const ours = crc32Base64(Buffer.concat(parts.map(({ crc32 = '' }) => Buffer.from(crc32, 'base64'))))
  if (ours === undefined) return 'tells-nothing'
  return value === ours ? 'proves' : 'contradicts'
}
