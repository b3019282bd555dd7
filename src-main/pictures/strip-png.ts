import { crc32 } from 'node:zlib'
import type { FilePiece } from '../s3/file-pieces.ts'
import { exifOrientation, orientationOnly } from './exif-orientation.ts'
import type { PictureReader } from './picture-reader.ts'
import { BrokenPicture, createKeptPieces, limitSteps, mostSteps } from './picture-reader.ts'

const signatureBytes = 8

/** Chunks that make the picture, its colours, its size on paper and its movement (PNG, third edition, and before it). */
const kept = new Set(
  'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV mDCv cLLI cLLi sBIT bKGD hIST pHYs sPLT acTL fcTL fdAT'.split(
    ' ',
  ),
)

/** Of an Exif block so much is read for the orientation, which stands at its beginning. */
const mostExifBytes = 64 * 1024

/**
 * What of a PNG (or APNG) stays without its metadata: the chunks that are needed to show it, and of the Exif only the
 * orientation. Texts, times, what programs have put in for themselves and what follows the end go. Throws
 * {@link BrokenPicture}.
 */
export async function stripPng(reader: PictureReader): Promise<readonly FilePiece[]> {
  const pieces = createKeptPieces()
  const step = limitSteps(mostSteps)
  pieces.keep(0, signatureBytes)
  let hasData = false
  let isTurned = false
  for (let at = signatureBytes; ;) {
    step()
    const head = await reader.bytes(at, 8)
    const length = head.readUInt32BE(0)
    const type = head.toString('latin1', 4, 8)
    const end = at + 12 + length
    if (!/^[A-Za-z]{4}$/.test(type)) throw new BrokenPicture('There is no chunk where one has to be.')
    if (end > reader.sizeBytes) throw new BrokenPicture('A chunk is longer than the file.')
    if ((at === signatureBytes) !== (type === 'IHDR')) throw new BrokenPicture('It does not begin as a PNG.')
    if (kept.has(type)) pieces.keep(at, end)
    else if (/^[A-Z]/.test(type)) throw new BrokenPicture('It needs a chunk that PNG does not know.')
    else if (type === 'eXIf' && !isTurned) {
      const exif = await reader.bytes(at + 8, Math.min(length, mostExifBytes))
      const orientation = exifOrientation(exif)
      if (orientation !== null && orientation !== 1) {
        isTurned = true
        const own = orientationOnly(orientation)
        if (own.equals(exif)) pieces.keep(at, end)
        else pieces.insert(chunk('eXIf', own))
      }
    }
    if (type === 'IDAT') hasData = true
    if (type === 'IEND') {
      if (!hasData) throw new BrokenPicture('It has no picture in it.')
      return pieces.pieces
    }
    at = end
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.byteLength)
  bytes.writeUInt32BE(data.byteLength, 0)
  bytes.write(type, 4, 'latin1')
  data.copy(bytes, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.byteLength)), 8 + data.byteLength)
  return bytes
}
