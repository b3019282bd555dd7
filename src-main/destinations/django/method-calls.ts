import { posix } from 'node:path'
import { callOfNames, changedDict, popped } from './changing-methods.ts'
import { entryOf, keyOf, keyValue, replaceSequence } from './dict-values.ts'
import type { CallExpression, Evaluate } from './environment-calls.ts'
import { formatBraces } from './python-format.ts'
import { plain, type PythonScope, type PythonValue, textOf, unknown } from './python-value.ts'

/** What a method of a text, path, list or dict gives, or of `globals()`; null for those that are not known. */
export function callMethod(
  object: PythonValue,
  name: string,
  call: CallExpression,
  scope: PythonScope,
  evaluate: Evaluate,
): PythonValue | null {
  if (object.type === 'names') return callOfNames(object.scope, name, call, scope, evaluate)
  const texts = call.positional.map((each) => textOf(evaluate(each, scope)))
  if (object.type === 'path') {
    if (name === 'joinpath' && texts.every((text) => text !== null))
      return { type: 'path', path: posix.join(object.path, ...texts) }
    if (['resolve', 'absolute'].includes(name)) return { type: 'path', path: posix.normalize(object.path) }
    return name === 'as_posix' ? plain(object.path) : null
  }
  if (object.type === 'dict' && name === 'get') {
    const key = call.positional[0] === undefined ? null : keyOf(evaluate(call.positional[0], scope))
    const fallback = call.positional[1]
    if (key === null) return null
    return entryOf(object, key) ?? (fallback === undefined ? plain(null) : evaluate(fallback, scope))
  }
  if (object.type === 'dict' && name === 'copy') return { ...object, entries: new Map(object.entries) }
  if (object.type === 'dict' && name === 'pop') return popped(object, call, scope, evaluate)
  const changed = object.type === 'dict' ? changedDict(object, name, call, scope, evaluate) : null
  if (changed !== null) return changed
  if (object.type === 'dict' && object.rest === undefined) {
    const keys = [...object.entries.keys()].map((key) => keyValue(key, scope, call.line))
    const values = [...object.entries.values()]
    if (name === 'keys') return { type: 'sequence', items: keys }
    if (name === 'values') return { type: 'sequence', items: values }
    if (name === 'items')
      return {
        type: 'sequence',
        items: values.map((value, index) => ({
          type: 'sequence',
          items: [keys[index]!, value],
          isTuple: true,
        })),
      }
  }
  if (object.type === 'sequence' && !['index', 'count', 'copy'].includes(name))
    replaceSequence(scope, object, unknown(scope, call.line))
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

function strip(text: string, how: string, characters: string): string {
  let start = 0
  let end = text.length
  if (how !== 'rstrip') while (start < end && characters.includes(text[start]!)) start += 1
  if (how !== 'lstrip') while (end > start && characters.includes(text[end - 1]!)) end -= 1
  return text.slice(start, end)
}
