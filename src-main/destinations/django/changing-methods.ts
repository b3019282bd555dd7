import { argumentsOf } from './call-arguments.ts'
import {
  entryOf,
  keyOf,
  mergedDict,
  replaceDict,
  withEntry,
  withoutEntry,
  withUnknown,
} from './dict-values.ts'
import type { CallExpression, Evaluate } from './environment-calls.ts'
import {
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  unknown,
} from './python-value.ts'

/** The methods of a dict that change it; null for those that do not. */
export function changedDict(
  dict: Extract<PythonValue, { type: 'dict' }>,
  name: string,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue | null {
  const { line } = call
  const open = unknown(scope, line)
  const [given, second] = call.positional.map((each) => evaluate(each, scope))
  switch (name) {
    case 'get':
    case 'keys':
    case 'values':
    case 'items':
    case 'copy':
      return null
    case 'clear':
      replaceDict(scope, dict, { type: 'dict', entries: new Map() })
      return plain(null)
    case 'setdefault': {
      const key = given === undefined ? null : keyOf(given)
      if (key === null) {
        replaceDict(scope, dict, withUnknown(dict, open))
        return open
      }
      const found = entryOf(dict, key)
      if (found !== undefined) return found
      const value = second ?? plain(null)
      replaceDict(scope, dict, withEntry(dict, key, value, scope, call.positional[1]?.line ?? line))
      return value
    }
    case 'update': {
      const { keywords, rest } = argumentsOf(call, scope, evaluate)
      let changed = dict
      if (given !== undefined)
        changed =
          given.type === 'dict'
            ? mergedDict(changed, given)
            : withUnknown(changed, given.type === 'unknown' ? given : open)
      if (rest !== null) changed = withUnknown(changed, rest)
      replaceDict(scope, dict, mergedDict(changed, { type: 'dict', entries: keywords }))
      return plain(null)
    }
    default:
      replaceDict(scope, dict, withUnknown(dict, open))
      return open
  }
}

/** `names.pop('key', otherwise)`: the dict is without it afterwards. */
export function popped(
  dict: Extract<PythonValue, { type: 'dict' }>,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const open = unknown(scope, call.line)
  const [given, otherwise] = call.positional.map((each) => evaluate(each, scope))
  const key = given === undefined ? null : keyOf(given)
  replaceDict(scope, dict, key === null ? withUnknown(dict, open) : withoutEntry(dict, key))
  return key === null ? open : (entryOf(dict, key) ?? otherwise ?? open)
}

/** A method of `globals()`. */
export function callOfNames(
  module: PythonScope,
  name: string,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue {
  const { line } = call
  const open = unknown(scope, line)
  const [given, second] = call.positional.map((each) => evaluate(each, scope))
  const key = given === undefined ? null : textOf(given)
  const set = (at: string, value: PythonValue, where: number) =>
    module.names.set(at, isSecretName(at) ? { type: 'secret' } : saidAt(value, scope, where))
  if (name === 'get' && key !== null) return module.names.get(key) ?? second ?? plain(null)
  if (name === 'setdefault' && key !== null) {
    if (!module.names.has(key)) set(key, second ?? plain(null), line)
    return module.names.get(key) ?? open
  }
  if (name === 'pop' && key !== null) {
    const value = module.names.get(key) ?? second ?? open
    module.names.delete(key)
    return value
  }
  const { keywords, rest } = argumentsOf(call, scope, evaluate)
  const isKnown = given === undefined || (given.type === 'dict' && given.rest === undefined)
  if (name === 'update' && isKnown && rest === null) {
    if (given?.type === 'dict')
      for (const [at, value] of given.entries) set(at, value, value.at?.line ?? line)
    for (const [at, value] of keywords) set(at, value, value.at?.line ?? line)
    return plain(null)
  }
  if (!['keys', 'items', 'values', 'copy', 'get'].includes(name)) scope.world.notFollowed(module, line)
  return open
}
