const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
}

/**
 * A Python string literal in double quotes. Whatever does not print, and whatever is not ASCII, is an escape, so that
 * the text is the same in every encoding and nothing can end the literal.
 */
export function pythonString(text: string): string {
  let written = ''
  // By code points; half of a surrogate pair is one of its own, in Python as well.
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (escapes[character] !== undefined) written += escapes[character]
    else if (code >= 0x20 && code < 0x7f) written += character
    else if (code <= 0xff) written += `\\x${hex(code, 2)}`
    else written += code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  }
  return `"${written}"`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** A Python literal of a value that settings have. */
export function pythonLiteral(
  value: string | number | boolean | null | Readonly<Record<string, string>>,
): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return pythonString(value)
  const entries = Object.entries(value).map(([key, each]) => `${pythonString(key)}: ${pythonString(each)}`)
  return `{${entries.join(', ')}}`
}

/** Text that can stand in a comment: one line, and nothing that does not print. */
export function commentText(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
}

/** What an identifier can be made of: ASCII words. */
function words(name: string): string[] {
  return (
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[A-Za-z0-9]+/g) ?? []
  )
}

/** A class name that is not among those taken: `Public media` as `PublicMediaStorage`. */
export function storageClassName(name: string, taken: ReadonlySet<string>): string {
  const base = words(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .replace(/^(?=\d)/, 'Storage')
  return freeName(base === '' ? 'Destination' : base, 'Storage', taken)
}

/** An alias for `STORAGES` that is not among those taken: `Public media` as `public_media`. */
export function storageAlias(name: string, taken: ReadonlySet<string>): string {
  const base = words(name).join('_').toLowerCase()
  return freeName(base === '' ? 'destination' : base, '', taken)
}

function freeName(base: string, end: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const name = `${base}${n === 1 ? '' : n}${end}`
    if (!taken.has(name)) return name
  }
}
