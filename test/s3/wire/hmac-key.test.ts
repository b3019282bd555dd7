import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHmacKey } from '../../../src-main/s3/wire/hmac-key.ts'

describe('createHmacKey', () => {
  it('signs as the published cases of RFC 4231 do', () => {
    expect(createHmacKey(Buffer.alloc(20, 0x0b)).sign('Hi There')).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
    expect(createHmacKey(Buffer.from('Jefe')).sign('what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('signs as Node does, one text after the other, short and long', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.string({ unit: 'binary', minLength: 200, maxLength: 2000 }),
          ),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (key, texts) => {
          const ours = createHmacKey(key)
          for (const text of texts)
            expect(ours.sign(text)).toBe(createHmac('sha256', key).update(text).digest('hex'))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('takes no key that would have to be digested first', () => {
    expect(() => createHmacKey(new Uint8Array(65))).toThrow(RangeError)
  })
})
