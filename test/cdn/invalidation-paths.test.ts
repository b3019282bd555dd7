import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, invalidationPaths, isWildcard, wholeEscapes } from '../../src-main/cdn/invalidation-paths.ts'
import { encodeKey, encodeKeyForSite } from '../../src-main/s3/object-url.ts'

describe('the paths of a key', () => {
  test.each([
    ['site.css', ['/site.css']],
    ['img/a b.png', ['/img/a%20b.png']],
    ['caf\u00e9.html', ['/caf%C3%A9.html']],
    ['a[1].html', ['/a%5B1%5D.html']],
    ['100%.txt', ['/100%25.txt']],
    ['what?.txt', ['/what%3F.txt']],
    // CloudFront compares these as they are; links escape some of them, at a custom domain fewer than at the bucket.
    ['a+b.css', ['/a+b.css', '/a%2Bb.css']],
    ["it's (new)!.css", ["/it's%20(new)!.css", '/it%27s%20%28new%29%21.css']],
    ["a+(1)'.css", ["/a+(1)'.css", "/a%2B(1)'.css", '/a%2B%281%29%27.css']],
    ['a,b;c=d@e:f&g$.css', ['/a,b;c=d@e:f&g$.css', '/a%2Cb%3Bc%3Dd%40e%3Af%26g%24.css']],
    // A tilde cannot be named.
    ['~me/a.css', ['/*', '/*']],
    ['u/~me/a.css', ['/u/*', '/u/*']],
    // The URL of a directory serves its index.
    ['index.html', ['/index.html', '/']],
    ['blog/index.html', ['/blog/index.html', '/blog/']],
    ['blog/old-index.html', ['/blog/old-index.html']],
    ['a//b', ['/a//b']],
  ])('%s', (key, paths) => {
    expect(invalidationPaths(key)).toEqual([...new Set(paths)])
  })

  test('what is too long is cut, between characters', () => {
    const [path, ...others] = invalidationPaths('é'.repeat(1000))
    expect(others).toEqual([])
    expect(path).toBe('/*')
    expect(invalidationPaths(`docs/${'x'.repeat(4000)}`)).toEqual([`/docs/${'x'.repeat(3993)}*`])
  })

  test('the forms of a link are always covered, and nothing is longer than CloudFront takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (key) => {
        const paths = invalidationPaths(key)
        for (const path of paths) {
          expect(path.startsWith('/')).toBe(true)
          expect(path.length).toBeLessThanOrEqual(4000)
          expect(path).toMatch(/^[!-}]*$/)
          expect(path).not.toMatch(/["<>\\^`{|}[\]#?]|%(?![0-9A-F]{2})/)
        }
        for (const linked of [encodeKeyForSite(key), encodeKey(key)])
          expect(paths.some((path) => covers(path, `/${linked}`))).toBe(true)
      }),
    )
  })
})

test('a wildcard stands for what begins so, at its end only', () => {
  expect(covers('/a*', '/ab/c')).toBe(true)
  expect(covers('/a*', '/a')).toBe(true)
  expect(covers('/a*', '/b')).toBe(false)
  expect(covers('/a', '/ab')).toBe(false)
  expect(isWildcard('/a*b')).toBe(false)
})

test('a beginning ends in no half escape and no half character', () => {
  expect(wholeEscapes('/caf%C3%')).toBe('/caf')
  expect(wholeEscapes('/caf%C3%A')).toBe('/caf')
  expect(wholeEscapes('/caf%C3')).toBe('/caf')
  expect(wholeEscapes('/a%2')).toBe('/a')
  expect(wholeEscapes('/a%20')).toBe('/a%20')
  expect(wholeEscapes('/a')).toBe('/a')
})
