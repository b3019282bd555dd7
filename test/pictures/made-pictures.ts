import { crc32, deflateSync } from 'node:zlib'

/** Stands for a place in the made metadata: it must not be in what is uploaded. */
export const secretPlace = '48.8583N 2.2945E'

/** An Exif block (without `Exif\0\0`) as a phone writes it: orientation, a model and a GPS directory with a place. */
export function exifWithPlace(orientation: number, order: 'II' | 'MM' = 'MM'): Buffer {
  const tiff = Buffer.alloc(128)
  const short = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at)
  const long = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at)
  const entry = (at: number, tag: number, type: number, count: number) => {
    short(tag, at)
    short(type, at + 2)
    long(count, at + 4)
  }
  tiff.write(order, 'latin1')
  short(42, 2)
  long(8, 4)
  short(3, 8)
  entry(10, 0x0110, 2, 3)
  tiff.write('X1\0', 18, 'latin1')
  entry(22, 0x0112, 3, 1)
  short(orientation, 30)
  entry(34, 0x8825, 4, 1)
  long(50, 42)
  short(1, 50)
  entry(52, 0x001b, 7, secretPlace.length)
  long(72, 60)
  tiff.write(secretPlace, 72, 'latin1')
  return tiff
}

/** A segment of a JPEG. */
export function segment(marker: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string, 'latin1')
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(bytes.byteLength + 2, 2)
  return Buffer.concat([head, bytes])
}

/** A picture of 30 × 50 pixels as ImageMagick writes it. */
export const plainJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAyAB4DASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AigJbeAAAAAAAAAAAAAAP/9k=',
  'base64',
)

/** {@link plainJpeg} as one piece less: what stands between its JFIF header and its end. */
const jpegBody = plainJpeg.subarray(20)

/** A profile, which is no metadata to be removed. */
export const iccSegment = segment(0xe2, `ICC_PROFILE\0\x01\x01${'colours'.repeat(20)}`)

/** A photo of a phone: JFIF, Exif with a place, XMP, a profile, IPTC, a comment, and a video behind its end. */
export function phoneJpeg(orientation = 6, order: 'II' | 'MM' = 'MM'): Buffer {
  return Buffer.concat([
    plainJpeg.subarray(0, 20),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifWithPlace(orientation, order)])),
    segment(0xe1, `http://ns.adobe.com/xap/1.0/\0<x>${secretPlace}</x>`),
    iccSegment,
    segment(0xe2, `MPF\0${secretPlace}`),
    segment(0xed, `Photoshop 3.0\x008BIM${secretPlace}`),
    segment(0xee, 'Adobe\0d\0\0\0\0\x01'),
    segment(0xfe, `taken at ${secretPlace}`),
    jpegBody,
    Buffer.from(`....ftypmp42${secretPlace}`, 'latin1'),
  ])
}

/** {@link phoneJpeg} as it is to be uploaded. */
export function strippedPhoneJpeg(orientation: number): Buffer {
  const tiff = `MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`
  return Buffer.concat([
    plainJpeg.subarray(0, 20),
    ...(orientation === 1 ? [] : [segment(0xe1, `Exif\0\0${tiff}`)]),
    iccSegment,
    segment(0xee, 'Adobe\0d\0\0\0\0\x01'),
    jpegBody,
  ])
}

/** A phone's photo with so many bytes of coded data, which no decoder would like, and what is left of it without metadata. */
export function largePhoneJpeg(codedBytes: number): { readonly whole: Buffer; readonly stripped: Buffer } {
  const coded = Buffer.alloc(codedBytes)
  for (let at = 0; at + 4 <= codedBytes; at += 4) coded.writeUInt32LE((at * 2_654_435_761) % 0x7f00_0000, at)
  // A marker in it would end it.
  for (let at = coded.indexOf(0xff); at >= 0; at = coded.indexOf(0xff, at)) coded[at] = 0xfe
  const grown = (photo: Buffer) => {
    const scan = photo.indexOf(Buffer.from([0xff, 0xda])) + 14
    return Buffer.concat([photo.subarray(0, scan), coded, photo.subarray(scan)])
  }
  return { whole: grown(phoneJpeg(6)), stripped: grown(strippedPhoneJpeg(6)) }
}

/** A chunk of a PNG. */
export function pngChunk(type: string, data: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(data as string, 'latin1')
  const chunk = Buffer.alloc(12 + bytes.byteLength)
  chunk.writeUInt32BE(bytes.byteLength, 0)
  chunk.write(type, 4, 'latin1')
  bytes.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + bytes.byteLength)), 8 + bytes.byteLength)
  return chunk
}

