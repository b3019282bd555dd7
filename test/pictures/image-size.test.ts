import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageSize } from '../../src-main/pictures/image-size.ts'

/** Pictures of 30 × 50 pixels as ImageMagick writes them, of the BMP only its headers. */
const pictures = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAB4AAAAyAQMAAABxkPmsAAAAA1BMVEX/AAAZ4gk3AAAADElEQVQI12NgGKkAAAD6AAG+XimtAAAAAElFTkSuQmCC',
  gif: 'R0lGODlhHgAyAPAAAP8AAAAAACH5BAAAAAAALAAAAAAeADIAAAImhI+py+0Po5y02ouz3rz7D4biSJbmiabqyrbuC8fyTNf2jef6VAAAOw==',
  jpeg: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAyAB4DASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AigJbeAAAAAAAAAAAAAAP/9k=',
  'webp, lossy':
    'UklGRk4AAABXRUJQVlA4IEIAAABQAwCdASoeADIAPpFIn0ulpCKhpAgAsBIJZwB2AABBGkjDQAD+7qY///Abr4tpl//9zgf9zgf9zgfxtixhDwSgQAA=',
  'webp, lossless': 'UklGRiIAAABXRUJQVlA4TBUAAAAvHUAMAAcQ/Y/+B4CE8P+8GtH/1AAA',
  'webp with alpha':
    'UklGRnIAAABXRUJQVlA4WAoAAAAQAAAAHQAAMQAAQUxQSAoAAAABB9C/iAhERP8DVlA4IEIAAABQAwCdASoeADIAPpFIn0ulpCKhpAgAsBIJZwB2AABBGkjDQAD+7qY///Abr4tpl//9zgf9zgf9zgfxtixhDwSgQAA=',
  avif: 'AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAAIAAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xybmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAAAeAAAAMgAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAAChtZGF0EgAKBhgRe4sCEDIUGAAKKKKEALVRVijVQ+Ob4DRhF4A=',
  bmp: 'Qk2CEgAAAAAAAIoAAAB8AAAAHgAAADIAAAABABgAAAAAAPgRAAAAAAAAAAAAAAAAAAAAAAAAAAD/AAD/',
}

const bytesOf = (name: keyof typeof pictures) => Buffer.from(pictures[name], 'base64')

/** The JPEG with an EXIF segment before its other segments, written by a camera that was turned. */
function turnedJpeg(orientation: number, order: 'II' | 'MM'): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write(order, 'latin1')
  const short = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at)
  const long = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at)
  short(42, 2)
  long(8, 4)
  short(1, 8)
  short(0x0112, 10)
  short(3, 12)
  long(1, 14)
  short(orientation, 18)
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2])
  return Buffer.concat([head, exif, bytesOf('jpeg').subarray(2)])
}

describe('imageSize', () => {
  it.each(Object.keys(pictures) as (keyof typeof pictures)[])('reads %s', (name) => {
    expect(imageSize(bytesOf(name))).toEqual({ width: 30, height: 50 })
  })

  it.each([
    [1, 30, 50],
    [3, 30, 50],
    [6, 50, 30],
    [8, 50, 30],
    [99, 30, 50],
  ])('turns a photo as its EXIF orientation %i says', (orientation, width, height) => {
    for (const order of ['II', 'MM'] as const)
      expect(imageSize(turnedJpeg(orientation, order))).toEqual({ width, height })
  })

  it('answers null for what is no raster picture', () => {
    for (const text of ['', 'BM', '<svg width="3" height="5"/>', 'GIF89', '%PDF-1.7', 'RIFF1234WAVEfmt '])
      expect(imageSize(Buffer.from(text))).toBeNull()
  })

  it('throws at nothing, wherever a file is cut or damaged', () => {
    for (const name of Object.keys(pictures) as (keyof typeof pictures)[]) {
      const whole = bytesOf(name)
      for (let length = 0; length < whole.length; length++) imageSize(whole.subarray(0, length))
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(0xffd8, 0x424d), (bytes, magic) => {
        const file = Buffer.concat([Buffer.from([magic >> 8, magic & 0xff]), bytes])
        const size = imageSize(file)
        expect(size === null || (size.width > 0 && size.height > 0)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
