import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globList } from '../../src-main/sync/glob.ts'

const matches = (pattern: string | string[], path: string) => globList([pattern].flat()).matches(path)

describe('globs', () => {
  test.each([
    // pattern, path, matches
    ['*.map', 'app.js.map', true],
    ['*.map', 'deep/er/app.js.map', true],
    ['*.map', 'app.mapx', false],
    ['/*.map', 'app.js.map', true],
    ['/*.map', 'deep/app.js.map', false],
    ['drafts/', 'drafts/', true],
    ['drafts/', 'drafts/a.html', true],
    ['drafts/', 'blog/drafts/a/b.html', true],
    ['drafts/', 'drafts', false],
    ['drafts', 'drafts', true],
    ['drafts', 'drafts/a.html', true],
    ['drafts', 'drafts-2024/a.html', false],
    ['/drafts/', 'blog/drafts/a.html', false],
    ['blog/drafts', 'blog/drafts/x', true],
    ['blog/drafts', 'site/blog/drafts/x', true],
    ['/blog/*.html', 'blog/a.html', true],
    ['/blog/*.html', 'blog/deep/a.html', false],
    ['/blog/**/*.html', 'blog/deep/er/a.html', true],
    ['/blog/**/*.html', 'blog/a.html', true],
    ['**/tmp/**', 'a/tmp/b', true],
    ['**/tmp/**', 'tmp/b/c', true],
    ['a**z', 'abcz', true],
    ['a**z', 'ab/cz', false],
    ['img?.png', 'img1.png', true],
    ['img?.png', 'img.png', false],
    ['img?.png', 'img🪣.png', true],
    ['a?b', 'a/b', false],
    ['[a-c]1', 'b1', true],
    ['[a-c]1', 'd1', false],
    ['[!a-c]1', 'd1', true],
    ['[^a-c]1', 'b1', false],
    ['[]x]1', ']1', true],
    ['[a-]1', '-1', true],
    ['[ab', '[ab', true],
    ['[\\]]', ']', true],
    ['\\*.txt', '*.txt', true],
    ['\\*.txt', 'a.txt', false],
    ['a+b (1).txt', 'a+b (1).txt', true],
    ['*', 'anything', true],
    ['**', 'a/b/c', true],
    ['', 'a', false],
    ['/', 'a', false],
    ['.*', '.hidden', true],
    ['*.TXT', 'a.txt', false],
    ['e\u0301.txt', '\u00e9.txt', true],
    ['line\nbreak', 'line\nbreak', true],
  ])('%j on %j: %j', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected)
  })

  test('the last pattern that matches decides, and ! takes back', () => {
    expect(matches(['*.key', '!slides.key'], 'slides.key')).toBe(false)
    expect(matches(['*.key', '!slides.key'], 'private.key')).toBe(true)
    expect(matches(['!slides.key', '*.key'], 'slides.key')).toBe(true)
  })

  test('nothing comes back below a folder that is left out', () => {
    expect(matches(['secret/', '!secret/ok.txt'], 'secret/ok.txt')).toBe(true)
  })

  test('case can be ignored', () => {
    expect(globList(['*.pem'], { ignoreCase: true }).matches('KEY.PEM')).toBe(true)
  })

  test('patterns of names alone, which take a shorter way, match what they match among others', () => {
    const segment = fc.string({ unit: fc.constantFrom('a', 'A', '.', '*', '?', 'é', '[a-b]'), maxLength: 3 })
    const pattern = fc
      .tuple(fc.constantFrom('', '!'), segment, fc.constantFrom('', '/'))
      .map((parts) => parts.join(''))
    const path = fc
      .tuple(fc.array(fc.string({ unit: fc.constantFrom('a', 'A', '.', 'é'), maxLength: 3 })), fc.boolean())
      .map(([names, isFolder]) => names.join('/') + (isFolder ? '/' : ''))
    fc.assert(
      fc.property(
        fc.array(pattern),
        path,
        fc.boolean(),
        fc.boolean(),
        (patterns, at, ignoreCase, gitignore) => {
          const options = { ignoreCase, gitignore }
          const short = globList(patterns, options)
          // A pattern that says where, and speaks of nothing here.
          const long = globList(['/elsewhere/z', ...patterns], options)
          expect([short.verdict(at), short.matches(at)]).toEqual([long.verdict(at), long.matches(at)])
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('a pattern of many stars cannot hang', () => {
    const started = performance.now()
    expect(matches('*a'.repeat(200) + 'b', 'a'.repeat(4000))).toBe(false)
    expect(matches('**/a/'.repeat(60) + 'b', 'a/'.repeat(400) + 'c')).toBe(false)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
