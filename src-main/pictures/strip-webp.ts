import type { FilePiece } from '../s3/file-pieces.ts'
import { exifOrientation, orientationOnly } from './exif-orientation.ts'
import type { PictureReader } from './picture-reader.ts'
import { BrokenPicture, createKeptPieces, limitSteps, mostSteps } from './picture-reader.ts'

const headerBytes = 12
const exifFlag = 0x08
const xmpFlag = 0x04

/** Chunks that make the picture, its colours and its movement (WebP container specification). */
const kept = new Set(['VP8 ', 'VP8L', 'ICCP', 'ALPH', 'ANIM', 'ANMF'])
const first = new Set(['VP8X', 'VP8 ', 'VP8L'])
const inFrames = new Set(['VP8 ', 'VP8L', 'ALPH'])

/** Of an Exif block so much is read for the orientation, which stands at its beginning. */
const mostExifBytes = 64 * 1024

/**
 * What of a WebP stays without its metadata: the chunks that are needed to show it, and of the Exif only the
 * orientation; the flags and the length say so. Throws {@link BrokenPicture}.
 */
export async function stripWebp(reader: PictureReader): Promise<readonly FilePiece[]> {
  const pieces = createKeptPieces()
  const step = limitSteps(mostSteps)
  const header = await reader.bytes(0, headerBytes)
  const riffEnd = 8 + header.readUInt32LE(4)
  if (riffEnd > reader.sizeBytes) throw new BrokenPicture('The file ends too early.')
  pieces.insert(header)
  let size = headerBytes
  let extended: Buffer | null = null
  let isWhole = riffEnd === reader.sizeBytes
  let hasPicture = false
  let isTurned = false
  for (let at = headerBytes; at < riffEnd;) {
    step()
    const { type, length, end } = await chunkAt(reader, at, riffEnd)
    if (at === headerBytes && !first.has(type)) throw new BrokenPicture('It does not begin as a WebP.')
    if (type === 'VP8X' && at === headerBytes) {
      if (length !== 10) throw new BrokenPicture('Its header has another length.')
      extended = await reader.bytes(at, end - at)
      pieces.insert(extended)
      size += end - at
    } else if (kept.has(type)) {
      if (type === 'ANMF') await checkFrame(reader, at + 8, at + 8 + length)
      hasPicture ||= type === 'VP8 ' || type === 'VP8L' || type === 'ANMF'
      pieces.keep(at, end)
      size += end - at
    } else {
      const exif =
        type === 'EXIF' && !isTurned ? await reader.bytes(at + 8, Math.min(length, mostExifBytes)) : null
      const orientation = exif === null ? null : exifOrientation(exif)
      const own = orientation === null || orientation === 1 ? null : exifChunk(orientation)
      if (own === null) isWhole = false
      else {
        isTurned = true
        isWhole &&= exif !== null && own.subarray(8).equals(exif)
        pieces.insert(own)
        size += own.byteLength
      }
    }
    at = end
  }
  if (!hasPicture) throw new BrokenPicture('It has no picture in it.')
  if (isWhole) return [{ from: 0, to: reader.sizeBytes }]
  header.writeUInt32LE(size - 8, 4)
  if (extended !== null) extended[8] = (extended[8]! & ~(exifFlag | xmpFlag)) | (isTurned ? exifFlag : 0)
  return pieces.pieces
}

interface Chunk {
  readonly type: string
  readonly length: number
  /** With the byte that makes its length even. */
  readonly end: number
}

async function chunkAt(reader: PictureReader, at: number, limit: number): Promise<Chunk> {
  if (at + 8 > limit) throw new BrokenPicture('The file ends too early.')
  const head = await reader.bytes(at, 8)
  const length = head.readUInt32LE(4)
  const end = at + 8 + length + (length % 2)
  if (end > limit) throw new BrokenPicture('A chunk is longer than the file.')
  return { type: head.toString('latin1', 0, 4), length, end }
}

/** A frame holds a picture and nothing else; its chunks are not taken apart. */
async function checkFrame(reader: PictureReader, from: number, to: number): Promise<void> {
  const step = limitSteps(100)
  for (let at = from + 16; at < to;) {
    step()
    const { type, end } = await chunkAt(reader, at, to)
    if (!inFrames.has(type)) throw new BrokenPicture('A frame has something in it that is no picture.')
    at = end
  }
}

function exifChunk(orientation: number): Buffer {
  const tiff = orientationOnly(orientation)
  const head = Buffer.alloc(8)
  head.write('EXIF', 'latin1')
  head.writeUInt32LE(tiff.byteLength, 4)
  return Buffer.concat([head, tiff])
}
