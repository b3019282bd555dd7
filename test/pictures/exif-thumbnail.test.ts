import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exifThumbnail } from '../../src-main/pictures/exif-thumbnail.ts'
import { jpegWithThumbnail, phoneJpeg, plainJpeg, segment } from './made-pictures.ts'

describe('the thumbnail of a photo', () => {
  it('is what the camera has put into it', () => {
    expect(exifThumbnail(jpegWithThumbnail(1))).toEqual(plainJpeg)
  })

  it('is turned as the photo is', () => {
    const turned = exifThumbnail(jpegWithThumbnail(8))
    expect(turned?.byteLength).toBe(plainJpeg.byteLength + 36)
    expect(turned?.subarray(2 + 36)).toEqual(plainJpeg.subarray(2))
  })

  it('is none where there is none, or something else in its place', () => {
    expect(exifThumbnail(phoneJpeg())).toBeNull()
    expect(exifThumbnail(plainJpeg)).toBeNull()
    expect(exifThumbnail(jpegWithThumbnail(1, Buffer.from('<svg/>')))).toBeNull()
    expect(exifThumbnail(Buffer.from('\x89PNG', 'latin1'))).toBeNull()
    expect(exifThumbnail(Buffer.concat([plainJpeg.subarray(0, 2), segment(0xe1, 'Exif\0\0')]))).toBeNull()
  })

  it('throws at nothing, wherever a photo is cut or damaged', () => {
    const whole = jpegWithThumbnail(6)
    for (let length = 0; length < whole.length; length++) exifThumbnail(whole.subarray(0, length))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), (edits) => {
        const damaged = Buffer.from(whole)
        for (const [at, byte] of edits) damaged[at] = byte
        const thumbnail = exifThumbnail(damaged)
        if (thumbnail !== null) expect(thumbnail.readUInt16BE(0)).toBe(0xffd8)
      }),
      { numRuns: 300 },
    )
  })
})
