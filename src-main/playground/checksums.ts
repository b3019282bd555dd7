import { createHash } from 'node:crypto'
import { combineCrc, createCrc32, createCrc32c, createCrc64Nvme } from './crc.ts'
import type { Crc } from './crc.ts'
import { S3Error } from './errors.ts'

/** The algorithms S3 verifies and returns. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

/** Whether a checksum covers the object, or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** A checksum as it is kept and returned; `value` is base64 (with `-N` after it when composite). */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  readonly value: string
}

function hashing(name: string): Crc {
  const hash = createHash(name)
  return {
    update: (data) => void hash.update(data),
    digest: () => hash.digest(),
  }
}

const factories: Record<ChecksumAlgorithm, () => Crc> = {
  CRC32: createCrc32,
  CRC32C: createCrc32c,
  CRC64NVME: createCrc64Nvme,
  SHA1: () => hashing('sha1'),
  SHA256: () => hashing('sha256'),
}

/** Bytes of each checksum before base64. */
const lengths: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** Every algorithm, in the order S3 documents them. */
export const checksumAlgorithms = Object.keys(factories) as readonly ChecksumAlgorithm[]

/** What S3 computes for an object whose writer named no algorithm. */
export const defaultAlgorithm: ChecksumAlgorithm = 'CRC64NVME'

/** A running checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): Crc {
  return factories[algorithm]()
}

/** The header of an algorithm: x-amz-checksum-crc32 and so on. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** The response headers that tell a checksum. */
export function checksumHeaders(checksum: StoredChecksum): Record<string, string> {
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

/** The element of an algorithm in XML documents: ChecksumCRC32 and so on. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`
}

/** The algorithm a header or trailer names, or undefined. */
export function algorithmOfHeader(header: string): ChecksumAlgorithm | undefined {
  return checksumAlgorithms.find((algorithm) => checksumHeader(algorithm) === header.toLowerCase())
}

/** Reads the name of an algorithm as requests give it (any case); 400 InvalidRequest when unknown. */
export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === text.toUpperCase())
  if (!found)
    throw new S3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    )
  return found
}

/** Whether the text is base64 of the right number of bytes. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === lengths[algorithm] && bytes.toString('base64') === text
}

/** The checksum of a multipart object: composite, hashed over the parts' own checksums. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): StoredChecksum {
  const checksum = createChecksum(algorithm)
  for (const part of parts) checksum.update(Buffer.from(part, 'base64'))
  return { algorithm, type: 'COMPOSITE', value: `${checksum.digest().toString('base64')}-${parts.length}` }
}

/** The checksum of a multipart object over all its bytes, put together from its parts'. CRCs only. */
export function fullObjectChecksum(
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME',
  parts: readonly { readonly value: string; readonly size: number }[],
): StoredChecksum {
  let whole = createChecksum(algorithm).digest()
  for (const part of parts) whole = combineCrc(algorithm, whole, Buffer.from(part.value, 'base64'), part.size)
  return { algorithm, type: 'FULL_OBJECT', value: whole.toString('base64') }
}
