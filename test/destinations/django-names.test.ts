import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { djangoAlternativeName, djangoValidName } from '../../src-main/destinations/django-names.ts'

describe('djangoValidName', () => {
  // Answers of django.utils.text.get_valid_filename.
  it.each([
    ["john's portrait in 2004.jpg", 'johns_portrait_in_2004.jpg'],
    ['  spaced out .txt  ', 'spaced_out_.txt'],
    ["^&'@{}[],$=!-#()%+~_123.txt", '-_123.txt'],
    ['a/b\\c.txt', 'abc.txt'],
    ['Füße ½ 日本.png', 'Füße_½_日本.png'],
    ['e\u0301.txt', 'e.txt'],
    ['tab\there.txt', 'tabhere.txt'],
    ['🪣.png', '.png'],
    ['-rf', '-rf'],
    ['\u001c a', 'a'],
  ])('%j becomes %j', (name, expected) => expect(djangoValidName(name)).toBe(expected))

  it.each(['', '   ', '.', '..', '$%&', ' .. ', '/'])('%j has no valid name', (name) =>
    expect(djangoValidName(name)).toBeNull(),
  )

  it('never answers a name with a slash, a space or a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const valid = djangoValidName(name)
        // oxlint-disable-next-line no-control-regex
        expect(valid === null || !/[\s/\\\u0000-\u001f]|^\.{0,2}$/.test(valid)).toBe(true)
      }),
    )
  })
})

describe('djangoAlternativeName', () => {
  const first = () => 0
  it.each([
    ['a.jpg', 'a_aaaaaaa.jpg'],
    ['media/2024/a.tar.gz', 'media/2024/a.tar_aaaaaaa.gz'],
    ['noext', 'noext_aaaaaaa'],
    ['.bashrc', '.bashrc_aaaaaaa'],
    ['..hidden', '..hidden_aaaaaaa'],
    ['dir.d/file', 'dir.d/file_aaaaaaa'],
    ['ends.', 'ends_aaaaaaa.'],
  ])('%j becomes %j', (name, expected) => expect(djangoAlternativeName(name, first)).toBe(expected))

  it('uses seven of the 62 letters and digits', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 400; i++) {
      const name = djangoAlternativeName('a.jpg')
      expect(name).toMatch(/^a_[A-Za-z0-9]{7}\.jpg$/)
      for (const letter of name.slice(2, 9)) seen.add(letter)
    }
    expect(seen.size).toBe(62)
  })
})
