import { plain, type PythonScope, type PythonValue, textOf, unknown } from './python-value.ts'

/** Python's `text % values`, for `%s`, `%d`, `%r`-free text and `%(name)s`. Anything else is unknown. */
export function formatPercent(
  text: string,
  values: PythonValue,
  scope: PythonScope,
  line: number,
): PythonValue {
  // Of a list `%s` writes the list.
  const list = values.type === 'sequence' && values.isTuple === true ? values.items : [values]
  let used = 0
  return fill(text, /%(?:%|\((\w+)\)s|[sd]|([\s\S]|$))/g, scope, line, (match) => {
    if (match[0] === '%%') return plain('%')
    if (match[1] !== undefined) return values.type === 'dict' ? (values.entries.get(match[1]) ?? null) : null
    if (match[2] !== undefined) return null
    const value = list[used++] ?? null
    if (match[0] !== '%d') return value
    const isWhole = value?.type === 'plain' && Number.isInteger(value.value)
    return isWhole || value?.type === 'unknown' || value?.type === 'secret' ? value : null
  })
}

/** Python's `text.format(…)`, for `{}`, `{0}` and `{name}`. Anything else is unknown. */
export function formatBraces(
  text: string,
  positional: readonly PythonValue[],
  keywords: ReadonlyMap<string, PythonValue>,
  scope: PythonScope,
  line: number,
): PythonValue {
  let used = 0
  return fill(text, /\{\{|\}\}|\{(\w*)\}|[{}]/g, scope, line, (match) => {
    if (match[0] === '{{' || match[0] === '}}') return plain(match[0].slice(1))
    const [, name] = match
    if (name === undefined) return null
    if (name === '') return positional[used++] ?? null
    return (/^\d+$/.test(name) ? positional[Number(name)] : keywords.get(name)) ?? null
  })
}

function fill(
  text: string,
  fields: RegExp,
  scope: PythonScope,
  line: number,
  valueOf: (match: RegExpExecArray) => PythonValue | null,
): PythonValue {
  let filled = ''
  let from = 0
  for (const match of text.matchAll(fields)) {
    const value = valueOf(match)
    const piece = value === null ? null : textOf(value)
    if (piece === null)
      return value !== null && (value.type === 'unknown' || value.type === 'secret')
        ? value
        : unknown(scope, line)
    filled += text.slice(from, match.index) + piece
    from = match.index + match[0].length
    if (filled.length > 8192) return unknown(scope, line)
  }
  return plain(filled + text.slice(from))
}
