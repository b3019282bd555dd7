import { PythonReader } from './python-expression.ts'
import { PythonSyntaxError, pythonTokens } from './python-tokens.ts'
import type { ImportedName, PythonExpression, PythonParameter, PythonStatement } from './python-tree.ts'

const augmented = ['+=', '-=', '*=', '/=', '//=', '%=', '|=', '&=', '^=', '**=', '>>=', '<<=', '@=']

/** How deep blocks may be nested; beyond it they are passed over. */
const maxDepth = 40

/**
 * Reads Python source as statements, without running anything. A line that is not understood is left out, and the rest
 * goes on. Throws a {@link PythonSyntaxError} when the text cannot even be taken apart.
 */
export function parsePython(source: string): PythonStatement[] {
  const reader = new PythonReader(pythonTokens(source))
  const statements: PythonStatement[] = []
  while (reader.token.type !== 'end') statements.push(...statement(reader, 0))
  return statements
}

/** One line or one compound statement. Always goes on by a token at least. */
function statement(reader: PythonReader, depth: number): PythonStatement[] {
  const start = reader.position
  try {
    if (reader.token.type === 'indent') return block(reader, depth)
    if (reader.token.type === 'dedent' || reader.token.type === 'newline') {
      reader.next()
      return []
    }
    return compound(reader, depth) ?? simpleLine(reader)
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    reader.position = start
    const { line } = reader.token
    const name = reader.token.type === 'name' ? reader.name() : null
    const isAssigned = name !== null && (reader.isAt('=') || reader.isAt(':'))
    reader.position = start
    passLine(reader)
    const unread: PythonStatement = {
      type: 'unread',
      names: reader.namesBetween(start, reader.position),
      line,
    }
    // What is below a line that was not understood may be run or not.
    if (!reader.isIndent)
      // That a name is set is known all the same.
      return isAssigned
        ? [
            {
              type: 'assign',
              targets: [{ type: 'name', name, line }],
              operator: '=',
              value: { type: 'opaque', line },
              line,
            },
          ]
        : [unread]
    return [unread, { type: 'perhaps', body: block(reader, depth), line: reader.token.line }]
  }
}

function passLine(reader: PythonReader): void {
  while (reader.token.type !== 'newline' && reader.token.type !== 'end') reader.next()
  if (reader.token.type === 'newline') reader.next()
}

/** The statements of an indented block, or nothing of one that is too deep. */
function block(reader: PythonReader, depth: number): PythonStatement[] {
  reader.next()
  const body: PythonStatement[] = []
  for (let open = 1; open > 0 && reader.token.type !== 'end';) {
    if (depth >= maxDepth) {
      const { type } = reader.next()
      open += type === 'indent' ? 1 : type === 'dedent' ? -1 : 0
    } else if (reader.token.type === 'dedent') {
      reader.next()
      open -= 1
    } else body.push(...statement(reader, depth + 1))
  }
  return body
}

/** What follows a colon: a block, or statements on the same line. */
function suite(reader: PythonReader, depth: number): PythonStatement[] {
  reader.expect(':')
  if (reader.token.type !== 'newline') return simpleLine(reader)
  reader.next()
  return reader.isIndent ? block(reader, depth) : []
}

