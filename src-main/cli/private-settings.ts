import { mkdtempSync, rmSync } from 'node:fs'
import { constants, copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { openSettingsFile } from '../settings/settings-file.ts'

/** A folder of settings for one run of the command line. */
export interface PrivateSettings {
  readonly directory: string
  remove(): Promise<void>
}

/**
 * Makes the folder in which the backend of one command works, with a copy of the application's settings when a saved
 * profile is wanted. The application may be running: two processes that write one settings file or resume the same
 * transfers would spoil both, so that the command line reads the settings and writes nothing there.
 */
export async function createPrivateSettings(copyFrom: string | null): Promise<PrivateSettings> {
  // At once: a command has nothing else to do meanwhile, and handing it to a thread takes longer.
  const directory = mkdtempSync(join(tmpdir(), 'pail-cli-'))
  const remove = async () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  try {
    if (copyFrom !== null) await copySettings(copyFrom, directory)
  } catch (error) {
    await remove()
    throw error
  }
  return { directory, remove }
}

async function copySettings(copyFrom: string, directory: string): Promise<void> {
  try {
    await copyFile(join(copyFrom, 'settings.json'), join(directory, 'settings.json'), constants.COPYFILE_EXCL)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Without the application's settings there are still those of ~/.aws.
    if (code === 'ENOENT') return
    throw failure('settings-corrupt', `The application’s settings cannot be read (${code}).`)
  }
  const settings = await openSettingsFile(directory)
  // Only the copy has been looked at: what becomes of the file is for the application to say (F42).
  if (settings.notices.length)
    throw failure(
      'settings-corrupt',
      'The application’s settings file cannot be used, and so neither can its profiles. Start Pail to see more.',
    )
  // The playground's server belongs to the application: here its profile would start another, with other objects.
  const profiles = settings
    .current()
    .profiles.filter(({ credentialSource }) => credentialSource.type !== 'playground')
  if (profiles.length < settings.current().profiles.length)
    await settings.update((now) => ({ ...now, profiles }))
}
