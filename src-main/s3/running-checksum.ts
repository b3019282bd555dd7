import { createHash } from 'node:crypto'
import { nativeCrc32 } from './crc32.ts'

/** The checksums that a whole object can be proved by: S3's own, and the MD5 that many an ETag is. */
export type ChecksumName = 'CRC32' | 'SHA1' | 'SHA256' | 'CRC64NVME' | 'CRC32C' | 'MD5'

/** A checksum of bytes that come one after another. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void
  /** In base64, as S3 writes it. To be asked for once. */
  digest(): string
}

/** S3's checksums, the cheapest to reckon first. */
export const checksumNames = ['CRC32', 'SHA1', 'SHA256', 'CRC64NVME', 'CRC32C'] as const

/** Starts a checksum. */
export function runningChecksum(name: ChecksumName): RunningChecksum {
  switch (name) {
    case 'CRC32': {
      const native = nativeCrc32()
      return native === undefined ? crc32By(ieeePolynomial) : crc32As(native)
    }
    case 'CRC32C':
      return crc32By(castagnoliPolynomial)
    case 'CRC64NVME':
      return crc64Nvme()
    default: {
      const hash = createHash(name.toLowerCase())
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') }
    }
  }
}

function crc32As(native: NonNullable<ReturnType<typeof nativeCrc32>>): RunningChecksum {
  let value = 0
  return {
    update(bytes) {
      value = native(bytes, value)
    },
    digest: () => bigEndian(value),
  }
}

const ieeePolynomial = 0xedb88320
const castagnoliPolynomial = 0x82f63b78
/** CRC-64/NVME, bits reversed: the high and the low half, because BigInt would be a hundred times slower. */
const nvmePolynomial = [0x9a6c9329, 0xac4bc9b5] as const

/** What each byte adds when 0 to 7 bytes follow it ("slicing by 8"): two halves of 32 bits, 256 entries a distance. */
interface Tables {
  readonly high: Int32Array
  readonly low: Int32Array
}

const tables = new Map<number, Tables>()

/** For a polynomial of 64 bits; one of 32 has no high half. Made when first asked for: 16 KiB each. */
function tablesFor(high: number, low: number): Tables {
  const known = tables.get(low)
  if (known !== undefined) return known
  const made = { high: new Int32Array(2048), low: new Int32Array(2048) }
  for (let byte = 0; byte < 256; byte++) {
    let h = 0
    let l = byte
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) === 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (isOdd) {
        h ^= high
        l ^= low
      }
    }
    made.high[byte] = h
    made.low[byte] = l
  }
  for (let at = 256; at < 2048; at++) {
    const h = made.high[at - 256] ?? 0
    const l = made.low[at - 256] ?? 0
    made.high[at] = (h >>> 8) ^ (made.high[l & 0xff] ?? 0)
    made.low[at] = ((l >>> 8) | (h << 24)) ^ (made.low[l & 0xff] ?? 0)
  }
  tables.set(low, made)
  return made
}

// The loops below run over every byte of a download; their masks keep the indices within the tables.

function crc32By(polynomial: number): RunningChecksum {
  const { low } = tablesFor(0, polynomial)
  let crc = -1
  return {
    update(bytes) {
      let at = 0
      for (const end = bytes.length - 7; at < end; at += 8) {
        const first =
          crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
        crc =
          low[1792 + (first & 0xff)]! ^
          low[1536 + ((first >>> 8) & 0xff)]! ^
          low[1280 + ((first >>> 16) & 0xff)]! ^
          low[1024 + (first >>> 24)]! ^
          low[768 + bytes[at + 4]!]! ^
          low[512 + bytes[at + 5]!]! ^
          low[256 + bytes[at + 6]!]! ^
          low[bytes[at + 7]!]!
      }
      for (; at < bytes.length; at++) crc = (crc >>> 8) ^ low[(crc ^ bytes[at]!) & 0xff]!
    },
    digest: () => bigEndian(~crc >>> 0),
  }
}

function crc64Nvme(): RunningChecksum {
  const table = tablesFor(...nvmePolynomial)
  let high = -1
  let low = -1
  return {
    update(bytes) {
      let at = 0
      for (const end = bytes.length - 7; at < end; at += 8) {
        const l = low ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
        const h =
          high ^ (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24))
        const i = 1792 + (l & 0xff)
        const j = 1536 + ((l >>> 8) & 0xff)
        const k = 1280 + ((l >>> 16) & 0xff)
        const m = 1024 + (l >>> 24)
        const n = 768 + (h & 0xff)
        const o = 512 + ((h >>> 8) & 0xff)
        const p = 256 + ((h >>> 16) & 0xff)
        const q = h >>> 24
        const t = table.high
        const u = table.low
        high = t[i]! ^ t[j]! ^ t[k]! ^ t[m]! ^ t[n]! ^ t[o]! ^ t[p]! ^ t[q]!
        low = u[i]! ^ u[j]! ^ u[k]! ^ u[m]! ^ u[n]! ^ u[o]! ^ u[p]! ^ u[q]!
      }
      for (; at < bytes.length; at++) {
        const index = (low ^ bytes[at]!) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ table.low[index]!
        high = (high >>> 8) ^ table.high[index]!
      }
    },
    digest: () => bigEndian(~high >>> 0, ~low >>> 0),
  }
}

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(4 * words.length)
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index)
  return bytes.toString('base64')
}
