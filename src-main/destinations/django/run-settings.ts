import { enterPrefix } from './environment-calls.ts'
import { evaluate } from './evaluate.ts'
import { includedFiles } from './included-files.ts'
import { absoluteModule } from './module-names.ts'
import type { ProjectFiles } from './project-files.ts'
import { parsePython } from './python-module.ts'
import { PythonSyntaxError } from './python-tokens.ts'
import type { PythonStatement } from './python-tree.ts'
import { type PythonScope, type PythonWorld, saidAt, textOf, truth, unknown } from './python-value.ts'
import { bindLoop, definition } from './run-function.ts'
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

/** Modules that import modules: beyond this they are not followed. */
const maxImports = 30

/** Settings of which a branch is about S3. */
const telling = /^(AWS_\w+|STORAGES|DEFAULT_FILE_STORAGE|STATICFILES_STORAGE|PRIVATE_FILE_STORAGE)$/

/** Those that turn it on. */
const turningOn = /^(AWS_STORAGE_BUCKET_NAME|STORAGES|\w+_STORAGE)$/

/** Modules of Python and Django that settings take everything from, and that set nothing of S3. */
const commonModule = /^(os|os\.path|pathlib|sys|typing|datetime|logging|django\..*|environ|decouple|dotenv)$/

/** Reads modules of one project as if they were run, remembering each. */
export interface ModuleReader {
  /** The names of a module by its file. Null when it is not there or is no Python; {@link problems} then says so. */
  module(file: string): Promise<PythonScope | null>
  /** What was guessed on the way, in sentences. */
  readonly guesses: readonly string[]
  /** Files that could not be read as Python. */
  readonly problems: readonly string[]
  /** Branches that set where files are kept, and that the settings decide against, in sentences. */
  readonly passedBy: readonly string[]
}

