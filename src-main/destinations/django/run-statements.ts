import {
  mergedDict,
  replaceDict,
  replaceSequence,
  withEntry,
  withoutEntry,
  withUnknown,
} from './dict-values.ts'
import { evaluate } from './evaluate.ts'
import { argumentsOf } from './known-calls.ts'
import type { PythonExpression, PythonStatement } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  plain,
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
  const maps = new Set([scope.names])
  for (const value of scope.names.values()) {
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
        map === scope.names &&
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

/** Hears of what is set in a way that is not followed. */
export type OnUnfollowed = (line: number, what: string) => void

/** Whether an expression is the module's own names as a dict: `globals()`. */
function isOwnNames(expression: PythonExpression): boolean {
  return (
    expression.type === 'call' &&
    expression.callee.type === 'name' &&
    ['globals', 'locals', 'vars'].includes(expression.callee.name) &&
    expression.positional.length === 0
  )
}

/** `name = value`, `name += value`, `STORAGES['default'] = value`, `self.name = value`. */
export function assign(
  statement: Extract<PythonStatement, { type: 'assign' }>,
  scope: PythonScope,
  onUnfollowed: OnUnfollowed,
): void {
  const { targets, operator, line } = statement
  for (const target of targets) {
    if (target.type === 'name' && isSecretName(target.name)) {
      scope.names.set(target.name, { type: 'secret' })
      continue
    }
    const value =
      operator === '='
        ? evaluate(statement.value, scope)
        : evaluate(
            { type: 'binary', operator: operator.slice(0, -1), left: target, right: statement.value, line },
            scope,
          )
    // One list or dict under several names is changed under all of them.
    if (operator === '+=' || operator === '|=') {
      const before = evaluate(target, scope)
      if (before.type === 'sequence') replaceSequence(scope, before, value)
      if (before.type === 'dict' && value.type === 'dict') replaceDict(scope, before, value)
    }
    setTarget(target, value, scope, onUnfollowed)
  }
}

function setName(name: string, value: PythonValue, scope: PythonScope, line: number): void {
  const answer = value.type === 'unknown' ? scope.world.answered(name) : null
  scope.names.set(name, isSecretName(name) ? { type: 'secret' } : saidAt(answer ?? value, scope, line))
}

/** Sets what stands before a `=`. */
export function setTarget(
  target: PythonExpression,
  value: PythonValue,
  scope: PythonScope,
  onUnfollowed: OnUnfollowed,
): void {
  const { line } = target
  if (target.type === 'name') setName(target.name, value, scope, line)
  else if (target.type === 'sequence') {
    const items = value.type === 'sequence' ? value.items : []
    target.items.forEach((each, index) =>
      setTarget(each, items[index] ?? unknown(scope, line), scope, onUnfollowed),
    )
  } else if (target.type === 'attribute')
    setAttribute(evaluate(target.object, scope), target.name, value, scope, line)
  else if (target.type === 'subscript') {
    const key = evaluate(target.index, scope)
    if (isOwnNames(target.object)) {
      if (key.type === 'plain' && typeof key.value === 'string') setName(key.value, value, scope, line)
      else onUnfollowed(line, 'globals()')
      return
    }
    const object = evaluate(target.object, scope)
    if (object.type === 'sequence') replaceSequence(scope, object, unknown(scope, line))
    if (object.type !== 'dict') return
    const name = key.type === 'plain' ? String(key.value) : null
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
  const attributes =
    object.type === 'object' ? object.attributes : object.type === 'class' ? object.class.later : null
  attributes?.set(name, isSecretName(name) ? { type: 'secret' } : saidAt(value, scope, line))
}

/** `del name` and `del names['key']`. */
export function remove(targets: readonly PythonExpression[], scope: PythonScope): void {
  for (const target of targets) {
    if (target.type === 'name') scope.names.delete(target.name)
    if (target.type !== 'subscript') continue
    const object = evaluate(target.object, scope)
    if (object.type === 'sequence') replaceSequence(scope, object, unknown(scope, target.line))
    const key = textOf(evaluate(target.index, scope))
    if (object.type !== 'dict') continue
    replaceDict(
      scope,
      object,
      key === null ? withUnknown(object, unknown(scope, target.line)) : withoutEntry(object, key),
    )
  }
}

/** The calls that change something while they stand alone: `.update({…})`, `.setdefault(…)`, `setattr(…)` and the like. */
export function runCall(call: PythonExpression, scope: PythonScope, onUnfollowed: OnUnfollowed): void {
  if (call.type !== 'call') {
    evaluate(call, scope)
    return
  }
  const { callee, positional, line } = call
  if (callee.type === 'name' && (callee.name === 'exec' || callee.name === 'eval')) {
    onUnfollowed(line, callee.name)
    return
  }
  if (callee.type === 'name' && callee.name === 'setattr' && positional.length === 3) {
    const [object, name, value] = positional.map((each) => evaluate(each, scope))
    const text = textOf(name!)
    if (text === null || (object!.type !== 'object' && object!.type !== 'class'))
      onUnfollowed(line, 'setattr')
    else setAttribute(object!, text, value!, scope, line)
    return
  }
  // What is given away may be changed there.
  for (const given of [...positional, ...call.keywords.values()]) {
    if (isOwnNames(given)) onUnfollowed(line, 'a call with all names')
    const value = given.type === 'name' && callee.type === 'name' ? evaluate(given, scope) : null
    if (value?.type === 'dict') replaceDict(scope, value, withUnknown(value, unknown(scope, line)))
    if (value?.type === 'sequence') replaceSequence(scope, value, unknown(scope, line))
  }
  if (callee.type !== 'attribute') {
    evaluate(call, scope)
    return
  }
  const { object: target, name: method } = callee
  const [given, second] = positional
  if (isOwnNames(target) && method === 'update') {
    const more = given === undefined ? null : evaluate(given, scope)
    if (more?.type === 'dict') for (const [name, value] of more.entries) setName(name, value, scope, line)
    if (more !== null && (more.type !== 'dict' || more.rest !== undefined)) onUnfollowed(line, 'globals()')
    for (const [name, value] of call.keywords) setName(name, evaluate(value, scope), scope, value.line)
    return
  }
  const object = evaluate(target, scope)
  if (object.type === 'sequence') {
    replaceSequence(scope, object, listAfter(object, method, call, scope))
    return
  }
  if (object.type !== 'dict' || !['update', 'setdefault', 'clear'].includes(method)) {
    // Whatever else it does to a dict that we know, it does not set an entry, or is read as an expression is.
    evaluate(call, scope)
    return
  }
  if (method === 'clear') replaceDict(scope, object, { type: 'dict', entries: new Map() })
  else if (method === 'setdefault') {
    const name = given === undefined ? null : textOf(evaluate(given, scope))
    if (name === null) replaceDict(scope, object, withUnknown(object, unknown(scope, line)))
    else if (!object.entries.has(name) && object.rest === undefined)
      replaceDict(
        scope,
        object,
        withEntry(
          object,
          name,
          second === undefined ? { type: 'plain', value: null } : evaluate(second, scope),
          scope,
          second?.line ?? line,
        ),
      )
  } else {
    const more = given === undefined ? null : evaluate(given, scope)
    const { keywords, rest } = argumentsOf(call, scope, evaluate)
    let changed: Extract<PythonValue, { type: 'dict' }> = object
    if (more !== null)
      changed =
        more.type === 'dict' ? mergedDict(changed, more) : withUnknown(changed, notRead(more, scope, line))
    if (rest !== null) changed = withUnknown(changed, rest)
    changed = mergedDict(changed, { type: 'dict', entries: keywords })
    replaceDict(scope, object, changed)
  }
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

function notRead(value: PythonValue, scope: PythonScope, line: number): PythonValue {
  return value.type === 'unknown' ? value : unknown(scope, line)
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
        ? { items: [...values.entries.keys()].map((key) => plain(key)), areKeys: true }
        : null
  return found === null || found.items.length > 200 || body.some(mayJump) ? null : found
}

function mayJump(statement: PythonStatement): boolean {
  if (statement.type === 'jump') return true
  if (statement.type === 'if') return statement.branches.some(({ body }) => body.some(mayJump))
  return (statement.type === 'block' || statement.type === 'perhaps') && statement.body.some(mayJump)
}
