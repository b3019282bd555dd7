import { z } from 'zod'
import type { AppInfo, Preferences } from './app-info.ts'
import { appInfoSchema, preferencesSchema } from './app-info.ts'
import type { Call, CallSchemas, Nothing } from './call.ts'
import { nothing } from './call.ts'
import type { KeychainState, Profile } from './profile.ts'
import { keychainStateSchema, profileSchema } from './profile.ts'
import type { ChosenFolder } from './selection.ts'
import { chosenFolderSchema } from './selection.ts'

/** The application itself, the clipboard and mail of its host, and the playground. */
export interface AppCalls {
  getAppInfo: Call<Nothing, AppInfo>
  setPreferences: Call<Partial<Preferences>, Preferences>
  /** Asks the keychain again, after the person has unlocked it. */
  probeKeychain: Call<Nothing, KeychainState>
  copyText: Call<{ text: string }, Nothing>
  /** Opens a new letter, without a recipient, in the system's mail program. `not-supported` where the host has none. */
  composeMail: Call<{ subject: string; body: string }, Nothing>
  /** Starts the local server if needed; answers its profile and the sample site's folder. */
  startPlayground: Call<Nothing, { profile: Profile; sampleSite: ChosenFolder }>
}

/** The shape of every argument and every answer of {@link AppCalls}. */
export const appCallSchemas: CallSchemas<AppCalls> = {
  getAppInfo: { input: nothing, output: appInfoSchema },
  setPreferences: { input: preferencesSchema.partial(), output: preferencesSchema },
  probeKeychain: { input: nothing, output: keychainStateSchema },
  copyText: { input: z.strictObject({ text: z.string().min(1).max(16_000_000) }), output: nothing },
  composeMail: {
    input: z.strictObject({ subject: z.string().min(1).max(300), body: z.string().min(1).max(20_000) }),
    output: nothing,
  },
  startPlayground: {
    input: nothing,
    output: z.strictObject({ profile: profileSchema, sampleSite: chosenFolderSchema }),
  },
}
