import { BrowserWindow, nativeTheme } from 'electron'
import type { BrowserWindowConstructorOptions, Session } from 'electron'
import { appStartUrl, isAppUrl } from './app-origin.ts'
import type { Bounds } from './window-state.ts'

/** What differs from one start to the next. */
export interface WindowParts {
  readonly session: Session
  readonly preloadFile: string
  readonly iconFile: string | null
  readonly bounds: Bounds | null
  readonly maximized: boolean
  readonly devTools: boolean
}

/** The colours of the page's own background, so that nothing flashes before its first paint. */
const background = { light: '#ffffff', dark: '#1b1b1f' }

/** A page that has not painted after this many milliseconds is shown as it is. */
const showAnywayAfterMilliseconds = 4000

/** The options of the one window (S1): what is not said here keeps Electron's safe default. */
export function windowOptions(parts: WindowParts, dark: boolean): BrowserWindowConstructorOptions {
  return {
    ...(parts.bounds ?? { width: 1280, height: 800 }),
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Pail',
    backgroundColor: dark ? background.dark : background.light,
    ...(parts.iconFile === null ? {} : { icon: parts.iconFile }),
    webPreferences: {
      session: parts.session,
      preload: parts.preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      devTools: parts.devTools,
      spellcheck: false,
    },
  }
}

/** The one place where a window is made (S1). It is shown when its page has painted. */
export function createWindow(parts: WindowParts): BrowserWindow {
  const window = new BrowserWindow(windowOptions(parts, nativeTheme.shouldUseDarkColors))
  const show = (): void => {
    clearTimeout(anyway)
    if (window.isDestroyed() || window.isVisible()) return
    if (parts.maximized) window.maximize()
    window.show()
  }
  const anyway = setTimeout(show, showAnywayAfterMilliseconds)
  window.once('ready-to-show', show)
  window.once('closed', () => clearTimeout(anyway))
  // A title from the page would be a place to show what an object's name says.
  window.on('page-title-updated', (event) => event.preventDefault())
  // about:blank is not stopped by the navigation lock, since Chromium asks nobody about it. It has no page and every
  // call from it is refused: back to our own.
  window.webContents.on('did-navigate', (_event, url) => {
    if (!isAppUrl(url)) void window.loadURL(appStartUrl).catch(show)
  })
  void window.loadURL(appStartUrl).catch(show)
  return window
}
