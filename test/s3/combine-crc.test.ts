import fc from 'fast-check'
import { expect, it } from 'vitest'
import { combineCrc } from '../../src-main/s3/combine-crc.ts'
import { runningChecksum } from '../../src-main/s3/running-checksum.ts'

it.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('%s of two sections is that of the whole', (name) => {
  const digest = (...sections: Uint8Array[]) => {
    const running = runningChecksum(name)
    for (const section of sections) running.update(section)
    return Buffer.from(running.digest(), 'base64')
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
      const combined = combineCrc(name, digest(first), digest(second), second.byteLength)
      expect(combined).toEqual(digest(first, second))
    }),
  )
  const zeros = new Uint8Array(5_000_011)
  const start = new TextEncoder().encode('start')
  expect(combineCrc(name, digest(start), digest(zeros), zeros.byteLength)).toEqual(digest(start, zeros))
})
