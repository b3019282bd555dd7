import { randomBytes } from 'node:crypto'
import { mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { localFailure } from '../settings/local-failure.ts'
import { isWindowsName, unsafeAnywhere } from '../transfers/safe-local-path.ts'

/** Bytes that came from the clipboard, as files that can be uploaded like others. */
export interface PastedFiles {
  /** Writes each into a folder of its own (0700, 0600), and answers the absolute paths. Throws Failures. */
  keep(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<string[]>
  /** Removes those of these paths that are ours: they have been uploaded. */
  forget(paths: readonly string[]): Promise<void>
}

/** What has not been uploaded after so long, in milliseconds, is not waited for any more. */
const keptForMs = 7 * 24 * 3_600_000

/** Keeps them below `directory`; what is left there from long ago goes with the first that comes. */
export function createPastedFiles(directory: string, now: () => number = Date.now): PastedFiles {
  let swept: Promise<void> | null = null
  return {
    async keep(files) {
      for (const { name } of files) {
        if (/[/\\]/.test(name) || unsafeAnywhere.test(name) || !isWindowsName(name))
          throw failure('invalid-argument', 'What was pasted has a name that cannot be stored here.')
      }
      swept ??= sweep(directory, now() - keptForMs)
      await swept
      const paths: string[] = []
      try {
        for (const { name, bytes } of files) {
          // A folder each: two pictures may have one name.
          const folder = join(directory, `pasted-${randomBytes(9).toString('hex')}`)
          await mkdir(folder, { recursive: true, mode: 0o700 })
          paths.push(join(folder, name))
          await writeFile(join(folder, name), bytes, { mode: 0o600, flag: 'wx' })
        }
      } catch (error) {
        await this.forget(paths)
        throw localFailure(
          error,
          'There is no room on this computer for what was pasted.',
          'What was pasted could not be stored on this computer',
        )
      }
      return paths
    },
    async forget(paths) {
      // A selection has the real paths.
      const root = await realpath(directory).catch(() => directory)
      for (const path of paths) {
        const folder = dirname(path)
        if (dirname(folder) === root || dirname(folder) === directory)
          await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

async function sweep(directory: string, before: number): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter((each) => each.startsWith('pasted-'))) {
    const folder = join(directory, name)
    const made = await stat(folder).catch(() => null)
    if (made !== null && made.mtimeMs < before) await rm(folder, { recursive: true, force: true })
  }
}