/** See {@link ModuleReader}. Nothing of the project is run: its assignments are read as data. */
export function createModuleReader(files: ProjectFiles, world: PythonWorld, takesS3: boolean): ModuleReader {
  const modules = new Map<string, PythonScope | null>()
  const guesses: string[] = []
  const problems: string[] = []
  const passedBy: string[] = []
  const included = new Set<string>()
  // Loops in loops: beyond this they are not gone through.
  let steps = 5000

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

  /** Whether what comes after the statements is run. */
  async function run(statements: readonly PythonStatement[], scope: PythonScope): Promise<boolean> {
    for (const statement of statements) if (!(await runOne(statement, scope))) return false
    return true
  }

  async function runOne(statement: PythonStatement, scope: PythonScope): Promise<boolean> {
    const { line } = statement
    switch (statement.type) {
      case 'assign':
        assign(statement, scope)
        return true
      case 'import':
        await importInto(statement, scope)
        return true
      case 'class':
      case 'function':
        scope.names.set(statement.name, definition(statement, scope))
        return true
      case 'delete':
        remove(statement.targets, scope)
        return true
      case 'unread':
        runUnread(statement.names, scope, line)
        return true
      case 'raise':
        return false
      case 'return':
      case 'jump':
      case 'global':
        return true
      case 'for': {
        const values = loopValues(statement, scope)
        if (values !== null && (steps -= values.items.length) >= 0) {
          for (const value of values.items) {
            bindLoop(statement, value, values.areKeys, scope)
            if (!(await run(statement.body, scope))) return false
          }
          return true
        }
        setTarget(statement.target, unknown(scope, line), scope)
        return loop(statement.body, scope, line)
      }
      case 'included':
        return run(statement.body, { ...scope, file: statement.file })
      case 'block': {
        const leave = enterPrefix(statement.context, scope, evaluate)
        const goesOn = await run(statement.body, scope)
        leave()
        return goesOn
      }
      case 'perhaps':
        return loop(statement.body, scope, line)
      case 'if':
        return runIf(statement, scope)
      case 'try':
        return runTry(statement, scope)
      case 'expression': {
        const included = includedFiles(statement.value, scope, files)
        if (included === null) runCall(statement.value, scope)
        else if (included === 'unknown') world.notFollowed(scope, line)
        else for (const each of included) if (!(await include(each, scope, line))) return false
        return true
      }
    }
  }

  /** Runs what one pattern of django-split-settings finds, with the names of who includes it. */
  async function include(found: readonly string[], scope: PythonScope, line: number): Promise<boolean> {
    const statements: PythonStatement[][] = []
    for (const file of found) {
      if (included.has(file)) continue
      included.add(file)
      const source = await files.read(file)
      try {
        statements.push([{ type: 'included', file, body: parsePython(source ?? ''), line }])
        if (source !== null) continue
      } catch (error) {
        if (!(error instanceof PythonSyntaxError)) throw error
      }
      problems.push(file)
      world.notFollowed(scope, line)
    }
    if (statements.length < 2) return run(statements.flat(), scope)
    // In which order several are found is not said.
    return inBranches([statements.flat(), statements.toReversed().flat()], scope, line)
  }

  /** What is run any number of times: what it sets is known only where that makes no difference. */
  async function loop(body: readonly PythonStatement[], scope: PythonScope, line: number): Promise<boolean> {
    await inBranches([[], body], scope, line)
    setUnknown(body, scope, line)
    return true
  }

  /** Runs each of the ways that may be taken from here; what they do not agree on depends on a condition. */
  async function inBranches(
    bodies: readonly (readonly PythonStatement[])[],
    scope: PythonScope,
    line: number,
  ): Promise<boolean> {
    const before = snapshotOf(scope)
    const outcomes: Snapshot[] = []
    for (const body of bodies) {
      restore(before)
      // A way that ends in an error is not the one that a site goes.
      if (await run(body, scope)) outcomes.push(snapshotOf(scope))
    }
    restore(before)
    keepAgreed(scope, outcomes, line)
    return outcomes.length > 0
  }

  /** The body to its end, or some of it and then a handler. */
  async function runTry(
    { body, handlers, otherwise, atLast, line }: Extract<PythonStatement, { type: 'try' }>,
    scope: PythonScope,
  ): Promise<boolean> {
    const failing = await failingImport(body, scope)
    const done = failing === -1 ? [] : body.slice(0, failing)
    const started: PythonStatement[] = failing === -1 ? [{ type: 'perhaps', body, line }] : [...done]
    const whole = [...body, ...otherwise]
    const afterwards = handlers.map((handler) => [...started, ...handler])
    const isSafe = failing === -1 && (!mayFail(body) || (await areImportsHere(body, scope)))
    const ways =
      failing !== -1 && handlers.length > 0 ? afterwards : isSafe ? [whole] : [whole, ...afterwards]
    const [only] = ways
    const goesOn = ways.length === 1 ? await run(only!, scope) : await inBranches(ways, scope, line)
    return (await run(atLast, scope)) && goesOn
  }

  /** Which statement imports a module beside this one that the project does not have; -1 for none. */
  async function failingImport(body: readonly PythonStatement[], scope: PythonScope): Promise<number> {
    for (const [index, each] of body.entries())
      if (
        each.type === 'import' &&
        each.module.startsWith('.') &&
        each.names === '*' &&
        (await files.moduleFile(absoluteModule(each.module, scope.file), scope.file)) === null
      )
        return index
    return -1
  }

  /** Whether statements only import what the project has. */
  async function areImportsHere(body: readonly PythonStatement[], scope: PythonScope): Promise<boolean> {
    for (const each of body)
      if (
        each.type !== 'import' ||
        each.names !== '*' ||
        (await files.moduleFile(absoluteModule(each.module, scope.file), scope.file)) === null
      )
        return false
    return true
  }

  /**
   * Follows the branch that the source decides for. Where it does not tell (`if USE_S3:`), or where nothing else of the
   * project keeps files in S3 (`takesS3`), the one branch that does is what was asked for.
   */
  async function runIf(
    statement: Extract<PythonStatement, { type: 'if' }>,
    scope: PythonScope,
  ): Promise<boolean> {
    const branches: { holds: boolean | null; body: readonly PythonStatement[] }[] = []
    for (const { test, body } of statement.branches) {
      const isDecided = branches.some(({ holds }) => holds === true)
      const holds = isDecided ? false : test === null ? true : truth(evaluate(test, scope))
      branches.push({ holds, body })
    }
    const possible = branches.filter(({ holds }) => holds !== false)
    const decided = possible.length === 0 ? null : possible[0]!.holds === true ? possible[0]! : undefined
    const about = branches.filter(({ body }) => score(body, telling) > 0)
    const [one] = about
    if (one !== undefined && about.length === 1 && decided !== one && score(one.body, turningOn) > 0) {
      if (decided === undefined || takesS3) {
        guesses.push(
          `${scope.file}, line ${statement.line}: taken as it is when files are kept in S3, whatever the condition says here.`,
        )
        return run(one.body, scope)
      }
      passedBy.push(
        `${scope.file}, line ${statement.line}: what is set there where files are kept is not taken, as the condition says here.`,
      )
    }
    if (decided === null) return true
    if (decided) return run(decided.body, scope)
    // Nobody knows: what all branches agree on is known all the same.
    const isComplete = possible.some(({ holds }) => holds === true)
    return inBranches(
      [...possible.map(({ body }) => body), ...(isComplete ? [] : [[]])],
      scope,
      statement.line,
    )
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
      if (file === null && !commonModule.test(absolute)) world.notFollowed(scope, statement.line)
      if (imported === null) return
      const all = imported.names.get('__all__')
      const listed = all?.type === 'sequence' ? all.items.map(textOf) : null
      const isOpen = all !== undefined && (listed === null || listed.includes(null))
      for (const [name, value] of imported.names)
        if (isOpen) scope.names.set(name, unknown(scope, statement.line))
        else if (listed === null ? !name.startsWith('_') : listed.includes(name)) scope.names.set(name, value)
      return
    }
    for (const { name, as: known } of names)
      scope.names.set(
        known,
        imported?.names.get(name) ??
          saidAt({ type: 'reference', dotted: `${absolute}.${name}` }, scope, statement.line),
      )
  }

  return { module, guesses, problems, passedBy }
}

/** How many settings of S3 statements make. */
function score(statements: readonly PythonStatement[], wanted: RegExp): number {
  let count = 0
  for (const statement of statements) {
    if (statement.type === 'assign')
      count += statement.targets.filter(
        (target) =>
          (target.type === 'name' && wanted.test(target.name)) ||
          (target.type === 'subscript' && target.object.type === 'name' && wanted.test(target.object.name)),
      ).length
    else if (statement.type === 'if')
      count += score(
        statement.branches.flatMap(({ body }) => body),
        wanted,
      )
    else if (
      statement.type === 'block' ||
      statement.type === 'perhaps' ||
      statement.type === 'for' ||
      statement.type === 'try'
    )
      count += score(statement.body, wanted)
  }
  return count
}
