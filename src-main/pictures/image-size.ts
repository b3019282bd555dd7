import { exifOrientation } from './exif-orientation.ts'

/** Width and height in pixels, as a browser shows the picture: turned as its EXIF orientation says. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** So many bytes of the beginning of a file suffice: profiles and thumbnails may go before a JPEG's size. */
export const imageHeaderBytes = 512 * 1024

/**
 * The size that the first bytes of a raster picture tell: PNG, JPEG, GIF, WebP, BMP and AVIF. Null for everything else
 * and for what is broken. Nothing is decoded. Pure.
 */
export function imageSize(header: Uint8Array): ImageSize | null {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength)
  try {
    const size =
      pngSize(bytes) ??
      gifSize(bytes) ??
      jpegSize(bytes) ??
      webpSize(bytes) ??
      bmpSize(bytes) ??
      avifSize(bytes)
    return size !== null && size.width > 0 && size.height > 0 ? size : null
  } catch (error) {
    // The header ends before it has told.
    if (error instanceof RangeError) return null
    throw error
  }
}

function pngSize(bytes: Buffer): ImageSize | null {
  if (!bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return null
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return null
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function gifSize(bytes: Buffer): ImageSize | null {
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return null
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

function bmpSize(bytes: Buffer): ImageSize | null {
  if (bytes.toString('latin1', 0, 2) !== 'BM' || bytes.readUInt32LE(14) < 40) return null
  // A negative height is of a picture that begins at its top.
  return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) }
}

function webpSize(bytes: Buffer): ImageSize | null {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return null
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return null
  }
}

/** The first `ispe` property: of a picture in tiles it may be that of a tile, so a grid is not answered. */
function avifSize(bytes: Buffer): ImageSize | null {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp' || !/avi[fs]/.test(bytes.toString('latin1', 8, 32)))
    return null
  if (bytes.includes('grid', 0, 'latin1')) return null
  const at = bytes.indexOf('ispe', 0, 'latin1')
  if (at < 0) return null
  const size = { width: bytes.readUInt32BE(at + 8), height: bytes.readUInt32BE(at + 12) }
  const turn = bytes.indexOf('irot', 0, 'latin1')
  return turn > 0 && bytes.readUInt8(turn + 4) % 2 === 1 ? turned(size) : size
}

function jpegSize(bytes: Buffer): ImageSize | null {
  if (bytes.readUInt16BE(0) !== 0xffd8) return null
  let orientation = 1
  for (let at = 2; ;) {
    if (bytes.readUInt8(at) !== 0xff) return null
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xff) {
      at++
      continue
    }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return null
    // Start of frame, but not the tables (DHT, JPG, DAC) between.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const size = { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
      return orientation >= 5 ? turned(size) : size
    }
    const isExif = marker === 0xe1 && bytes.toString('latin1', at + 4, at + 10) === 'Exif\0\0'
    if (isExif) orientation = exifOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation
    at += 2 + length
  }
}

function turned({ width, height }: ImageSize): ImageSize {
  return { width: height, height: width }
}
