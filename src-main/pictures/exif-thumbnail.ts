import { exifOrientation, openTiff } from './exif-orientation.ts'
import { turnSegment } from './strip-jpeg.ts'

/** The tags of a thumbnail in the second directory (Exif 2.3, 4.6.4): where it begins, and how long it is. */
const offsetTag = 0x0201
const lengthTag = 0x0202

/**
 * The small JPEG that a camera has put into the beginning of a photo, turned as the photo is; null when `header`, the
 * photo's first bytes, has none whole. Nothing is decoded; what is answered begins as a JPEG, and is to be looked at as
 * any other. Pure.
 */
export function exifThumbnail(header: Buffer): Buffer | null {
  try {
    if (header.readUInt16BE(0) !== 0xffd8) return null
    for (let at = 2; header.readUInt8(at) === 0xff;) {
      const marker = header.readUInt8(at + 1)
      const length = header.readUInt16BE(at + 2)
      // The scan begins, and no metadata come any more.
      if (marker === 0xda || length < 2) return null
      const content = header.subarray(at + 4, at + 2 + length)
      if (marker === 0xe1 && content.toString('latin1', 0, 6) === 'Exif\0\0') return thumbnailIn(content)
      at += 2 + length
    }
  } catch (error) {
    // It ends before it has told.
    if (!(error instanceof RangeError)) throw error
  }
  return null
}

function thumbnailIn(exif: Buffer): Buffer | null {
  const tiff = openTiff(exif)
  if (tiff === null) return null
  const { next } = tiff.directory(tiff.long(4))
  if (next === 0) return null
  const { entries } = tiff.directory(next)
  const [offsetAt, lengthAt] = [entries.get(offsetTag), entries.get(lengthTag)]
  if (offsetAt === undefined || lengthAt === undefined) return null
  const [from, length] = [tiff.long(offsetAt + 8), tiff.long(lengthAt + 8)]
  const thumbnail = tiff.bytes.subarray(from, from + length)
  if (thumbnail.byteLength !== length || length < 4 || thumbnail.readUInt16BE(0) !== 0xffd8) return null
  const orientation = exifOrientation(exif)
  if (orientation === null || orientation === 1) return thumbnail
  return Buffer.concat([thumbnail.subarray(0, 2), turnSegment(orientation), thumbnail.subarray(2)])
}
