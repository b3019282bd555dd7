import { posix } from 'node:path'
import { arithmetic, comparison } from './arithmetic.ts'
import { notRead } from './call-arguments.ts'
import { classAttribute } from './class-attributes.ts'
import { entryAt, entryOf, keyOf, mergedDict, withUnknown } from './dict-values.ts'
import { variableOf } from './environment-calls.ts'
import { callFunction } from './known-calls.ts'
import { formatPercent } from './python-format.ts'
import type { PythonExpression } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  truth,
  unknown,
} from './python-value.ts'
import { isMutating, mayChange } from './reaching-names.ts'

/** Longer texts are no settings. */
const maxTextLength = 8192
/** Nor are longer lists. */
const maxItems = 10_000
/** How deep expressions, and the calls that they are in, are followed: a text of 3000 parts is 3000 deep. */
const maxDepth = 500

let depth = 0

/**
 * What an expression comes to as far as the source tells: literals, names, f-strings, `%`, `+`, `os.path.join`, `Path`
 * and the environment's defaults. Nothing of the project is run; the rest is `unknown`, with where it stands.
 */
export function evaluate(expression: PythonExpression, scope: PythonScope): PythonValue {
  if (depth >= maxDepth) return unknown(scope, expression.line)
  depth += 1
  try {
    const value = evaluated(expression, scope)
    return isTooLarge(value) ? unknown(scope, expression.line) : value
  } finally {
    depth -= 1
  }
}

/** What doubles again and again would fill the memory. */
function isTooLarge(value: PythonValue): boolean {
  if (value.type === 'plain') return typeof value.value === 'string' && value.value.length > maxTextLength
  if (value.type === 'path') return value.path.length > maxTextLength
  return value.type === 'sequence' && value.items.length > maxItems
}

function evaluated(expression: PythonExpression, scope: PythonScope): PythonValue {
  const { line } = expression
  const open = () => unknown(scope, line)
  switch (expression.type) {
    case 'constant':
      return plain(expression.value)
    case 'sequence':
      return evaluateSequence(expression, scope)
    case 'dict':
      return evaluateDict(expression, scope)
    case 'f-string':
      return joinTexts(
        expression.parts.map((part) => (typeof part === 'string' ? plain(part) : evaluate(part, scope))),
        scope,
        line,
      )
    case 'name':
      return nameValue(expression.name, scope, line)
    case 'attribute':
      return attribute(evaluate(expression.object, scope), expression.name, scope, line)
    case 'subscript':
      return subscript(evaluate(expression.object, scope), expression.index, scope, line)
    case 'call':
      return callFunction(expression, scope, evaluate)
    case 'lambda':
      return expression.hasParameters ? open() : { type: 'lambda', body: expression.body, scope }
    case 'named': {
      const value = saidAt(evaluate(expression.value, scope), scope, line)
      scope.names.set(expression.name, isSecretName(expression.name) ? { type: 'secret' } : value)
      return value
    }
    case 'conditional': {
      const test = evaluate(expression.test, scope)
      const holds = truth(test)
      if (holds !== null) return evaluate(holds ? expression.whenTrue : expression.otherwise, scope)
      const whenTrue = perhapsEvaluate(expression.whenTrue, scope)
      if (isSame(whenTrue, perhapsEvaluate(expression.otherwise, scope))) return whenTrue
      // An answer about the variable that it depends on decides.
      return test.type === 'unknown' && test.why.variable !== null ? test : unknown(scope, line, 'condition')
    }
    case 'unary': {
      const operand = evaluate(expression.operand, scope)
      if (expression.operator === 'not') {
        const holds = truth(operand)
        return holds === null ? notRead(operand, open()) : plain(!holds)
      }
      if (operand.type !== 'plain' || typeof operand.value !== 'number' || expression.operator === '~')
        return notRead(operand, open())
      return plain(expression.operator === '-' ? -operand.value : operand.value)
    }
    case 'binary':
      return binary(expression, scope)
    case 'starred':
      return open()
    case 'opaque':
      if (expression.names !== undefined && isMutating(expression.names, scope))
        mayChange(expression.names, scope, line)
      return open()
  }
}

