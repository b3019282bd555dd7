/** One token of Python source, on a line counted from 1. */
export type PythonToken = { readonly line: number } & (
  | { readonly type: 'name' | 'operator'; readonly text: string }
  | { readonly type: 'number'; readonly value: number | null }
  | { readonly type: 'string'; readonly value: string }
  /** The text between the quotes of an f-string, as it is written. */
  | { readonly type: 'f-string'; readonly source: string; readonly isRaw: boolean }
  /** `bytes`, and text with characters by their names: no setting that we read. */
  | { readonly type: 'bytes' | 'newline' | 'indent' | 'dedent' | 'end' }
)

/** Text that is no Python as far as we know it. */
export class PythonSyntaxError extends Error {
  override readonly name = 'PythonSyntaxError'
}

const operators = [
  ['**=', '//=', '>>=', '<<=', '...'],
  [
    '**',
    '//',
    '>>',
    '<<',
    '<=',
    '>=',
    '==',
    '!=',
    '->',
    '+=',
    '-=',
    '*=',
    '/=',
    '%=',
    '&=',
    '|=',
    '^=',
    '@=',
    ':=',
  ],
] as const
const single = '+-*/%@&|^~<>()[]{},:.;=!'
const stringStart = /(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?('''|"""|'|")/y
const nameText = /[\p{L}_][\p{L}\p{N}_]*/uy
const numberText =
  /(?:0[xX][\dA-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)/y

/**
 * Takes Python source apart as Python's own tokenizer does: lines that brackets or a backslash join are one, and blocks
 * begin and end with `indent` and `dedent`. Nothing is run. Throws a {@link PythonSyntaxError} at text that cannot be
 * Python, such as a string without an end.
 */
export function pythonTokens(source: string): PythonToken[] {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const tokens: PythonToken[] = []
  const indents = [0]
  let at = 0
  let line = 1
  let depth = 0
  let isLineStart = true

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0] ?? null
  }
  const endLine = () => {
    if (tokens.length > 0 && tokens.at(-1)?.type !== 'newline') tokens.push({ type: 'newline', line })
  }

  while (at < text.length) {
    if (isLineStart && depth === 0) {
      isLineStart = false
      const blank = match(/[ \t\f]*/y) ?? ''
      const next = text[at + blank.length]
      at += blank.length
      // A line of nothing but a comment has no say in what is a block.
      if (next !== undefined && next !== '\n' && next !== '#') {
        let width = 0
        for (const character of blank)
          width = character === '\t' ? width - (width % 8) + 8 : character === '\f' ? 0 : width + 1
        if (width > (indents.at(-1) ?? 0)) {
          indents.push(width)
          tokens.push({ type: 'indent', line })
        }
        while (width < (indents.at(-1) ?? 0)) {
          indents.pop()
          tokens.push({ type: 'dedent', line })
        }
      }
      continue
    }
    const character = text[at] ?? ''
    if (character === '\n') {
      if (depth === 0) {
        endLine()
        isLineStart = true
      }
      at += 1
      line += 1
    } else if (character === ' ' || character === '\t' || character === '\f') at += 1
    else if (character === '#') {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
    } else if (character === '\\' && text[at + 1] === '\n') {
      at += 2
      line += 1
    } else {
      const opening = match(stringStart)
      if (opening !== null) {
        const started = line
        const quote = opening.replace(/^[A-Za-z]+/, '')
        const prefix = opening.slice(0, opening.length - quote.length).toLowerCase()
        const begin = at + opening.length
        const end = stringEnd(text, begin, quote, line)
        const inner = text.slice(begin, end)
        at = end + quote.length
        line += inner.split('\n').length - 1
        const isRaw = prefix.includes('r')
        // The names of characters are not known here.
        const isNamed = !isRaw && /(?:^|[^\\])(?:\\\\)*\\N\{/.test(inner)
        if (prefix.includes('b') || isNamed) tokens.push({ type: 'bytes', line: started })
        else if (prefix.includes('f')) tokens.push({ type: 'f-string', source: inner, isRaw, line: started })
        else tokens.push({ type: 'string', value: isRaw ? inner : unescapePython(inner), line: started })
        continue
      }
      const name = match(nameText)
      if (name !== null) {
        tokens.push({ type: 'name', text: name, line })
        at += name.length
        continue
      }
      const number = match(numberText)
      if (number !== null && number !== '') {
        tokens.push({ type: 'number', value: numberOf(number), line })
        at += number.length
        continue
      }
      const operator =
        operators.flat().find((each) => text.startsWith(each, at)) ??
        (single.includes(character) ? character : null)
      if (operator === null) throw new PythonSyntaxError(`Line ${line} has a character that Python has not.`)
      if ('([{'.includes(operator)) depth += 1
      if (')]}'.includes(operator)) depth = Math.max(0, depth - 1)
      tokens.push({ type: 'operator', text: operator, line })
      at += operator.length
    }
  }
  endLine()
  for (let open = indents.length; open > 1; open -= 1) tokens.push({ type: 'dedent', line })
  tokens.push({ type: 'end', line })
  return tokens
}

/**
 * The number that a literal stands for; null for one that is not written as Python writes it: `1.0` is not `1` there, and
 * whole numbers have no end.
 */
function numberOf(literal: string): number | null {
  const value = Number(literal.replaceAll('_', ''))
  const isWhole = !/[.eE]/.test(literal) || /^0[xX]/.test(literal)
  if (isWhole) return Number.isSafeInteger(value) ? value : null
  return isPlainFraction(value) ? value : null
}

/** Whether both languages write a number alike, and it is no whole one, which Python writes with `.0`. */
export function isPlainFraction(value: number): boolean {
  return !Number.isInteger(value) && Math.abs(value) >= 1e-4 && Math.abs(value) < 1e15
}

function stringEnd(text: string, begin: number, quote: string, line: number): number {
  for (let at = begin; at < text.length; at += 1) {
    // In a raw string, too, a backslash keeps the quote after it from being the end.
    if (text[at] === '\\') at += 1
    else if (text.startsWith(quote, at)) return at
    else if (text[at] === '\n' && quote.length === 1) break
  }
  throw new PythonSyntaxError(`The string on line ${line} has no end.`)
}

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
}

/** What a string literal means: Python's escapes. Unknown ones stay as they are. */
export function unescapePython(text: string): string {
  return text.replace(
    /\\(?:([0-7]{1,3})|x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([\s\S]))/g,
    (whole, octal?: string, byte?: string, short?: string, long?: string, other?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      const hex = byte ?? short ?? long
      if (hex !== undefined) {
        const code = Number.parseInt(hex, 16)
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole
      }
      return (other === undefined ? undefined : simpleEscapes[other]) ?? whole
    },
  )
}
