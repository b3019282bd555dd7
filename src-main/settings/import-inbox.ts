import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { importSchema } from './import-schema.ts'
import type { SettingsFile } from './settings-file.ts'
import type { Settings, StoredDestination } from './settings.ts'

type StoredProfile = Settings['profiles'][number]

/** More at once are none of ours. */
const maxImports = 200

/** A larger one is none of ours either. */
const maxImportBytes = 4 * 1024 * 1024

/** A profile without keys, and destinations, on their way into the settings. */
export type SettingsImport = z.infer<typeof importSchema>

/** Who says whether what was left is taken. */
export interface ImportRules {
  /** Whether a profile may be used as it stands. */
  acceptProfile(profile: StoredProfile): boolean
  /** A destination as it may be added to the others, or null. */
  acceptDestination(
    destination: StoredDestination,
    others: readonly StoredDestination[],
  ): StoredDestination | null
}

/**
 * Leaves an import for the application. The command line writes no settings: the application may be running, and two
 * that write one file would lose each other's changes. Throws for a profile that the application would not take.
 */
export async function leaveImport(
  directory: string,
  imported: Omit<SettingsImport, 'profile'> & { readonly profile: StoredProfile | null },
): Promise<void> {
  const schema = (await import('./import-schema.ts')).importSchema
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `${Date.now()}-${randomBytes(6).toString('hex')}.json`)
  const file = await open(`${path}.tmp`, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(schema.parse(imported), null, 2)}\n`, 'utf8')
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.tmp`, path)
}

/**
 * Takes what was left into the settings, in the order in which it was. What is there already, by its id, is not taken
 * again, so that nothing happens twice when it is cut off. The files go, unless `keep`; one that cannot be used stays.
 * Answers what was not taken, in sentences.
 */
export async function takeImports(
  directory: string,
  settings: SettingsFile,
  rules: ImportRules,
  keep = false,
): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  const problems: string[] = []
  for (const name of names
    .filter((each) => each.endsWith('.json'))
    .toSorted()
    .slice(0, maxImports)) {
    const path = join(directory, name)
    const imported = await readImport(path)
    if (imported === null) {
      problems.push(`${name} is not an import that this Pail knows.`)
      continue
    }
    await settings.update((now) => merged(now, imported, rules, problems))
    if (!keep) await rm(path, { force: true })
  }
  return problems
}

function merged(
  now: Settings,
  { profile, destinations }: SettingsImport,
  rules: ImportRules,
  problems: string[],
): Settings {
  const isNew = profile !== null && !now.profiles.some(({ id }) => id === profile.id)
  const isTaken = isNew && rules.acceptProfile(profile)
  if (isNew && !isTaken) problems.push(`The profile “${profile.name}” could not be taken over.`)
  const profiles = isTaken ? [...now.profiles, profile] : now.profiles
  const taken = [...now.destinations]
  for (const destination of destinations) {
    if (taken.some(({ id }) => id === destination.id)) continue
    const accepted = profiles.some(({ id }) => id === destination.profileId)
      ? rules.acceptDestination(destination, taken)
      : null
    if (accepted === null) problems.push(`The destination “${destination.name}” could not be taken over.`)
    else taken.push(accepted)
  }
  return { ...now, profiles, destinations: taken }
}

/** Null for what is none of ours: a link, a pipe, which would never end, or anything that does not fit the schema. */
async function readImport(path: string): Promise<SettingsImport | null> {
  const schema = (await import('./import-schema.ts')).importSchema
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await open(path, flags).catch(() => null)
  if (file === null) return null
  try {
    const info = await file.stat()
    if (!info.isFile() || info.size > maxImportBytes) return null
    return schema.safeParse(JSON.parse(await file.readFile('utf8'))).data ?? null
  } catch {
    return null
  } finally {
    await file.close()
  }
}
