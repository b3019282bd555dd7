import {
  Menu,
  Notification,
  app,
  dialog,
  ipcMain,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
} from 'electron'
import type { BrowserWindow } from 'electron'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Preferences } from '../src-preload/contract/app-info.ts'
import { Failure } from '../src-preload/contract/failure.ts'
import { failed } from '../src-preload/contract/result.ts'
import type { Result } from '../src-preload/contract/result.ts'
import type { Backend } from './backend/backend-parts.ts'
import type { Dispatch } from './backend/dispatch.ts'
import { scrubEnvironment, userDataDirectory } from './backend/environment.ts'
import { askBeforeQuit, quitQuestion } from './electron/ask-before-quit.ts'
import { registerAppScheme } from './electron/app-protocol.ts'
import { systemClipboard } from './electron/clipboard.ts'
import { askInSystem, createDialogs } from './electron/dialogs.ts'
import { followLongWork } from './electron/long-work.ts'
import { createMailOpener } from './electron/mail.ts'
import { menuTemplate } from './electron/menu.ts'
import { lockNavigation } from './electron/navigation.ts'
import { recoverWindow } from './electron/recover-window.ts'
import { registerIpc, sendToWindow } from './electron/register-ipc.ts'
import { createSession } from './electron/session.ts'
import { refusedSwitch } from './electron/switches.ts'
import { boundsOnScreen, readWindowState, writeWindowState } from './electron/window-state.ts'
import { createWindow } from './electron/window.ts'
import { createFileLog } from './logging/file-log.ts'
import { guardProcess, redactConsole } from './logging/guard-process.ts'
import { createRedactor } from './logging/redact.ts'

/** Composition root for Electron: the real parts in, a window out. What can wait is loaded after the window. */

const scrubbedVariables = scrubEnvironment(process.env)

const root = fileURLToPath(new URL('../..', import.meta.url))
const resources = app.isPackaged ? process.resourcesPath : join(root, 'resources')
const userData = userDataDirectory(process.argv, process.env, process.platform)
app.setPath('userData', userData)
// Chromium's own files, of which a session in memory leaves few, stay out of the way of ours.
app.setPath('sessionData', join(userData, 'chromium'))

const redactor = createRedactor(homedir())
redactConsole(console, redactor)
const log = createFileLog({
  directory: join(userData, 'logs'),
  redactor,
  level: app.isPackaged ? 'info' : 'debug',
  echo: app.isPackaged ? null : (line) => process.stderr.write(`${line}\n`),
})

/** Quitting waits this long for the backend, and no longer. */
const closeWaitMilliseconds = 5000

let toldOfTrouble = false
guardProcess(process, log, () => {
  if (toldOfTrouble) return
  toldOfTrouble = true
  if (app.isReady()) {
    void dialog.showMessageBox({
      type: 'error',
      message: 'Something went wrong inside Pail',
      detail: 'What was running may not have finished. The log has the details.',
    })
  }
})

const forbidden = refusedSwitch(process.argv, app.isPackaged)
if (forbidden !== null) {
  process.stderr.write(`Pail does not start with --${forbidden}.\n`)
  app.exit(2)
} else if (!app.requestSingleInstanceLock()) {
  // The running instance gets 'second-instance' and comes to the front.
  app.quit()
} else {
  start()
}

