import { isPlainFraction } from './python-tokens.ts'
import type { PythonExpression } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

/** Reads an expression: evaluate.ts, which these are a part of. */
export type Evaluate = (expression: PythonExpression, scope: PythonScope) => PythonValue
/** A call as it is written. */
export type CallExpression = Extract<PythonExpression, { type: 'call' }>

/** Functions by which projects read the environment, by what they are commonly called. */
export const environmentNames =
  /^(env|config|environ|getenv|get_?env\w*|get_(secret|setting|config|var)\w*)$/i

/** Classes whose instances read the environment: django-environ's, environs' and python-decouple's. */
export const environmentClasses = new Set([
  'environ.Env',
  'environs.Env',
  'environ.FileAwareEnv',
  'decouple.AutoConfig',
  'decouple.Config',
])

/** Whether something is the environment, or reads it. */
export function isEnvironmentReader(value: PythonValue, expression: PythonExpression): boolean {
  if (value.type === 'reference')
    return (
      ['os.environ', 'environ.Env', 'decouple.config', 'starlette.config'].includes(value.dotted) ||
      /(^|\.)env$/.test(value.dotted)
    )
  if (value.type === 'instance')
    return value.of.type === 'reference' && environmentClasses.has(value.of.dotted)
  // `env = environ.Env(…)` in a file that is not there.
  return value.type === 'unknown' && expression.type === 'name' && expression.name === 'env'
}

/** The library that reads the environment; they differ in their arguments and in what is true. */
type Reader = 'os' | 'environ' | 'environs' | 'decouple' | 'other'

function readerOf(value: PythonValue): Reader {
  const of = value.type === 'instance' ? value.of : value
  const [library] = of.type === 'reference' ? of.dotted.split('.') : []
  return library === 'os' || library === 'environ' || library === 'environs' || library === 'decouple'
    ? library
    : 'other'
}

