import { z } from 'zod'
import { keychainStateSchema } from './profile.ts'

/** What a person set for the whole application. */
export const preferencesSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  linkExpirySeconds: z.number().int().min(1).max(604_800),
  inspectorOpen: z.boolean(),
  sidebarWidth: z.number().int().min(160).max(480),
  lastProfileId: z.string().max(64).nullable(),
  lastBucket: z.string().max(255).nullable(),
})

/** Sentences for a person, such as that a file could not be read and was set aside. */
export const noticesSchema = z.array(z.string().max(1000)).max(20)

/** What the renderer has to know about where it runs. */
export const appInfoSchema = z.strictObject({
  version: z.string().max(40),
  platform: z.enum(['darwin', 'win32', 'linux']),
  /** In a browser, folders are typed paths and the clipboard is the browser's. */
  host: z.enum(['electron', 'browser']),
  keychain: keychainStateSchema,
  /** To be shown once. */
  notices: noticesSchema,
  preferences: preferencesSchema,
})

export type Preferences = z.infer<typeof preferencesSchema>
export type AppInfo = z.infer<typeof appInfoSchema>
