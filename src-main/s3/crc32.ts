/**
 * Node's own CRC32: since Node 20.15; where it is missing the SDK computes the checksum itself, some forty times slower. Not
 * imported: a command that sends nothing would load all of zlib.
 */
export function nativeCrc32(): ((data: Uint8Array, before?: number) => number) | undefined {
  return process.getBuiltinModule('node:zlib').crc32
}

/** The CRC32 of some bytes in base64, as `x-amz-checksum-crc32` wants it; undefined where Node has none. */
export function crc32Base64(data: Uint8Array): string | undefined {
  const native = nativeCrc32()
  if (native === undefined) return undefined
  const sum = native(data)
  // Each small file has one, and a buffer for four bytes takes several times as long as these letters.
  const first = letter(sum >>> 26) + letter(sum >>> 20) + letter(sum >>> 14)
  return `${first}${letter(sum >>> 8)}${letter(sum >>> 2)}${letter(sum << 4)}==`
}

/** RFC 4648, 4. */
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Of the last six bits. */
function letter(bits: number): string {
  return base64.charAt(bits & 63)
}
