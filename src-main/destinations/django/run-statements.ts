import {
  keyOf,
  keyValue,
  replaceDict,
  replaceSequence,
  withEntry,
  withoutEntry,
  withUnknown,
} from './dict-values.ts'
import { environmentClasses, setVariable } from './environment-calls.ts'
import { evaluate } from './evaluate.ts'
import { mayChange } from './reaching-names.ts'
import { dottedName } from './module-names.ts'
import type { PythonExpression, PythonStatement } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  unknown,
} from './python-value.ts'

/** Names, and attributes of classes and objects, as they were at one moment. */
export type Snapshot = ReadonlyMap<Map<string, PythonValue>, ReadonlyMap<string, PythonValue>>

/** What statements of a scope may have changed. */
export function snapshotOf(scope: PythonScope): Snapshot {
  const scopes = [scope, ...(scope.around ?? []), ...(scope.module ? [scope.module] : [])]
  const maps = new Set([...scopes.map(({ names }) => names), scope.world.variables])
  for (const value of [...maps].flatMap((names) => [...names.values()])) {
    if (value.type === 'object') maps.add(value.attributes)
    if (value.type === 'class') maps.add(value.class.later)
  }
  return new Map([...maps].map((map) => [map, new Map(map)]))
}

/** Puts everything back to what it was. */
export function restore(snapshot: Snapshot): void {
  for (const [map, values] of snapshot) {
    map.clear()
    for (const [name, value] of values) map.set(name, value)
  }
}

/** Keeps what is so after each of several branches; the rest depends on a condition. */
export function keepAgreed(scope: PythonScope, outcomes: readonly Snapshot[], line: number): void {
  for (const map of new Set(outcomes.flatMap((outcome) => [...outcome.keys()]))) {
    const each = outcomes.map((outcome) => outcome.get(map)).filter((values) => values !== undefined)
    for (const name of new Set(each.flatMap((values) => [...values.keys()]))) {
      const values = each.map((all) => all.get(name))
      const only = values.filter((value) => value !== undefined)
      // A class or an import that only one branch has is better than none.
      const isCode =
        (map === scope.names || map === scope.module?.names) &&
        only.every(({ type }) => ['class', 'reference', 'instance', 'lambda', 'function'].includes(type))
      map.set(
        name,
        isCode && agreed(only, scope, line).type === 'unknown' ? only[0]! : agreed(values, scope, line),
      )
    }
  }
}

function agreed(values: readonly (PythonValue | undefined)[], scope: PythonScope, line: number): PythonValue {
  const [first, ...others] = values
  if (first !== undefined && others.every((other) => other !== undefined && isSame(first, other)))
    return first
  const open = saidAt(unknown(scope, line, 'condition'), scope, line)
  const dicts = values.filter((value) => value?.type === 'dict')
  if (first?.type !== 'dict' || dicts.length < values.length) return open
  // Of a dict, what all of them have is known.
  const keys = new Set(dicts.flatMap(({ entries }) => [...entries.keys()]))
  const rest = dicts.find((dict) => dict.rest !== undefined)?.rest
  return {
    type: 'dict',
    entries: new Map(
      [...keys].map((key) => [
        key,
        agreed(
          dicts.map((dict) => dict.entries.get(key)),
          scope,
          line,
        ),
      ]),
    ),
    ...(rest === undefined ? {} : { rest }),
    ...(first.at ? { at: first.at } : {}),
  }
}

/** `name = value`, `name += value`, `STORAGES['default'] = value`, `self.name = value`. */
export function assign(statement: Extract<PythonStatement, { type: 'assign' }>, scope: PythonScope): void {
  const { targets, operator, line } = statement
  // Once for all of several names.
  const given = operator === '=' && !targets.every(isSecret) ? evaluate(statement.value, scope) : null
  for (const target of targets) {
    if (isSecret(target)) {
      setName(target.name, { type: 'secret' }, scope, line)
      continue
    }
    const value =
      given ??
      evaluate(
        { type: 'binary', operator: operator.slice(0, -1), left: target, right: statement.value, line },
        scope,
      )
    // One list or dict under several names is changed under all of them.
    if (operator === '+=' || operator === '|=') {
      const before = evaluate(target, scope)
      if (before.type === 'sequence') replaceSequence(scope, before, value)
      if (before.type === 'dict' && value.type === 'dict') replaceDict(scope, before, value)
    }
    setTarget(target, value, scope)
  }
}

function isSecret(target: PythonExpression): target is Extract<PythonExpression, { type: 'name' }> {
  return target.type === 'name' && isSecretName(target.name)
}

