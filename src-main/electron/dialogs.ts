import { dialog } from 'electron'
import type { BrowserWindow, MessageBoxOptions, OpenDialogOptions } from 'electron'
import type { FolderPurpose } from '../../src-preload/contract/selection.ts'
import type { Dialogs } from '../backend/backend-parts.ts'

/** What a folder is asked for, and whether a new one will do. */
const folderWords: {
  readonly [Purpose in FolderPurpose]: { title: string; buttonLabel: string; isNew: boolean }
} = {
  sync: { title: 'Choose the folder to publish', buttonLabel: 'Choose', isNew: false },
  command: {
    title: 'Choose the folder in which the command runs',
    buttonLabel: 'Choose',
    isNew: false,
  },
  download: { title: 'Choose where to save downloads', buttonLabel: 'Save here', isNew: true },
  project: { title: 'Choose the folder of the Django project', buttonLabel: 'Choose', isNew: false },
  export: { title: 'Choose where to save the settings', buttonLabel: 'Save here', isNew: true },
}

/** Text in which a row of spaces cannot push what follows out of sight, and nothing breaks or reorders a line. */
function inFullView(text: string): string {
  return text
    .replace(/ {2,}/g, (spaces) => '␣'.repeat(spaces.length))
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
}

/** Asks in a dialog of the system, attached to the window where there is one. Answers the position of the pressed button. */
export async function askInSystem(window: BrowserWindow | null, options: MessageBoxOptions): Promise<number> {
  const { response } =
    window === null ? await dialog.showMessageBox(options) : await dialog.showMessageBox(window, options)
  return response
}

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
      const { title, buttonLabel, isNew } = folderWords[purpose]
      const paths = await open({
        title,
        properties: ['openDirectory', ...(isNew ? ['createDirectory' as const] : [])],
        buttonLabel,
      })
      return paths?.[0] ?? null
    },
    async confirmCommand(command, folder) {
      const pressed = await askInSystem(currentWindow(), {
        type: 'warning',
        title: 'Run a command',
        message: 'Allow this command to run before each sync?',
        detail: `${inFullView(command)}\n\nIn the folder:\n${inFullView(folder)}\n\nIt runs as you, and can do what you can. Allow only what you have typed or understand. A change of the command or of the folder will be asked for again.`,
        buttons: ['Cancel', 'Allow'],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      })
      return pressed === 1
    },
  }
}
