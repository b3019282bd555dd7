import { posix } from 'node:path'
import {
  entryOf,
  mergedDict,
  replaceDict,
  replaceSequence,
  withoutEntry,
  withUnknown,
} from './dict-values.ts'
import {
  type CallExpression,
  cast,
  defaultOf,
  environmentClasses,
  environmentNames,
  type Evaluate,
  isEnvironmentReader,
  readEnvironment,
} from './environment-calls.ts'
import { dottedName } from './module-names.ts'
import { formatBraces } from './python-format.ts'
import {
  isSecretName,
  plain,
  type PythonArguments,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

/** What calling one of the few functions that settings are made with gives. No function of the project is entered. */
export function callFunction(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue {
  const { callee, line } = call
  const argument = (index: number): PythonValue | null => {
    const expression = call.positional[index]
    return expression === undefined ? null : evaluate(expression, scope)
  }
  const open = unknown(scope, line)

  if (callee.type === 'attribute') {
    const object = evaluate(callee.object, scope)
    if (isEnvironmentReader(object, callee.object) && callee.name !== 'read_env')
      return readEnvironment(call, callee.name, scope, evaluate)
    const method = callMethod(object, callee.name, call, scope, evaluate)
    if (method !== null) return method
    const self = argument(0)
    if (self?.type === 'object' && self.methodOf !== undefined) {
      const given = argumentsOf(call, scope, evaluate)
      const result = self.methodOf(
        object,
        callee.name,
        { ...given, positional: given.positional.slice(1) },
        line,
      )
      if (result !== null) return result
    }
  }
  const target = evaluate(callee, scope)
  const calledName = callee.type === 'name' || callee.type === 'attribute' ? callee.name : ''
  const dotted = target.type === 'reference' ? target.dotted : null
  switch (dotted) {
    case 'os.path.join':
      return joinPaths(call, scope, evaluate)
    case 'os.path.dirname':
    case 'os.path.abspath':
    case 'os.path.realpath':
    case 'os.path.normpath':
    case 'os.path.basename': {
      const path = argument(0)
      const text = path === null ? null : textOf(path)
      if (text === null) return path ?? open
      if (dotted === 'os.path.dirname') return plain(posix.dirname(text))
      // What the project's own folder is called is not known to its files.
      if (dotted === 'os.path.basename' && text === '/') return open
      return plain(dotted === 'os.path.basename' ? posix.basename(text) : posix.normalize(text))
    }
    case 'pathlib.Path':
    case 'pathlib.PurePath':
    case 'pathlib.PurePosixPath': {
      const joined = joinPaths(call, scope, evaluate)
      const text = textOf(joined)
      return text === null ? joined : { type: 'path', path: text }
    }
    case 'bool': {
      // Of any text that is not empty: `bool('False')` is True.
      const value = argument(0)
      const holds = value === null ? false : truth(value)
      return holds === null ? notRead(value ?? open, open) : plain(holds)
    }
    case 'str':
    case 'int':
    case 'float':
      return cast(argument(0) ?? open, dotted, open)
    case 'dict': {
      const base = argument(0)
      const { keywords, rest } = argumentsOf(call, scope, evaluate)
      let dict: Extract<PythonValue, { type: 'dict' }> = { type: 'dict', entries: new Map() }
      if (base !== null)
        dict = base.type === 'dict' ? mergedDict(dict, base) : withUnknown(dict, notRead(base, open))
      if (rest !== null) dict = withUnknown(dict, rest)
      return mergedDict(dict, { type: 'dict', entries: keywords })
    }
    case 'type':
      return madeClass(call, scope, evaluate) ?? open
    case 'list':
    case 'tuple':
      return argument(0) ?? { type: 'sequence', items: [] }
    case 'getattr':
      return getattr(call, scope, evaluate)
    case 'storages.utils.setting':
      return setting(argument(0), argument(1) ?? defaultOf(call, scope, evaluate), scope, line)
    case 'os.getenv':
      return readEnvironment(call, 'str', scope, evaluate)
    default:
  }
  if (dotted !== null && environmentClasses.has(dotted)) return { type: 'instance', of: target, call, scope }
  const first = argument(0)
  const looksLikeVariable =
    first?.type === 'plain' && typeof first.value === 'string' && /^[A-Z][A-Z0-9_]*$/.test(first.value)
  if (looksLikeVariable && (isEnvironmentReader(target, callee) || environmentNames.test(calledName)))
    return readEnvironment(call, 'str', scope, evaluate)
  if (target.type === 'reference' || target.type === 'class')
    return { type: 'instance', of: target, call, scope }
  if (target.type === 'native') {
    const given = argumentsOf(call, scope, evaluate)
    return within(scope, () => target.call(given, line)) ?? open
  }
  if (target.type === 'lambda' && call.positional.length === 0)
    return within(scope, () => evaluate(target.body, target.scope)) ?? open
  return open
}

/** How many calls were followed in a project, and how many of them are in one another. */
const followed = new WeakMap<PythonScope['world'], { calls: number; depth: number }>()

/** Follows a call; null where functions call one another without an end. */
function within(scope: PythonScope, run: () => PythonValue): PythonValue | null {
  const state = followed.get(scope.world) ?? { calls: 0, depth: 0 }
  followed.set(scope.world, state)
  if (state.calls > 5000 || state.depth > 40) return null
  state.calls += 1
  state.depth += 1
  try {
    return run()
  } finally {
    state.depth -= 1
  }
}

/** What a call is made with. What is spread from a dict that is known is part of it. */
export function argumentsOf(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonArguments {
  const keywords = new Map<string, PythonValue>()
  let rest: PythonValue | null = null
  for (const spread of call.spreads) {
    const value = evaluate(spread, scope)
    if (value.type === 'dict') for (const [name, each] of value.entries) keywords.set(name, each)
    const open = value.type === 'dict' ? value.rest : notRead(value, unknown(scope, spread.line))
    if (open !== undefined) rest = saidAt(open, scope, spread.line)
  }
  for (const [name, value] of call.keywords)
    keywords.set(
      name,
      isSecretName(name) ? { type: 'secret' } : saidAt(evaluate(value, scope), scope, value.line),
    )
  return { positional: call.positional.map((each) => evaluate(each, scope)), keywords, rest }
}

function notRead(value: PythonValue, open: PythonValue): PythonValue {
  return value.type === 'unknown' || value.type === 'secret' ? value : open
}

/** `type('Name', (Base,), {…})`. */
function madeClass(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue | null {
  const [name, bases, attributes] = call.positional.map((each) => evaluate(each, scope))
  const text = name === undefined ? null : textOf(name)
  if (text === null || bases?.type !== 'sequence' || attributes?.type !== 'dict') return null
  if (attributes.rest !== undefined) return null
  return {
    type: 'class',
    class: {
      name: text,
      dotted: `${dottedName(scope.file)}.${text}`,
      bases: bases.items,
      body: () => new Map(),
      later: new Map(attributes.entries),
      file: scope.file,
      line: call.line,
    },
  }
}

function joinPaths(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue {
  let path = ''
  for (const expression of call.positional) {
    const value = evaluate(expression, scope)
    const part = textOf(value)
    if (part === null)
      return value.type === 'unknown' || value.type === 'secret' ? value : unknown(scope, call.line)
    // As Python's own: an absolute part begins anew, and nothing is normalised.
    path = part.startsWith('/') || path === '' ? part : `${path}${path.endsWith('/') ? '' : '/'}${part}`
  }
  return call.hasSpread ? unknown(scope, call.line) : plain(path)
}

function getattr(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue {
  const [object, name, fallback] = call.positional.map((each) => evaluate(each, scope))
  if (object?.type !== 'reference' || object.dotted !== 'django.conf.settings')
    return unknown(scope, call.line)
  return setting(name ?? null, fallback ?? null, scope, call.line)
}

function setting(
  name: PythonValue | null,
  fallback: PythonValue | null,
  scope: PythonScope,
  line: number,
): PythonValue {
  const text = name === null ? null : textOf(name)
  const settings = scope.world.settings()
  if (text === null || settings === null) return unknown(scope, line)
  if (isSecretName(text)) return { type: 'secret' }
  return settings.get(text) ?? fallback ?? plain(null)
}

function callMethod(
  object: PythonValue,
  name: string,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue | null {
  const texts = call.positional.map((each) => textOf(evaluate(each, scope)))
  if (object.type === 'path') {
    if (name === 'joinpath' && texts.every((text) => text !== null))
      return { type: 'path', path: posix.join(object.path, ...texts) }
    if (['resolve', 'absolute'].includes(name)) return { type: 'path', path: posix.normalize(object.path) }
    return name === 'as_posix' ? plain(object.path) : null
  }
  if (object.type === 'dict' && name === 'get') {
    const key = texts[0] ?? null
    const fallback = call.positional[1]
    if (key === null) return null
    return entryOf(object, key) ?? (fallback === undefined ? plain(null) : evaluate(fallback, scope))
  }
  if (object.type === 'dict' && name === 'copy') return { ...object, entries: new Map(object.entries) }
  if (object.type === 'dict' && name === 'pop') return popped(object, call, scope, evaluate)
  if (object.type === 'dict' && object.rest === undefined) {
    const keys = [...object.entries.keys()].map((key) => plain(key))
    const values = [...object.entries.values()]
    if (name === 'keys') return { type: 'sequence', items: keys }
    if (name === 'values') return { type: 'sequence', items: values }
    if (name === 'items')
      return {
        type: 'sequence',
        items: values.map((value, index) => ({ type: 'sequence', items: [keys[index]!, value] })),
      }
  }
  if (object.type === 'sequence' && name === 'pop') replaceSequence(scope, object, unknown(scope, call.line))
  if (object.type !== 'plain' || typeof object.value !== 'string') return null
  const text = object.value
  if (name === 'format' && !call.hasSpread)
    return formatBraces(
      text,
      call.positional.map((each) => evaluate(each, scope)),
      new Map([...call.keywords].map(([key, value]) => [key, evaluate(value, scope)])),
      scope,
      call.line,
    )
  const characters = texts[0]
  if (name === 'join' && call.positional.length === 1) {
    const parts = evaluate(call.positional[0]!, scope)
    const items = parts.type === 'sequence' ? parts.items.map(textOf) : [null]
    return items.every((item) => item !== null) ? plain(items.join(text)) : null
  }
  const [first, second] = texts
  if (typeof first === 'string' && first !== '') {
    if (name === 'split' && texts.length === 1)
      return { type: 'sequence', items: text.split(first).map((part) => plain(part)) }
    if (name === 'replace' && texts.length === 2 && typeof second === 'string')
      return plain(text.replaceAll(first, () => second))
    if (name === 'startswith' && texts.length === 1) return plain(text.startsWith(first))
    if (name === 'endswith' && texts.length === 1) return plain(text.endsWith(first))
    if (name === 'removeprefix') return plain(text.startsWith(first) ? text.slice(first.length) : text)
    if (name === 'removesuffix') return plain(text.endsWith(first) ? text.slice(0, -first.length) : text)
  }
  if (name === 'lower' && texts.length === 0) return plain(text.toLowerCase())
  if (name === 'upper' && texts.length === 0) return plain(text.toUpperCase())
  if (['strip', 'lstrip', 'rstrip'].includes(name) && characters !== null)
    return plain(strip(text, name, characters ?? ' \t\n\r\f\v'))
  return null
}

/** `names.pop('key', otherwise)`: the dict is without it afterwards. */
function popped(
  dict: Extract<PythonValue, { type: 'dict' }>,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const open = unknown(scope, call.line)
  const [given, otherwise] = call.positional.map((each) => evaluate(each, scope))
  const key = given === undefined ? null : textOf(given)
  replaceDict(scope, dict, key === null ? withUnknown(dict, open) : withoutEntry(dict, key))
  return key === null ? open : (entryOf(dict, key) ?? otherwise ?? open)
}

function strip(text: string, how: string, characters: string): string {
  let start = 0
  let end = text.length
  if (how !== 'rstrip') while (start < end && characters.includes(text[start]!)) start += 1
  if (how !== 'lstrip') while (end > start && characters.includes(text[end - 1]!)) end -= 1
  return text.slice(start, end)
}
