import type { App, Event, WebContents } from 'electron'
import type { Log } from '../logging/log.ts'
import { isAppUrl } from './app-origin.ts'

/** Locks one page to our own origin: no navigation, redirect, frame, new window or webview leads elsewhere (S4). */
function lock(contents: WebContents, log: Log): void {
  const refuseForeign = (event: Event & { readonly url: string }): void => {
    if (isAppUrl(event.url)) return
    event.preventDefault()
    // The scheme alone: a URL may hold a signature.
    log.warn('A navigation was refused.', {
      scheme: event.url.slice(0, event.url.indexOf(':') + 1).slice(0, 20),
    })
  }
  contents.on('will-navigate', refuseForeign)
  contents.on('will-redirect', refuseForeign)
  contents.on('will-frame-navigate', refuseForeign)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => {
    log.warn('A new window was refused.')
    return { action: 'deny' }
  })
}

/** Locks every page that the application will ever have; called before the first window. */
export function lockNavigation(app: App, log: Log): void {
  app.on('web-contents-created', (_event, contents) => lock(contents, log))
}
