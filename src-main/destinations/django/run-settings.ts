import { evaluate } from './evaluate.ts'
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
  type OnUnfollowed,
  remove,
  restore,
  runCall,
  setTarget,
  type Snapshot,
  snapshotOf,
} from './run-statements.ts'

/** Modules that import modules: beyond this they are not followed. */
const maxImports = 30

/** Settings of which a branch is about S3. */
const telling = /^(AWS_\w+|STORAGES|DEFAULT_FILE_STORAGE|STATICFILES_STORAGE|PRIVATE_FILE_STORAGE)$/

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
}

/** See {@link ModuleReader}. Nothing of the project is run: its assignments are read as data. */
export function createModuleReader(files: ProjectFiles, world: PythonWorld): ModuleReader {
  const modules = new Map<string, PythonScope | null>()
  const guesses: string[] = []
  const problems: string[] = []
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

  async function run(statements: readonly PythonStatement[], scope: PythonScope): Promise<void> {
    for (const statement of statements) await runOne(statement, scope)
  }

  async function runOne(statement: PythonStatement, scope: PythonScope): Promise<void> {
    switch (statement.type) {
      case 'assign':
        return assign(statement, scope, unfollowed(scope))
      case 'import':
        return importInto(statement, scope)
      case 'class':
      case 'function':
        scope.names.set(statement.name, definition(statement, scope))
        return
      case 'delete':
        return remove(statement.targets, scope)
      case 'return':
      case 'jump':
        return
      case 'for': {
        const values = loopValues(statement, scope)
        if (values !== null && (steps -= values.items.length) >= 0) {
          for (const value of values.items) {
            bindLoop(statement, value, values.areKeys, scope)
            await run(statement.body, scope)
          }
          return
        }
        setTarget(statement.target, unknown(scope, statement.line), scope, unfollowed(scope))
        return perhaps(statement.body, scope, statement.line)
      }
      case 'block':
        return run(statement.body, scope)
      case 'perhaps':
        return perhaps(statement.body, scope, statement.line)
      case 'if':
        return runIf(statement, scope)
      case 'expression':
        return runCall(statement.value, scope, unfollowed(scope))
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
    const before = snapshotOf(scope)
    const outcomes: Snapshot[] = []
    for (const branch of branches.filter(({ holds }) => holds !== false)) {
      restore(before)
      await run(branch.body, scope)
      outcomes.push(snapshotOf(scope))
    }
    if (!statement.branches.some(({ test }) => test === null)) outcomes.push(before)
    keepAgreed(scope, outcomes, statement.line)
  }

  async function perhaps(body: readonly PythonStatement[], scope: PythonScope, line: number): Promise<void> {
    const before = snapshotOf(scope)
    await run(body, scope)
    keepAgreed(scope, [before, snapshotOf(scope)], line)
  }

  /** What is set where nobody can tell by the text is told at least. */
  function unfollowed({ file }: PythonScope): OnUnfollowed {
    return (line, what) =>
      guesses.push(
        `${file}, line ${line}: what ${what} sets is not read, so that settings may be other ones.`,
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
      if (file === null && !commonModule.test(absolute))
        guesses.push(
          `${scope.file}, line ${statement.line}: ${absolute} is not in this folder, so that what it sets is not known.`,
        )
      if (imported === null) return
      const all = imported.names.get('__all__')
      const listed = all?.type === 'sequence' ? all.items.map(textOf) : null
      for (const [name, value] of imported.names)
        if (listed === null ? !name.startsWith('_') : listed.includes(name)) scope.names.set(name, value)
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
    else if (statement.type === 'block' || statement.type === 'perhaps' || statement.type === 'for')
      count += score(statement.body)
  }
  return count
}
