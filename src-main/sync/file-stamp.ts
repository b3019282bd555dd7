import type { FileIdentity } from '../s3/local-source.ts'

/**
 * A file that was touched less than this before it was read could be written again without its times showing it: file
 * systems count in steps of up to 2 s. Such a file is not remembered (git's "racy" rule).
 */
const racyNs = 2_000_000_000n

/** Whether a file had just been touched when it was read, at `readAtMs` (milliseconds since 1970). */
export function isTooFresh(identity: FileIdentity, readAtMs: number): boolean {
  const safeBefore = BigInt(Math.floor(readAtMs)) * 1_000_000n - racyNs
  return identity.mtimeNs > safeBefore || identity.ctimeNs > safeBefore
}

/**
 * How an index's entry of a file begins, and only that of the very same file does: the inside of a JSON array. The change
 * time is the system's own: who edits a file and sets its mtime back cannot set that back (S52).
 */
export function stampText({ sizeBytes, mtimeNs, ino, ctimeNs }: FileIdentity): string {
  return `${sizeBytes},"${mtimeNs}","${ino}","${ctimeNs}",`
}