/** Gives a name what it stands for, in its module where it is declared global. */
export function setName(name: string, value: PythonValue, scope: PythonScope, line: number): void {
  const answer = value.type === 'unknown' ? scope.world.answered(name) : null
  const known = isSecretName(name) ? ({ type: 'secret' } as const) : saidAt(answer ?? value, scope, line)
  scope.names.set(name, known)
  if (scope.globals?.has(name)) scope.module?.names.set(name, known)
}

/** Sets what stands before a `=`. */
export function setTarget(target: PythonExpression, value: PythonValue, scope: PythonScope): void {
  const { line } = target
  if (target.type === 'name') setName(target.name, value, scope, line)
  else if (target.type === 'sequence') {
    const { items } = value.type === 'sequence' ? value : { items: [] }
    const star = target.items.findIndex(({ type }) => type === 'starred')
    target.items.forEach((each, index) => {
      if (each.type === 'starred') setTarget(each.value, unknown(scope, line), scope)
      else {
        const at = star !== -1 && index > star ? items.length - target.items.length + index : index
        setTarget(each, items[at] ?? unknown(scope, line), scope)
      }
    })
  } else if (target.type === 'attribute')
    setAttribute(evaluate(target.object, scope), target.name, value, scope, line)
  else if (target.type === 'subscript') {
    const key = evaluate(target.index, scope)
    const object = evaluate(target.object, scope)
    if (isEnvironment(object)) setVariable(key, value, scope, line)
    if (object.type === 'names') {
      const own = textOf(key)
      if (own === null) scope.world.notFollowed(object.scope, line)
      else setName(own, saidAt(value, scope, line), object.scope, line)
      return
    }
    // What is set in something that is not known may be part of what its expression names.
    if (object.type === 'unknown') mayChange(namesIn(target.object), scope, line)
    if (object.type === 'sequence') replaceSequence(scope, object, unknown(scope, line))
    if (object.type !== 'dict') return
    const name = keyOf(key)
    const changed =
      name === null ? withUnknown(object, unknown(scope, line)) : withEntry(object, name, value, scope, line)
    replaceDict(scope, object, changed)
  }
}

function setAttribute(
  object: PythonValue,
  name: string,
  value: PythonValue,
  scope: PythonScope,
  line: number,
): void {
  if (object.type === 'names') setName(name, value, object.scope, line)
  // What django-environ puts before the names of variables.
  if (
    name === 'prefix' &&
    ((object.type === 'instance' &&
      object.of.type === 'reference' &&
      environmentClasses.has(object.of.dotted)) ||
      (object.type === 'reference' && environmentClasses.has(object.dotted)))
  )
    scope.world.prefix = value.type === 'plain' ? textOf(value) : null
  const [own] = dottedName(scope.file).split('.')
  // Settings that are set from elsewhere, and modules of the project.
  if (
    object.type === 'reference' &&
    (object.dotted === 'django.conf.settings' || object.dotted.split('.')[0] === own)
  )
    scope.world.notFollowed(scope.module ?? scope, line)
  const attributes =
    object.type === 'object' ? object.attributes : object.type === 'class' ? object.class.later : null
  attributes?.set(name, isSecretName(name) ? { type: 'secret' } : saidAt(value, scope, line))
}

/** `del name` and `del names['key']`. */
export function remove(targets: readonly PythonExpression[], scope: PythonScope): void {
  for (const target of targets) {
    if (target.type === 'name') {
      scope.names.delete(target.name)
      if (scope.globals?.has(target.name)) scope.module?.names.delete(target.name)
    }
    if (target.type !== 'subscript') continue
    const object = evaluate(target.object, scope)
    if (object.type === 'sequence') replaceSequence(scope, object, unknown(scope, target.line))
    const index = evaluate(target.index, scope)
    const key = keyOf(index)
    if (isEnvironment(object)) setVariable(index, unknown(scope, target.line), scope, target.line)
    if (object.type === 'names') {
      if (key === null) scope.world.notFollowed(object.scope, target.line)
      else object.scope.names.delete(key)
    }
    if (object.type !== 'dict') continue
    replaceDict(
      scope,
      object,
      key === null ? withUnknown(object, unknown(scope, target.line)) : withoutEntry(object, key),
    )
  }
}

function isEnvironment(object: PythonValue): boolean {
  return object.type === 'reference' && object.dotted === 'os.environ'
}

/** The names that an expression is made of. */
function namesIn(expression: PythonExpression): string[] {
  switch (expression.type) {
    case 'name':
      return [expression.name]
    case 'attribute':
      return [...namesIn(expression.object), expression.name]
    case 'subscript':
      return [...namesIn(expression.object), ...namesIn(expression.index)]
    case 'call':
      return [expression.callee, ...expression.positional, ...expression.keywords.values()].flatMap(namesIn)
    default:
      return []
  }
}

