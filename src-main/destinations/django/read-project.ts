import { posix } from 'node:path'
import type { DjangoProject, DjangoQuestion } from '../../../src-preload/contract/django.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import { configurationVariable, findConfigurations, takeConfiguration } from './configurations.ts'
import { describe, type Reading } from './describe-project.ts'
import { readEnvFile } from './env-file.ts'
import { findStorages } from './find-storages.ts'
import { findProjectFiles, type ProjectFiles } from './project-files.ts'
import { type ProjectEnvironment, readEnvironment } from './project-environment.ts'
import { asPython, ask, leaveOpen } from './project-questions.ts'
import { type PythonScope, type PythonValue, type PythonWorld, textOf } from './python-value.ts'
import { createModuleReader } from './run-settings.ts'

/** What a person says about a project beyond its files. */
export interface ReadProjectOptions {
  /** The settings to read, as a file or as `DJANGO_SETTINGS_MODULE` has them; null to look for them. */
  readonly settings: string | null
  /** Values of environment variables, and of settings and attributes (`Uploads.location`) that the text does not tell. */
  readonly answers: Readonly<Record<string, string>>
}

/** Settings of which one is enough to say that a module is about S3. */
const telling = ['STORAGES', 'DEFAULT_FILE_STORAGE', 'STATICFILES_STORAGE', 'AWS_STORAGE_BUCKET_NAME']

/** Variables of which a guessed value is worth a word. */
const aboutFiles = /AWS|S3|BUCKET|STORAGE|CDN|STATIC|MEDIA|LOCATION|CLOUDFRONT/i

/**
 * Reads a Django project's settings, storages and `.env` as text, without running any of it, and says which profile and
 * destinations they come to. The value of a secret is neither answered nor kept. What cannot be told from the text is a
 * question with its file and line.
 * Throws `not-found` where there are no settings, `invalid-argument` for settings that are not there, and what
 * reading the folder throws.
 */
export async function readDjangoProject(
  root: string,
  name: string,
  options: ReadProjectOptions,
): Promise<DjangoProject> {
  const files = await findProjectFiles(root)
  const environment = await readEnvironment(files, options.answers)
  const candidates = await settingsFiles(files, options.settings)
  let best: Reading | null = null
  for (const file of candidates) {
    const asItIs = await readSettings(files, file, environment, options.answers, false)
    if (asItIs === null) continue
    // Settings that keep no files in S3 as they are may do so where they say otherwise: in production.
    const reading =
      asItIs.storages.length > 0
        ? asItIs
        : ((await readSettings(files, file, environment, options.answers, true)) ?? asItIs)
    // The first one that keeps files in S3; else the first one.
    if (best === null || (best.storages.length === 0 && reading.storages.length > 0)) best = reading
    if (best.storages.length > 0) break
  }
  if (best === null)
    throw failure('not-found', `${candidates[0] ?? 'The settings'} cannot be read as Python.`)
  return describe(best, files, name)
}

