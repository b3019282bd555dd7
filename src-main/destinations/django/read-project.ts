import { posix } from 'node:path'
import {
  djangoFacts,
  type DjangoProject,
  type DjangoQuestion,
  type DjangoSource,
} from '../../../src-preload/contract/django.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import type { ProfileInput } from '../../../src-preload/contract/profile.ts'
import { destinationOfStorage, type NamelessDestination, settingText } from './destination-of-storage.ts'
import { readEnvFile } from './env-file.ts'
import { evaluate } from './evaluate.ts'
import { type FoundStorage, findStorages } from './find-storages.ts'
import { dottedName } from './module-names.ts'
import { findProjectFiles, type ProjectFiles } from './project-files.ts'
import { parsePython } from './python-module.ts'
import { PythonSyntaxError } from './python-tokens.ts'
import {
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  type PythonWorld,
  saidAt,
  unknown,
} from './python-value.ts'
import { createModuleReader, type ModuleReader } from './run-settings.ts'
import { profileOfSettings } from './service-of-settings.ts'
import { type StorageSetting, storageSettings } from './storage-facts.ts'

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
  const environment = await readEnvironments(files, options.answers)
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

interface Reading {
  readonly settings: PythonScope
  readonly reader: ModuleReader
  readonly storages: readonly FoundStorage[]
  readonly questions: Map<string, DjangoQuestion>
  readonly defaults: Map<string, string>
  /** Backends of the settings that are not read. */
  readonly unread: readonly string[]
}

