import type { Session } from 'electron'
import { appOrigin, isAppUrl } from './app-origin.ts'

/** The one permission that the page may have: writing text to the clipboard after a click (S3). */
const allowedPermission = 'clipboard-sanitized-write'

/** Whether a request or a check for a permission is granted. */
export function isPermissionGranted(permission: string, origin: string, isMainFrame: boolean): boolean {
  return (
    permission === allowedPermission && isMainFrame && (origin === appOrigin || origin === `${appOrigin}/`)
  )
}

/** Denies everything that a page may ask for or look up, but {@link allowedPermission} for our own main frame (S3). */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer, details) => {
    const origin = isAppUrl(details.requestingUrl) ? appOrigin : ''
    answer(contents !== null && isPermissionGranted(permission, origin, details.isMainFrame))
  })
  session.setPermissionCheckHandler((contents, permission, requestingOrigin, details) => {
    return contents !== null && isPermissionGranted(permission, requestingOrigin, details.isMainFrame)
  })
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.setBluetoothPairingHandler((_details, answer) => answer({ confirmed: false }))
  session.on('select-hid-device', (event, _details, answer) => {
    event.preventDefault()
    answer(null)
  })
  session.on('select-usb-device', (event, _details, answer) => {
    event.preventDefault()
    answer()
  })
  session.on('select-serial-port', (event, _ports, _contents, answer) => {
    event.preventDefault()
    answer('')
  })
}