function start(): void {
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  registerAppScheme(protocol)
  lockNavigation(app, log)

  const stateFile = join(userData, 'window.json')
  const state = { ...readWindowState(stateFile) }
  nativeTheme.themeSource = state.theme

  let window: BrowserWindow | null = null
  let backend: Promise<Backend> | null = null
  let dispatch: Promise<Dispatch> | null = null

  const currentWindow = () => (window === null || window.isDestroyed() ? null : window)
  const currentContents = () => currentWindow()?.webContents ?? null

  const work = followLongWork({
    setProgress: (fraction) => currentWindow()?.setProgressBar(fraction),
    notify: (title, body) => {
      if (!Notification.isSupported()) return
      const notification = new Notification({ title, body })
      notification.on('click', showWindow)
      notification.show()
    },
    isWindowFocused: () => currentWindow()?.isFocused() === true,
  })

  const quitting = askBeforeQuit({
    isChanging: work.isChanging,
    ask: async () => {
      const asking = currentWindow()
      // Where the window is out of sight, the question would be, too.
      if (asking !== null) showWindow()
      return (await askInSystem(asking, quitQuestion)) === 1
    },
  })

  /** Loaded on first need: neither the backend nor the S3 SDK stands between the start and the window. */
  function loadDispatch(): Promise<Dispatch> {
    dispatch ??= (async () => {
      const [{ createBackend }, { createDispatch, subscribeToEvents }] = await Promise.all([
        import('./backend/create-backend.ts'),
        import('./backend/dispatch.ts'),
      ])
      backend = createBackend({
        userDataDirectory: userData,
        host: 'electron',
        version: app.getVersion(),
        platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
        resourcesDirectory: resources,
        clipboard: systemClipboard,
        openMail: createMailOpener(shell, process.platform),
        dialogs: createDialogs(currentWindow),
        log,
        scrubbedVariables,
        resolveProxy: (url) => createdSession().resolveProxy(url),
      })
      const { api } = await backend
      subscribeToEvents(api, { log }, (name, event) => sendToWindow(currentContents(), name, event))
      api.onTransfers((snapshot) => work.onTransfers(snapshot))
      api.onSyncProgress((progress) => work.onSyncProgress(progress))
      api.onWatch((watch) => work.onWatch(watch))
      return createDispatch(api, { log })
    })()
    return dispatch
  }

  function applyTheme(theme: Preferences['theme']): void {
    if (theme === state.theme) return
    state.theme = theme
    nativeTheme.themeSource = theme
  }

  async function call(name: string, input: unknown): Promise<Result<unknown>> {
    try {
      const result = await (await loadDispatch())(name, input)
      // The system's own parts follow the theme too: menus, dialogs and the next start's first colour.
      if (result.ok && name === 'setPreferences') applyTheme((result.value as Preferences).theme)
      return result
    } catch (error) {
      // The next call may try again.
      dispatch = null
      if (error instanceof Failure) return failed(error.error)
      log.error('The backend did not start.', error)
      return failed({
        code: 'bug',
        message: 'Pail could not start its main part. The log has the details.',
        retryable: true,
      })
    }
  }

  function saveState(): void {
    try {
      if (window !== null && !window.isDestroyed()) {
        state.bounds = window.getNormalBounds()
        state.maximized = window.isMaximized()
      }
      writeWindowState(stateFile, state)
    } catch (error) {
      log.warn('The window’s place could not be remembered.', error)
    }
  }

  function openWindow(): void {
    const icon = join(resources, 'icon.png')
    const opened = createWindow({
      session: createdSession(),
      preloadFile: join(root, 'out', 'preload', 'index.cjs'),
      iconFile: process.platform === 'linux' && existsSync(icon) ? icon : null,
      bounds: boundsOnScreen(
        state.bounds,
        screen.getAllDisplays().map((display) => display.workArea),
      ),
      maximized: state.maximized,
      devTools: !app.isPackaged,
    })
    window = opened
    opened.on('close', (event) => {
      saveState()
      // Elsewhere the application ends with its window.
      if (process.platform !== 'darwin') quitting.before(event, () => opened.close())
    })
    if (process.platform === 'win32') opened.on('session-end', quitting.must)
    opened.on('closed', () => {
      if (window === opened) window = null
    })
    recoverWindow(opened, {
      log,
      askToReload: async () => {
        const { response } = await dialog.showMessageBox(opened, {
          type: 'question',
          message: 'The window does not answer',
          detail: 'Transfers go on in either case.',
          buttons: ['Wait', 'Load it again'],
          defaultId: 0,
          cancelId: 0,
        })
        return response === 1
      },
      giveUp: () =>
        dialog.showErrorBox(
          'The window keeps ending',
          'Close Pail and start it again. The log has the details.',
        ),
    })
  }

  let theSession: Electron.Session | null = null
  function createdSession(): Electron.Session {
    theSession ??= createSession(session, join(root, 'out', 'renderer'))
    return theSession
  }

  function showWindow(): void {
    if (window === null || window.isDestroyed()) return openWindow()
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  registerIpc({ ipcMain, currentContents, dispatch: call, log })

  app.on('second-instance', () => {
    if (app.isReady()) showWindow()
  })
  app.on('activate', () => {
    if (app.isReady()) showWindow()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })

  // Whoever logs off or ends Pail from a terminal has decided.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      quitting.must()
      app.quit()
    })

  let closed = false
  app.on('before-quit', (event) => {
    saveState()
    quitting.before(event, () => app.quit())
  })
  app.on('will-quit', (event) => {
    if (closed || backend === null) return log.close()
    event.preventDefault()
    void Promise.race([backend.then((running) => running.close()), delay(closeWaitMilliseconds)])
      .catch((error: unknown) => log.error('The backend did not close cleanly.', error))
      .finally(() => {
        closed = true
        // Within the event itself a second quit is taken for the first one, and then neither happens.
        setImmediate(() => app.quit())
      })
  })

  void app.whenReady().then(() => {
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(menuTemplate({ platform: process.platform, isPackaged: app.isPackaged })),
    )
    openWindow()
    void loadDispatch().catch((error: unknown) => log.error('The backend did not start.', error))
    log.info('Started.', { version: app.getVersion(), electron: process.versions.electron })
  })
}
