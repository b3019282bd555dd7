import { posix } from 'node:path'
import { failure } from '../../../src-preload/contract/failure.ts'
import { readEnvFile, readIniFile } from './env-file.ts'
import type { ProjectFiles } from './project-files.ts'
import { isSame, isSecretName, plain, type PythonValue, type PythonWorld, unknown } from './python-value.ts'

/** What the files of a project say of environment variables, and what a person does. */
export interface ProjectEnvironment {
  /** What a variable is, `variables` being what the code itself has set by then; null where nothing says so. */
  value(
    name: string,
    from: Parameters<PythonWorld['environment']>[1],
    variables: ReadonlyMap<string, PythonValue>,
  ): PythonValue | null
  /** What one of the files says. */
  readonly file: PythonWorld['environmentFile']
}

type Values = ReadonlyMap<string, PythonValue>

/**
 * Reads the files of a project with environment variables. What files say differently is not known: which of them a site
 * has is not in them. Throws `invalid-argument` for an answer that would be a secret.
 */
export async function readEnvironment(
  files: ProjectFiles,
  answers: Readonly<Record<string, string>>,
): Promise<ProjectEnvironment> {
  const answered = new Map<string, PythonValue>()
  for (const [name, value] of Object.entries(answers)) {
    if (isSecretName(name))
      throw failure('invalid-argument', `${name} looks like a secret, and reading a project needs none.`)
    answered.set(name, plain(value))
  }
  const byFile = new Map<string, Values>()
  for (const file of files.environments.slice(0, 20))
    byFile.set(file, readEnvFile((await files.read(file)) ?? ''))
  const all = new Map<string, PythonValue>()
  for (const [name, value] of [...byFile.values()].flatMap((values) => [...values])) {
    const before = all.get(name)
    all.set(name, before === undefined || isSame(before, value) ? value : unknown({ file: '' }, 0))
  }
  const inis = new Map<string, Values>()
  for (const file of files.inis.slice(0, 20)) inis.set(file, readIniFile((await files.read(file)) ?? ''))

  /** The one file that python-decouple reads for a module: the nearest, and `settings.ini` before `.env`. */
  function ofDecouple(file: string, name: string): PythonValue | null | undefined {
    for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
      const at = (name: string) => (folder === '.' ? name : `${folder}/${name}`)
      const ini = inis.get(at('settings.ini'))
      if (ini !== undefined) return ini.get(name.toLowerCase()) ?? null
      const env = byFile.get(at('.env'))
      if (env !== undefined) return env.get(name) ?? null
      if (folder === '.') return undefined
    }
  }

  return {
    value(name, { file, isDecouple }, variables) {
      const answer = answered.get(name)
      const own = variables.get(name)
      if (own !== undefined && (own.type !== 'unknown' || answer === undefined)) return own
      if (answer !== undefined) return answer
      const others = variables.get('')
      if (others !== undefined) return others
      const told = isDecouple ? ofDecouple(file, name) : undefined
      return told === undefined ? (all.get(name) ?? null) : told
    },
    file: (path) => byFile.get(posix.normalize(path).replace(/^\/+/, '')) ?? null,
  }
}
