import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCrc32, createCrc32c, createCrc64Nvme } from '../../src-main/playground/crc.ts'
import type { ChecksumName } from '../../src-main/s3/running-checksum.ts'
import { runningChecksum } from '../../src-main/s3/running-checksum.ts'

const of = (name: ChecksumName, ...chunks: Uint8Array[]) => {
  const checksum = runningChecksum(name)
  for (const chunk of chunks) checksum.update(chunk)
  return checksum.digest()
}
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')

describe('the check values that are published for “123456789”', () => {
  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s', (name, hex) => {
    expect(of(name, Buffer.from('123456789'))).toBe(base64(hex))
    expect(of(name, Buffer.from('1234'), Buffer.alloc(0), Buffer.from('56789'))).toBe(base64(hex))
  })
})

it('however the bytes are cut, and as another implementation has it', () => {
  const others = {
    CRC32: () => createCrc32(),
    CRC32C: () => createCrc32c(),
    CRC64NVME: () => createCrc64Nvme(),
  }
  fc.assert(
    fc.property(
      fc.constantFrom('CRC32', 'CRC32C', 'CRC64NVME'),
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }),
      (name, chunks) => {
        const whole = Buffer.concat(chunks)
        const other = others[name]()
        other.update(whole)
        expect(of(name, ...chunks)).toBe(other.digest().toString('base64'))
        expect(of(name, whole)).toBe(other.digest().toString('base64'))
      },
    ),
    { numRuns: 1000 },
  )
})

it('S3’s digests are those of the whole', () => {
  const bytes = randomBytes(100_000)
  for (const name of ['MD5', 'SHA1', 'SHA256'] as const)
    expect(of(name, bytes.subarray(0, 77), bytes.subarray(77))).toBe(
      createHash(name).update(bytes).digest('base64'),
    )
})
