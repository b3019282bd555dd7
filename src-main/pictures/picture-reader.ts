import type { FilePiece } from '../s3/file-pieces.ts'
import type { LocalSource } from '../s3/local-source.ts'

/** A picture that is not as its format says, or stranger than can be taken apart without a doubt. */
export class BrokenPicture extends Error {}

/** Looks at a file here and there, with one small window in memory. */
export interface PictureReader {
  readonly sizeBytes: number
  /** So many bytes (at most the window's). Throws {@link BrokenPicture} where the file ends before. */
  bytes(at: number, length: number): Promise<Buffer>
  /** What is at hand from `at` on, at least `least` bytes; otherwise as `bytes`. Good until the next call. */
  window(at: number, least: number): Promise<Buffer>
}

/** Enough for the largest segment of a JPEG with its marker. */
const windowBytes = 72 * 1024

/** Makes a {@link PictureReader}. Failures of the source pass through. */
export function createPictureReader(source: Pick<LocalSource, 'sizeBytes' | 'read'>): PictureReader {
  const { sizeBytes } = source
  const buffer = Buffer.allocUnsafe(Math.min(windowBytes, sizeBytes))
  let from = 0
  let to = 0
  async function window(at: number, least: number): Promise<Buffer> {
    if (at + least > sizeBytes) throw new BrokenPicture('The file ends too early.')
    if (at < from || at + least > to) {
      to = 0
      const length = Math.min(buffer.byteLength, sizeBytes - at)
      await source.read(buffer.subarray(0, length), at)
      from = at
      to = at + length
    }
    return buffer.subarray(at - from, to - from)
  }
  return {
    sizeBytes,
    window,
    bytes: async (at, length) => Buffer.from((await window(at, length)).subarray(0, length)),
  }
}

/** What of a picture stays. */
export interface KeptPieces {
  /** Keeps a stretch of the file; in order, from inclusive, to exclusive. */
  keep(from: number, to: number): void
  /** Puts in bytes that the file does not have there. */
  insert(bytes: Buffer): void
  readonly pieces: readonly FilePiece[]
}

/** More pieces than any picture has that a camera or a program wrote. */
const mostPieces = 10_000

/** Makes empty {@link KeptPieces}. A picture in too many pieces is a {@link BrokenPicture}. */
export function createKeptPieces(): KeptPieces {
  const pieces: ({ from: number; to: number } | { bytes: Buffer })[] = []
  const add = (piece: (typeof pieces)[number]) => {
    if (pieces.length >= mostPieces) throw new BrokenPicture('It is in too many pieces.')
    pieces.push(piece)
  }
  return {
    pieces,
    keep(from, to) {
      const last = pieces.at(-1)
      if (last !== undefined && 'from' in last && last.to === from) last.to = to
      else if (to > from) add({ from, to })
    },
    insert: (bytes) => add({ bytes }),
  }
}

/** Guards a walk against files that are made to keep it busy: throws {@link BrokenPicture} after so many steps. */
export function limitSteps(most: number): () => void {
  let taken = 0
  return () => {
    if (++taken > most) throw new BrokenPicture('It has too many parts.')
  }
}

/** More segments, chunks or blocks than any picture has. */
export const mostSteps = 250_000
