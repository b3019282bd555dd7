import { posix } from 'node:path'
import { formatBraces } from './python-format.ts'
import type { PythonExpression } from './python-tree.ts'
import {
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

type Evaluate = (expression: PythonExpression, scope: PythonScope) => PythonValue
type CallExpression = Extract<PythonExpression, { type: 'call' }>

/** Functions by which projects read the environment, by what they are commonly called. */
const environmentNames = /^(env|config|environ|getenv|get_?env\w*|get_(secret|setting|config|var)\w*)$/i

/** Classes whose instances read the environment: django-environ's and environs'. */
const environmentClasses = new Set([
  'environ.Env',
  'environs.Env',
  'environ.FileAwareEnv',
  'decouple.AutoConfig',
])

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
      return plain(dotted === 'os.path.basename' ? posix.basename(text) : posix.normalize(text))
    }
    case 'pathlib.Path':
    case 'pathlib.PurePath':
    case 'pathlib.PurePosixPath': {
      const joined = joinPaths(call, scope, evaluate)
      const text = textOf(joined)
      return text === null ? joined : { type: 'path', path: text }
    }
    case 'str':
    case 'int':
    case 'bool':
    case 'float':
      return cast(argument(0) ?? open, dotted, open)
    case 'dict': {
      const base = argument(0)
      if (call.hasSpread || (base !== null && base.type !== 'dict')) return open
      const own = [...call.keywords].map(
        ([name, value]) =>
          [name, isSecretName(name) ? { type: 'secret' } : evaluate(value, scope)] as [string, PythonValue],
      )
      return { type: 'dict', entries: new Map([...(base?.entries ?? []), ...own]) }
    }
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
  if (target.type === 'lambda' && call.positional.length === 0) return evaluate(target.body, target.scope)
  return open
}

function isEnvironmentReader(value: PythonValue, expression: PythonExpression): boolean {
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

function defaultOf(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue | null {
  const given = call.keywords.get('default') ?? call.keywords.get('fallback')
  return given === undefined ? null : evaluate(given, scope)
}

const readingMethods = new Set([
  'get',
  'get_value',
  'setdefault',
  'str',
  'bool',
  'int',
  'float',
  'list',
  'tuple',
  'url',
  'path',
  '__call__',
])

/** The variable's value from the project's `.env` or the person's answer, else the default in the code. */
function readEnvironment(
  call: CallExpression,
  method: string,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const { line } = call
  const name = call.positional[0] === undefined ? null : textOf(evaluate(call.positional[0], scope))
  if (name === null || !readingMethods.has(method)) return unknown(scope, line)
  if (isSecretName(name)) return { type: 'secret' }
  const castExpression = call.keywords.get('cast')
  const castTo =
    castExpression?.type === 'name' ? castExpression.name : castExpression === undefined ? method : 'other'
  const found = scope.world.environment(name)
  if (found !== null) return cast(found, castTo, unknown(scope, line))
  const second = call.positional[1]
  // A scheme and a default of django-environ are given where the instance is made.
  const fallback = second === undefined ? defaultOf(call, scope, evaluate) : evaluate(second, scope)
  // `os.environ.get` without a default is None, and the code goes on with it: what it is there is not known here.
  if (fallback === null || truth(fallback) === null) return unknown(scope, line, 'environment', name)
  scope.world.tookDefault(name, scope, line)
  return fallback.type === 'plain' && typeof fallback.value === 'string'
    ? cast(fallback, castTo, unknown(scope, line))
    : fallback
}

function cast(value: PythonValue, to: string, open: PythonValue): PythonValue {
  if (value.type !== 'plain') return to === 'str' && value.type === 'path' ? plain(value.path) : value
  const text = textOf(value) ?? ''
  switch (to) {
    case 'str':
      return plain(text)
    case 'bool':
      if (typeof value.value !== 'string') return plain(truth(value) === true)
      return plain(['true', 't', 'yes', 'y', 'on', 'ok', '1'].includes(text.trim().toLowerCase()))
    case 'int':
    case 'float': {
      const number = Number(text)
      return text.trim() !== '' && Number.isFinite(number)
        ? plain(to === 'int' ? Math.trunc(number) : number)
        : open
    }
    case 'list':
    case 'tuple':
    case 'other':
      return open
    default:
      return value
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
    return object.entries.get(key) ?? (fallback === undefined ? plain(null) : evaluate(fallback, scope))
  }
  if (object.type === 'dict' && name === 'copy') return object
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
  if (name === 'lower' && texts.length === 0) return plain(text.toLowerCase())
  if (name === 'upper' && texts.length === 0) return plain(text.toUpperCase())
  if (['strip', 'lstrip', 'rstrip'].includes(name) && characters !== null)
    return plain(strip(text, name, characters ?? ' \t\n\r\f\v'))
  return null
}

function strip(text: string, how: string, characters: string): string {
  let start = 0
  let end = text.length
  if (how !== 'rstrip') while (start < end && characters.includes(text[start]!)) start += 1
  if (how !== 'lstrip') while (end > start && characters.includes(text[end - 1]!)) end -= 1
  return text.slice(start, end)
}
