import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPackedMap } from '../../src-main/tables/packed-map.ts'
import { createPackedPairs } from '../../src-main/tables/packed-pairs.ts'

/** Any text at all: letters of one byte and of two, halves of letters, nothing. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('a', 'ÿ', 'Ā', '\ud800', '\u0000', '😀'), maxLength: 6 }),
)

describe('packed pairs', () => {
  test('give back every text as it was, whatever is in it and however large', () => {
    const large = fc.constantFrom('x'.repeat(300_000), 'ü€'.repeat(200_000), 'y'.repeat(262_136))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: anyText }, large), fc.oneof(anyText, large)), {
          maxLength: 12,
        }),
        (texts) => {
          const pairs = createPackedPairs()
          const places = texts.map(([key, value]) => pairs.append(key, value))
          expect(places.map((at) => [pairs.key(at), pairs.value(at)])).toEqual(texts)
          expect([...pairs]).toEqual(texts)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a packed map', () => {
  test('does as a Map does, with thousands of keys that are set, replaced and deleted', () => {
    const key = fc.oneof(
      fc.nat({ max: 600 }).map((number) => `site/section-${number % 7}/page-${number}.html`),
      anyText,
    )
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), key, anyText) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.constant('')) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('mark' as const), key, fc.constant('')) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 2500, size: 'max' }), (steps) => {
        const packed = createPackedMap()
        const plain = new Map<string, string>()
        const marked = new Set<string>()
        packed.unmark()
        for (const [what, at, value] of steps) {
          if (what === 'set') {
            packed.set(at, value)
            plain.set(at, value)
            marked.add(at)
          } else if (what === 'delete') {
            expect(packed.delete(at)).toBe(plain.delete(at))
            marked.delete(at)
          } else {
            packed.mark(at)
            if (plain.has(at)) marked.add(at)
          }
        }
        expect(packed.size).toBe(plain.size)
        for (const [, at] of steps) {
          expect(packed.get(at)).toBe(plain.get(at))
          expect(packed.has(at)).toBe(plain.has(at))
        }
        expect(new Map(packed)).toEqual(plain)
        expect(new Set(packed.keys())).toEqual(new Set(plain.keys()))
        expect(new Set(packed.unmarked())).toEqual(
          new Set([...plain.keys()].filter((one) => !marked.has(one))),
        )
        packed.unmark()
        expect([...packed.unmarked()]).toHaveLength(plain.size)
      }),
      { numRuns: 20 },
    )
  })

  test('what is not marked may be deleted while it is gone through', () => {
    const packed = createPackedMap()
    for (let at = 0; at < 1000; at++) packed.set(`key ${at}`, 'value')
    packed.unmark()
    for (let at = 0; at < 1000; at += 3) packed.mark(`key ${at}`)
    for (const key of packed.unmarked()) packed.delete(key)
    expect([...packed.keys()]).toEqual(Array.from({ length: 334 }, (_, at) => `key ${3 * at}`))
  })

  test('values that are replaced again and again take no more room than a few of them', () => {
    const packed = createPackedMap()
    for (let round = 0; round < 400; round++)
      for (let at = 0; at < 100; at++) packed.set(`key ${at}`, `${round}`.padEnd(1000))
    // Of 40 MB that were set 0.1 MB count.
    expect([...packed].every(([, value]) => value.startsWith('399'))).toBe(true)
    expect(packed.bytes).toBeLessThan(2 * 1024 * 1024)
  })
})