/** One text of several; secret or unknown as soon as a part is. */
export function joinTexts(parts: readonly PythonValue[], scope: PythonScope, line: number): PythonValue {
  let text = ''
  for (const part of parts) {
    const piece = textOf(part)
    if (piece === null) return notRead(part, unknown(scope, line))
    text += piece
    if (text.length > maxTextLength) return unknown(scope, line)
  }
  return plain(text)
}

function nameValue(name: string, scope: PythonScope, line: number): PythonValue {
  if (name === '__file__') return plain(`/${scope.file}`)
  return (
    scope.names.get(name) ?? (builtins.has(name) ? { type: 'reference', dotted: name } : unknown(scope, line))
  )
}

const builtins = new Set(
  'str int bool float dict list tuple getattr super type property object globals locals vars exec eval'.split(
    ' ',
  ),
)

function evaluateDict(
  expression: Extract<PythonExpression, { type: 'dict' }>,
  scope: PythonScope,
): PythonValue {
  // Filled in place: a copy for each entry would take long for a large one.
  let entries = new Map<string, PythonValue>()
  let dict: Extract<PythonValue, { type: 'dict' }> = { type: 'dict', entries }
  const become = (changed: typeof dict) => {
    entries = new Map(changed.entries)
    dict = { ...changed, entries }
  }
  for (const [key, item] of expression.entries) {
    const value = evaluate(item, scope)
    if (key === null) {
      const open = notRead(value, unknown(scope, item.line))
      become(value.type === 'dict' ? mergedDict(dict, value) : withUnknown(dict, open))
      continue
    }
    const name = keyOf(evaluate(key, scope))
    if (name === null) become(withUnknown(dict, unknown(scope, item.line)))
    else entries.set(name, entryAt(name, value, scope, item.line))
  }
  return dict
}

function attribute(object: PythonValue, name: string, scope: PythonScope, line: number): PythonValue {
  if (object.type === 'path') {
    if (name === 'parent') return { type: 'path', path: posix.dirname(object.path) }
    // What the project's own folder is called is not known to its files.
    if (name === 'name' && object.path !== '/') return plain(posix.basename(object.path))
    return unknown(scope, line)
  }
  if (object.type === 'reference') {
    if (object.dotted === 'django.conf.settings') {
      const settings = scope.world.settings()
      return isSecretName(name) ? { type: 'secret' } : (settings?.get(name) ?? unknown(scope, line))
    }
    return { type: 'reference', dotted: `${object.dotted}.${name}` }
  }
  if (object.type === 'object')
    return object.attributes.get(name) ?? object.inherited(name, line) ?? unknown(scope, line)
  if (object.type === 'names')
    return name === '__dict__' ? object : (object.scope.names.get(name) ?? unknown(scope, line))
  if (object.type === 'class') return classAttribute(object.class, name) ?? unknown(scope, line)
  return notRead(object, unknown(scope, line))
}

function subscript(
  object: PythonValue,
  index: PythonExpression,
  scope: PythonScope,
  line: number,
): PythonValue {
  const key = evaluate(index, scope)
  if (object.type === 'reference' && object.dotted === 'os.environ') {
    const variable = textOf(key)
    if (variable === null) return unknown(scope, line)
    return variableOf(variable, scope, line) ?? unknown(scope, line, 'environment', variable)
  }
  if (object.type === 'reference' && object.dotted === 'sys.modules' && index.type === 'name')
    return index.name === '__name__' ? { type: 'names', scope: scope.module ?? scope } : unknown(scope, line)
  if (object.type === 'dict') {
    const name = keyOf(key)
    return (name === null ? undefined : entryOf(object, name)) ?? unknown(scope, line)
  }
  if (object.type === 'names') {
    const name = textOf(key)
    return (name === null ? undefined : object.scope.names.get(name)) ?? unknown(scope, line)
  }
  if (object.type === 'sequence' && key.type === 'plain' && typeof key.value === 'number')
    return object.items.at(key.value) ?? unknown(scope, line)
  return notRead(object, unknown(scope, line))
}

