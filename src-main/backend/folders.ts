import { randomBytes } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import type { SettingsFile } from '../settings/settings-file.ts'

/** Folders that a person chose, behind opaque handles that survive a restart (S15). */
export interface Folders {
  /** Checks that the path is a folder and answers its handle, the same one for the same folder. */
  choose(path: string): Promise<ChosenFolder>
  /** The path behind a handle. Throws `not-found` for a handle that nobody issued. */
  path(folderId: string): string
  /** The handle and the folder's name; null when the handle is unknown. */
  describe(folderId: string | null): ChosenFolder | null
}

/** See {@link Folders}. The handles are kept in the settings. */
export function createFolders(settings: SettingsFile): Folders {
  const find = (folderId: string) => settings.current().folders.find((folder) => folder.id === folderId)
  return {
    async choose(path) {
      if (!isAbsolute(path))
        throw failure('invalid-argument', 'Type the whole path of the folder, from the root.')
      let real: string
      try {
        real = await realpath(path)
        if (!(await stat(real)).isDirectory())
          throw failure('local-missing', 'That is a file. Choose a folder.')
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR')
          throw failure('local-missing', 'There is no such folder.')
        if (code === 'EACCES') throw failure('local-file', 'Pail may not read that folder.')
        throw error
      }
      const known = settings.current().folders.find((folder) => folder.path === real)
      if (known) return { folderId: known.id, name: basename(real) || real }
      const id = `folder_${randomBytes(12).toString('hex')}`
      await settings.update((now) => {
        const used = new Set(
          now.destinations.flatMap((each) =>
            each.kind === 'static' ? [each.folderId, each.runBefore?.folderId ?? null] : [],
          ),
        )
        // The settings hold at most 1,000 folders: the oldest that no destination uses give way.
        const kept = now.folders.filter(
          (folder, index) => used.has(folder.id) || index > now.folders.length - 500,
        )
        return { ...now, folders: [...kept, { id, path: real }] }
      })
      return { folderId: id, name: basename(real) || real }
    },
    path(folderId) {
      const folder = find(folderId)
      if (!folder) throw failure('not-found', 'That folder was not chosen in Pail. Choose it again.')
      return folder.path
    },
    describe(folderId) {
      const folder = folderId === null ? undefined : find(folderId)
      return folder ? { folderId: folder.id, name: basename(folder.path) || folder.path } : null
    },
  }
}
