import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alternativeKey } from '../../src-main/transfers/upload-one.ts'

describe('alternativeKey', () => {
  it('is the name that Django would give', () => {
    expect(alternativeKey('media/a.tar.gz')).toMatch(/^media\/a\.tar_[A-Za-z0-9]{7}\.gz$/)
  })

  it('stays within 1,024 bytes, keeps folder and extension, and cuts no character in two', () => {
    for (const letter of ['x', 'ä', '🪣']) {
      const key = `m/${letter.repeat(Math.floor(1018 / Buffer.byteLength(letter)))}.jpg`
      const other = alternativeKey(key)
      expect(Buffer.byteLength(other)).toBeLessThanOrEqual(1024)
      expect(other).toMatch(new RegExp(`^m/(${letter})+_[A-Za-z0-9]{7}\\.jpg$`, 'u'))
    }
  })

  it('never gives the key itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (key) => {
        expect(alternativeKey(key)).not.toBe(key)
      }),
    )
  })
})
