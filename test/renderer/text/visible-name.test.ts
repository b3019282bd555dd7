import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lastSegment,
  namePieces,
  splitExtension,
  splitMiddle,
  visibleName,
} from '../../../src-renderer/text/visible-name.ts'

describe('S36 names that would deceive', () => {
  it.each([
    ['\u202Egpj.exe', '[U+202E]gpj.exe'],
    ['a\nb', 'a[LF]b'],
    ['nul\u0000', 'nul[NUL]'],
    ['del\u007f', 'del[DEL]'],
    ['zero\u200bwidth', 'zero[U+200B]width'],
    ['\ufeffbom', '[U+FEFF]bom'],
    ['half\ud83d', 'half[U+D83D]'],
    ['tag\u{e0041}', 'tag[U+E0041]'],
    ['soft\u00adhyphen', 'soft[U+00AD]hyphen'],
  ])('%j is shown as %s', (name, shown) => {
    expect(visibleName(name)).toBe(shown)
  })

  it('leaves ordinary names alone, also those with joined emoji', () => {
    for (const name of [
      'größe & maß.csv',
      'מסמך.pdf',
      '写真.jpg',
      'family-👨‍👩‍👧.png',
      '❤️.svg',
      '<img onerror=x>',
    ]) {
      expect(visibleName(name)).toBe(name)
      expect(namePieces(name)).toEqual([{ text: name, kind: 'plain' }])
    }
  })

  it('shows a joiner that joins nothing', () => {
    expect(visibleName('a\u200db')).toBe('a[U+200D]b')
  })

  it('never lets a bidirectional control or a C0 control through as text', () => {
    const nasty = fc.constantFrom(
      '\u202a',
      '\u202b',
      '\u202c',
      '\u202d',
      '\u202e',
      '\u2066',
      '\u2069',
      '\u200f',
      '\n',
      '\u001b',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string({ maxLength: 3 }))), (parts) => {
        expect(visibleName(parts.join(''))).not.toMatch(
          /[\u0000-\u001f\u202a-\u202e\u2066-\u2069\u200e\u200f]/,
        )
      }),
    )
  })
})

describe('splitExtension', () => {
  it('keeps the extension apart', () => {
    expect(splitExtension('report.final.pdf')).toEqual({ stem: 'report.final', extension: '.pdf' })
    expect(splitExtension('.env')).toEqual({ stem: '.env', extension: '' })
    expect(splitExtension('README')).toEqual({ stem: 'README', extension: '' })
    expect(splitExtension('v1.a sentence, not an extension').extension).toBe('')
  })
})

describe('splitMiddle', () => {
  it.each([
    ['gallery/team-photo-at-the-lake-0417', 'gallery/team-photo-at-the', '-lake-0417'],
    ['2026-11-29 Sommerfest größe 1', '2026-11-29 Sommerfe', 'st größe 1'],
    ['team-photo-0417', 'team-photo-0417', ''],
    ['photo of everybody 👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 'photo of eve', 'rybody 👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧'],
    ['صورة الفريق عند البحيرة ٠٤١٧', 'صورة الفريق عند البحيرة ٠٤١٧', ''],
    ['photo (תמונה של כולם) 0417', 'photo (תמונה של כולם) 0417', ''],
  ])('%s', (stem, head, tail) => {
    expect(splitMiddle(stem)).toEqual({ head, tail })
  })

  it('loses nothing, takes no character apart and keeps what differs at the end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (stem) => {
        const { head, tail } = splitMiddle(stem)
        expect(head + tail).toBe(stem)
        const characters = (text: string) => [...new Intl.Segmenter().segment(text)].length
        expect(characters(head) + characters(tail)).toBe(characters(stem))
        expect(tail === '' || characters(tail) === 10).toBe(true)
      }),
    )
    expect(splitMiddle(`${'x'.repeat(300)}-0001`).tail).not.toBe(splitMiddle(`${'x'.repeat(300)}-0002`).tail)
    // Marks without end belong to one character.
    expect(splitMiddle(`name-of-a-file-a${'\u0301'.repeat(500)}`).tail).toBe('')
  })
})

describe('lastSegment', () => {
  it('is the name in its folder', () => {
    expect(lastSegment('a/b/c.txt')).toBe('c.txt')
    expect(lastSegment('a/b/')).toBe('b')
    expect(lastSegment('a//')).toBe('/')
  })
})
