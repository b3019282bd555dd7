import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checksumAlgorithms,
  compositeChecksum,
  createChecksum,
  fullObjectChecksum,
  isChecksumValue,
  parseAlgorithm,
} from '../../src-main/playground/checksums.ts'
import type { ChecksumAlgorithm } from '../../src-main/playground/checksums.ts'

function hexOf(algorithm: ChecksumAlgorithm, ...pieces: readonly Uint8Array[]): string {
  const checksum = createChecksum(algorithm)
  for (const piece of pieces) checksum.update(piece)
  return checksum.digest().toString('hex')
}

function base64Of(algorithm: ChecksumAlgorithm, data: Uint8Array): string {
  return Buffer.from(hexOf(algorithm, data), 'hex').toString('base64')
}

describe('checksums', () => {
  // The check values of the CRC catalogue, and FIPS 180.
  test.each([
    ['CRC32', '123456789', 'cbf43926'],
    ['CRC32C', '123456789', 'e3069283'],
    ['CRC64NVME', '123456789', 'ae8b14860a799888'],
    ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['CRC32', '', '00000000'],
    ['CRC32C', '', '00000000'],
    ['CRC64NVME', '', '0000000000000000'],
  ] as const)('%s of %j', (algorithm, text, hex) => {
    expect(hexOf(algorithm, Buffer.from(text))).toBe(hex)
  })

  test('the vectors of RFC 3720 for CRC32C', () => {
    expect(hexOf('CRC32C', Buffer.alloc(32))).toBe('8a9136aa')
    expect(hexOf('CRC32C', Buffer.alloc(32, 0xff))).toBe('62a8ab43')
    expect(hexOf('CRC32C', Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe('46dd794e')
  })

  test.each(checksumAlgorithms)('%s does not depend on how the data is cut', (algorithm) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (data, cut) => {
        expect(hexOf(algorithm, data.subarray(0, cut), data.subarray(cut))).toBe(hexOf(algorithm, data))
      }),
    )
  })

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    '%s of the whole comes from those of the parts',
    (algorithm) => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 6 }), (parts) => {
          const combined = fullObjectChecksum(
            algorithm,
            parts.map((part) => ({ value: base64Of(algorithm, part), size: part.length })),
          )
          expect(combined).toEqual({
            algorithm,
            type: 'FULL_OBJECT',
            value: base64Of(algorithm, Buffer.concat(parts)),
          })
        }),
      )
    },
  )

  test('a composite checksum is that of the checksums, with the number of parts', () => {
    const parts = ['a', 'b'].map((text) => base64Of('SHA256', Buffer.from(text)))
    const joined = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))
    expect(compositeChecksum('SHA256', parts)).toEqual({
      algorithm: 'SHA256',
      type: 'COMPOSITE',
      value: `${base64Of('SHA256', joined)}-2`,
    })
  })

  test.each([
    ['AAAAAA==', true],
    ['AAAAAA', false],
    ['AAAA', false],
    ['****', false],
    ['', false],
  ])('%j as a CRC32: %s', (text, valid) => {
    expect(isChecksumValue('CRC32', text)).toBe(valid)
  })

  test('algorithms are read in any case, unknown ones refused', () => {
    expect(parseAlgorithm('crc64nvme')).toBe('CRC64NVME')
    expect(() => parseAlgorithm('MD5')).toThrow(expect.objectContaining({ code: 'InvalidRequest' }))
  })
})
