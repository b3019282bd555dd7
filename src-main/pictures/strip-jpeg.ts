import type { FilePiece } from '../s3/file-pieces.ts'
import { exifOrientation, orientationOnly } from './exif-orientation.ts'
import type { KeptPieces, PictureReader } from './picture-reader.ts'
import { BrokenPicture, createKeptPieces, limitSteps, mostSteps } from './picture-reader.ts'

const endOfImage = 0xd9
const startOfScan = 0xda
const comment = 0xfe

/** JFIF's own header, without a thumbnail; its last two bytes are the thumbnail's size. */
const jfifBytes = 14

/** All that Adobe's segment tells; what another program has put behind it is its own. */
const adobeBytes = 12

/**
 * What of a JPEG stays without its metadata: the tables, frames and scans as they are, of the application segments only
 * JFIF (without its thumbnail), ICC profiles and Adobe's (APP14, which says how colours are coded), and of the Exif only
 * the orientation. What follows the end (a second picture, the video of a motion photo) goes. Throws
 * {@link BrokenPicture} (ITU-T T.81, annex B).
 */
export async function stripJpeg(reader: PictureReader): Promise<readonly FilePiece[]> {
  const kept = createKeptPieces()
  const step = limitSteps(mostSteps)
  let at = 2
  let hasFrame = false
  let hasScan = false
  let isTurned = false
  kept.keep(0, at)
  for (;;) {
    step()
    const [first, marker = 0] = await reader.bytes(at, 2)
    if (first !== 0xff) throw new BrokenPicture('There is no marker where one has to be.')
    if (marker === 0xff) {
      // Any number of these may stand before a marker.
      kept.keep(at, at + 1)
      at++
      continue
    }
    if (marker === endOfImage) {
      if (!hasFrame || !hasScan) throw new BrokenPicture('It has no picture in it.')
      kept.keep(at, at + 2)
      return kept.pieces
    }
    const length = (await reader.bytes(at + 2, 2)).readUInt16BE(0)
    const end = at + 2 + length
    if (length < 2 || end > reader.sizeBytes) throw new BrokenPicture('A segment is longer than the file.')
    if (marker === startOfScan) {
      hasScan = true
      const next = await endOfScan(reader, end)
      kept.keep(at, next)
      at = next
      continue
    }
    if ((marker >= 0xe0 && marker <= 0xef) || marker === comment) {
      isTurned = (await keepApplication(reader, kept, { marker, at, end, isTurned })) || isTurned
    } else if (marker >= 0xc0 && marker <= 0xdf && !(marker >= 0xd0 && marker <= 0xd8)) {
      // Frames and tables: which of C4, C8 and CC are none does not matter here.
      if (marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) hasFrame = true
      kept.keep(at, end)
    } else {
      throw new BrokenPicture('It has a segment that JPEG does not know.')
    }
    at = end
  }
}

/** Keeps what is not metadata of an application's segment. Answers whether that was the orientation. */
async function keepApplication(
  reader: PictureReader,
  kept: KeptPieces,
  { marker, at, end, isTurned }: { marker: number; at: number; end: number; isTurned: boolean },
): Promise<boolean> {
  const segment = await reader.bytes(at, end - at)
  const content = segment.subarray(4)
  const begins = (text: string) => content.toString('latin1', 0, text.length) === text
  if (marker === 0xe0 && begins('JFIF\0') && content.byteLength >= jfifBytes) {
    if (content.byteLength === jfifBytes) kept.keep(at, end)
    else kept.insert(jfifWithoutThumbnail(segment))
  } else if (marker === 0xee && begins('Adobe') && content.byteLength >= adobeBytes) {
    if (content.byteLength === adobeBytes) kept.keep(at, end)
    else kept.insert(shortened(segment, adobeBytes))
  } else if (marker === 0xe2 && begins('ICC_PROFILE\0')) {
    kept.keep(at, end)
  } else if (marker === 0xe1 && begins('Exif\0\0') && !isTurned) {
    const orientation = exifOrientation(content)
    if (orientation === null || orientation === 1) return false
    const own = turnSegment(orientation)
    if (own.equals(segment)) kept.keep(at, end)
    else kept.insert(own)
    return true
  }
  return false
}

function jfifWithoutThumbnail(segment: Buffer): Buffer {
  const header = shortened(segment, jfifBytes)
  header.fill(0, header.byteLength - 2)
  return header
}

/** A segment with so many bytes of its content. */
function shortened(segment: Buffer, contentBytes: number): Buffer {
  const short = Buffer.from(segment.subarray(0, 4 + contentBytes))
  short.writeUInt16BE(2 + contentBytes, 2)
  return short
}

/** An APP1 segment that tells an orientation and nothing else. */
export function turnSegment(orientation: number): Buffer {
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), orientationOnly(orientation)])
  const head = Buffer.alloc(4)
  head.writeUInt16BE(0xffe1, 0)
  head.writeUInt16BE(2 + exif.byteLength, 2)
  return Buffer.concat([head, exif])
}

/** Where the marker is that ends the coded data: the next one that is neither stuffing, nor a restart, nor filling. */
async function endOfScan(reader: PictureReader, begin: number): Promise<number> {
  for (let at = begin; ;) {
    const window = await reader.window(at, 2)
    let found = window.indexOf(0xff)
    while (found >= 0 && found + 1 < window.byteLength) {
      const next = window[found + 1]!
      if (next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at + found
      found = window.indexOf(0xff, found + (next === 0xff ? 1 : 2))
    }
    at += found < 0 ? window.byteLength : found
  }
}
