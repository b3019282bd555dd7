import type { Api } from '../../src-preload/contract/api.ts'
import type { AppInfo, Preferences } from '../../src-preload/contract/app-info.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { createStore } from 'zustand/vanilla'

/** What the window knows about the application and what the person prefers. */
export interface AppState {
  readonly info: AppInfo | null
  readonly error: AppError | null
  readonly load: () => Promise<void>
  readonly setPreferences: (preferences: Partial<Preferences>) => Promise<AppError | null>
  readonly probeKeychain: () => Promise<AppError | null>
  readonly copyText: (text: string) => Promise<AppError | null>
}

/** Application facts and preferences. A preference is shown at once and taken back when it cannot be saved. */
export function createAppStore(api: Api<File>) {
  return createStore<AppState>()((set, get) => ({
    info: null,
    error: null,
    load: async () => {
      const result = await api.getAppInfo({})
      if (result.ok) set({ info: result.value, error: null })
      else set({ error: result.error })
    },
    setPreferences: async (preferences) => {
      const before = get().info
      if (before !== null)
        set({ info: { ...before, preferences: { ...before.preferences, ...preferences } } })
      const result = await api.setPreferences(preferences)
      const info = get().info
      if (result.ok) {
        if (info !== null) set({ info: { ...info, preferences: result.value } })
        return null
      }
      if (info !== null && before !== null) set({ info: { ...info, preferences: before.preferences } })
      return result.error
    },
    probeKeychain: async () => {
      const result = await api.probeKeychain({})
      if (!result.ok) return result.error
      const info = get().info
      if (info !== null) set({ info: { ...info, keychain: result.value } })
      return null
    },
    copyText: async (text) => {
      const result = await api.copyText({ text })
      return result.ok ? null : result.error
    },
  }))
}
