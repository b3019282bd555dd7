import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareKeys,
  inNfc,
  keyFromRelativePath,
  keyProblem,
  wellFormed,
} from '../../src-main/s3/object-key.ts'

describe('keyFromRelativePath', () => {
  it('writes NFC, whatever the file system hands out', () => {
    expect(keyFromRelativePath('media/', 'e\u0301te\u0301.jpg')).toBe('media/\u00e9t\u00e9.jpg')
  })
  it('is in NFC for every text', () => {
    // Letters that nothing precedes can decompose, too: U+0340, U+1FEF, U+212B, U+2ADC, U+1D15E, and Hangul.
    for (let code = 0; code <= 0x10ffff; code++) {
      const text = String.fromCodePoint(code)
      if (inNfc(text) !== text.normalize('NFC')) throw new Error(`U+${code.toString(16)} is not in NFC.`)
    }
    const unit = fc.constantFrom('a', 'é', 'e\u0301', 'ÿ', 'Å', '\u212b', '\ud800', '가', '😀')
    fc.assert(fc.property(fc.string({ unit, maxLength: 8 }), (text) => inNfc(text) === text.normalize('NFC')))
  })
  it('turns \\ into / only on Windows, where it separates folders', () => {
    expect(keyFromRelativePath('', 'a\\b.txt', true)).toBe('a/b.txt')
    expect(keyFromRelativePath('', 'a\\b.txt')).toBe('a\\b.txt')
  })
})

describe('keyProblem', () => {
  it.each(['a', 'a b+c#?%.txt', 'dir//x', '😀'.repeat(256), 'new\nline', '.hidden', 'a..b/c'])(
    'accepts %j',
    (key) => {
      expect(keyProblem(key)).toBeNull()
    },
  )
  it.each(['', 'x'.repeat(1025), '😀'.repeat(257), '\ud800', 'a\0b', '../a', 'a/./b', 'a/..'])(
    'refuses %j',
    (key) => {
      expect(keyProblem(key)).toMatch(/\.$/)
    },
  )
})

describe('compareKeys', () => {
  it('orders as the bytes of UTF-8 do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareKeys(a, b))).toBe(bytes)
      }),
      { numRuns: 2000 },
    )
    // The order of UTF-16 is another one here.
    expect(compareKeys('\uffee', '😀')).toBeLessThan(0)
  })
})

it('wellFormed leaves good text alone and mends broken surrogates', () => {
  expect(wellFormed('ü😀')).toBe('ü😀')
  expect(wellFormed('a\ud83d')).toBe('a\ufffd')
})
