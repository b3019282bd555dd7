import * as zlib from 'node:zlib'

/** A running CRC. `digest` is big-endian, as S3 writes it in base64. */
export interface Crc {
  update(data: Uint8Array): void
  digest(): Buffer
}

// Table-driven, eight bytes a step ("slicing by 8"), because these run over every byte of every upload.
function slicingTables(polynomial: number): Uint32Array[] {
  const first = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let value = index
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
    first[index] = value
  }
  const tables = [first]
  for (let slice = 1; slice < 8; slice++) {
    const before = tables[slice - 1] as Uint32Array
    tables.push(before.map((value) => (value >>> 8) ^ (first[value & 0xff] as number)))
  }
  return tables
}

function crc32With(tables: readonly Uint32Array[], data: Uint8Array, start: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as Tables8
  let crc = ~start
  let at = 0
  const stop = data.length - 7
  for (; at < stop; at += 8) {
    crc ^= data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[data[at + 4]!]! ^
      t2[data[at + 5]!]! ^
      t1[data[at + 6]!]! ^
      t0[data[at + 7]!]!
  }
  for (; at < data.length; at++) crc = t0[(crc ^ data[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

type Tables8 = [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]

function crc32Of(update: (data: Uint8Array, value: number) => number): Crc {
  let value = 0
  return {
    update(data) {
      value = update(data, value)
    },
    digest() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}

const ieeeTables = slicingTables(0xedb88320)
const castagnoliTables = slicingTables(0x82f63b78)
const nativeCrc32 = typeof zlib.crc32 === 'function' ? zlib.crc32 : undefined

/** CRC-32 (IEEE). */
export function createCrc32(): Crc {
  return crc32Of(nativeCrc32 ?? ((data, value) => crc32With(ieeeTables, data, value)))
}

/** CRC-32C (Castagnoli). */
export function createCrc32c(): Crc {
  return crc32Of((data, value) => crc32With(castagnoliTables, data, value))
}

// CRC-64/NVME in two 32-bit halves: BigInt would be a hundred times slower.
const nvmeHigh = 0x9a6c9329
const nvmeLow = 0xac4bc9b5
const nvmeTables = (() => {
  const high: Uint32Array[] = [new Uint32Array(256)]
  const low: Uint32Array[] = [new Uint32Array(256)]
  for (let index = 0; index < 256; index++) {
    let h = 0
    let l = index
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (odd) {
        h ^= nvmeHigh
        l ^= nvmeLow
      }
    }
    high[0]![index] = h
    low[0]![index] = l
  }
  for (let slice = 1; slice < 8; slice++) {
    high.push(new Uint32Array(256))
    low.push(new Uint32Array(256))
    for (let index = 0; index < 256; index++) {
      const h = high[slice - 1]![index]!
      const l = low[slice - 1]![index]!
      high[slice]![index] = (h >>> 8) ^ high[0]![l & 0xff]!
      low[slice]![index] = ((l >>> 8) | (h << 24)) ^ low[0]![l & 0xff]!
    }
  }
  return { high: high as Tables8, low: low as Tables8 }
})()

/** CRC-64/NVME. */
export function createCrc64Nvme(): Crc {
  let high = 0xffffffff
  let low = 0xffffffff
  const [h0, h1, h2, h3, h4, h5, h6, h7] = nvmeTables.high
  const [l0, l1, l2, l3, l4, l5, l6, l7] = nvmeTables.low
  return {
    update(data) {
      let at = 0
      const stop = data.length - 7
      for (; at < stop; at += 8) {
        const a = low ^ (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24))
        const b =
          high ^ (data[at + 4]! | (data[at + 5]! << 8) | (data[at + 6]! << 16) | (data[at + 7]! << 24))
        const a0 = a & 0xff
        const a1 = (a >>> 8) & 0xff
        const a2 = (a >>> 16) & 0xff
        const a3 = a >>> 24
        const b0 = b & 0xff
        const b1 = (b >>> 8) & 0xff
        const b2 = (b >>> 16) & 0xff
        const b3 = b >>> 24
        high = h7[a0]! ^ h6[a1]! ^ h5[a2]! ^ h4[a3]! ^ h3[b0]! ^ h2[b1]! ^ h1[b2]! ^ h0[b3]!
        low = l7[a0]! ^ l6[a1]! ^ l5[a2]! ^ l4[a3]! ^ l3[b0]! ^ l2[b1]! ^ l1[b2]! ^ l0[b3]!
      }
      for (; at < data.length; at++) {
        const index = (low ^ data[at]!) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ l0[index]!
        high = (high >>> 8) ^ h0[index]!
      }
    },
    digest() {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32BE(~high >>> 0, 0)
      bytes.writeUInt32BE(~low >>> 0, 4)
      return bytes
    },
  }
}

const reflectedPolynomials = {
  CRC32: { polynomial: 0xedb88320n, bits: 32n },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32n },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64n },
} as const

/** The CRCs that can be put together from the CRCs of parts. */
export type CombinableCrc = keyof typeof reflectedPolynomials

/**
 * The CRC of A followed by B, from the CRC of A, the CRC of B and the length of B in bytes: A's is
 * multiplied by x^(8·length) modulo the polynomial (bit-reflected arithmetic), then B's is added.
 */
export function combineCrc(
  kind: CombinableCrc,
  first: Uint8Array,
  second: Uint8Array,
  secondLength: number,
): Buffer {
  const { polynomial, bits } = reflectedPolynomials[kind]
  const one = 1n << (bits - 1n)
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n
    let shifted = b
    for (let bit = one; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted
      shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
    }
    return product
  }
  let power = one
  let square = one >> 8n
  for (let length = BigInt(secondLength); length > 0n; length >>= 1n) {
    if (length & 1n) power = multiply(power, square)
    square = multiply(square, square)
  }
  const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  const combined = multiply(power, toBigInt(first)) ^ toBigInt(second)
  return Buffer.from(combined.toString(16).padStart(Number(bits) / 4, '0'), 'hex')
}
