/**
 * A name as one line of plain output: control characters and those that reorder text are written as escapes, so that a
 * hostile key neither breaks a line nor steers a terminal (S36). `--json` has every name exactly.
 */
export function plainText(text: string): string {
  // Nearly every name, a hundred thousand of them in a long listing.
  if (!/[^\u0020-\u007e]/.test(text)) return text
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu,
    (character) => {
      if (character === '\n') return '\\n'
      if (character === '\r') return '\\r'
      if (character === '\t') return '\\t'
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
    },
  )
}

const units = ['KB', 'MB', 'GB', 'TB'] as const

/** Bytes for people: `999 bytes`, `1.5 MB` (powers of 1,000). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let value = bytes
  let unit = -1
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(1)} ${units[unit]}`
}

/** `1 object`, `2 objects`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  // Not `toLocaleString`, which loads the rules of all languages first.
  const grouped = String(count).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${grouped} ${count === 1 ? one : many}`
}
