import { isPlainFraction } from './python-tokens.ts'
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

/** Reads an expression: evaluate.ts, which these are a part of. */
export type Evaluate = (expression: PythonExpression, scope: PythonScope) => PythonValue
/** A call as it is written. */
export type CallExpression = Extract<PythonExpression, { type: 'call' }>

/** Functions by which projects read the environment, by what they are commonly called. */
export const environmentNames =
  /^(env|config|environ|getenv|get_?env\w*|get_(secret|setting|config|var)\w*)$/i

/** Classes whose instances read the environment: django-environ's and environs'. */
export const environmentClasses = new Set([
  'environ.Env',
  'environs.Env',
  'environ.FileAwareEnv',
  'decouple.AutoConfig',
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

/** The default that a call names. */
export function defaultOf(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue | null {
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
export function readEnvironment(
  call: CallExpression,
  method: string,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const { line } = call
  const name = call.positional[0] === undefined ? null : textOf(evaluate(call.positional[0], scope))
  if (name === null || !readingMethods.has(method)) return unknown(scope, line)
  if (isSecretName(name)) return { type: 'secret' }
  // decouple takes it as its third.
  const castExpression = call.keywords.get('cast') ?? call.positional[2]
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
    : castTo === 'str' || castExpression === undefined || castTo === typeName(fallback)
      ? fallback
      : unknown(scope, line)
}

function typeName(value: PythonValue): string {
  if (value.type !== 'plain') return ''
  return typeof value.value === 'boolean' ? 'bool' : Number.isInteger(value.value) ? 'int' : 'float'
}

/** What a value is as a type of Python's, by the type's name. */
export function cast(value: PythonValue, to: string, open: PythonValue): PythonValue {
  if (value.type !== 'plain') return to === 'str' && value.type === 'path' ? plain(value.path) : value
  const text = textOf(value) ?? ''
  switch (to) {
    case 'str':
      return plain(text)
    case 'bool':
      if (typeof value.value !== 'string') return plain(truth(value) === true)
      // What these two mean differs between django-environ and decouple.
      if (['t', 'ok'].includes(text.trim().toLowerCase())) return open
      return plain(['true', 't', 'yes', 'y', 'on', 'ok', '1'].includes(text.trim().toLowerCase()))
    case 'int':
    case 'float': {
      const number = Number(text)
      if (text.trim() === '' || !Number.isFinite(number)) return open
      if (to === 'int') return plain(Math.trunc(number))
      return isPlainFraction(number) ? plain(number) : open
    }
    case 'list':
    case 'tuple':
    case 'other':
      return open
    default:
      return value
  }
}
