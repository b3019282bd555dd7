import type { IpcMainInvokeEvent, WebContents } from 'electron'
import { appOrigin, isAppUrl } from './app-origin.ts'

/**
 * Whether a call comes from our window's main frame, showing our own page (S12). A frame that has navigated away or
 * was destroyed in the meantime has no `senderFrame` and is refused.
 */
export function isTrustedSender(
  event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  ours: WebContents | null,
): boolean {
  const frame = event.senderFrame
  return (
    ours !== null &&
    event.sender === ours &&
    frame !== null &&
    frame !== undefined &&
    frame.parent === null &&
    frame.origin === appOrigin &&
    isAppUrl(frame.url)
  )
}