function binary(expression: Extract<PythonExpression, { type: 'binary' }>, scope: PythonScope): PythonValue {
  const { operator, line } = expression
  const left = evaluate(expression.left, scope)
  if (operator === 'and' || operator === 'or') {
    const holds = truth(left)
    if (holds === null) {
      // `os.environ.get(…) or 'text'`: the text when nothing says otherwise is only a guess.
      perhapsEvaluate(expression.right, scope)
      return notRead(left, unknown(scope, line))
    }
    return holds === (operator === 'or') ? left : evaluate(expression.right, scope)
  }
  const right = evaluate(expression.right, scope)
  const open = () => notRead(left, notRead(right, unknown(scope, line)))
  switch (operator) {
    case '+': {
      if (left.type === 'sequence' && right.type === 'sequence')
        return {
          type: 'sequence',
          items: [...left.items, ...right.items],
          ...(left.isTuple ? { isTuple: true } : {}),
        }
      if (left.type !== 'plain' || right.type !== 'plain') return open()
      if (typeof left.value === 'string' && typeof right.value === 'string')
        return joinTexts([left, right], scope, line)
      break
    }
    case '%':
      if (left.type === 'plain' && typeof left.value === 'string')
        return formatPercent(left.value, right, scope, line)
      break
    case '/':
      if (left.type === 'path') {
        const part = textOf(right)
        return part === null ? open() : { type: 'path', path: posix.join(left.path, part) }
      }
      break
    case '|':
      if (left.type === 'dict')
        return right.type === 'dict'
          ? mergedDict(left, right)
          : withUnknown(left, notRead(right, unknown(scope, line)))
      if (right.type === 'dict')
        return mergedDict(withUnknown(right, notRead(left, unknown(scope, line))), right)
      break
    case '==':
    case '!=':
    case 'is':
    case 'is not': {
      const equal = comparison(left, right)
      return equal === null ? open() : plain(equal === (operator === '==' || operator === 'is'))
    }
    case 'in':
    case 'not in':
      if (right.type === 'reference' && right.dotted === 'os.environ') {
        const variable = textOf(left)
        if (variable === null) return open()
        const found = variableOf(variable, scope, line)
        return found === null || found.type === 'unknown'
          ? unknown(scope, line, 'environment', variable)
          : plain(operator === 'in')
      }
      if (
        right.type !== 'sequence' ||
        left.type !== 'plain' ||
        right.items.some(({ type }) => type !== 'plain')
      )
        return open()
      return plain(right.items.some((item) => comparison(item, left) === true) === (operator === 'in'))
    default:
  }
  if (left.type !== 'plain' || right.type !== 'plain') return open()
  return arithmetic(operator, left.value, right.value) ?? open()
}

/** A list or a tuple; with what is spread in it, where that is known. */
function evaluateSequence(
  { items, isList, line }: Extract<PythonExpression, { type: 'sequence' }>,
  scope: PythonScope,
): PythonValue {
  const values: PythonValue[] = []
  for (const item of items) {
    const value = evaluate(item.type === 'starred' ? item.value : item, scope)
    if (item.type !== 'starred') values.push(value)
    else if (value.type === 'sequence') values.push(...value.items)
    else return notRead(value, unknown(scope, line))
  }
  return { type: 'sequence', items: values, ...(isList ? {} : { isTuple: true }) }
}

/** What an expression comes to that is perhaps not evaluated: the names that it sets depend on that. */
function perhapsEvaluate(expression: PythonExpression, scope: PythonScope): PythonValue {
  const before = new Map(scope.names)
  const value = evaluate(expression, scope)
  for (const [name, now] of scope.names)
    if (before.get(name) !== now) scope.names.set(name, unknown(scope, expression.line, 'condition'))
  return value
}
