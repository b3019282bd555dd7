import { enterPrefix } from './environment-calls.ts'
import { evaluate } from './evaluate.ts'
import { isReaching } from './reaching-names.ts'
import { absoluteModule, dottedName } from './module-names.ts'
import type { PythonStatement } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  plain,
  type PythonArguments,
  type PythonFunction,
  type PythonScope,
  type PythonValue,
  type PythonWorld,
  saidAt,
  truth,
  unknown,
} from './python-value.ts'
import {
  assign,
  keepAgreed,
  loopValues,
  mayFail,
  remove,
  restore,
  runCall,
  runUnread,
  setTarget,
  setUnknown,
  type Snapshot,
  snapshotOf,
} from './run-statements.ts'

/** How much is still read of a function and of those that it calls. */
export interface Limits {
  steps: number
}

/** For one storage, or one class. */
export function newLimits(): Limits {
  return { steps: 20_000 }
}

/** What a body gives that ends by an error. */
const raised: PythonValue = {
  type: 'unknown',
  why: { reason: 'expression', variable: null, file: '', line: 0 },
}

/**
 * Reads the body of a class or function as if it were run: assignments, conditions, loops over what is known, and calls
 * of what django-storages has. What it returns; null when it comes to its end. Nothing of the project is run.
 */
export function runBody(
  statements: readonly PythonStatement[],
  scope: PythonScope,
  limits: Limits,
): PythonValue | null {
  for (const [index, statement] of statements.entries()) {
    if ((limits.steps -= 1) < 0) {
      scope.world.notFollowed(scope.module ?? scope, statement.line)
      return unknown(scope, statement.line)
    }
    switch (statement.type) {
      case 'return':
        return statement.value === null ? plain(null) : evaluate(statement.value, scope)
      case 'block': {
        const leave = enterPrefix(statement.context, scope, evaluate)
        const returned = runBody(statement.body, scope, limits)
        leave()
        if (returned !== null) return returned
        break
      }
      case 'if': {
        const bodies = undecided(statement, scope)
        const left = () => runBody(statements.slice(index + 1), scope, limits)
        if (bodies.length !== 1) return inBranches(bodies, scope, limits, statement.line, left)
        const returned = runBody(bodies[0]!, scope, limits)
        if (returned !== null) return returned
        break
      }
      case 'for': {
        const values = loopValues(statement, scope)
        const left = () => runBody(statements.slice(index + 1), scope, limits)
        if (values === null) {
          setTarget(statement.target, unknown(scope, statement.line), scope)
          setUnknown(statement.body, scope, statement.line)
          return inBranches([[], statement.body], scope, limits, statement.line, left)
        }
        for (const value of values.items) {
          bindLoop(statement, value, values.areKeys, scope)
          const returned = runBody(statement.body, scope, limits)
          if (returned !== null) return returned
        }
        break
      }
      case 'raise':
        return raised
      case 'global':
        for (const name of statement.names) scope.globals?.add(name)
        break
      case 'try': {
        const { body, handlers, otherwise, atLast, line } = statement
        const whole = [...body, ...otherwise]
        const perhaps: PythonStatement = { type: 'perhaps', body, line }
        const ways = mayFail(body) ? [whole, ...handlers.map((each) => [perhaps, ...each])] : [whole]
        return inBranches(ways, scope, limits, line, () =>
          runBody([...atLast, ...statements.slice(index + 1)], scope, limits),
        )
      }
      case 'perhaps':
        setUnknown(statement.body.some(hasJump) ? statement.body : [], scope, statement.line)
        return inBranches([[], statement.body], scope, limits, statement.line, () =>
          runBody(statements.slice(index + 1), scope, limits),
        )
      default:
        runSimple(statement, scope)
    }
  }
  return null
}

/** The branches that may be taken: one when the source decides. */
function undecided(
  statement: Extract<PythonStatement, { type: 'if' }>,
  scope: PythonScope,
): (readonly PythonStatement[])[] {
  const bodies: (readonly PythonStatement[])[] = []
  for (const { test, body } of statement.branches) {
    const holds = test === null ? true : truth(evaluate(test, scope))
    if (holds === false) continue
    bodies.push(body)
    if (holds) return bodies
  }
  return [...bodies, []]
}

/** Reads each branch and then the rest. What they do not agree on depends on a condition. */
function inBranches(
  bodies: readonly (readonly PythonStatement[])[],
  scope: PythonScope,
  limits: Limits,
  line: number,
  left: () => PythonValue | null,
): PythonValue | null {
  const before = snapshotOf(scope)
  const returned: PythonValue[] = []
  const after: Snapshot[] = []
  const going: Snapshot[] = []
  for (const body of bodies) {
    restore(before)
    const value = runBody(body, scope, limits)
    if (value === raised) continue
    if (value === null) going.push(snapshotOf(scope))
    else {
      returned.push(value)
      after.push(snapshotOf(scope))
    }
  }
  if (going.length > 0) {
    restore(before)
    keepAgreed(scope, going, line)
    const value = left()
    if (returned.length === 0) return value
    returned.push(value ?? plain(null))
    after.push(snapshotOf(scope))
  }
  restore(before)
  keepAgreed(scope, after, line)
  const [first] = returned
  if (first === undefined) return raised
  return returned.every((each) => isSame(each, first)) ? first : unknown(scope, line, 'condition')
}

