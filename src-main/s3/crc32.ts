import * as zlib from 'node:zlib'

// Since Node 20.15; where it is missing the SDK computes the checksum itself, some forty times slower.
const native: ((data: Uint8Array) => number) | undefined = zlib.crc32

/** The CRC32 of some bytes in base64, as `x-amz-checksum-crc32` wants it; undefined where Node has none. */
export function crc32Base64(data: Uint8Array): string | undefined {
  if (native === undefined) return undefined
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(native(data))
  return bytes.toString('base64')
}
