import { PythonSyntaxError, pythonTokens, type PythonToken, unescapePython } from './python-tokens.ts'
import type { PythonExpression } from './python-tree.ts'

/** How deep expressions may be nested; beyond it they are not read. */
const maxDepth = 60

/** The operators of two operands by rank, those that bind least first. */
const ranks: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<', '>', '<=', '>=', 'in', 'not in', 'is', 'is not'],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '@'],
]

/** Where a parser is in its tokens. */
export class PythonReader {
  readonly #tokens: readonly PythonToken[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly PythonToken[]) {
    this.#tokens = tokens
  }

  get token(): PythonToken {
    return this.#tokens[this.#at] ?? { type: 'end', line: this.#tokens.at(-1)?.line ?? 1 }
  }

  /** Whether a block begins here. */
  get isIndent(): boolean {
    return this.token.type === 'indent'
  }

  get position(): number {
    return this.#at
  }

  set position(at: number) {
    this.#at = at
  }

  next(): PythonToken {
    const { token } = this
    this.#at += 1
    return token
  }

  /** Whether the token is this operator or word. */
  isAt(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead]
    return (token?.type === 'operator' || token?.type === 'name') && token.text === text
  }

  /** Takes the operator or word if it is there. */
  take(text: string): boolean {
    if (!this.isAt(text)) return false
    this.#at += 1
    return true
  }

  expect(text: string): void {
    if (!this.take(text)) throw new PythonSyntaxError(`Line ${this.token.line} is not understood.`)
  }

  name(): string {
    const token = this.next()
    if (token.type !== 'name') throw new PythonSyntaxError(`Line ${token.line} is not understood.`)
    return token.text
  }

  /** Reads an expression, several of them with commas being a tuple. Throws a {@link PythonSyntaxError}. */
  expressions(): PythonExpression {
    const { line } = this.token
    const first = this.expression()
    if (!this.isAt(',')) return first
    const items = [first]
    while (this.take(',')) if (this.#isExpressionStart()) items.push(this.expression())
    return { type: 'sequence', items, line }
  }

  /** Reads one expression. Throws a {@link PythonSyntaxError}. */
  expression(): PythonExpression {
    return this.#deeper(() => this.#expression())
  }

  #deeper(read: () => PythonExpression): PythonExpression {
    if ((this.#depth += 1) > maxDepth) throw new PythonSyntaxError('The source is nested too deeply.')
    try {
      return read()
    } finally {
      this.#depth -= 1
    }
  }

  #expression(): PythonExpression {
    const { line } = this.token
    if (this.take('lambda')) {
      const start = this.#at
      while (!this.isAt(':')) {
        if (this.token.type === 'newline' || this.token.type === 'end')
          throw new PythonSyntaxError(`Line ${line} is not understood.`)
        this.next()
      }
      const hasParameters = this.#at > start
      this.expect(':')
      // What a parameter stands for is not known in the body.
      return { type: 'lambda', body: this.expression(), hasParameters, line }
    }
    if (this.take('*')) return { type: 'starred', value: this.#binary(3), line }
    if (this.take('await') || this.take('yield')) {
      if (this.#isExpressionStart() || this.isAt('from')) {
        this.take('from')
        this.expression()
      }
      return { type: 'opaque', line }
    }
    const value = this.#binary(0)
    if (this.take(':=')) {
      const given = this.expression()
      return value.type === 'name' ? { type: 'named', name: value.name, value: given, line } : given
    }
    if (!this.take('if')) return value
    const test = this.#binary(0)
    this.expect('else')
    return { type: 'conditional', test, whenTrue: value, otherwise: this.expression(), line }
  }

  #isExpressionStart(): boolean {
    const { token } = this
    if (token.type === 'operator') return '([{-+~*'.includes(token.text) || token.text === '...'
    if (token.type === 'name') return !['if', 'else', 'for', 'in', 'is', 'and', 'or'].includes(token.text)
    return ['string', 'f-string', 'bytes', 'number'].includes(token.type)
  }

  #binary(rank: number): PythonExpression {
    const operators = ranks[rank]
    if (operators === undefined) return this.#unary()
    const { line } = this.token
    if (rank === 2 && this.take('not'))
      return { type: 'unary', operator: 'not', operand: this.#deeper(() => this.#binary(2)), line }
    let left = this.#binary(rank + 1)
    let isChain = false
    for (;;) {
      const operator = this.#operatorOf(operators)
      if (operator === null) return left
      const right = this.#binary(rank + 1)
      // `a == b == c` compares b twice, and not what a comparison gives.
      left =
        rank === 2 && isChain ? { type: 'opaque', line } : { type: 'binary', operator, left, right, line }
      isChain = true
    }
  }

  #operatorOf(operators: readonly string[]): string | null {
    if (operators.includes('not in') && this.isAt('not') && this.isAt('in', 1)) {
      this.#at += 2
      return 'not in'
    }
    const found = operators.find((operator) => this.take(operator))
    return found === 'is' && this.take('not') ? 'is not' : (found ?? null)
  }

  #unary(): PythonExpression {
    const { line } = this.token
    for (const operator of ['-', '+', '~'])
      if (this.take(operator))
        return { type: 'unary', operator, operand: this.#deeper(() => this.#unary()), line }
    const base = this.#postfix()
    return this.take('**')
      ? { type: 'binary', operator: '**', left: base, right: this.#deeper(() => this.#unary()), line }
      : base
  }

  #postfix(): PythonExpression {
    let value = this.#atom()
    for (;;) {
      const { line } = this.token
      if (this.take('.')) value = { type: 'attribute', object: value, name: this.name(), line }
      else if (this.take('(')) value = this.#call(value, line)
      else if (this.take('[')) {
        const index = this.#index()
        this.expect(']')
        value = { type: 'subscript', object: value, index, line }
      } else return value
    }
  }

  #index(): PythonExpression {
    const { line } = this.token
    const start = this.isAt(':') ? null : this.expressions()
    if (start !== null && !this.isAt(':')) return start
    // A slice.
    while (this.take(':')) if (!this.isAt(':') && !this.isAt(']')) this.expression()
    return { type: 'opaque', line }
  }

  #call(callee: PythonExpression, line: number): PythonExpression {
    const positional: PythonExpression[] = []
    const keywords = new Map<string, PythonExpression>()
    const spreads: PythonExpression[] = []
    let hasSpread = false
    while (!this.take(')')) {
      if (this.take('**')) {
        hasSpread = true
        spreads.push(this.expression())
      } else if (this.isAt('*')) {
        hasSpread = true
        positional.push(this.expression())
      } else if (this.token.type === 'name' && this.isAt('=', 1)) {
        const name = this.name()
        this.expect('=')
        keywords.set(name, this.expression())
      } else {
        const began = this.#at
        const argument = this.expression()
        positional.push(this.isAt('for') || this.isAt('async') ? this.#comprehension(')', began) : argument)
      }
      if (!this.take(',') && !this.isAt(')'))
        throw new PythonSyntaxError(`Line ${this.token.line} is not understood.`)
    }
    return { type: 'call', callee, positional, keywords, spreads, hasSpread, line }
  }

  /** Passes over a comprehension up to, not including, its closing bracket. */
  #comprehension(closing: string, began: number): PythonExpression {
    const { line } = this.token
    for (let depth = 0; depth > 0 || !this.isAt(closing);) {
      const token = this.next()
      if (token.type === 'end') throw new PythonSyntaxError(`Line ${line} is not understood.`)
      if (token.type !== 'operator') continue
      if ('([{'.includes(token.text)) depth += 1
      if (')]}'.includes(token.text)) depth -= 1
    }
    return { type: 'opaque', names: this.namesBetween(began, this.#at), line }
  }

  /** The names that stand between two places. */
  namesBetween(from: number, to: number): string[] {
    return this.#tokens.slice(from, to).flatMap((token) => (token.type === 'name' ? [token.text] : []))
  }

  #atom(): PythonExpression {
    const token = this.next()
    const { line } = token
    switch (token.type) {
      case 'string':
      case 'f-string':
      case 'bytes':
        this.position -= 1
        return this.#strings()
      case 'number':
        return token.value === null
          ? { type: 'opaque', line }
          : { type: 'constant', value: token.value, line }
      case 'name':
        if (token.text === 'True' || token.text === 'False')
          return { type: 'constant', value: token.text === 'True', line }
        if (token.text === 'None') return { type: 'constant', value: null, line }
        return { type: 'name', name: token.text, line }
      case 'operator':
        if (token.text === '(') return this.#parenthesis(line)
        if (token.text === '[') return this.#list(line)
        if (token.text === '{') return this.#dict(line)
        if (token.text === '...') return { type: 'opaque', line }
        break
      default:
    }
    throw new PythonSyntaxError(`Line ${line} is not understood.`)
  }

  #parenthesis(line: number): PythonExpression {
    if (this.take(')')) return { type: 'sequence', items: [], line }
    const began = this.#at
    let inner = this.expressions()
    if (this.isAt('for') || this.isAt('async')) inner = this.#comprehension(')', began)
    this.expect(')')
    return inner
  }

  #list(line: number): PythonExpression {
    const items: PythonExpression[] = []
    while (!this.take(']')) {
      const began = this.#at
      items.push(this.expression())
      if (this.isAt('for') || this.isAt('async')) {
        const opaque = this.#comprehension(']', began)
        this.expect(']')
        return opaque
      }
      if (!this.take(',') && !this.isAt(']'))
        throw new PythonSyntaxError(`Line ${this.token.line} is not understood.`)
    }
    return { type: 'sequence', items, isList: true, line }
  }

  #dict(line: number): PythonExpression {
    const entries: [PythonExpression | null, PythonExpression][] = []
    let isSet = false
    while (!this.take('}')) {
      if (this.take('**')) entries.push([null, this.expression()])
      else {
        const began = this.#at
        const key = this.expression()
        if (this.take(':')) entries.push([key, this.expression()])
        else isSet = true
        if (this.isAt('for') || this.isAt('async')) {
          const opaque = this.#comprehension('}', began)
          this.expect('}')
          return opaque
        }
      }
      if (!this.take(',') && !this.isAt('}'))
        throw new PythonSyntaxError(`Line ${this.token.line} is not understood.`)
    }
    return isSet ? { type: 'opaque', line } : { type: 'dict', entries, line }
  }

  /** String literals side by side are one string. */
  #strings(): PythonExpression {
    const { line } = this.token
    const parts: (string | PythonExpression)[] = []
    let isOpaque = false
    for (;;) {
      const { token } = this
      if (token.type === 'string') parts.push(token.value)
      else if (token.type === 'f-string') parts.push(...formatParts(token.source, token.isRaw, token.line))
      else if (token.type === 'bytes') isOpaque = true
      else break
      this.next()
    }
    if (isOpaque) return { type: 'opaque', line }
    if (parts.every((part) => typeof part === 'string'))
      return { type: 'constant', value: parts.join(''), line }
    return { type: 'f-string', parts, line }
  }
}

