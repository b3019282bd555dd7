import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { localFailure } from './local-failure.ts'
import { defaultSettings, type Settings, settingsVersion } from './settings.ts'

/** The settings in memory, and the one file behind them. */
export interface SettingsFile {
  current(): Settings
  /** What the file says now, which another process may have changed; what is in memory where it cannot be used. */
  onDisk(): Promise<Settings>
  /** Changes the settings and returns when the new file is on disk. Changes are written one after the other. */
  update(change: (settings: Settings) => Settings): Promise<Settings>
  /** Resolves when all changes so far are on disk, or could not be written. Writes nothing itself. */
  written(): Promise<void>
  /** What a person has to be told about the file: that it was set aside, and where. */
  readonly notices: readonly string[]
}

/** Loaded when there is something to check: a command without settings does without. */
const loadSchema = () => import('./settings-schema.ts')

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text, 'utf8')
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

type Read = { kind: 'absent' } | { kind: 'good'; settings: Settings } | { kind: 'bad'; why: string }

async function read(path: string): Promise<Read> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' }
    // Unreadable is not corrupt: replacing a file that permissions hide would lose it.
    throw failure(
      'settings-corrupt',
      `The settings file could not be read (${(error as NodeJS.ErrnoException).code}).`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'bad', why: 'is not complete' }
  }
  const version = (value as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > settingsVersion)
    return { kind: 'bad', why: 'was written by a newer Pail' }
  const { settingsSchema } = await loadSchema()
  const parsed = settingsSchema.safeParse(value)
  return parsed.success
    ? { kind: 'good', settings: parsed.data }
    : { kind: 'bad', why: 'does not have the expected form' }
}

/** Keeps a copy of an unusable file beside it and returns the copy's name; one that is there already serves. */
async function setAside(path: string, why: string, now: Date): Promise<string> {
  const directory = dirname(path)
  try {
    const bytes = await readFile(path)
    for (const name of await readdir(directory)) {
      if (!/^settings\..+\.json$/.test(name)) continue
      if (bytes.equals(await readFile(join(directory, name)))) return name
    }
    const aside = `settings.${now.toISOString().replaceAll(':', '-')}.${randomBytes(3).toString('hex')}.json`
    await copyFile(path, join(directory, aside))
    return aside
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw failure('settings-corrupt', `The settings file ${why} and could not be set aside (${code}).`)
  }
}

/**
 * Opens `settings.json` in `directory`. A file that cannot be used is copied aside under a new name before anything is
 * written, and a notice says so (F42): defaults are shown, nothing is lost.
 * Throws a `settings-corrupt` failure when the file exists but cannot be read or set aside.
 */
export async function openSettingsFile(
  directory: string,
  now: () => Date = () => new Date(),
): Promise<SettingsFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'settings.json')
  const notices: string[] = []
  let settings = defaultSettings
  const found = await read(path)
  if (found.kind === 'good') settings = found.settings
  if (found.kind === 'bad') {
    const aside = await setAside(path, found.why, now())
    notices.push(
      `The settings file ${found.why}. It was kept as “${aside}”, and Pail starts with default settings.`,
    )
  }

  let queue: Promise<unknown> = Promise.resolve()
  return {
    current: () => settings,
    async onDisk() {
      await queue
      const now = await read(path).catch(() => null)
      return now?.kind === 'good' ? now.settings : settings
    },
    notices,
    written: async () => void (await queue),
    update(change) {
      const run = queue.then(async () => {
        const { settingsSchema } = await loadSchema()
        const next = settingsSchema.parse(change(settings))
        await writeAtomically(path, `${JSON.stringify(next, null, 2)}\n`).catch((error: unknown) => {
          throw localFailure(
            error,
            'There is no room on this computer’s disk for Pail’s settings.',
            'Pail’s settings could not be written',
          )
        })
        settings = next
        return next
      })
      // The next change goes on whether or not this one could be written; this one's caller learns of its failure.
      queue = run.catch(() => undefined)
      return run
    },
  }
}

/**
 * Settings for one run, which are gone with it: changes stay in memory, so that nothing is checked, written and flushed to
 * the disk for nobody to read.
 */
export function settingsForOneRun({ current, onDisk, notices }: SettingsFile): SettingsFile {
  let settings = current()
  return {
    current: () => settings,
    onDisk,
    notices,
    written: async () => undefined,
    async update(change) {
      settings = change(settings)
      return settings
    },
  }
}