const pngHead = [
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  pngChunk('IHDR', Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
  pngChunk('gAMA', Buffer.from([0, 0, 177, 143])),
  pngChunk('iCCP', 'p\0\0colours'),
]
const pngBody = [pngChunk('pHYs', Buffer.alloc(9)), pngChunk('acTL', Buffer.alloc(8))]
const pngData = pngChunk('IDAT', deflateSync(Buffer.from([0, 1, 2])))

/** A PNG with a place in every kind of chunk that may have one, and behind its end. */
export function placedPng(orientation = 1): Buffer {
  return Buffer.concat([
    ...pngHead,
    pngChunk('tEXt', `Comment\0${secretPlace}`),
    pngChunk('zTXt', `Raw profile type exif\0\0${secretPlace}`),
    pngChunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${secretPlace}`),
    pngChunk('eXIf', exifWithPlace(orientation)),
    pngChunk('tIME', Buffer.alloc(7)),
    pngChunk('prVt', secretPlace),
    ...pngBody,
    pngData,
    pngChunk('IEND'),
    Buffer.from(secretPlace),
  ])
}

/** {@link placedPng} as it is to be uploaded. */
export function strippedPng(orientation = 1): Buffer {
  const tiff = `MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`
  const turned = orientation === 1 ? [] : [pngChunk('eXIf', tiff)]
  return Buffer.concat([...pngHead, ...turned, ...pngBody, pngData, pngChunk('IEND')])
}

/** A chunk of a WebP. */
export function riffChunk(type: string, data: Buffer | string): Buffer {
  const bytes = Buffer.from(data as string, 'latin1')
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(bytes.byteLength, 4)
  return Buffer.concat([head, bytes, Buffer.alloc(bytes.byteLength % 2)])
}

/** A WebP of chunks. */
export function webp(...chunks: Buffer[]): Buffer {
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]))
}

const webpPicture = riffChunk('VP8L', Buffer.from('2f1d400c00071', 'hex'))
const extended = (flags: number) => riffChunk('VP8X', Buffer.from([flags, 0, 0, 0, 29, 0, 0, 49, 0, 0]))
const profile = riffChunk('ICCP', 'colours')

/** A WebP with a place in its Exif, its XMP, a chunk of nobody's and behind its end. */
export function placedWebp(orientation = 1): Buffer {
  return Buffer.concat([
    webp(
      extended(0x20 | 0x08 | 0x04),
      profile,
      webpPicture,
      riffChunk('EXIF', exifWithPlace(orientation)),
      riffChunk('XMP ', `<x>${secretPlace}</x>`),
      riffChunk('MINE', secretPlace),
    ),
    Buffer.from(secretPlace),
  ])
}

/** {@link placedWebp} as it is to be uploaded. */
export function strippedWebp(orientation = 1): Buffer {
  const tiff = `MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`
  if (orientation === 1) return webp(extended(0x20), profile, webpPicture)
  return webp(extended(0x28), profile, webpPicture, riffChunk('EXIF', tiff))
}

const gifHead = Buffer.concat([
  Buffer.from('GIF89a', 'latin1'),
  Buffer.from([2, 0, 1, 0, 0x80, 0, 0]),
  Buffer.alloc(6),
])
const gifLoop = Buffer.concat([Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', 'latin1')])
const gifFrame = Buffer.from('\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\x0a\0', 'latin1')
const gifEnd = Buffer.from([0x3b])

/** A GIF that repeats, with a place in a comment, in XMP and behind its end. */
export function placedGif(): Buffer {
  const place = String.fromCharCode(secretPlace.length) + secretPlace
  // As XMP does it: no blocks, but a tail that leads any reader of blocks to the end.
  const tail = Buffer.from([1, ...Array.from({ length: 256 }, (_, index) => 255 - index), 0])
  return Buffer.concat([
    gifHead,
    gifLoop,
    Buffer.from(`\x21\xfe${place}\0`, 'latin1'),
    Buffer.from(`\x21\xff\x0bXMP DataXMP<?xpacket ${secretPlace}?>`, 'latin1'),
    tail,
    gifFrame,
    gifFrame,
    gifEnd,
    Buffer.from(secretPlace),
  ])
}

/** {@link placedGif} as it is to be uploaded. */
export function strippedGif(): Buffer {
  return Buffer.concat([gifHead, gifLoop, gifFrame, gifFrame, gifEnd])
}

/** A photo with a thumbnail in its Exif, as a camera writes it. */
export function jpegWithThumbnail(orientation: number, thumbnail: Buffer = plainJpeg): Buffer {
  const tiff = Buffer.alloc(8 + 18 + 30)
  tiff.write('II*\0\x08\0\0\0', 'latin1')
  const entry = (at: number, tag: number, type: number, value: number) => {
    tiff.writeUInt16LE(tag, at)
    tiff.writeUInt16LE(type, at + 2)
    tiff.writeUInt32LE(1, at + 4)
    tiff.writeUInt32LE(value, at + 8)
  }
  tiff.writeUInt16LE(1, 8)
  entry(10, 0x0112, 3, orientation)
  tiff.writeUInt32LE(26, 22)
  tiff.writeUInt16LE(2, 26)
  entry(28, 0x0201, 4, tiff.byteLength)
  entry(40, 0x0202, 4, thumbnail.byteLength)
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, thumbnail])
  return Buffer.concat([plainJpeg.subarray(0, 20), segment(0xe1, exif), jpegBody])
}