async function readEnvironments(
  files: ProjectFiles,
  answers: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, PythonValue>> {
  const values = new Map<string, PythonValue>()
  for (const file of files.environments.slice(0, 20))
    for (const [name, value] of readEnvFile((await files.read(file)) ?? ''))
      if (!values.has(name)) values.set(name, value)
  for (const [name, value] of Object.entries(answers)) {
    if (isSecretName(name))
      throw failure('invalid-argument', `${name} looks like a secret, and reading a project needs none.`)
    values.set(name, plain(value))
  }
  return values
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

async function readSettings(
  files: ProjectFiles,
  file: string,
  environment: ReadonlyMap<string, PythonValue>,
  answers: ReadProjectOptions['answers'],
  takesS3: boolean,
): Promise<Reading | null> {
  let names: ReadonlyMap<string, PythonValue> | null = null
  const defaults = new Map<string, string>()
  const questions = new Map<string, DjangoQuestion>()
  const world: PythonWorld = {
    environment: (variable) => environment.get(variable) ?? null,
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

/** A text as Python would have it: what is written as a constant, or as a dict of constants, is one. */
function asPython(text: string): PythonValue {
  if (text.trim().startsWith('{')) return evaluateText(text) ?? plain(text)
  return plain(text === 'True' ? true : text === 'False' ? false : text === 'None' ? null : text)
}

/** What a dict that a person has written comes to; null for what is none. */
function evaluateText(text: string): PythonValue | null {
  const world: PythonWorld = {
    environment: () => null,
    answered: () => null,
    settings: () => null,
    tookDefault: () => {},
    notFollowed: () => {},
  }
  try {
    const [statement] = parsePython(text)
    if (statement?.type !== 'expression') return null
    const value = evaluate(statement.value, { file: '', names: new Map(), world })
    return value.type === 'dict' ? value : null
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    return null
  }
}

/**
 * Asks what a line sets that is not read, and until that is answered, with a dict, leaves open what it may be: all that
 * its module names so far, and every setting of django-storages.
 */
function leaveOpen(
  scope: PythonScope,
  line: number,
  answers: ReadProjectOptions['answers'],
  questions: Map<string, DjangoQuestion>,
): void {
  const name = `${dottedName(scope.file)
    .replace(/[^\w.]/g, '_')
    .replace(/^(?![A-Za-z_])/, '_')}.line_${line}`.slice(-200)
  const answer = Object.hasOwn(answers, name) ? evaluateText(answers[name] ?? '') : null
  if (answer?.type === 'dict') {
    for (const [setting, value] of answer.entries)
      scope.names.set(setting, isSecretName(setting) ? { type: 'secret' } : saidAt(value, scope, line))
    return
  }
  questions.set(name, {
    name,
    file: scope.file,
    line,
    variable: null,
    text: 'What does this line set of AWS_…, STORAGES and the like? That is not read. Answer as a dict, {"AWS_LOCATION": "media"}, or {} for nothing.',
  })
  const open = saidAt(unknown(scope, line, 'line'), scope, line)
  for (const [setting, { type }] of scope.names)
    if (
      /^[A-Z]/.test(setting) &&
      !/STORAGES?$/.test(setting) &&
      ['plain', 'path', 'dict', 'sequence', 'unknown'].includes(type)
    )
      scope.names.set(setting, open)
  for (const setting of Object.values(storageSettings)) scope.names.set(setting, open)
}

/** Notes a question, once, if a value is not known. */
function ask(
  questions: Map<string, DjangoQuestion>,
  name: string,
  value: PythonValue,
  settings: PythonScope,
): void {
  if (['plain', 'path', 'dict', 'sequence'].includes(value.type)) return
  const at = value.at ?? { file: settings.file, line: 0 }
  const { file, line, variable, reason } =
    value.type === 'unknown'
      ? value.why
      : {
          ...at,
          variable: null,
          reason: value.type === 'secret' ? ('secret' as const) : ('expression' as const),
        }
  // The line itself is asked.
  if (reason === 'line') return
  const text = {
    environment: `What is ${variable ?? 'the variable'}? ${name} comes from that environment variable.`,
    condition: `What is ${name}? It depends on a condition that the project’s files do not decide.`,
    expression: `What is ${name}? It is computed in a way that is not read.`,
    secret: `What is ${name}? It is made of a value that looks like a secret, and those are not read.`,
  }[reason]
  // One answer about a variable is enough, however many settings come from it.
  const key = variable === null ? `${name} ${file} ${line}` : variable
  if (questions.has(key)) return
  questions.set(key, {
    name: name.slice(0, 400),
    file,
    line,
    variable: variable === null ? null : variable.slice(0, 200),
    text: text.slice(0, 1000),
  })
}

function describe(reading: Reading, files: ProjectFiles, name: string): DjangoProject {
  const { settings, storages, reader, questions, defaults, unread } = reading
  const notes = new Set<string>([...reader.guesses, ...(storages.length > 0 ? reader.passedBy : [])])
  for (const [variable, where] of defaults)
    notes.add(`${variable} has the default of ${where}; the running site may have another value.`)
  for (const dotted of unread)
    notes.add(
      `${dotted} is not in this folder, or is made in a way that is not read: whether it keeps files in S3 is not known.`,
    )
  for (const file of reader.problems) notes.add(`${file} cannot be read as Python.`)
  const profiles: ProfileInput[] = []
  const destinations: DjangoProject['destinations'] = []
  for (const storage of storages) {
    const remarks = {
      question: (setting: string, value: PythonValue) => {
        // Named as it stands: the class's attribute, or the setting that it comes from.
        const general = storageSettings[setting as StorageSetting]
        const said = general === undefined ? undefined : settings.names.get(general)
        const isGeneral = said !== undefined && (said === value || (said.at ?? null) === value.at)
        ask(questions, isGeneral ? general : `${storage.facts.name}.${setting}`, value, settings)
      },
      note: (sentence: string) => notes.add(sentence),
    }
    const { destination: nameless, visibilityFrom } = destinationOfStorage(storage, remarks)
    const service = profileOfSettings(name, {
      endpointUrl: settingText(storage, 'endpoint_url', remarks),
      regionName: settingText(storage, 'region_name', remarks),
      addressingStyle: settingText(storage, 'addressing_style', remarks),
    })
    if (service === null) {
      notes.add(`The endpoint of ${storage.facts.name} is no address, so that it is left out.`)
      continue
    }
    const profile = profileIndex(profiles, service, nameless.bucket)
    const same = destinations.find(
      ({ destination, profile: other }) => other === profile && isSamePlace(destination, nameless),
    )
    const alias = storage.alias === null ? [] : [storage.alias.slice(0, 200)]
    if (same) {
      same.aliases = [...new Set([...same.aliases, ...alias])]
      continue
    }
    const taken = destinations
      .filter(({ destination }) => destination.bucket === nameless.bucket)
      .map(({ destination }) => destination.name)
    destinations.push({
      profile,
      storage: storage.facts.dotted.slice(0, 400),
      aliases: alias,
      destination: { ...nameless, name: freeName(nameless, storage, taken) },
      sources: sourcesOf(storage, visibilityFrom),
    })
  }
  if (storages.length === 0)
    notes.add(`${settings.file} keeps no files in S3 with django-storages, as far as it can be read.`)
  return {
    settingsFile: settings.file,
    files: [...files.used].toSorted(),
    profiles,
    destinations: destinations.slice(0, 200),
    questions: [...questions.values()].slice(0, 500),
    notes: [...notes].slice(0, 500).map((note) => note.slice(0, 1000)),
  }
}

/** By which setting each fact of a storage is told, and where that stands. */
function sourcesOf({ facts }: FoundStorage, visibilityFrom: StorageSetting): DjangoSource[] {
  const settings: { readonly [Fact in DjangoSource['fact']]: StorageSetting } = {
    bucket: 'bucket_name',
    region: 'region_name',
    endpoint: 'endpoint_url',
    baseUrl: 'custom_domain',
    prefix: 'location',
    visibility: visibilityFrom,
    onConflict: 'file_overwrite',
    linkExpirySeconds: 'querystring_expire',
    cacheControl: 'object_parameters',
  }
  return djangoFacts.map((fact) => {
    const { value, isDefault, said } = facts.setting(settings[fact])
    return {
      fact,
      setting: said.slice(0, 400),
      file: isDefault ? null : (value.at?.file ?? null),
      line: isDefault ? 0 : (value.at?.line ?? 0),
      isOpen: value.type === 'unknown' || value.type === 'secret',
      variable: value.type === 'unknown' ? (value.why.variable?.slice(0, 200) ?? null) : null,
    }
  })
}

/** The profile of a storage's service; those of one service and region share one. */
function profileIndex(profiles: ProfileInput[], service: ProfileInput, bucket: string | null): number {
  let index = profiles.findIndex(
    ({ endpoint, region, addressing }) =>
      endpoint === service.endpoint && region === service.region && addressing === service.addressing,
  )
  if (index === -1) {
    const count = profiles.length
    const name = count === 0 ? service.name : `${service.name.slice(0, 74)} ${count + 1}`
    index = profiles.push({ ...service, name }) - 1
  }
  const profile = profiles[index]!
  if (bucket !== null && !profile.bucketNames.includes(bucket)) profile.bucketNames.push(bucket)
  return index
}

function isSamePlace(one: NamelessDestination, other: NamelessDestination): boolean {
  return (
    one.bucket !== null &&
    one.prefix !== null &&
    one.bucket === other.bucket &&
    one.prefix === other.prefix &&
    one.kind === other.kind &&
    one.visibility === other.visibility
  )
}

/** The preset's name; the class's where that is taken. */
function freeName(destination: NamelessDestination, storage: FoundStorage, taken: readonly string[]): string {
  const preset =
    destination.kind === 'static'
      ? 'Static'
      : destination.visibility === 'public'
        ? 'Public media'
        : 'Private media'
  const words = (storage.alias ?? storage.facts.name)
    .replace(/Storage$/, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
    .trim()
  const own = words === '' ? preset : words.charAt(0).toUpperCase() + words.slice(1)
  for (const name of [preset, own.slice(0, 70)]) if (!taken.includes(name)) return name
  for (let n = 2; ; n += 1) {
    const name = `${own.slice(0, 70)} ${n}`
    if (!taken.includes(name)) return name
  }
}
