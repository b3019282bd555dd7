import { promisify } from 'node:util'
import type { ContentCoding } from '../../src-preload/contract/header-rule.ts'

/** Smaller files gain nothing that a visitor would notice: they fit into one packet as they are. In bytes. */
export const leastBytes = 1024

/** Larger files are not compressed, in bytes: file and result are in memory at once. */
export const mostBytes = 32 * 1024 * 1024

/** What is behind the name of a compressed copy. */
export const suffixOf: Readonly<Record<ContentCoding, string>> = { gzip: '.gz', br: '.br' }

/**
 * The settings by which files are compressed, as a number that goes up with each change of them: what was compressed
 * with others is compressed anew.
 */
export const settingsVersion = 2

/** Up to this size, in bytes, the better levels are used: above it they take many times as long for one percent. */
const thoroughBytes = 128 * 1024

/** Types besides text, XML and JSON that get much smaller. The other pictures, sounds, films and fonts are packed. */
const compressibleTypes = new Set([
  'application/javascript',
  'application/ecmascript',
  'application/xml',
  'application/xml-dtd',
  'application/json',
  'application/json5',
  'application/jsonl',
  'application/toml',
  'application/graphql',
  'application/sql',
  'application/typescript',
  'application/wasm',
  'application/rtf',
  'application/x-subrip',
  'application/vnd.apple.mpegurl',
  'application/vnd.ms-fontobject',
  'font/ttf',
  'font/otf',
  'font/collection',
  'image/bmp',
  'image/x-icon',
  'image/vnd.microsoft.icon',
])

/** Whether compressing pays for a file of this name and Content-Type. What is packed already never does. */
export function isCompressible(name: string, contentType: string): boolean {
  if (/\.(gz|gzip|tgz|br|zst|bz2|xz|zip|7z|rar|woff2?|svgz)$/i.test(name)) return false
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  return (
    type.startsWith('text/') || type.endsWith('+xml') || type.endsWith('+json') || compressibleTypes.has(type)
  )
}

/**
 * Compresses bytes, off the event loop. The same bytes always give the same result: the levels are fixed, and the header
 * of gzip holds neither a time nor the name of the system.
 */
export async function compress(bytes: Uint8Array, coding: ContentCoding): Promise<Buffer> {
  const isSmall = bytes.byteLength <= thoroughBytes
  // Larger pieces mean fewer turns of the event loop.
  const chunkSize = Math.min(1024 * 1024, Math.max(16 * 1024, bytes.byteLength >> 1))
  // Not imported: few syncs compress anything.
  const { brotliCompress, constants, gzip } = process.getBuiltinModule('node:zlib')
  switch (coding) {
    case 'gzip': {
      const packed = await promisify(gzip)(bytes, { level: isSmall ? 9 : 6, chunkSize })
      // RFC 1952: 255 is an unknown system; zlib writes the one that it was built for.
      packed[9] = 255
      return packed
    }
    case 'br':
      return promisify(brotliCompress)(bytes, {
        chunkSize,
        params: {
          [constants.BROTLI_PARAM_QUALITY]: isSmall ? 9 : 7,
          // With a larger window level 9 makes tables of megabytes first, whatever the size of the file is.
          [constants.BROTLI_PARAM_LGWIN]: isSmall ? 16 : 22,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
        },
      })
    default:
      return coding satisfies never
  }
}
