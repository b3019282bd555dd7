import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSharedHeaders } from '../../src-main/sync/shared-headers.ts'

const text = fc.option(
  fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('#1#', '",', '"', '\\', ',5]', 'a\nb', '\ud800', '"0",1,2]'),
  ),
)
const entry = fc.tuple(
  fc.option(fc.nat()),
  fc.nat(),
  text,
  fc.array(text, { minLength: 8, maxLength: 8 }),
  fc.array(fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e15, noNaN: true })), { maxLength: 4 }),
)

test('what lines have in common is kept once, and every line comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const shared = createSharedHeaders()
      const lines = entries.map(([time, size, eTag, headers, times]) =>
        JSON.stringify([time, size, eTag, ...headers, ...times]).slice(1),
      )
      // Twice: the second time all headers are known.
      for (const kept of [lines.map(shared.pack), lines.map(shared.pack)])
        expect(kept.map(shared.unpack)).toEqual(lines)
    }),
  )
  const usual =
    '1764,1234,"\\"0123\\"","text/html; charset=utf-8","max-age=86400",null,null,null,null,null,"private",1,2]'
  expect(createSharedHeaders().pack(usual)).toBe('#0#1764,1234,"\\"0123\\"",,1,2]')
})

test('of more sets of headers than are shared those that come later are kept with each line', () => {
  const shared = createSharedHeaders()
  const lines = Array.from(
    { length: 1500 },
    (_, at) => `1,2,null,"type/${at}",null,null,null,null,null,null,null]`,
  )
  const kept = lines.map(shared.pack)
  expect(kept.map(shared.unpack)).toEqual(lines)
  expect(kept.filter((each) => each.startsWith('#'))).toHaveLength(1000)
})