function compound(reader: PythonReader, depth: number): PythonStatement[] | null {
  const { line } = reader.token
  const decorators: string[] = []
  while (reader.take('@')) {
    decorators.push(reader.token.type === 'name' ? dottedName(reader) : '')
    passLine(reader)
  }
  let isAsync = false
  if (reader.isAt('async') && (reader.isAt('def', 1) || reader.isAt('with', 1) || reader.isAt('for', 1))) {
    reader.next()
    isAsync = true
  }
  if (reader.take('class')) {
    const name = reader.name()
    const { bases, hasKeywords } = reader.isAt('(')
      ? callArguments(reader)
      : { bases: [], hasKeywords: false }
    const isChanged = hasKeywords || decorators.some((each) => !/(^|\.)(deconstructible|final)$/.test(each))
    return [{ type: 'class', name, bases, isChanged, body: suite(reader, depth), line }]
  }
  if (reader.take('def')) {
    const name = reader.name()
    const parameters = reader.isAt('(') ? parametersOf(reader) : []
    skipTo(reader, ':')
    const start = reader.position
    const body = suite(reader, depth)
    const mentions = reader.namesBetween(start, reader.position)
    const isDeferred = isAsync || mentions.includes('yield')
    return [{ type: 'function', name, parameters, decorators, mentions, isDeferred, body, line }]
  }
  if (reader.take('if')) {
    const branches: { test: PythonExpression | null; body: PythonStatement[] }[] = []
    do branches.push({ test: reader.expression(), body: suite(reader, depth) })
    while (reader.take('elif'))
    if (reader.take('else')) branches.push({ test: null, body: suite(reader, depth) })
    return [{ type: 'if', branches, line }]
  }
  if (reader.take('with')) {
    const start = reader.position
    const context = perhapsExpression(reader)
    skipTo(reader, ':')
    const words = reader.namesBetween(start, reader.position)
    // What it gives names to is not read.
    const names = words.filter((_, index) => words[index - 1] === 'as')
    return [
      { type: 'unread', names, line },
      { type: 'block', body: suite(reader, depth), ...(context === null ? {} : { context }), line },
    ]
  }
  if (reader.take('try')) {
    const body = suite(reader, depth)
    const handlers: PythonStatement[][] = []
    const otherwise: PythonStatement[] = []
    const atLast: PythonStatement[] = []
    for (;;) {
      const at = reader.token.line
      if (reader.take('except')) {
        const start = reader.position
        skipTo(reader, ':')
        const words = reader.namesBetween(start, reader.position)
        const names = words.includes('as') ? words.slice(-1) : []
        handlers.push([{ type: 'unread', names, line: at }, ...suite(reader, depth)])
      } else if (reader.take('else')) otherwise.push(...suite(reader, depth))
      else if (reader.take('finally')) atLast.push(...suite(reader, depth))
      else return [{ type: 'try', body, handlers, otherwise, atLast, line }]
    }
  }
  if (reader.isAt('for')) {
    const loop = forLoop(reader, depth, line)
    if (loop !== null) return loop
  }
  if (reader.take('for') || reader.take('while')) {
    const start = reader.position
    skipTo(reader, ':')
    const names = reader.namesBetween(start, reader.position)
    const body = suite(reader, depth)
    if (reader.take('else')) body.push(...suite(reader, depth))
    return [
      { type: 'unread', names, line },
      { type: 'perhaps', body, line },
    ]
  }
  return null
}

/** A loop whose targets and values are read; null for another, with nothing taken. */
function forLoop(reader: PythonReader, depth: number, line: number): PythonStatement[] | null {
  const start = reader.position
  reader.next()
  const names: PythonExpression[] = []
  const isBracketed = reader.take('(')
  while (reader.token.type === 'name' && !reader.isAt('in')) {
    names.push({ type: 'name', name: reader.name(), line })
    if (!reader.take(',')) break
  }
  if (isBracketed) reader.take(')')
  const [first, ...others] = names
  if (first === undefined || !reader.take('in')) {
    reader.position = start
    return null
  }
  const target: PythonExpression = others.length === 0 ? first : { type: 'sequence', items: names, line }
  const loop: PythonStatement = {
    type: 'for',
    target,
    iterable: reader.expressions(),
    body: suite(reader, depth),
    line,
  }
  return reader.take('else') ? [loop, { type: 'perhaps', body: suite(reader, depth), line }] : [loop]
}

/** What a function takes, without what its annotations say. */
function parametersOf(reader: PythonReader): PythonParameter[] {
  reader.expect('(')
  const parameters: PythonParameter[] = []
  let isKeyword = false
  while (!reader.take(')')) {
    const kind = reader.take('**')
      ? 'keywords'
      : reader.take('*')
        ? 'rest'
        : isKeyword
          ? 'keyword'
          : 'positional'
    if (kind === 'rest') isKeyword = true
    if (reader.token.type === 'name') {
      const name = reader.name()
      if (reader.take(':')) reader.expression()
      parameters.push({ name, kind, default: reader.take('=') ? reader.expression() : null })
    } else if (kind !== 'rest') reader.expect('/')
    if (!reader.take(',') && !reader.isAt(')'))
      throw new PythonSyntaxError(`Line ${reader.token.line} is not understood.`)
  }
  return parameters
}

/** The positional arguments of a class; keywords such as `metaclass` are no bases. */
function callArguments(reader: PythonReader): { bases: PythonExpression[]; hasKeywords: boolean } {
  reader.expect('(')
  const bases: PythonExpression[] = []
  let hasKeywords = false
  while (!reader.take(')')) {
    if (reader.token.type === 'name' && reader.isAt('=', 1)) {
      reader.name()
      reader.expect('=')
      reader.expression()
      hasKeywords = true
    } else bases.push(reader.expression())
    if (!reader.take(',') && !reader.isAt(')'))
      throw new PythonSyntaxError(`Line ${reader.token.line} is not understood.`)
  }
  return { bases, hasKeywords }
}

