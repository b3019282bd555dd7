import { linearized } from './class-attributes.ts'
import type { ProjectFiles } from './project-files.ts'
import type { PythonScope, PythonValue } from './python-value.ts'
import type { ModuleReader } from './run-settings.ts'
import { noOptions, readStorage, type S3StorageFacts, storageSettings } from './storage-facts.ts'

/** A storage in S3, and what the settings use it for. */
export interface FoundStorage {
  readonly facts: S3StorageFacts
  /** `default`, `staticfiles` or another alias of STORAGES; null for a class that only models name. */
  readonly alias: string | null
}

/** Files in which projects commonly define their storages. */
const storageFile = /(^|\/)(\w*storages?(_backends?)?|\w*backends|s3utils|utils\/storages?)\.py$/

/**
 * The storages of a project that keep files in S3: those of `STORAGES`, those of the older settings, those whose names
 * other settings hold (`PRIVATE_FILE_STORAGE`), and the classes beside them.
 */
export async function findStorages(
  settings: PythonScope,
  reader: ModuleReader,
  files: ProjectFiles,
  onQuestion: (name: string, value: PythonValue) => void,
  /** Told of a backend that may keep files in S3, and is not read. */
  onUnread: (dotted: string) => void,
): Promise<FoundStorage[]> {
  const found: FoundStorage[] = []
  const modules = new Set<string>()

  async function add(
    alias: string | null,
    backend: PythonValue | undefined,
    options: typeof noOptions,
  ): Promise<void> {
    if (backend?.type !== 'plain' || typeof backend.value !== 'string') return
    const storage = await lookUp(backend.value)
    const facts =
      storage === null ? null : readStorage(storage, options, settings.names, settings.world.answered)
    if (facts !== null) found.push({ facts, alias })
    else if (storage === null || !isElsewhere(storage)) onUnread(backend.value)
  }

  /** What a dotted name stands for. */
  async function lookUp(dotted: string): Promise<PythonValue | null> {
    const dot = dotted.lastIndexOf('.')
    if (dot === -1) return null
    const file = await files.moduleFile(dotted.slice(0, dot), settings.file)
    if (file === null) return { type: 'reference', dotted }
    modules.add(file)
    return (await reader.module(file))?.names.get(dotted.slice(dot + 1)) ?? null
  }

  const storages = settings.names.get('STORAGES')
  if (storages?.type === 'dict') {
    for (const [alias, storage] of storages.entries) {
      if (storage.type !== 'dict') {
        onQuestion(`STORAGES["${alias}"]`, storage)
        continue
      }
      const backend = storage.entries.get('BACKEND')
      if (backend !== undefined) onQuestion(`STORAGES["${alias}"]["BACKEND"]`, backend)
      const options = storage.entries.get('OPTIONS')
      const given =
        options === undefined
          ? noOptions
          : options.type === 'dict'
            ? { keywords: options.entries, rest: options.rest ?? null }
            : { keywords: noOptions.keywords, rest: options }
      await add(alias, backend, given)
    }
    if (storages.rest !== undefined) onQuestion('STORAGES', storages.rest)
  } else if (storages !== undefined) onQuestion('STORAGES', storages)
  for (const [name, alias] of [
    ['DEFAULT_FILE_STORAGE', 'default'],
    ['STATICFILES_STORAGE', 'staticfiles'],
  ] as const) {
    const backend = settings.names.get(name)
    // Django has one of the two forms; STORAGES decides.
    if (backend === undefined || found.some((each) => each.alias === alias)) continue
    onQuestion(name, backend)
    await add(alias, backend, noOptions)
  }
  for (const [name, value] of settings.names)
    if (name.endsWith('_STORAGE') && name !== 'DEFAULT_FILE_STORAGE' && name !== 'STATICFILES_STORAGE')
      await add(null, value, noOptions)

  // Classes that models use without a word in the settings.
  const classes: Extract<PythonValue, { type: 'class' }>[] = []
  for (const file of new Set([...modules, ...files.python.filter((each) => storageFile.test(each))]))
    for (const value of (await reader.module(file))?.names.values() ?? [])
      if (value.type === 'class' && value.class.file === file) classes.push(value)
  const bases = new Set(
    classes.flatMap((value) =>
      value.class.bases.flatMap((base) => (base.type === 'class' ? [base.class] : [])),
    ),
  )
  for (const value of classes) {
    const facts = readStorage(value, noOptions, settings.names, settings.world.answered)
    if (facts === null) continue
    // What others are made from and has no place of its own is only their common part.
    if (bases.has(value.class) && facts.setting('location').said === storageSettings.location) continue
    found.push({ facts, alias: null })
  }
  return withoutRepeated(found)
}

/** Whether a backend is known to keep its files elsewhere: one of Django's, of django-storages, or made from such. */
function isElsewhere(storage: PythonValue): boolean {
  if (storage.type === 'instance') return isElsewhere(storage.of)
  const packages = linearized(storage).flatMap((each) => (each.type === 'reference' ? [each.dotted] : []))
  return packages.some((each) =>
    /^(django|storages|whitenoise|cloudinary_storage|compressor|pipeline)\./.test(each),
  )
}

/** A class that settings name is there once, with its alias. */
function withoutRepeated(found: readonly FoundStorage[]): FoundStorage[] {
  const kept: FoundStorage[] = []
  for (const each of found) {
    const isRepeated = kept.some(
      (other) =>
        other.facts.dotted === each.facts.dotted && (each.alias === null || each.alias === other.alias),
    )
    if (!isRepeated) kept.push(each)
  }
  return kept
}
