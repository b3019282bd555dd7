import { replaceDict, replaceSequence, withUnknown } from './dict-values.ts'
import { type PythonScope, unknown } from './python-value.ts'

/** Names by which code reaches what is not written in it. */
const reachingNames = new Set(
  'globals locals vars exec eval setattr delattr __import__ import_module modules __dict__'.split(' '),
)

/** Whether what mentions these names may set more than it says. */
export function isReaching(names: readonly string[]): boolean {
  return names.some((name) => reachingNames.has(name))
}

const mutators = new Set(
  'update setdefault append extend insert remove pop popitem clear sort add'.split(' '),
)

/** Whether a comprehension with these names may do more than give what it comes to. */
export function isMutating(names: readonly string[], scope: PythonScope): boolean {
  return (
    isReaching(names) ||
    names.some(
      (name) => mutators.has(name) || ['names', 'function'].includes(scope.names.get(name)?.type ?? ''),
    )
  )
}

/** What is not read may change the dicts and lists that it names, and whatever it reaches. */
export function mayChange(names: readonly string[], scope: PythonScope, line: number): void {
  if (
    isReaching(names) ||
    names.some((name) => {
      const value = scope.names.get(name)
      return value?.type === 'names' || (value?.type === 'function' && value.function.reaches)
    })
  )
    scope.world.notFollowed(scope, line)
  for (const name of new Set(names)) {
    const value = scope.names.get(name)
    if (value?.type === 'dict') replaceDict(scope, value, withUnknown(value, unknown(scope, line)))
    else if (value?.type === 'sequence') replaceSequence(scope, value, unknown(scope, line))
  }
}
