import type { BrowserWindow } from 'electron'
import type { Log } from '../logging/log.ts'

/** What a window in trouble asks of its host. */
export interface RecoveryParts {
  readonly log: Log
  /** The person decides about a page that does not answer: true to load it again, false to wait. */
  readonly askToReload: () => Promise<boolean>
  /** Told when the page ends again and again, and is left alone. */
  readonly giveUp: () => void
  readonly now?: () => number
}

/** A page that ends more often than this within a minute would only flicker. */
const reloadsPerMinute = 3

/** Loads the page again when its process ends, and asks when it hangs (F44). Work in the main process goes on. */
export function recoverWindow(window: BrowserWindow, parts: RecoveryParts): void {
  const { log, askToReload, giveUp } = parts
  const now = parts.now ?? (() => performance.now())
  let reloads: number[] = []
  let asking = false

  function reload(): void {
    if (window.isDestroyed()) return
    reloads = [...reloads.filter((at) => now() - at < 60_000), now()]
    if (reloads.length > reloadsPerMinute) giveUp()
    else window.webContents.reload()
  }

  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    log.error('The window’s process ended.', { reason })
    reload()
  })

  window.on('unresponsive', () => {
    if (asking) return
    asking = true
    log.warn('The window does not answer.')
    void askToReload()
      .then((wanted) => {
        if (!wanted || window.isDestroyed()) return
        // Its process is busy for good: reloading within it would wait as well.
        window.webContents.forcefullyCrashRenderer()
      })
      .catch((error: unknown) => log.error('The question could not be asked.', error))
      .finally(() => {
        asking = false
      })
  })
}
