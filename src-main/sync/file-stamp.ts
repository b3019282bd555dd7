import type { FileIdentity } from '../s3/local-source.ts'

/** By what an index knows a file again. */
export type FileStamp = Pick<FileIdentity, 'sizeBytes' | 'mtimeNs' | 'ino' | 'ctimeNs'>

/**
 * A file that was touched less than this before it was read could be written again without its times showing it: file
 * systems count in steps of up to 2 s. Such a file is not remembered (git's "racy" rule).
 */
const racyNs = 2_000_000_000n

/** The stamp of a file. */
export function stampOf({ sizeBytes, mtimeNs, ino, ctimeNs }: FileIdentity): FileStamp {
  return { sizeBytes, mtimeNs, ino, ctimeNs }
}

/**
 * Whether a file still is the one of the stamp. The change time is the system's own: who edits a file and sets its mtime
 * back cannot set that back (S52).
 */
export function isSameFile(stamp: FileStamp, identity: FileIdentity): boolean {
  return (
    stamp.sizeBytes === identity.sizeBytes &&
    stamp.mtimeNs === identity.mtimeNs &&
    stamp.ctimeNs === identity.ctimeNs &&
    stamp.ino === identity.ino
  )
}

/** Whether a file had just been touched when it was read, at `readAtMs` (milliseconds since 1970). */
export function isTooFresh(identity: FileIdentity, readAtMs: number): boolean {
  const safeBefore = BigInt(Math.floor(readAtMs)) * 1_000_000n - racyNs
  return identity.mtimeNs > safeBefore || identity.ctimeNs > safeBefore
}

/** The stamp as four values that JSON can hold. */
export function stampTexts({ sizeBytes, mtimeNs, ino, ctimeNs }: FileStamp): unknown[] {
  return [sizeBytes, String(mtimeNs), String(ino), String(ctimeNs)]
}

/** Undoes {@link stampTexts}; null for anything else. */
export function parseStamp(values: readonly unknown[]): FileStamp | null {
  const [sizeBytes, mtimeNs, ino, ctimeNs] = values
  if (typeof sizeBytes !== 'number' || !isCount(mtimeNs) || !isCount(ino) || !isCount(ctimeNs)) return null
  try {
    return { sizeBytes, mtimeNs: BigInt(mtimeNs), ino: BigInt(ino), ctimeNs: BigInt(ctimeNs) }
  } catch {
    // Not a number.
    return null
  }
}

function isCount(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 31
}
