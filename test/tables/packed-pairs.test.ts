import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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
