import { posix } from 'node:path'
import type { DjangoProject, DjangoQuestion } from '../../../src-preload/contract/django.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import { linearized } from './class-attributes.ts'
import { describe, type Reading } from './describe-project.ts'
import { findStorages } from './find-storages.ts'
import { findProjectFiles, type ProjectFiles } from './project-files.ts'
import { type ProjectEnvironment, readEnvironment } from './project-environment.ts'
import { asPython, ask, leaveOpen } from './project-questions.ts'
import type { PythonScope, PythonValue, PythonWorld } from './python-value.ts'
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

/** Settings in classes of django-configurations are not read: what they set is asked, at the likeliest of them. */
function askConfigurations(settings: PythonScope, world: PythonWorld): void {
  const classes = [...settings.names.values()].flatMap((value) =>
    value.type === 'class' &&
    linearized(value).some(
      (each) => each.type === 'reference' && /^configurations\.(\w+\.)*Configuration$/.test(each.dotted),
    )
      ? [value.class]
      : [],
  )
  const chosen = classes.find(({ name }) => /^(prod|live)/i.test(name)) ?? classes.at(-1)
  if (chosen !== undefined) world.notFollowed({ ...settings, file: chosen.file }, chosen.line)
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
  askConfigurations(settings, world)
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
