/** The endings of raster pictures, by their kind; the first is the usual one. */
const endings = {
  png: ['png', 'apng'],
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif'],
  gif: ['gif'],
  webp: ['webp'],
  bmp: ['bmp'],
  avif: ['avif'],
} as const

/** A kind of raster picture that a browser shows. */
export type RasterKind = keyof typeof endings

const allEndings: ReadonlySet<string> = new Set(Object.values(endings).flat())

/** What a name keeps of an address: letters, digits and what no system minds. */
const longestRoot = 80

/** Names of devices on Windows, with any ending. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** The kind that the first bytes say; null for what is no raster picture. Whether the rest is one is not looked at. */
export function rasterKind(bytes: Uint8Array): RasterKind | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('latin1')
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (start.startsWith('\xff\xd8')) return 'jpeg'
  if (/^GIF8[79]a/.test(start)) return 'gif'
  if (/^RIFF[^]{4}WEBP/.test(start)) return 'webp'
  if (start.startsWith('BM')) return 'bmp'
  return /^[^]{4}ftyp[^]*avi[fs]/.test(start) ? 'avif' : null
}

/**
 * A name for a picture that came from an address: the last part of its path, decoded, of letters, digits, `_`, `-`, `.`,
 * spaces and parentheses, with the ending of what it is. `picture` where nothing is left of it. Pure.
 */
export function pictureName(path: string, kind: RasterKind): string {
  const last = decoded(path.slice(path.lastIndexOf('/') + 1)).normalize('NFC')
  const clean = last.replace(/[^\p{L}\p{M}\p{N}._ ()-]+/gu, '_')
  const dot = clean.lastIndexOf('.')
  const ending = dot > 0 ? clean.slice(dot + 1).toLowerCase() : ''
  const isRight = (endings[kind] as readonly string[]).includes(ending)
  const root = allEndings.has(ending) ? clean.slice(0, dot) : clean
  const short = Array.from(root.replace(/^[. ]+/, ''))
    .slice(0, longestRoot)
    .join('')
    .replace(/[. ]+$/, '')
  const named = short === '' || /^_+$/.test(short) ? 'picture' : short
  return `${deviceName.test(named) ? `picture-${named}` : named}.${isRight ? ending : endings[kind][0]}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not the form of UTF-8: the name as it stands in the address.
    return text
  }
}