/** The settings that a project may mean, the likeliest first: what its WSGI file names, then those for production. */
async function settingsFiles(files: ProjectFiles, wanted: string | null): Promise<string[]> {
  if (wanted !== null) {
    const named = wanted.replace(/\\/g, '/').replace(/^\.\//, '')
    const file = files.python.includes(named) ? named : await files.moduleFile(named, 'manage.py')
    if (file === null) throw failure('invalid-argument', `The project has no settings “${wanted}”.`)
    return [file]
  }
  const isSettings = (file: string) =>
    posix.basename(file) === 'settings.py' || posix.basename(posix.dirname(file)) === 'settings'
  const found = files.python.filter(isSettings)
  const named: string[] = []
  for (const file of files.python) {
    if (!/(^|\/)(wsgi|asgi|manage)\.py$/.test(file)) continue
    const text = await files.read(file)
    const module = /DJANGO_SETTINGS_MODULE['"]\s*[,\]]\s*=?\s*['"]([\w.]+)['"]/.exec(text ?? '')?.[1]
    const settings = module === undefined ? null : await files.moduleFile(module, file)
    if (settings !== null) named.push(settings)
  }
  if (found.length === 0 && named.length === 0)
    throw failure('not-found', 'This folder has no settings.py. Choose the folder with manage.py.')
  const rank = (file: string) => {
    const at = ['production', 'prod', 'live', 'staging', 'settings', '__init__', 'base', 'common'].indexOf(
      posix.basename(file, '.py'),
    )
    return at === -1 ? 10 : at
  }
  const others = found.toSorted((a, b) => rank(a) - rank(b) || a.length - b.length)
  // Development is what manage.py names where there is more than one.
  const isForProduction = (file: string) => rank(file) < 4
  return [...new Set([...others.filter(isForProduction), ...named, ...others])].slice(0, 20)
}

/**
 * Takes the settings of the class of django-configurations that a site uses: the only one that it could be, or the one that an
 * answer names. Else it is asked for, with what the project's own files say of it.
 */
function chooseConfiguration(
  settings: PythonScope,
  hints: readonly ConfigurationHint[],
  answers: ReadProjectOptions['answers'],
  questions: Map<string, DjangoQuestion>,
): void {
  const { all, last } = findConfigurations(settings)
  if (all.length === 0) return
  const answer = Object.hasOwn(answers, configurationVariable) ? answers[configurationVariable] : undefined
  const chosen =
    answer === undefined
      ? last.length === 1
        ? last[0]
        : undefined
      : all.find(({ name }) => name === answer.trim())
  if (chosen !== undefined) {
    takeConfiguration(chosen, settings)
    return
  }
  const likeliest =
    hints.map(({ name }) => all.find((each) => each.name === name)).find((each) => each !== undefined) ??
    last.find(({ name }) => /^(prod|live)/i.test(name)) ??
    last.at(-1) ??
    all.at(-1)!
  const said = hints.map(({ name, file }) => `${file} says ${name}`)
  questions.set(configurationVariable, {
    name: configurationVariable,
    file: likeliest.file,
    line: likeliest.line,
    variable: configurationVariable,
    text: `Which class has the settings of the site: ${last.map(({ name }) => name).join(', ')}?${
      said.length === 0 ? '' : ` As a default, ${said.join(', and ')}.`
    }`.slice(0, 1000),
  })
}

/** What a file says of the class of django-configurations that is to be used. */
interface ConfigurationHint {
  readonly file: string
  readonly name: string
}

/** What starts a site, and then the files of variables, say of the class. */
async function configurationHints(files: ProjectFiles): Promise<ConfigurationHint[]> {
  const hints: ConfigurationHint[] = []
  for (const kind of ['wsgi.py', 'asgi.py', 'manage.py'])
    for (const file of files.python) {
      if (posix.basename(file) !== kind) continue
      const name = /DJANGO_CONFIGURATION['"]\s*[,\]]\s*=?\s*['"](\w+)['"]/.exec(
        (await files.read(file)) ?? '',
      )?.[1]
      if (name !== undefined) hints.push({ file, name })
    }
  for (const file of files.environments.slice(0, 20)) {
    const value = readEnvFile((await files.read(file)) ?? '').get(configurationVariable)
    const name = value === undefined ? null : textOf(value)
    if (name !== null) hints.push({ file, name })
  }
  return hints.slice(0, 5)
}

async function readSettings(
  files: ProjectFiles,
  file: string,
  environment: ProjectEnvironment,
  answers: ReadProjectOptions['answers'],
  takesS3: boolean,
): Promise<Reading | null> {
  let names: ReadonlyMap<string, PythonValue> | null = null
  const defaults = new Map<string, string>()
  const variables = new Map<string, PythonValue>()
  const questions = new Map<string, DjangoQuestion>()
  const world: PythonWorld = {
    environment: (variable, from) => environment.value(variable, from, variables),
    variables,
    prefix: '',
    environmentFile: environment.file,
    answered: (name) => (Object.hasOwn(answers, name) ? asPython(answers[name] ?? '') : null),
    settings: () => names,
    tookDefault: (variable, scope, line) => {
      if (aboutFiles.test(variable)) defaults.set(variable, `${scope.file}, line ${line}`)
    },
    notFollowed: (scope, line) => leaveOpen(scope, line, answers, questions),
  }
  const reader = createModuleReader(files, world, takesS3)
  const settings = await reader.module(file)
  if (settings === null || reader.problems.includes(file)) return null
  if (findConfigurations(settings).all.length > 0)
    chooseConfiguration(settings, await configurationHints(files), answers, questions)
  names = settings.names
  const isAbout = telling.some((name) => settings.names.has(name))
  const unread: string[] = []
  const storages = isAbout
    ? await findStorages(
        settings,
        reader,
        files,
        (name, value) => ask(questions, name, value, settings),
        (dotted) => unread.push(dotted),
      )
    : []
  return { settings, reader, storages, questions, defaults, unread }
}
