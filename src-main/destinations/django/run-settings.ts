import { evaluate } from './evaluate.ts'
import type { ProjectFiles } from './project-files.ts'
import { parsePython } from './python-module.ts'
import { PythonSyntaxError } from './python-tokens.ts'
import type { PythonExpression, PythonStatement } from './python-tree.ts'
import {
  isSame,
  isSecretName,
  type PythonScope,
  type PythonValue,
  type PythonWorld,
  saidAt,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

/** Modules that import modules: beyond this they are not followed. */
const maxImports = 30

/** Settings of which a branch is about S3. */
const telling = /^(AWS_\w+|STORAGES|DEFAULT_FILE_STORAGE|STATICFILES_STORAGE|PRIVATE_FILE_STORAGE)$/

/** Modules of Python and Django that settings take everything from, and that set nothing of S3. */
const commonModule = /^(os|os\.path|pathlib|sys|typing|datetime|logging|django\..*|environ|decouple|dotenv)$/

/** Whether an expression is the module's own names as a dict: `globals()`. */
function isOwnNames(expression: PythonExpression): boolean {
  return (
    expression.type === 'call' &&
    expression.callee.type === 'name' &&
    ['globals', 'locals', 'vars'].includes(expression.callee.name) &&
    expression.positional.length === 0
  )
}

/** Reads modules of one project as if they were run, remembering each. */
export interface ModuleReader {
  /** The names of a module by its file. Null when it is not there or is no Python; {@link problems} then says so. */
  module(file: string): Promise<PythonScope | null>
  /** What was guessed on the way, in sentences. */
  readonly guesses: readonly string[]
  /** Files that could not be read as Python. */
  readonly problems: readonly string[]
}

/** See {@link ModuleReader}. Nothing of the project is run: its assignments are read as data. */
export function createModuleReader(files: ProjectFiles, world: PythonWorld): ModuleReader {
  const modules = new Map<string, PythonScope | null>()
  const guesses: string[] = []
  const problems: string[] = []

  async function module(file: string): Promise<PythonScope | null> {
    const known = modules.get(file)
    if (known !== undefined) return known
    if (modules.size >= maxImports) return null
    const source = await files.read(file)
    if (source === null) return null
    const scope: PythonScope = { file, names: new Map(), world }
    // Before it is read: modules that import one another see what there is so far, as in Python.
    modules.set(file, scope)
    try {
      await run(parsePython(source), scope)
    } catch (error) {
      if (!(error instanceof PythonSyntaxError)) throw error
      problems.push(file)
    }
    return scope
  }

  async function run(statements: readonly PythonStatement[], scope: PythonScope): Promise<void> {
    for (const statement of statements) await runOne(statement, scope)
  }

  async function runOne(statement: PythonStatement, scope: PythonScope): Promise<void> {
    switch (statement.type) {
      case 'assign':
        return assign(statement, scope)
      case 'import':
        return importInto(statement, scope)
      case 'class': {
        const dotted = `${dottedName(scope.file)}.${statement.name}`
        const bases = statement.bases.map((base) => evaluate(base, scope))
        const { name, body, line } = statement
        const found = { name, dotted, bases, body, scope, file: scope.file, line }
        scope.names.set(name, { type: 'class', class: found })
        return
      }
      case 'function':
        scope.names.set(statement.name, unknown(scope, statement.line))
        return
      case 'block':
        return run(statement.body, scope)
      case 'perhaps': {
        const before = new Map(scope.names)
        await run(statement.body, scope)
        keepAgreed(scope, [before, new Map(scope.names)], statement.line)
        return
      }
      case 'if':
        return runIf(statement, scope)
      case 'expression':
        return update(statement.value, scope)
    }
  }

  /**
   * Follows the branch that the source decides for. Where it does not tell (`if USE_S3:`), or decides for a branch
   * without a setting of S3 while another has some (`if not DEBUG:`), the one that is about S3 is what was asked for.
   */
  async function runIf(
    statement: Extract<PythonStatement, { type: 'if' }>,
    scope: PythonScope,
  ): Promise<void> {
    const branches = statement.branches.map(({ test, body }) => ({
      holds: test === null ? true : truth(evaluate(test, scope)),
      body,
      score: score(body),
    }))
    const first = branches.findIndex(({ holds }) => holds !== false)
    const decided = first === -1 ? null : branches[first]!.holds === true ? branches[first]! : undefined
    const about = branches.filter((branch) => branch.score > 0)
    if (about.length === 1 && decided !== about[0]) {
      guesses.push(
        `${scope.file}, line ${statement.line}: taken as it is when files are kept in S3, whatever the condition says here.`,
      )
      return run(about[0]!.body, scope)
    }
    if (decided === null) return
    if (decided) return run(decided.body, scope)
    // Nobody knows: what all branches agree on is known all the same.
    const before = new Map(scope.names)
    const outcomes: Map<string, PythonValue>[] = []
    for (const branch of branches.filter(({ holds }) => holds !== false)) {
      restore(scope, before)
      await run(branch.body, scope)
      outcomes.push(new Map(scope.names))
    }
    if (!statement.branches.some(({ test }) => test === null)) outcomes.push(before)
    keepAgreed(scope, outcomes, statement.line)
  }

  function keepAgreed(
    scope: PythonScope,
    outcomes: readonly ReadonlyMap<string, PythonValue>[],
    line: number,
  ): void {
    for (const name of new Set(outcomes.flatMap((outcome) => [...outcome.keys()]))) {
      const [first, ...others] = outcomes.map((outcome) => outcome.get(name))
      const agreed =
        first !== undefined && others.every((other) => other !== undefined && isSame(first, other))
      // A class or an import that only one branch has is better than none.
      const only = outcomes.map((outcome) => outcome.get(name)).filter((value) => value !== undefined)
      const isCode = only.every(({ type }) => ['class', 'reference', 'instance', 'lambda'].includes(type))
      scope.names.set(name, agreed ? first : isCode ? only[0]! : unknown(scope, line, 'condition'))
    }
  }

  function assign(statement: Extract<PythonStatement, { type: 'assign' }>, scope: PythonScope): void {
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
      setTarget(target, value, scope)
    }
  }

  function setName(name: string, value: PythonValue, scope: PythonScope, line: number): void {
    const answer = value.type === 'unknown' ? scope.world.answered(name) : null
    scope.names.set(name, isSecretName(name) ? { type: 'secret' } : saidAt(answer ?? value, scope, line))
  }

  function setTarget(target: PythonExpression, value: PythonValue, scope: PythonScope): void {
    if (target.type === 'name') setName(target.name, value, scope, target.line)
    else if (target.type === 'sequence') {
      const items = value.type === 'sequence' ? value.items : []
      target.items.forEach((each, index) =>
        setTarget(each, items[index] ?? unknown(scope, target.line), scope),
      )
    } else if (target.type === 'subscript') {
      const key = evaluate(target.index, scope)
      if (isOwnNames(target.object) && key.type === 'plain' && typeof key.value === 'string') {
        setName(key.value, value, scope, target.line)
        return
      }
      // `STORAGES['default'] = …`, also of a dict in a dict.
      const object = evaluate(target.object, scope)
      if (object.type !== 'dict' || key.type !== 'plain') return
      const entries = new Map(object.entries)
      const name = String(key.value)
      entries.set(name, isSecretName(name) ? { type: 'secret' } : saidAt(value, scope, target.line))
      setTarget(target.object, { type: 'dict', entries }, scope)
    }
  }

  /** `SETTINGS.update({…})` and `.setdefault(…)`; other calls that stand alone change nothing that we know of. */
  function update(call: PythonExpression, scope: PythonScope): void {
    if (call.type !== 'call' || call.callee.type !== 'attribute') return
    const { object: target, name: method } = call.callee
    const [given, second] = call.positional
    if (isOwnNames(target) && method === 'update') {
      const more = given === undefined ? null : evaluate(given, scope)
      if (more?.type === 'dict')
        for (const [name, value] of more.entries) setName(name, value, scope, call.line)
      for (const [name, value] of call.keywords) setName(name, evaluate(value, scope), scope, value.line)
      return
    }
    if (method !== 'update' && method !== 'setdefault') return
    const object = evaluate(target, scope)
    if (object.type !== 'dict') return
    if (method === 'setdefault') {
      const name = given === undefined ? null : textOf(evaluate(given, scope))
      if (name === null || second === undefined || object.entries.has(name)) return
      const value = isSecretName(name) ? ({ type: 'secret' } as const) : evaluate(second, scope)
      setTarget(
        target,
        { type: 'dict', entries: new Map([...object.entries, [name, saidAt(value, scope, second.line)]]) },
        scope,
      )
      return
    }
    const more = given === undefined ? null : evaluate(given, scope)
    if (more !== null && more.type !== 'dict') {
      setTarget(target, unknown(scope, call.line), scope)
      return
    }
    const entries = new Map([...object.entries, ...(more?.entries ?? [])])
    for (const [name, value] of call.keywords)
      entries.set(
        name,
        isSecretName(name) ? { type: 'secret' } : saidAt(evaluate(value, scope), scope, value.line),
      )
    setTarget(target, { type: 'dict', entries }, scope)
  }

  async function importInto(
    statement: Extract<PythonStatement, { type: 'import' }>,
    scope: PythonScope,
  ): Promise<void> {
    const { names, as } = statement
    const absolute = absoluteModule(statement.module, scope.file)
    if (names === null) {
      const [top = absolute] = absolute.split('.')
      scope.names.set(as ?? top, { type: 'reference', dotted: as === null ? top : absolute })
      return
    }
    const file = await files.moduleFile(absolute, scope.file)
    const imported = file === null ? null : await module(file)
    if (names === '*') {
      if (file === null && !commonModule.test(absolute))
        guesses.push(
          `${scope.file}, line ${statement.line}: ${absolute} is not in this folder, so that what it sets is not known.`,
        )
      if (imported)
        for (const [name, value] of imported.names) if (!name.startsWith('_')) scope.names.set(name, value)
      return
    }
    for (const { name, as: known } of names)
      scope.names.set(
        known,
        imported?.names.get(name) ??
          saidAt({ type: 'reference', dotted: `${absolute}.${name}` }, scope, statement.line),
      )
  }

  return { module, guesses, problems }
}

