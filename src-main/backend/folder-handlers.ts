import { failure } from '../../src-preload/contract/failure.ts'
import type { BackendParts } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'
import type { Folders } from './folders.ts'

/** The folders that are chosen in a dialog, or typed where there is none. */
export function folderHandlers(
  { dialogs }: Pick<BackendParts, 'dialogs'>,
  folders: Folders,
): HandlersOf<'chooseFolder'> {
  return {
    async chooseFolder({ purpose, typedPath }) {
      // With dialogs the window names no path, not even a typed one (S15).
      if (dialogs !== null) {
        if (typedPath !== null) throw failure('not-allowed', 'Choose the folder in the dialog.')
        const path = await dialogs.chooseFolder(purpose)
        return path === null ? null : folders.choose(path)
      }
      return typedPath === null ? null : folders.choose(typedPath)
    },
  }
}
