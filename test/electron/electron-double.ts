/**
 * What vitest loads in place of Electron: it records what is asked of it, in order, and does nothing else. Only what
 * Pail uses is here.
 */
import { EventEmitter } from 'node:events'

/** Every call, by its name as Electron documents it. */
export const recorded: { name: string; args: unknown[] }[] = []

/** Forgets what was recorded. */
export function forgetRecorded(): void {
  recorded.length = 0
}

function record<Answer>(name: string, answer: Answer) {
  return (...args: unknown[]): Answer => {
    recorded.push({ name, args })
    return answer
  }
}

class AppDouble extends EventEmitter {
  isPackaged = false
  ready = false
  commandLine = { hasSwitch: (name: string) => process.argv.includes(`--${name}`) }
  enableSandbox = record('app.enableSandbox', undefined)
  requestSingleInstanceLock = record('app.requestSingleInstanceLock', true)
  setPath = record('app.setPath', undefined)
  quit = record('app.quit', undefined)
  exit = record('app.exit', undefined)
  getVersion = () => '0.0.0'
  isReady = () => this.ready
  whenReady = () => {
    recorded.push({ name: 'app.whenReady', args: [] })
    // Never ready: a test of the start looks at what comes before.
    return new Promise<void>(() => undefined)
  }
}

/** See the file's comment; the same for all below. */
export const app = new AppDouble()

export class BrowserWindow extends EventEmitter {
  static readonly made: BrowserWindow[] = []
  readonly options: unknown
  readonly calls: string[] = []
  readonly webContents = new EventEmitter()
  visible = false
  constructor(options: unknown) {
    super()
    this.options = options
    BrowserWindow.made.push(this)
  }
  isDestroyed = () => false
  isVisible = () => this.visible
  show = () => {
    this.calls.push('show')
    this.visible = true
  }
  maximize = () => void this.calls.push('maximize')
  loadURL = (url: string) => {
    this.calls.push(`loadURL ${url}`)
    return Promise.resolve()
  }
}

export const nativeTheme = { shouldUseDarkColors: false, themeSource: 'system' }
export const clipboard: { writeText: (text: string) => unknown } = {
  writeText: record('clipboard.writeText', undefined),
}
export const dialog: {
  showOpenDialog: (...args: unknown[]) => Promise<{ canceled: boolean; filePaths: string[] }>
  showMessageBox: (...args: unknown[]) => Promise<unknown>
} = {
  showOpenDialog: record('dialog.showOpenDialog', Promise.resolve({ canceled: true, filePaths: [] })),
  showMessageBox: record('dialog.showMessageBox', Promise.resolve({ response: 0 })),
}
export const Menu = {
  buildFromTemplate: record('Menu.buildFromTemplate', {}),
  setApplicationMenu: record('Menu.setApplicationMenu', undefined),
}
export class Notification extends EventEmitter {
  static isSupported = () => true
  show = record('Notification.show', undefined)
}
export const protocol = {
  registerSchemesAsPrivileged: record('protocol.registerSchemesAsPrivileged', undefined),
}
export const session = { fromPartition: record('session.fromPartition', {}) }
export const shell = { openExternal: record('shell.openExternal', Promise.resolve()) }
export const screen = { getAllDisplays: () => [] }
export const ipcMain = { handle: record('ipcMain.handle', undefined) }

export const contextBridge = { exposeInMainWorld: record('contextBridge.exposeInMainWorld', undefined) }

class IpcRendererDouble extends EventEmitter {
  answer: (channel: string, input: unknown) => unknown = () => ({ ok: true, value: {} })
  invoke = async (channel: string, ...args: unknown[]): Promise<unknown> => {
    recorded.push({ name: 'ipcRenderer.invoke', args: [channel, ...args] })
    return this.answer(channel, args[0])
  }
}
export const ipcRenderer = new IpcRendererDouble()

/** Paths by file, as the operating system would know them. */
export const pathsOfFiles = new WeakMap<object, string>()
export const webUtils = {
  getPathForFile(file: unknown): string {
    if (!(file instanceof Blob)) throw new TypeError('not a File')
    return pathsOfFiles.get(file) ?? ''
  },
}