function restore(scope: PythonScope, names: ReadonlyMap<string, PythonValue>): void {
  scope.names.clear()
  for (const [name, value] of names) scope.names.set(name, value)
}

/** How many settings of S3 statements make. */
function score(statements: readonly PythonStatement[]): number {
  let count = 0
  for (const statement of statements) {
    if (statement.type === 'assign')
      count += statement.targets.filter(
        (target) =>
          (target.type === 'name' && telling.test(target.name)) ||
          (target.type === 'subscript' && target.object.type === 'name' && telling.test(target.object.name)),
      ).length
    else if (statement.type === 'if') count += score(statement.branches.flatMap(({ body }) => body))
    else if (statement.type === 'block' || statement.type === 'perhaps') count += score(statement.body)
  }
  return count
}

/** `mysite/settings/base.py` as `mysite.settings.base`. */
function dottedName(file: string): string {
  return file
    .replace(/\.py$/, '')
    .replace(/(^|\/)__init__$/, '')
    .replaceAll('/', '.')
}

/** The dotted name that an import in a file means; leading dots go up from the file's package. */
function absoluteModule(module: string, file: string): string {
  const [dots = ''] = /^\.*/.exec(module) ?? []
  if (dots === '') return module
  const folders = file.split('/').slice(0, -1)
  const base = folders.slice(0, Math.max(0, folders.length - (dots.length - 1)))
  return [...base, ...module.slice(dots.length).split('.')].filter((part) => part !== '').join('.')
}