/** The calls that change something while they stand alone: `.update({…})`, `.setdefault(…)`, `setattr(…)` and the like. */
export function runCall(call: PythonExpression, scope: PythonScope): void {
  if (call.type !== 'call') {
    evaluate(call, scope)
    return
  }
  const { callee, positional, line } = call
  if (callee.type === 'name' && callee.name === 'setattr' && positional.length === 3) {
    const [object, name, value] = positional.map((each) => evaluate(each, scope))
    const text = textOf(name!)
    if (text !== null && object!.type === 'names') setName(text, value!, object!.scope, line)
    else if (text === null || (object!.type !== 'object' && object!.type !== 'class'))
      scope.world.notFollowed(scope.module ?? scope, line)
    else setAttribute(object!, text, value!, scope, line)
    return
  }
  const object = callee.type === 'attribute' ? evaluate(callee.object, scope) : null
  if (object?.type === 'sequence') {
    const { name } = callee as Extract<PythonExpression, { type: 'attribute' }>
    replaceSequence(scope, object, listAfter(object, name, call, scope))
    return
  }
  evaluate(call, scope)
}

/** A list after a call of one of its methods. */
function listAfter(
  list: Extract<PythonValue, { type: 'sequence' }>,
  method: string,
  call: Extract<PythonExpression, { type: 'call' }>,
  scope: PythonScope,
): PythonValue {
  const [first] = call.positional
  if (first !== undefined && method === 'append')
    return { type: 'sequence', items: [...list.items, evaluate(first, scope)] }
  const more = first !== undefined && method === 'extend' ? evaluate(first, scope) : null
  return more?.type === 'sequence'
    ? { type: 'sequence', items: [...list.items, ...more.items] }
    : unknown(scope, call.line)
}

/** The values that a loop goes through; null where they are not known, or too many. */
export function loopValues(
  statement: Extract<PythonStatement, { type: 'for' }>,
  scope: PythonScope,
): { readonly items: readonly PythonValue[]; readonly areKeys: boolean } | null {
  const { iterable, body } = statement
  const values = evaluate(iterable, scope)
  const ofDict =
    iterable.type === 'call' && iterable.callee.type === 'attribute'
      ? ['items', 'keys'].includes(iterable.callee.name)
      : false
  const found =
    values.type === 'sequence'
      ? { items: values.items, areKeys: ofDict }
      : values.type === 'dict' && values.rest === undefined
        ? {
            items: [...values.entries.keys()].map((key) => keyValue(key, scope, iterable.line)),
            areKeys: true,
          }
        : null
  return found === null || found.items.length > 200 || body.some(mayJump) ? null : found
}

function mayJump(statement: PythonStatement): boolean {
  if (statement.type === 'jump' || statement.type === 'raise') return true
  if (statement.type === 'try')
    return [statement.body, ...statement.handlers, statement.otherwise, statement.atLast].some((body) =>
      body.some(mayJump),
    )
  if (statement.type === 'if') return statement.branches.some(({ body }) => body.some(mayJump))
  return (statement.type === 'block' || statement.type === 'perhaps') && statement.body.some(mayJump)
}

/** What a loop that is not followed sets, however often and how far it runs. */
export function setUnknown(body: readonly PythonStatement[], scope: PythonScope, line: number): void {
  const open = () => unknown(scope, line, 'condition')
  for (const statement of body)
    if (statement.type === 'assign')
      for (const target of statement.targets) {
        if (target.type === 'name') setName(target.name, open(), scope, line)
        else mayChange(namesIn(target), scope, line)
      }
    else if (statement.type === 'if')
      setUnknown(
        statement.branches.flatMap((each) => each.body),
        scope,
        line,
      )
    else if (statement.type === 'block' || statement.type === 'perhaps' || statement.type === 'for')
      setUnknown(statement.body, scope, line)
    else if (statement.type === 'try')
      setUnknown([...statement.body, ...statement.handlers.flat(), ...statement.otherwise], scope, line)
}

/** What is not read may change all that it names. */
export function runUnread(names: readonly string[], scope: PythonScope, line: number): void {
  mayChange(names, scope, line)
  for (const name of new Set(names)) {
    const value = scope.names.get(name)
    if (value !== undefined && ['plain', 'path'].includes(value.type))
      setName(name, unknown(scope, line), scope, line)
  }
}

/** Whether statements can end by an error that a handler would see; they cannot where they only name things. */
export function mayFail(statements: readonly PythonStatement[]): boolean {
  return statements.some(
    (each) =>
      !(
        each.type === 'function' ||
        (each.type === 'assign' && each.operator === '=' && each.value.type === 'constant') ||
        (each.type === 'import' && /^(os|sys|json|re|pathlib|logging|datetime)$/.test(each.module))
      ),
  )
}