/** The default that a call names. */
export function defaultOf(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue | null {
  const given = call.keywords.get('default') ?? call.keywords.get('fallback')
  return given === undefined ? null : evaluate(given, scope)
}

const readingMethods = new Set(['get', 'get_value', 'setdefault', 'str', 'bool', 'int', 'float', '__call__'])

/** A variable, where something says what it is; unknown, with its place, where it is not known which of several it is. */
export function variableOf(
  name: string,
  scope: PythonScope,
  line: number,
  isDecouple = false,
): PythonValue | null {
  const found = scope.world.environment(name, { file: scope.file, isDecouple })
  // What the files do not agree on is asked where it is used.
  return found?.type === 'unknown' && found.why.line === 0 ? unknown(scope, line, 'environment', name) : found
}

/** The variable's value from the project's `.env` or the person's answer, else the default in the code. */
export function readEnvironment(
  call: CallExpression,
  method: string,
  scope: PythonScope,
  evaluate: Evaluate,
  from: PythonValue,
): PythonValue {
  const { line } = call
  const open = unknown(scope, line)
  const reader = readerOf(from)
  if (reader === 'os' && !['get', 'setdefault', 'str'].includes(method))
    return changeEnvironment(call, method, scope, evaluate)
  const short = call.positional[0] === undefined ? null : textOf(evaluate(call.positional[0], scope))
  const prefix = prefixOf(from, reader, scope)
  if (short === null || prefix === null || !readingMethods.has(method)) return open
  const name = `${prefix}${short}`
  if (isSecretName(name)) return { type: 'secret' }
  const given = argumentsFor(call, method, reader, from, name, scope, evaluate)
  const { castTo } = given
  const fallback = given.fallback
  // Of another file than the one that is found by itself, as far as it is known.
  const found = ofRepository(from, name, line) ?? variableOf(name, scope, line, reader === 'decouple')
  if (reader === 'os' && method === 'setdefault') return setDefault(name, fallback, found, scope, line)
  if (found !== null) {
    if (reader === 'environ' && found.type === 'plain' && typeof found.value === 'string') {
      // Another variable's value, by its name.
      if (found.value.startsWith('$')) return open
      if (found.value === '' && fallback?.type === 'plain' && fallback.value === null) return fallback
    }
    return cast(found, castTo, open, reader)
  }
  // `os.environ.get` without a default is None, and the code goes on with it: what it is there is not known here.
  if (fallback === null || truth(fallback) === null) return unknown(scope, line, 'environment', name)
  // A default of another type stays as it is with some versions of environs, and is cast by others.
  if (reader === 'environs' && given.hasCast && castTo !== 'str' && typeName(fallback) === 'str') return open
  scope.world.tookDefault(name, scope, line)
  return fallback.type === 'plain' && typeof fallback.value === 'string' && reader !== 'environ'
    ? cast(fallback, castTo, open, reader)
    : // django-environ gives a default as it is.
      reader === 'environ' || castTo === 'str' || !given.hasCast || castTo === typeName(fallback)
      ? fallback
      : open
}

/** The default and the type of a call, as its library takes them. */
function argumentsFor(
  call: CallExpression,
  method: string,
  reader: Reader,
  from: PythonValue,
  name: string,
  scope: PythonScope,
  evaluate: Evaluate,
): { fallback: PythonValue | null; castTo: string; hasCast: boolean } {
  const [, second, third] = call.positional
  const isGeneral = method === '__call__' || method === 'get_value'
  const typeOf = (value: PythonValue): string =>
    value.type === 'reference' ? value.dotted : isNone(value) ? method : 'other'
  const named = call.keywords.get('cast')
  const evaluated = (expression: PythonExpression | undefined) =>
    expression === undefined ? null : evaluate(expression, scope)
  let type = evaluated(named)
  let fallback = defaultOf(call, scope, evaluate)
  if (reader === 'environ' && isGeneral) {
    type ??= evaluated(second)
    fallback ??= evaluated(third)
    const scheme = from.type === 'instance' ? from.given.keywords.get(name) : undefined
    if (scheme !== undefined) {
      const isPair = scheme.type === 'sequence' && scheme.items.length === 2
      type ??= isPair ? scheme.items[0]! : scheme
      fallback ??= isPair ? scheme.items[1]! : null
    }
    // Without a type it is that of the default.
    if (type === null && fallback?.type === 'plain' && fallback.value !== null)
      return { fallback, castTo: typeName(fallback) || 'str', hasCast: false }
  } else {
    const value = evaluated(second)
    // A name of a type is none of a default, whatever the library is.
    if (reader === 'other' && value?.type === 'reference') type ??= value
    else fallback ??= value
    // decouple takes it as its third.
    type ??= evaluated(third)
  }
  return {
    fallback,
    castTo: type === null ? (isGeneral ? 'str' : method) : typeOf(type),
    hasCast: type !== null || !['__call__', 'get_value', 'get', 'setdefault'].includes(method),
  }
}

function isNone(value: PythonValue): boolean {
  return value.type === 'plain' && value.value === null
}

/** What stands before the names of variables; null where that is not known. */
function prefixOf(from: PythonValue, reader: Reader, scope: PythonScope): string | null {
  if (reader === 'os' || reader === 'decouple') return ''
  const own =
    from.type === 'instance' && reader === 'environs' ? from.given.keywords.get('prefix') : undefined
  const before = own === undefined || isNone(own) ? '' : own.type === 'plain' ? textOf(own) : null
  return before === null || scope.world.prefix === null ? null : `${before}${scope.world.prefix}`
}

/** What a file says that `decouple.Config` was given; null for what is not made so. */
function ofRepository(from: PythonValue, name: string, line: number): PythonValue | null {
  if (from.type !== 'instance' || from.of.type !== 'reference' || from.of.dotted !== 'decouple.Config')
    return null
  const [repository] = from.given.positional
  const [path] = repository?.type === 'instance' ? repository.given.positional : []
  const text = path === undefined ? null : textOf(path)
  const values = text?.startsWith('/') === true ? from.scope.world.environmentFile(text) : null
  return values?.get(name) ?? unknown(from.scope, line, 'environment', name)
}

/** What `os.environ.setdefault` gives, and sets. */
function setDefault(
  name: string,
  fallback: PythonValue | null,
  found: PythonValue | null,
  scope: PythonScope,
  line: number,
): PythonValue {
  const value = fallback ?? unknown(scope, line)
  const { variables } = scope.world
  if (variables.has(name)) return variables.get(name)!
  // Whether a file has been read by now is not known: what they agree on is so in any case.
  const known = found === null || isSame(found, value) ? value : unknown(scope, line, 'environment', name)
  variables.set(name, known)
  return known
}

/** `os.environ[name] = value`. */
export function setVariable(key: PythonValue, value: PythonValue, scope: PythonScope, line: number): void {
  const name = textOf(key)
  const { variables } = scope.world
  if (name === null) variables.set('', unknown(scope, line))
  else if (isSecretName(name)) variables.set(name, { type: 'secret' })
  else
    variables.set(
      name,
      value.type === 'plain' && typeof value.value === 'string'
        ? value
        : unknown(scope, line, 'environment', name),
    )
}

/** The methods of `os.environ` that change it. */
function changeEnvironment(
  call: CallExpression,
  method: string,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const { line } = call
  const open = unknown(scope, line)
  const [first] = call.positional
  const given = first === undefined ? null : evaluate(first, scope)
  if (['keys', 'items', 'values', 'copy'].includes(method)) return open
  if (method === 'update' && !call.hasSpread && (given === null || given.type === 'dict')) {
    if (given?.rest !== undefined) setVariable(open, open, scope, line)
    for (const [key, value] of given?.entries ?? []) setVariable(plain(key), value, scope, line)
    for (const [key, value] of call.keywords) setVariable(plain(key), evaluate(value, scope), scope, line)
    return plain(null)
  }
  const name = method === 'pop' && given !== null ? textOf(given) : null
  setVariable(name === null ? open : plain(name), open, scope, line)
  return open
}

/** `env.read_env(path)` and `load_dotenv(path)`: what that file says goes before what the others do. */
export function readEnvironmentFile(call: CallExpression, scope: PythonScope, evaluate: Evaluate): void {
  const path =
    call.positional[0] ??
    ['env_file', 'dotenv_path', 'path'].map((name) => call.keywords.get(name)).find(Boolean)
  const overwrite = call.keywords.get('overwrite') ?? call.keywords.get('override')
  takeVariables(
    path === undefined ? null : textOf(evaluate(path, scope)),
    scope,
    call.line,
    overwrite !== undefined && truth(evaluate(overwrite, scope)) !== false,
  )
}

/** Gives the code the variables of a file, where it is one of the project's: over those that it set before, if that is said. */
export function takeVariables(path: string | null, scope: PythonScope, line: number, isOver: boolean): void {
  const values = path?.startsWith('/') === true ? scope.world.environmentFile(path) : null
  if (values === null) return
  const { variables } = scope.world
  for (const [name, value] of values)
    if (isOver || !variables.has(name))
      variables.set(name, value.type === 'unknown' ? unknown(scope, line, 'environment', name) : value)
}

/** Enters a `with` block that puts something before the names of variables, as environs has it; call what it gives at the end. */
export function enterPrefix(
  context: PythonExpression | undefined,
  scope: PythonScope,
  evaluate: Evaluate,
): () => void {
  if (context?.type !== 'call' || context.callee.type !== 'attribute' || context.callee.name !== 'prefixed')
    return () => undefined
  const { world } = scope
  const before = world.prefix
  const [first] = context.positional
  const more = first === undefined ? null : textOf(evaluate(first, scope))
  world.prefix = before === null || more === null ? null : `${before}${more}`
  return () => {
    world.prefix = before
  }
}

function typeName(value: PythonValue): string {
  if (value.type !== 'plain' || value.value === null) return ''
  if (typeof value.value === 'string') return 'str'
  return typeof value.value === 'boolean' ? 'bool' : Number.isInteger(value.value) ? 'int' : 'float'
}

/** What a value is as a type of Python's, by the type's name. */
export function cast(
  value: PythonValue,
  to: string,
  open: PythonValue,
  reader: Reader = 'other',
): PythonValue {
  if (value.type !== 'plain') return to === 'str' && value.type === 'path' ? plain(value.path) : value
  const text = textOf(value) ?? ''
  switch (to) {
    case 'str':
      return plain(text)
    case 'bool':
      if (typeof value.value !== 'string') return plain(truth(value) === true)
      return castFlag(text, open, reader)
    case 'int':
    case 'float': {
      const number = Number(text)
      if (typeof value.value === 'string' && !/^\s*[-+]?\d+(\.\d+)?\s*$/.test(text)) return open
      if (typeof value.value === 'string' && to === 'int' && text.includes('.')) return open
      if (to === 'int') return plain(Math.trunc(number))
      return isPlainFraction(number) ? plain(number) : open
    }
    case 'get':
    case 'setdefault':
      return value
    default:
      return open
  }
}

/** A text as a truth: what the libraries do not agree on is not known where it is not known which one reads it. */
function castFlag(text: string, open: PythonValue, reader: Reader): PythonValue {
  const word = text.trim().toLowerCase()
  if (reader === 'environ') {
    if (/^[-+]?\d+$/.test(word)) return plain(Number(word) !== 0)
    return plain(['true', 'on', 'ok', 'y', 'yes', '1'].includes(word))
  }
  if (['true', 'yes', 'y', 'on', '1'].includes(word)) return plain(true)
  if (reader === 'environs' && (word === 't' || word === 'f')) return plain(word === 't')
  return ['false', 'no', 'n', 'off', '0', ''].includes(word) ? plain(false) : open
}
