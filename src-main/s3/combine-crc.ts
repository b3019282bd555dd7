import type { ChecksumName } from './running-checksum.ts'

/** The checksums that can be told of the whole from those of its sections. */
export type CombinableName = Extract<ChecksumName, 'CRC32' | 'CRC32C' | 'CRC64NVME'>

interface Field {
  readonly bits: bigint
  /** Bits reversed, as the CRCs themselves: the highest bit stands for x⁰. */
  readonly polynomial: bigint
}

const fields: Record<CombinableName, Field> = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
}

/** Whether sections of this checksum can be combined. */
export function isCombinable(name: ChecksumName): name is CombinableName {
  return Object.hasOwn(fields, name)
}

/**
 * The CRC of two sections together: that of the first moved on by the length of the second (a multiplication by
 * x^(8·length) modulo the polynomial), and that of the second. All are big-endian bytes, as S3 writes them.
 */
export function combineCrc(
  name: CombinableName,
  first: Uint8Array,
  second: Uint8Array,
  secondSizeBytes: number,
): Buffer {
  const field = fields[name]
  const moved = multiply(field, powerOfX(field, BigInt(secondSizeBytes) * 8n), toNumber(first))
  const combined = moved ^ toNumber(second)
  return Buffer.from(combined.toString(16).padStart(Number(field.bits) / 4, '0'), 'hex')
}

/** `x` to a power modulo the polynomial, by squaring. */
function powerOfX(field: Field, power: bigint): bigint {
  const one = 1n << (field.bits - 1n)
  let result = one
  let square = one >> 1n
  for (let left = power; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = multiply(field, square, result)
    square = multiply(field, square, square)
  }
  return result
}

function multiply({ bits, polynomial }: Field, a: bigint, b: bigint): bigint {
  let product = 0n
  let factor = b
  for (let bit = bits - 1n; bit >= 0n; bit--) {
    if (((a >> bit) & 1n) === 1n) product ^= factor
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ polynomial : factor >> 1n
  }
  return product
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
