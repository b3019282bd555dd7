import { posix } from 'node:path'
import { argumentsOf, notRead } from './call-arguments.ts'
import { mergedDict, replaceDict, replaceSequence, withUnknown } from './dict-values.ts'
import {
  type CallExpression,
  cast,
  defaultOf,
  environmentClasses,
  environmentNames,
  type Evaluate,
  isEnvironmentReader,
  readEnvironment,
  readEnvironmentFile,
} from './environment-calls.ts'
import { callMethod } from './method-calls.ts'
import { dottedName } from './module-names.ts'
import type { PythonExpression } from './python-tree.ts'
import {
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

/** What calling one of the few functions that settings are made with gives, or a function of the project. */
export function callFunction(call: CallExpression, scope: PythonScope, evaluateAnew: Evaluate): PythonValue {
  const { callee, line } = call
  // What stands in a call is evaluated once: it may change something.
  const values = new Map<PythonExpression, PythonValue>()
  const evaluate: Evaluate = (expression, where) => {
    const value = values.get(expression) ?? evaluateAnew(expression, where)
    values.set(expression, value)
    return value
  }
  const argument = (index: number): PythonValue | null => {
    const expression = call.positional[index]
    return expression === undefined ? null : evaluate(expression, scope)
  }
  const open = unknown(scope, line)

  if (callee.type === 'attribute') {
    const object = evaluate(callee.object, scope)
    if (isEnvironmentReader(object, callee.object)) {
      if (callee.name !== 'read_env') return readEnvironment(call, callee.name, scope, evaluate, object)
      readEnvironmentFile(call, scope, evaluate)
    }
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
  if (
    callee.type === 'name' &&
    ['globals', 'locals', 'vars'].includes(callee.name) &&
    !call.positional.length
  ) {
    if (scope.module === undefined) return { type: 'names', scope }
    if (callee.name === 'globals') return { type: 'names', scope: scope.module }
    return open
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
    case 'tuple': {
      const given = argument(0)
      const isTuple = dotted === 'tuple' ? { isTuple: true } : {}
      if (given === null) return { type: 'sequence', items: [], ...isTuple }
      return given.type === 'sequence' ? { type: 'sequence', items: [...given.items], ...isTuple } : open
    }
    case 'vars': {
      const of = argument(0)
      if (of?.type === 'names') return of
      scope.world.notFollowed(scope.module ?? scope, line)
      return open
    }
    case 'globals':
    case 'locals':
    case 'exec':
    case 'eval':
      scope.world.notFollowed(scope.module ?? scope, line)
      return open
    case 'django_heroku.settings':
    case 'django_on_heroku.settings':
      return herokuSettings(call, scope, evaluate) ?? open
    case 'getattr':
      return getattr(call, scope, evaluate)
    case 'storages.utils.setting':
      return setting(argument(0), argument(1) ?? defaultOf(call, scope, evaluate), scope, line)
    case 'os.getenv':
      return readEnvironment(call, 'get', scope, evaluate, target)
    case 'dotenv.load_dotenv':
      readEnvironmentFile(call, scope, evaluate)
      return open
    default:
  }
  if (dotted !== null && environmentClasses.has(dotted))
    return { type: 'instance', of: target, call, scope, given: argumentsOf(call, scope, evaluate) }
  if (target.type === 'function') {
    const { function: found } = target
    const given = argumentsOf(call, scope, evaluate)
    const isOpen = call.positional.some(({ type }) => type === 'starred')
    const result = found.isFollowed && !isOpen ? within(scope, () => found.enter(given, scope)) : null
    if (result !== null) return result
    if (found.reaches) scope.world.notFollowed(found.scope.module ?? found.scope, line)
    giveAway(call, scope, evaluate)
    return open
  }
  const first = argument(0)
  const looksLikeVariable =
    first?.type === 'plain' && typeof first.value === 'string' && /^[A-Z][A-Z0-9_]*$/.test(first.value)
  if (looksLikeVariable && (isEnvironmentReader(target, callee) || environmentNames.test(calledName)))
    return readEnvironment(call, '__call__', scope, evaluate, target)
  if (target.type === 'reference' || target.type === 'class') {
    if (!harmless.has(calledName)) giveAway(call, scope, evaluate)
    return { type: 'instance', of: target, call, scope, given: argumentsOf(call, scope, evaluate) }
  }
  if (target.type === 'native') {
    const given = argumentsOf(call, scope, evaluate)
    return within(scope, () => target.call(given, line)) ?? open
  }
  if (target.type === 'lambda' && call.positional.length === 0)
    return within(scope, () => evaluate(target.body, target.scope)) ?? open
  if (!harmless.has(calledName)) giveAway(call, scope, evaluate)
  return open
}

/** Functions of Python, and methods, that change nothing that they are given. */
const harmless = new Set(
  'print len sorted set frozenset any all sum min max isinstance issubclass enumerate zip hasattr repr iter reversed abs round id format str bool int float dict list tuple getattr type property super deepcopy dumps'.split(
    ' ',
  ),
)

/** What a call that is not read is given it may change: dicts, lists, and whatever functions and `globals()` reach. */
function giveAway(call: CallExpression, scope: PythonScope, evaluate: Evaluate): void {
  for (const expression of [...call.positional, ...call.keywords.values()]) {
    const value = evaluate(expression.type === 'starred' ? expression.value : expression, scope)
    if (value.type === 'names') scope.world.notFollowed(value.scope, call.line)
    else if (value.type === 'function' && value.function.reaches)
      scope.world.notFollowed(value.function.scope, call.line)
    else if (value.type === 'dict') replaceDict(scope, value, withUnknown(value, unknown(scope, call.line)))
    else if (value.type === 'sequence') replaceSequence(scope, value, unknown(scope, call.line))
  }
}

/** django-heroku's `settings(locals())`: of what says where files are, it sets the storage of static files. */
function herokuSettings(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonValue | null {
  const [config] = call.positional.map((each) => evaluate(each, scope))
  const flag = call.keywords.get('staticfiles')
  const holds = flag === undefined ? true : truth(evaluate(flag, scope))
  if (config?.type !== 'names' || holds === null) {
    giveAway(call, scope, evaluate)
    return null
  }
  if (holds)
    config.scope.names.set(
      'STATICFILES_STORAGE',
      saidAt(plain('whitenoise.storage.CompressedManifestStaticFilesStorage'), config.scope, call.line),
    )
  return plain(null)
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