function runSimple(statement: PythonStatement, scope: PythonScope): void {
  const { line } = statement
  switch (statement.type) {
    case 'assign':
      return assign(statement, scope)
    case 'expression':
      return runCall(statement.value, scope)
    case 'delete':
      return remove(statement.targets, scope)
    case 'unread':
      return runUnread(statement.names, scope, line)
    case 'class':
    case 'function':
      scope.names.set(statement.name, definition(statement, scope))
      return
    case 'import': {
      const module = absoluteModule(statement.module, scope.file)
      if (statement.names === null)
        scope.names.set(statement.as ?? module.split('.')[0]!, {
          type: 'reference',
          dotted: statement.as === null ? module.split('.')[0]! : module,
        })
      else if (statement.names !== '*')
        for (const { name, as } of statement.names)
          scope.names.set(as, saidAt({ type: 'reference', dotted: `${module}.${name}` }, scope, line))
      return
    }
    default:
  }
}

/** What a definition of a class or function gives its name to. */
export function definition(
  statement: Extract<PythonStatement, { type: 'class' | 'function' }>,
  scope: PythonScope,
): PythonValue {
  const { name, body, line } = statement
  if (statement.type === 'function') {
    const { parameters, decorators, mentions } = statement
    const found: PythonFunction = {
      name,
      parameters,
      decorators,
      body,
      scope,
      line,
      reaches: isReaching(mentions) || mentions.includes('global'),
      isFollowed: !statement.isDeferred && decorators.every((each) => /(^|\.)(lru_cache|cache)$/.test(each)),
      enter: (given, caller) => enterFunction(found, given, new Map(), limitsOf(scope.world), caller),
    }
    // What is told of it elsewhere may call it.
    if (found.reaches && !decorators.every((each) => knownDecorators.test(each)))
      scope.world.notFollowed(scope, line)
    return { type: 'function', function: found }
  }
  return {
    type: 'class',
    class: {
      name,
      dotted: `${dottedName(scope.file)}.${name}`,
      bases: statement.bases.map((base) => evaluate(base, scope)),
      body: readOnce(body, scope),
      later: new Map(),
      file: scope.file,
      line,
    },
  }
}

/**
 * What the body of a class gives names to, with the names that are there now. It is read when somebody asks, and once
 * more when the settings, which it may be made of, have become known.
 */
function readOnce(
  body: readonly PythonStatement[],
  { file, names, world }: PythonScope,
): () => ReadonlyMap<string, PythonValue> {
  const before: ReadonlyMap<string, PythonValue> = new Map(names)
  let known: { settings: unknown; attributes: Map<string, PythonValue> } | null = null
  return () => {
    const settings = world.settings()
    if (known !== null && known.settings === settings) return known.attributes
    const attributes = new Map<string, PythonValue>()
    known = { settings, attributes }
    // What the class body says may be used further down in it.
    const scope: PythonScope = { file, names: new Map(before), world }
    runBody(body, scope, newLimits())
    for (const [name, value] of scope.names) if (before.get(name) !== value) attributes.set(name, value)
    return attributes
  }
}

/** Gives a loop's names their values. The keys of a dict are no secrets, whatever they are called. */
export function bindLoop(
  { target }: Extract<PythonStatement, { type: 'for' }>,
  value: PythonValue,
  areKeys: boolean,
  scope: PythonScope,
): void {
  setTarget(target, value, scope)
  if (!areKeys) return
  const first = target.type === 'sequence' ? target.items[0] : target
  const key = value.type === 'sequence' ? value.items[0] : value
  if (first?.type === 'name' && key !== undefined) scope.names.set(first.name, key)
}

/** Reads a function as if it were called. `more` are names that it sees beside those of its module. */
export function enterFunction(
  found: PythonFunction,
  given: PythonArguments,
  more: ReadonlyMap<string, PythonValue>,
  limits: Limits,
  caller: PythonScope | null = null,
): PythonValue {
  const scope: PythonScope = {
    ...found.scope,
    names: new Map([...found.scope.names, ...more]),
    module: found.scope.module ?? found.scope,
    globals: new Set(),
    around: [
      found.scope,
      ...(found.scope.around ?? []),
      ...(caller ? [caller, ...(caller.around ?? [])] : []),
    ],
  }
  const left = new Map(given.keywords)
  let used = 0
  for (const { name, kind, default: byDefault } of found.parameters) {
    if (kind === 'rest') scope.names.set(name, { type: 'sequence', items: given.positional.slice(used) })
    else if (kind === 'keywords')
      scope.names.set(name, {
        type: 'dict',
        entries: left,
        ...(given.rest === null ? {} : { rest: given.rest }),
      })
    else {
      const positional = kind === 'positional' ? given.positional[used++] : undefined
      const value = positional ?? left.get(name) ?? given.rest
      left.delete(name)
      const bound =
        value ?? (byDefault === null ? unknown(scope, found.line) : evaluate(byDefault, found.scope))
      scope.names.set(name, isSecretName(name) ? { type: 'secret' } : bound)
    }
  }
  const returned = runBody(found.body, scope, limits) ?? plain(null)
  return returned === raised ? unknown(found.scope, found.line) : returned
}

/** How much is read of the functions of a project that its modules call. */
const limitsOfWorlds = new WeakMap<PythonWorld, Limits>()

function limitsOf(world: PythonWorld): Limits {
  const limits = limitsOfWorlds.get(world) ?? newLimits()
  limitsOfWorlds.set(world, limits)
  return limits
}

const knownDecorators =
  /(^|\.)(lru_cache|cache|cached_property|property|setter|staticmethod|classmethod|wraps|override|receiver|contextmanager)$/

function hasJump(statement: PythonStatement): boolean {
  if (statement.type === 'jump') return true
  if (statement.type === 'if') return statement.branches.some(({ body }) => body.some(hasJump))
  return statement.type === 'block' && statement.body.some(hasJump)
}
