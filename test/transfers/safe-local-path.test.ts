import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NamePlatform } from '../../src-main/transfers/safe-local-path.ts'
import {
  createSafeNamer,
  keyOfLocalPath,
  numberedName,
  safeLocalPath,
} from '../../src-main/transfers/safe-local-path.ts'

const platforms: readonly NamePlatform[] = ['linux', 'darwin', 'win32']
const rootOf = (platform: NamePlatform) =>
  platform === 'win32' ? 'C:\\Users\\me\\Downloads' : '/home/me/downloads'
const pathOf = (platform: NamePlatform) => (platform === 'win32' ? win32 : posix)

/** Keys that somebody could put into a bucket to harm whoever downloads them. */
const corpus: readonly string[] = [
  '../x',
  '../../etc/passwd',
  '../../../../../../../../etc/shadow',
  'a/../../x',
  'a/b/../../../x',
  '..',
  '.',
  './x',
  './',
  '../',
  'a/..',
  'a/.',
  '.../x',
  '..../x',
  '. ./x',
  '.. /x',
  '..\u0000/x',
  '..%2fx',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '%2E%2E%5Cx',
  '..%c0%afx',
  '%252e%252e/x',
  '．．／x',
  '．．/x',
  '‥/x',
  '。。/x',
  '․․/x',
  '/etc/passwd',
  '//etc/passwd',
  '///x',
  '/',
  '//',
  '///',
  '/.',
  '/..',
  '\\',
  '\\\\',
  '..\\x',
  '..\\..\\Windows\\System32\\x.dll',
  'a\\..\\..\\x',
  '\\Windows\\x',
  '\\\\server\\share\\x',
  '//server/share/x',
  '\\\\?\\C:\\x',
  '\\\\.\\PhysicalDrive0',
  '\\\\.\\pipe\\x',
  '//?/C:/x',
  '//./COM1',
  'C:',
  'C:evil',
  'C:\\evil',
  'C:/evil',
  'c:..\\x',
  'a/C:/x',
  'file:stream',
  'file.txt:evil.exe',
  'file.txt::$DATA',
  'dir:$I30:$INDEX_ALLOCATION/x',
  ':',
  'a:b:c',
  'NUL',
  'nul',
  'nul.txt',
  'CON',
  'con.tar.gz',
  'PRN',
  'AUX',
  'aux.h',
  'COM1',
  'COM9.log',
  'COM¹',
  'COM².txt',
  'LPT1',
  'lpt³',
  'COM0',
  'LPT0',
  'CONIN$',
  'CONOUT$',
  'NUL .txt',
  'NUL.',
  'NUL ',
  'a/NUL/b',
  'CON/x',
  'CLOCK$',
  'name.',
  'name..',
  'name ',
  'name. ',
  'name .',
  ' name',
  ' ',
  '  ',
  '...',
  '. .',
  'a./b',
  'a /b',
  'a../b',
  '\u0000',
  'a\u0000b',
  'a\u0000.txt',
  'a\nb',
  'a\r\nb',
  'a\tb',
  '\u0007',
  '\u001b[2J',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u202Egpj.exe',
  'photo\u202Efdp.exe',
  '\u2066x\u2069',
  '\u200Bname',
  'na\u200Bme',
  '\uFEFFname',
  'a\u2028b',
  '\u200E',
  '\u061C',
  '\u{E0041}',
  '\u00AD',
  'caf\u00e9',
  'cafe\u0301',
  'CAF\u00c9',
  'ﬁle',
  'file',
  'FILE',
  'File',
  'ſ',
  's',
  'ß',
  'ss',
  'İ',
  'i̇',
  'K',
  'k',
  'Å',
  'Å',
  'a',
  'a/',
  'a/b',
  'A',
  'A/b',
  'a//',
  'a//b',
  'a/b/',
  'a/b/c',
  '-rf',
  '--help',
  '-',
  '~',
  '~/x',
  '~root/x',
  '$HOME',
  '$(id)',
  '`id`',
  ';id',
  '|id',
  '&',
  '*',
  '?',
  '"',
  '<',
  '>',
  '\ud800',
  'a\udc00b',
  '\ud83d',
  'x'.repeat(255),
  'x'.repeat(256),
  `${'x'.repeat(300)}.jpg`,
  '🪣'.repeat(64),
  '🪣'.repeat(100),
  '\u0001'.repeat(200),
  'x'.repeat(1024),
  'a/'.repeat(511) + 'a',
  `${'d'.repeat(200)}/`.repeat(5),
  '%',
  '%%',
  '%2',
  '%2F',
  '%252F',
  '%41',
  '%u0041',
  '%2541',
  '%25',
  'a%00b',
  '100%',
  '.bashrc',
  '.ssh/authorized_keys',
  'desktop.ini',
  '.htaccess',
  'autorun.inf',
]

const anyKey = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        'a',
        'A',
        '..',
        '.',
        '',
        '/',
        '\\',
        ':',
        'NUL',
        '%',
        '2F',
        '2E',
        ' ',
        'u0041',
        '\u0000',
        'é',
        'e\u0301',
        '\ud800',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...corpus), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
)

function expectInside(path: string, platform: NamePlatform): void {
  const root = rootOf(platform)
  const { resolve, relative, sep, isAbsolute } = pathOf(platform)
  const inner = relative(root, resolve(path))
  expect(path.startsWith(root + sep), path).toBe(true)
  expect(resolve(path), 'not normal').toBe(path)
  expect(inner === '' || inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner), path).toBe(
    false,
  )
  for (const segment of inner.split(sep)) {
    expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255)
    expect(segment).not.toMatch(/^\.{0,2}$|[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/]|\p{Cs}/u)
    if (platform !== 'win32') continue
    expect(segment).not.toMatch(/[<>:"|?*\\]|[. ]$/)
    expect(segment).not.toMatch(/^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i)
  }
  expect(Buffer.byteLength(path)).toBeLessThan(
    platform === 'darwin' ? 1024 : platform === 'linux' ? 4096 : 32_767,
  )
}

