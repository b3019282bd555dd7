/** The longest key, in bytes of UTF-8 (Amazon S3 user guide, "Object key names"). */
export const maxKeyBytes = 1024

/**
 * The key for a file below a folder: prefix plus relative path, in NFC, because macOS may hand out names in NFD.
 * With `windows`, `\` separates folders and becomes `/`; elsewhere it is part of a name and stays.
 */
export function keyFromRelativePath(prefix: string, relativePath: string, windows = false): string {
  const path = windows ? relativePath.replaceAll('\\', '/') : relativePath
  return prefix + inNfc(path)
}

/** A text in NFC; below U+0300 there is nothing that could be combined, which is sooner seen. */
export function inNfc(text: string): string {
  return /[\u0300-\uffff]/.test(text) ? text.normalize('NFC') : text
}

/** Why a key cannot be written to, in words, or null when it can. */
export function keyProblem(key: string): string | null {
  if (key === '') return 'A key cannot be empty.'
  // Nearly all are short and have nothing in them that has to be looked at more closely.
  if (3 * key.length <= maxKeyBytes && !/[\0\ud800-\udfff]|(?:^|\/)\./.test(key)) return null
  const bytes = Buffer.byteLength(key, 'utf8')
  if (bytes > maxKeyBytes) return `A key has at most 1,024 bytes; this one has ${bytes}.`
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(key)) {
    return 'The name holds a broken character that cannot be written as UTF-8.'
  }
  if (key.includes('\0')) return 'A key cannot hold a NUL character.'
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(key)) {
    return 'A key with “.” or “..” as a folder cannot be reached by a web address.'
  }
  return null
}

/** The text with broken surrogates replaced by U+FFFD, as UTF-8 would have them. */
export function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text
}

/** Orders keys as S3 lists them: by the bytes of their UTF-8, which is the order of their code points. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  // Only two such letters can be in another order than their units, and nearly no key has one.
  if (!beyondSurrogates.test(a) || !beyondSurrogates.test(b)) return a < b ? -1 : 1
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above the BMP, though their units are below U+E000…U+FFFF.
    const xHigh = x >= 0xd800 && x <= 0xdfff
    const yHigh = y >= 0xd800 && y <= 0xdfff
    if (xHigh !== yHigh) return xHigh ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

/** A surrogate, or a letter whose unit is above those. */
const beyondSurrogates = /[\ud800-\uffff]/
