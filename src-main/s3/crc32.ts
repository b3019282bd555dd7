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
  // Six letters, which take a fraction of what a buffer for them does: each small file has one.
  let text = ''
  for (let shift = 26; shift > 0; shift -= 6) text += base64[(sum >>> shift) & 63]
  return `${text}${base64[(sum << 4) & 63]}==`
}

/** RFC 4648, 4. */
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