/** The pieces of an f-string. A field with a format or another conversion than `!s`, which could mean anything, is opaque. */
function formatParts(source: string, isRaw: boolean, line: number): (string | PythonExpression)[] {
  const parts: (string | PythonExpression)[] = []
  const text = (piece: string) => parts.push(isRaw ? piece : unescapePython(piece))
  let plain = ''
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? ''
    if ((character === '{' || character === '}') && source[at + 1] === character) {
      plain += character
      at += 1
    } else if (character === '{') {
      text(plain)
      plain = ''
      let end = at + 1
      for (let depth = 1; end < source.length; end += 1) {
        if ('([{'.includes(source[end] ?? '')) depth += 1
        if (')]}'.includes(source[end] ?? '') && (depth -= 1) === 0) break
      }
      parts.push(formatField(source.slice(at + 1, end), line))
      at = end
    } else plain += character
  }
  text(plain)
  return parts
}

function formatField(source: string, line: number): PythonExpression {
  try {
    // In brackets: an expression may go over several lines.
    const field = source.replace(/!s\s*$/, '')
    const reader = new PythonReader(pythonTokens(`(${field})`).map((token) => ({ ...token, line })))
    const value = reader.expression()
    return reader.token.type === 'newline' ? value : { type: 'opaque', line }
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    return { type: 'opaque', line }
  }
}