describe('S33 safeLocalPath', () => {
  it('has a corpus worth the name', () => {
    expect(new Set(corpus).size).toBeGreaterThanOrEqual(120)
  })

  describe.each(platforms)('on %s', (platform) => {
    const safe = (key: string) => safeLocalPath(rootOf(platform), key, platform)

    it.each(corpus.map((key) => [key]))('%j stays inside', (key) => expectInside(safe(key), platform))

    it('no two keys of the corpus share a path', () => {
      const keys = [...new Set(corpus)]
      expect(new Set(keys.map(safe)).size).toBe(keys.length)
    })

    it('never leaves the root, whatever the key', () => {
      fc.assert(
        fc.property(anyKey, (key) => expectInside(safe(key), platform)),
        { numRuns: 2000 },
      )
    })

    it('is injective and reversible', () => {
      fc.assert(
        fc.property(anyKey, anyKey, (a, b) => {
          if (a !== b) expect(safe(a)).not.toBe(safe(b))
          const inner = safe(a).slice(rootOf(platform).length + 1)
          // Names that were cut have a hash instead of a way back.
          if (!/~[0-9a-f]{16}|^[0-9a-f]{16}~/.test(inner)) expect(keyOfLocalPath(inner, platform)).toBe(a)
        }),
        { numRuns: 2000 },
      )
    })

    it('a namer never gives a place twice, nor a file where a folder is', () => {
      fc.assert(
        fc.property(fc.array(anyKey, { maxLength: 15 }), (keys) => {
          const namer = createSafeNamer(rootOf(platform), platform)
          const places = [...new Set(keys)].map((key) => namer.name(key))
          const folded = places.map(({ path }) =>
            platform === 'linux' ? path : path.normalize('NFC').toLowerCase(),
          )
          expect(new Set(folded).size).toBe(places.length)
          const { sep } = pathOf(platform)
          for (const place of places) expectInside(place.path, platform)
          for (const file of folded) expect(folded.some((other) => other.startsWith(file + sep))).toBe(false)
        }),
        { numRuns: 500 },
      )
    })
  })

  it('leaves ordinary names alone', () => {
    for (const key of [
      'index.html',
      'css/a b+c#d.css',
      'фото/日本 🪣.jpg',
      "it's (1) [2] {3} & more!.txt",
      'a.b.c/d',
      '100% sure.txt',
      '👩‍💻.png',
    ]) {
      for (const platform of platforms) {
        const { join } = pathOf(platform)
        expect(safeLocalPath(rootOf(platform), key, platform)).toBe(join(rootOf(platform), ...key.split('/')))
        expect(createSafeNamer(rootOf(platform), platform).name(key)).toMatchObject({
          relative: key,
          changed: false,
        })
      }
    }
  })

  it.each([
    ['../../etc/passwd', 'linux', '%2E%2E/%2E%2E/etc/passwd'],
    ['/abs', 'linux', '%2F/abs'],
    ['a//b', 'linux', 'a/%2F/b'],
    ['%2F', 'linux', '%252F'],
    ['a:b', 'win32', 'a%3Ab'],
    ['a\\b', 'win32', 'a%5Cb'],
    ['CON.txt', 'win32', '%43ON.txt'],
    ['COM¹', 'win32', '%43OM¹'],
    ['end.', 'win32', 'end%2E'],
    ['end ', 'win32', 'end%20'],
    ['\u202Egpj.exe', 'darwin', '%E2%80%AEgpj.exe'],
    ['\ud800', 'linux', '%uD800'],
  ] as const)('%j on %s is %s', (key, platform, expected) => {
    expect(createSafeNamer(rootOf(platform), platform).name(key)).toMatchObject({
      relative: expected,
      changed: true,
    })
  })
})

describe('createSafeNamer', () => {
  const relatives = (platform: NamePlatform, keys: string[]) => {
    const namer = createSafeNamer(rootOf(platform), platform)
    return keys.map((key) => namer.name(key).relative)
  }

  it('numbers what a disk does not tell apart', () => {
    expect(relatives('win32', ['A.txt', 'a.txt', 'a.TXT'])).toEqual(['A.txt', 'a (2).txt', 'a (3).TXT'])
    expect(relatives('darwin', ['caf\u00e9', 'cafe\u0301'])).toEqual(['caf\u00e9', 'cafe\u0301 (2)'])
    expect(relatives('linux', ['A.txt', 'a.txt', 'caf\u00e9', 'cafe\u0301'])).toEqual([
      'A.txt',
      'a.txt',
      'caf\u00e9',
      'cafe\u0301',
    ])
  })

  it('keeps a file and a folder of one name apart, in either order', () => {
    expect(relatives('linux', ['a', 'a/b', 'a/c'])).toEqual(['a', 'a (2)/b', 'a (2)/c'])
    expect(relatives('linux', ['a/b', 'a', 'a/c'])).toEqual(['a/b', 'a (2)', 'a/c'])
    expect(relatives('win32', ['DIR/x', 'dir/y', 'Dir'])).toEqual(['DIR/x', 'DIR/y', 'Dir (2)'])
  })

  it('numbers before the last extension and within the limit', () => {
    expect(numberedName('photo.jpg', 2)).toBe('photo (2).jpg')
    expect(numberedName('.bashrc', 2)).toBe('.bashrc (2)')
    expect(Buffer.byteLength(numberedName(`${'ä'.repeat(125)}.jpg`, 12))).toBeLessThanOrEqual(255)
  })
})
