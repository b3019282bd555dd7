import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentTypeFor } from '../../src-main/s3/content-type.ts'
import { compress, isCompressible } from '../../src-main/sync/compression.ts'

describe('compressing', () => {
  test('gives back the bytes, and the same result for the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.boolean(), async (random, repeated) => {
        const bytes = repeated ? Buffer.concat([random, random, random]) : Buffer.from(random)
        const [packed, again, br, brAgain] = await Promise.all([
          compress(bytes, 'gzip'),
          compress(Buffer.from(bytes), 'gzip'),
          compress(bytes, 'br'),
          compress(Buffer.from(bytes), 'br'),
        ])
        expect(packed.equals(again)).toBe(true)
        expect(br.equals(brAgain)).toBe(true)
        expect(gunzipSync(packed).equals(bytes)).toBe(true)
        expect(brotliDecompressSync(br).equals(bytes)).toBe(true)
        // RFC 1952: no name, no time, the best level, no system.
        expect([...packed.subarray(3, 10)]).toEqual([0, 0, 0, 0, 0, 2, 255])
      }),
      { numRuns: 50 },
    )
  })

  test('takes about a millisecond for a file as sites have them, and a tenth of a second for a megabyte', async () => {
    const word = (i: number) =>
      Math.sin(i * 12.9898)
        .toString(36)
        .slice(3, 5 + (i % 7))
    const lines = Array.from({ length: 40_000 }, (_, i) => `.${word(i % 997)} { ${word(i)}: ${i % 13}px }`)
    const large = Buffer.from(lines.join('\n'))
    const small = large.subarray(0, 15_000)
    const before = process.cpuUsage()
    for (let i = 0; i < 100; i++) await Promise.all([compress(small, 'br'), compress(small, 'gzip')])
    await Promise.all([compress(large, 'br'), compress(large, 'gzip')])
    const { user, system } = process.cpuUsage(before)
    // Brotli's level 9 with its usual window takes 5 s for this.
    expect(user + system).toBeLessThan(2_000_000)
  })

  test.each([
    ['site.css', true],
    ['app.mjs', true],
    ['app.js.map', true],
    ['index.html', true],
    ['data.json', true],
    ['logo.svg', true],
    ['feed.atom', true],
    ['app.wasm', true],
    ['favicon.ico', true],
    ['font.ttf', true],
    ['font.woff', false],
    ['font.woff2', false],
    ['photo.png', false],
    ['photo.jpg', false],
    ['photo.avif', false],
    ['film.mp4', false],
    ['paper.pdf', false],
    ['x.tar.gz', false],
    ['site.css.gz', false],
    ['site.css.br', false],
    ['logo.svgz', false],
    ['unknown', false],
  ])('%s: %s', (name, pays) => {
    expect(isCompressible(name, contentTypeFor(name))).toBe(pays)
  })

  test('goes by the type that a rule gives, but never for what the name says is packed', () => {
    expect(isCompressible('data.dat', 'Application/GEO+json; charset=utf-8')).toBe(true)
    expect(isCompressible('site.css.gz', 'text/css')).toBe(false)
  })
})
