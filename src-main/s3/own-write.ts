import { createHash } from 'node:crypto'
import { combineCrc } from './combine-crc.ts'
import { crc32Base64 } from './crc32.ts'
import { bareETag, md5OfETag, multipartETag, partsOfETag } from './e-tag.ts'
import type { HeadedObject } from './head-object.ts'
import { headObject } from './head-object.ts'
import { type LocalSource, readPiecewise } from './local-source.ts'
import { runningChecksum } from './running-checksum.ts'
import type { S3Session } from './s3-session.ts'
import type { RememberedPart } from './upload-checkpoint.ts'
import { hidesMd5 } from './written-object.ts'

/** By what an object is known again as the one that was written, though the answer was lost. */
export interface WriteMarks {
  readonly sizeBytes: number
  /** Where its bytes decide on it; null where that is not known. */
  readonly eTag: string | null
  /** The ETag made of those that the service gave to the parts, which under SSE-KMS are of its own making. */
  readonly eTagOfToldParts?: string | null
  /** As HEAD tells them, `CRC32=…`, one made of those of the parts with their number behind it. */
  readonly checksums?: readonly string[]
  /** When the write began, in milliseconds since 1970 by this computer's clock. */
  readonly startedAt: number
}

/** LastModified has whole seconds, of the server's clock; milliseconds that are allowed for. */
const roundingMs = 3000

/**
 * Whether the object at a key is the one that we have just written, though the answer was lost (F10, F11): same size, not
 * older than our request, and of the same ETag or, where ETags tell nothing of the bytes (SSE-KMS), of one made of those of
 * our parts, or the same checksum. Answers its ETag.
 */
export async function isOurOwnWrite(
  session: S3Session,
  target: { readonly bucket: string; readonly key: string; readonly signal?: AbortSignal },
  written: WriteMarks,
): Promise<string | null> {
  const withChecksum = (written.checksums ?? []).length > 0
  const head = await headObject(session, { ...target, ...(withChecksum ? { withChecksum } : {}) }).catch(
    () => null,
  )
  return head !== null && isWrittenBy(session, head, written) ? head.eTag : null
}

/** Whether an object has the size of what was written, and is not older. */
export function mayBeWrittenBy(
  session: S3Session,
  head: HeadedObject,
  written: Pick<WriteMarks, 'sizeBytes' | 'startedAt'>,
): boolean {
  if (head.sizeBytes !== written.sizeBytes) return false
  const startedThere = written.startedAt + session.clockOffsetMs() - roundingMs
  return head.lastModified === null || head.lastModified.getTime() >= startedThere
}

/** See {@link isOurOwnWrite}. */
export function isWrittenBy(session: S3Session, head: HeadedObject, written: WriteMarks): boolean {
  if (head.eTag === null || !mayBeWrittenBy(session, head, written)) return false
  const isComparable = md5OfETag(head.eTag) !== null || partsOfETag(head.eTag) !== null
  const told = bareETag(head.eTag).toLowerCase()
  const isMark = (eTag: string | null | undefined) =>
    isComparable && (eTag ?? null) !== null && bareETag(eTag ?? '').toLowerCase() === told
  if (isMark(written.eTag) || isMark(written.eTagOfToldParts)) return true
  // An ETag that tells the bytes, and tells others, is the last word: a CRC32 is short.
  const isOpen = !hidesMd5({ ServerSideEncryption: head.serverSideEncryption ?? '' })
  if (isComparable && isOpen && written.eTag !== null) return false
  return head.checksum !== null && (written.checksums ?? []).includes(head.checksum)
}

/** A part whose checksum is known, as far as marks are made of it. */
interface MarkedPart {
  readonly eTag: string
  readonly sizeBytes: number
  /** In base64. */
  readonly crc32?: string | undefined
}

/** The marks of an object made of these parts, beside the ETag that their bytes decide on. */
export function marksOfParts(
  parts: readonly MarkedPart[],
): Required<Pick<WriteMarks, 'eTagOfToldParts' | 'checksums'>> {
  const told = parts.map(({ eTag }) => md5OfETag(eTag))
  const eTagOfToldParts = told.every((md5) => md5 !== null)
    ? multipartETag(told.map((md5) => Buffer.from(md5, 'hex')))
    : null
  const crcs = parts.flatMap(({ crc32, sizeBytes }) =>
    crc32 === undefined ? [] : [{ crc: Buffer.from(crc32, 'base64'), sizeBytes }],
  )
  return { eTagOfToldParts, checksums: crcs.length === parts.length ? checksumsOf(crcs) : [] }
}

/** Of the parts' checksums (COMPOSITE), and of the whole (FULL_OBJECT): a service has the one or the other. */
function checksumsOf(parts: readonly { crc: Buffer; sizeBytes: number }[]): string[] {
  const composite = crc32Base64(Buffer.concat(parts.map(({ crc }) => crc)))
  const [first, ...others] = parts
  if (composite === undefined || first === undefined) return []
  let whole = first.crc
  for (const { crc, sizeBytes } of others) whole = combineCrc('CRC32', whole, crc, sizeBytes)
  return [`CRC32=${composite}-${parts.length}`, `CRC32=${whole.toString('base64')}`]
}

/**
 * The marks of an object made of a file in parts of `partSizeBytes`, of which some are remembered: those of the service's
 * own ETags only when each is remembered, of bytes that the file still has. Reads the file once.
 */
export async function marksOfFile(
  source: LocalSource,
  partSizeBytes: number,
  remembered: ReadonlyMap<number, RememberedPart>,
  signal: AbortSignal | undefined,
): Promise<Required<Pick<WriteMarks, 'eTagOfToldParts' | 'checksums'>>> {
  const parts: MarkedPart[] = []
  for (let from = 0; from < source.sizeBytes; from += partSizeBytes) {
    const sizeBytes = Math.min(partSizeBytes, source.sizeBytes - from)
    const [md5, crc] = [createHash('md5'), runningChecksum('CRC32')]
    for await (const bytes of readPiecewise(source, [from, from + sizeBytes], signal)) {
      md5.update(bytes)
      crc.update(bytes)
    }
    const crc32 = crc.digest()
    const known = remembered.get(parts.length + 1)
    const isKnown =
      known?.sizeBytes === sizeBytes &&
      (known.md5 === undefined ? known.crc32 === crc32 : known.md5 === md5.digest('hex'))
    parts.push({ eTag: isKnown ? known.eTag : '', sizeBytes, crc32 })
  }
  return marksOfParts(parts)
}
