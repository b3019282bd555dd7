import { createHash } from 'node:crypto'
import { crc32Base64 } from './crc32.ts'
import { bareETag, hashSource, md5OfETag } from './e-tag.ts'
import { headObject } from './head-object.ts'
import type { LocalSource } from './local-source.ts'
import { toFailure } from './map-error.ts'
import type { OpenUpload } from './multipart-requests.ts'
import { multipartRequests } from './multipart-requests.ts'
import { isWrittenBy, marksOfFile, mayBeWrittenBy } from './own-write.ts'
import type { S3Session } from './s3-session.ts'
import type { SentPart } from './sent-part.ts'
import type { BegunUpload } from './upload-checkpoint.ts'
import type { ListedPart } from './wire/multipart-operations.ts'
import type { PartsTarget, WrittenObject } from './written-object.ts'

/** An upload that an earlier attempt has begun, with what the service has of it. */
export interface ResumedUpload extends BegunUpload {
  readonly stored: ReadonlyMap<number, ListedPart>
}

/** What has become of an upload. */
export type FoundUpload =
  | { readonly kind: 'open'; readonly upload: ResumedUpload }
  /** The object is there: the end of the upload was not written down (F29). */
  | { readonly kind: 'completed'; readonly written: WrittenObject }
  | { readonly kind: 'gone' }

/**
 * Asks what has become of an upload: ListParts, and where the service has forgotten it, HEAD, whose size, date and ETag or
 * checksum are compared with those that this file would have. The checkpoint hears when the upload is no more. Throws
 * Failures.
 */
export async function findUpload(
  session: S3Session,
  target: PartsTarget,
  source: LocalSource,
  begun: BegunUpload,
): Promise<FoundUpload> {
  // Under another name it is another upload; what becomes of the old one is for the checkpoint to know.
  if (begun.key !== target.key) return { kind: 'gone' }
  const stored = await storedParts(session, target, begun.uploadId)
  if (stored !== null) return { kind: 'open', upload: { ...begun, stored } }
  const written = await completedObject(session, target, source, begun)
  if (written !== null) return { kind: 'completed', written }
  await target.checkpoint?.onDropped()
  return { kind: 'gone' }
}

/** The parts that the service has, or null when it knows nothing of the upload (F12) or cannot list them (F50). */
async function storedParts(
  session: S3Session,
  { bucket, key, signal }: PartsTarget,
  uploadId: string,
): Promise<Map<number, ListedPart> | null> {
  const requests = await multipartRequests(session, bucket)
  const open: OpenUpload = { bucket, key, uploadId, signal }
  const stored = new Map<number, ListedPart>()
  try {
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<typeof requests.listParts>> = await requests.listParts(open, after)
      for (const part of page.parts) stored.set(part.number, part)
      // A service that says the same again and again is not believed.
      after = page.next !== null && page.next > after ? page.next : null
    }
    return stored
  } catch (error) {
    const problem = toFailure(error, { key })
    // Ceph RGW says it of the key. What cannot be listed is sent again whole, into the same upload.
    if (problem.error.code === 'no-such-upload' || problem.error.code === 'no-such-key') return null
    if (problem.error.code === 'not-supported') return stored
    throw problem
  }
}

async function completedObject(
  session: S3Session,
  target: PartsTarget,
  source: LocalSource,
  begun: BegunUpload,
): Promise<WrittenObject | null> {
  const { bucket, key, signal } = target
  const { partSizeBytes, startedAt, withCrc32 } = begun
  const asked = { bucket, key, ...(withCrc32 === true ? { withChecksum: true } : {}) }
  const head = await headObject(session, { ...asked, ...(signal ? { signal } : {}) }).catch(
    (error: unknown) => {
      const problem = toFailure(error, { key })
      // Who may not ask cannot tell.
      if (problem.error.code === 'access-denied') return null
      throw problem
    },
  )
  const { sizeBytes } = source
  if (head === null || !mayBeWrittenBy(session, head, { sizeBytes, startedAt })) return null
  const hashes = await hashSource(source, { partSizeBytes, ...(signal ? { signal } : {}) })
  if (!hashes.multipart.has(bareETag(head.eTag ?? '').toLowerCase())) {
    const marks = await marksOfFile(source, partSizeBytes, begun.parts, signal)
    const [ours = null] = hashes.multipart
    if (!isWrittenBy(session, head, { sizeBytes, eTag: ours, startedAt, ...marks })) return null
  }
  await source.verifyUnchanged()
  target.onProgress?.(head.sizeBytes)
  return { eTag: head.eTag, verified: true, md5: hashes.md5, writtenIn: [], serverSideEncryption: null }
}

/**
 * The part as the service has it from an earlier attempt, or null when it has it not, or not as it is now: the bytes are
 * hashed again, so that a file which was changed behind its times does not become a mix (F36).
 */
export function storedPart(
  resumed: ResumedUpload | null,
  { number, bytes }: { readonly number: number; readonly bytes: Uint8Array },
  withCrc32: boolean,
): SentPart | null {
  const stored = resumed?.stored.get(number)
  if (stored === undefined || stored.sizeBytes !== bytes.byteLength) return null
  const md5 = createHash('md5').update(bytes).digest()
  const remembered = resumed?.parts.get(number)
  // An ETag that is no MD5 (SSE-KMS) is that of the part which was sent when it was remembered so.
  const isTheSame =
    md5OfETag(stored.eTag) === md5.toString('hex') ||
    (remembered?.eTag === stored.eTag &&
      (remembered.md5 === undefined
        ? remembered.crc32 === crc32Base64(bytes)
        : remembered.md5 === md5.toString('hex')))
  if (!isTheSame) return null
  const crc32 = withCrc32 ? stored.crc32 : undefined
  if (crc32 !== undefined && crc32 !== (crc32Base64(bytes) ?? crc32)) return null
  return { number, md5, sizeBytes: stored.sizeBytes, eTag: stored.eTag, crc32, verified: true }
}