/** Goes to an operator of this line that is in no bracket. */
/** An expression, where one is understood; else nothing is taken. */
function perhapsExpression(reader: PythonReader): PythonExpression | null {
  const start = reader.position
  try {
    return reader.expression()
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    reader.position = start
    return null
  }
}

function skipTo(reader: PythonReader, text: string): void {
  for (let depth = 0; depth > 0 || !reader.isAt(text);) {
    const token = reader.next()
    if (token.type === 'newline' || token.type === 'end')
      throw new PythonSyntaxError(`Line ${token.line} is not understood.`)
    if (token.type !== 'operator') continue
    if ('([{'.includes(token.text)) depth += 1
    if (')]}'.includes(token.text)) depth -= 1
  }
}

function simpleLine(reader: PythonReader): PythonStatement[] {
  const statements: PythonStatement[] = []
  do {
    if (reader.token.type === 'newline') break
    const simple = simpleStatement(reader)
    if (simple !== null) statements.push(simple)
  } while (reader.take(';'))
  if (reader.token.type === 'newline') reader.next()
  else if (reader.token.type !== 'end')
    throw new PythonSyntaxError(`Line ${reader.token.line} is not understood.`)
  return statements
}

const passedOver = ['pass', 'raise', 'assert', 'global', 'nonlocal']

function simpleStatement(reader: PythonReader): PythonStatement | null {
  const { line } = reader.token
  if (passedOver.some((word) => reader.isAt(word))) {
    const start = reader.position
    while (!reader.isAt(';') && reader.token.type !== 'newline' && reader.token.type !== 'end') reader.next()
    const [word, ...names] = reader.namesBetween(start, reader.position)
    if (word === 'raise') return { type: 'raise', line }
    return word === 'global' ? { type: 'global', names, line } : null
  }
  if (reader.take('break') || reader.take('continue')) return { type: 'jump', line }
  if (reader.take('return')) {
    const isBare = reader.isAt(';') || reader.token.type === 'newline' || reader.token.type === 'end'
    return { type: 'return', value: isBare ? null : reader.expressions(), line }
  }
  if (reader.take('del')) {
    const targets = reader.expressions()
    return { type: 'delete', targets: targets.type === 'sequence' ? targets.items : [targets], line }
  }
  if (reader.take('from')) return importFrom(reader, line)
  if (reader.take('import')) {
    const body: PythonStatement[] = []
    do {
      const module = dottedName(reader)
      body.push({ type: 'import', module, names: null, as: reader.take('as') ? reader.name() : null, line })
    } while (reader.take(','))
    return body.length === 1 ? body[0]! : { type: 'block', body, line }
  }
  const first = reader.expressions()
  if (reader.take(':')) {
    // An annotation says nothing about the value.
    reader.expression()
    if (!reader.take('=')) return null
    return { type: 'assign', targets: [first], operator: '=', value: reader.expressions(), line }
  }
  const operator = augmented.find((each) => reader.take(each))
  if (operator !== undefined)
    return { type: 'assign', targets: [first], operator, value: reader.expressions(), line }
  const chain = [first]
  while (reader.take('=')) chain.push(reader.expressions())
  if (chain.length === 1) return { type: 'expression', value: first, line }
  return { type: 'assign', targets: chain.slice(0, -1), operator: '=', value: chain.at(-1) ?? first, line }
}

function dottedName(reader: PythonReader): string {
  let name = reader.name()
  while (reader.take('.')) name += `.${reader.name()}`
  return name
}

function importFrom(reader: PythonReader, line: number): PythonStatement {
  let dots = ''
  for (;;) {
    if (reader.take('...')) dots += '...'
    else if (reader.take('.')) dots += '.'
    else break
  }
  const module = `${dots}${reader.isAt('import') ? '' : dottedName(reader)}`
  reader.expect('import')
  if (reader.take('*')) return { type: 'import', module, names: '*', as: null, line }
  const names: ImportedName[] = []
  const isBracketed = reader.take('(')
  do {
    if (isBracketed && reader.isAt(')')) break
    const name = reader.name()
    names.push({ name, as: reader.take('as') ? reader.name() : name })
  } while (reader.take(','))
  if (isBracketed) reader.expect(')')
  return { type: 'import', module, names, as: null, line }
}
