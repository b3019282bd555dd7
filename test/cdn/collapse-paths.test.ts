import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collapsePaths } from '../../src-main/cdn/collapse-paths.ts'
import { covers, isWildcard } from '../../src-main/cdn/invalidation-paths.ts'

const numbered = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index))

const unrelatedCovered = (patterns: readonly string[], unrelated: readonly string[]) =>
  unrelated.filter((path) => patterns.some((pattern) => covers(pattern, path))).length

describe('collapsing', () => {
  test('up to fifteen paths stay as they are, sorted and each once', async () => {
    const paths = numbered(15, (index) => `/${String.fromCharCode(111 - index)}.css`)
    expect(await collapsePaths([...paths, ...paths], [])).toEqual(paths.toSorted())
    expect(await collapsePaths([], ['/a'])).toEqual([])
  })

  test('all of a directory becomes the directory', async () => {
    const paths = [...numbered(40, (index) => `/static/img/${index}.png`), '/index.html', '/']
    expect(await collapsePaths(paths, ['/about.html'])).toEqual(['/', '/index.html', '/static/img/*'])
  })

  test('a directory with much that did not change is spared', async () => {
    const images = numbered(40, (index) => `/img/${index}.png`)
    const fonts = numbered(14, (index) => `/fonts/${index}.woff2`)
    const kept = numbered(500, (index) => `/fonts/kept-${index}.woff2`)
    const patterns = await collapsePaths([...images, ...fonts], kept)
    expect(patterns).toContain('/img/*')
    expect(unrelatedCovered(patterns, kept)).toBe(0)
    expect(await collapsePaths([...images, ...fonts], kept, 2)).toEqual(['/fonts/*', '/img/*'])
  })

  test('a common beginning of names is enough where the directory would be too much', async () => {
    const paths = numbered(30, (index) => `/js/vendor-${index}.js`)
    expect(await collapsePaths(paths, ['/js/app.js', '/js/other.js'])).toEqual(['/js/vendor-*'])
  })

  test('“/*” is not taken as long as anything else is enough', async () => {
    const paths = numbered(300, (index) => `/${index % 15}/${index}.css`)
    // By unrelated paths alone “/*” would be as good, and cheaper.
    expect(await collapsePaths(paths, [])).not.toContain('/*')
    // Sixteen names with nothing in common leave no choice.
    expect(
      await collapsePaths(
        numbered(16, (index) => `/${String.fromCharCode(97 + index)}`),
        [],
      ),
    ).toEqual(['/*'])
  })

  test('no wildcard is cut within a character', async () => {
    const paths = numbered(64, (index) => `/t/%C3%${(0x80 + index).toString(16).toUpperCase()}.txt`)
    expect(await collapsePaths(paths, ['/t/z'])).toEqual(['/t/*'])
  })

  test('what a wildcard covers already is not named again', async () => {
    expect(await collapsePaths(['/u/*', '/u/a', '/u/', '/u', '/v'], [])).toEqual(['/u', '/u/*', '/v'])
  })
})

/** Names with few different characters, so that they have much in common. */
const pathArbitrary = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '%C3%A9'), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((segments) => `/${segments.join('/')}`)

describe('whatever the paths', () => {
  test('all are covered, by at most fifteen patterns, none of which is needless', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pathArbitrary, { maxLength: 120 }),
        fc.array(pathArbitrary, { maxLength: 60 }),
        async (paths, others) => {
          const unrelated = others.filter((path) => !paths.includes(path))
          const patterns = await collapsePaths(paths, unrelated)
          expect(patterns.length).toBeLessThanOrEqual(15)
          for (const path of paths) expect(patterns.some((pattern) => covers(pattern, path))).toBe(true)
          for (const pattern of patterns) {
            expect(paths.some((path) => covers(pattern, path))).toBe(true)
            const rest = patterns.filter((each) => each !== pattern)
            expect(rest.some((each) => isWildcard(each) && covers(each, pattern))).toBe(false)
          }
          if (new Set(paths).size <= 15) expect(patterns).toEqual([...new Set(paths)].toSorted())
        },
      ),
      { numRuns: 500 },
    )
  })

  test('“/*” only where every other choice has too many patterns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pathArbitrary, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        async (paths, limit) => {
          const first = new Set(paths.map((path) => path.slice(0, 2)))
          const patterns = await collapsePaths(paths, [], limit)
          // Wildcards of one character can always be told apart by the first character, unless it is half a character.
          const canBeCut = ![...first].some((start) => start.includes('%'))
          if (canBeCut && first.size <= limit) expect(patterns).not.toContain('/*')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('no other choice covers fewer unrelated paths (small cases, all choices tried)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(pathArbitrary, { minLength: 1, maxLength: 7 }),
        fc.array(pathArbitrary, { maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        async (paths, others, limit) => {
          const plain = paths.filter((path) => !path.includes('%'))
          if (plain.length === 0) return
          const unrelated = [...new Set(others)].filter(
            (path) => !plain.includes(path) && !path.includes('%'),
          )
          const found = unrelatedCovered(await collapsePaths(plain, unrelated, limit), unrelated)
          expect(found).toBe(leastUnrelated(plain, unrelated, limit))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('100,000 paths are collapsed while other work goes on', async () => {
    const paths = numbered(100_000, (index) => `/d${index % 97}/e${index % 13}/file-${index}.html`)
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    expect((await collapsePaths(paths, paths.slice(0, 5000))).length).toBeLessThanOrEqual(15)
    clearInterval(counting)
    expect(turns).toBeGreaterThan(20)
  })
})

/** The least that patterns can cover, found by trying all: every beginning of every path, but “/*” last. */
function leastUnrelated(paths: readonly string[], unrelated: readonly string[], limit: number): number {
  const candidates = [
    ...new Set(
      paths.flatMap((path) => [
        path,
        ...Array.from({ length: path.length - 1 }, (_, index) => `${path.slice(0, index + 2)}*`),
      ]),
    ),
  ]
  let least = Number.POSITIVE_INFINITY
  const tryFrom = (index: number, chosen: string[]) => {
    if (paths.every((path) => chosen.some((pattern) => covers(pattern, path))))
      least = Math.min(least, unrelatedCovered(chosen, unrelated))
    else if (chosen.length < limit)
      for (let next = index; next < candidates.length; next++)
        tryFrom(next + 1, [...chosen, candidates[next] as string])
  }
  tryFrom(0, [])
  // Nothing but everything was enough.
  return Number.isFinite(least) ? least : unrelated.length
}
