import { dialog } from 'electron'
import type { BrowserWindow, OpenDialogOptions } from 'electron'
import type { Dialogs } from '../backend/backend-parts.ts'

/** The system's own dialogs, attached to the window while there is one. */
export function createDialogs(currentWindow: () => BrowserWindow | null): Dialogs {
  async function open(options: OpenDialogOptions): Promise<string[] | null> {
    const window = currentWindow()
    const { canceled, filePaths } =
      window === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(window, options)
    return canceled || filePaths.length === 0 ? null : filePaths
  }
  return {
    chooseFiles(kind) {
      return kind === 'files'
        ? open({
            title: 'Choose files to upload',
            properties: ['openFile', 'multiSelections'],
            buttonLabel: 'Choose',
          })
        : open({ title: 'Choose a folder to upload', properties: ['openDirectory'], buttonLabel: 'Choose' })
    },
    async chooseFolder(purpose) {
      const paths = await open(
        purpose === 'sync'
          ? { title: 'Choose the folder to publish', properties: ['openDirectory'], buttonLabel: 'Choose' }
          : {
              title: 'Choose where to save downloads',
              properties: ['openDirectory', 'createDirectory'],
              buttonLabel: 'Save here',
            },
      )
      return paths?.[0] ?? null
    },
  }
}
