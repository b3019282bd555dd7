import type { Keychain } from '../keychain/keychain.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { BackendParts } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'

/** What the window asks about the application itself. */
export function appHandlers(
  parts: BackendParts,
  settings: SettingsFile,
  keychain: Keychain,
): HandlersOf<'getAppInfo' | 'setPreferences' | 'probeKeychain'> {
  return {
    async getAppInfo() {
      return {
        version: parts.version,
        platform: parts.platform,
        // The command line has no window to tell; a typed folder is what it shares with the browser.
        host: parts.host === 'electron' ? 'electron' : 'browser',
        keychain: await keychain.probe(),
        notices: [...settings.notices],
        preferences: settings.current().preferences,
      }
    },
    async setPreferences(changes) {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const next = await settings.update((now) => ({ ...now, preferences: { ...now.preferences, ...given } }))
      return next.preferences
    },
    probeKeychain: () => keychain.probe(),
  }
}
