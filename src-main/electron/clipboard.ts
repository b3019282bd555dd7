import { clipboard } from 'electron'
import type { Clipboard } from '../backend/backend-parts.ts'

/** The system's clipboard: plain text only. Since Electron 44 its functions answer promises, before they did not. */
export const systemClipboard: Clipboard = {
  async writeText(text) {
    await clipboard.writeText(text)
  },
}
