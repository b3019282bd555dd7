import type { KeychainState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { BackendParts } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'

/**
 * What the window asks about the application itself. `moreNotices` are told beside those about the settings. Once the keychain is seen open, `sweepOrphans` removes items of
 * profiles that are gone (S21).
 */
export function appHandlers(
  parts: BackendParts,
  settings: SettingsFile,
  keychain: Keychain,
  sweepOrphans: () => Promise<number>,
  moreNotices: readonly string[],
): HandlersOf<'getAppInfo' | 'setPreferences' | 'probeKeychain'> {
  let swept = false
  const probe = async (): Promise<KeychainState> => {
    const state = await keychain.probe()
    if (state.state === 'ok' && !swept) {
      swept = true
      // Nobody waits for it, and another start tries again.
      sweepOrphans().catch((error: unknown) =>
        parts.log.warn('Orphaned keychain items could not be removed.', error),
      )
    }
    return state
  }
  return {
    async getAppInfo() {
      return {
        version: parts.version,
        platform: parts.platform,
        // The command line has no window to tell; a typed folder is what it shares with the browser.
        host: parts.host === 'electron' ? 'electron' : 'browser',
        keychain: await probe(),
        notices: [...settings.notices, ...moreNotices],
        preferences: settings.current().preferences,
      }
    },
    async setPreferences(changes) {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const next = await settings.update((now) => ({ ...now, preferences: { ...now.preferences, ...given } }))
      return next.preferences
    },
    probeKeychain: probe,
  }
}
