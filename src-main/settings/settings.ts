import type { z } from 'zod'
import type { settingsSchema, storedDestinationSchema } from './settings-schema.ts'

/** The version that this Pail writes. A higher one in a file is from a newer Pail and is never overwritten. */
export const settingsVersion = 2

/** A destination as it is kept. */
export type StoredDestination = z.infer<typeof storedDestinationSchema>
/** Everything that Pail remembers: see {@link settingsSchema}. */
export type Settings = z.infer<typeof settingsSchema>

/** What a new installation starts with. */
export const defaultSettings: Settings = {
  version: settingsVersion,
  preferences: {
    theme: 'system',
    linkExpirySeconds: 3600,
    inspectorOpen: true,
    sidebarWidth: 220,
    lastProfileId: null,
    lastBucket: null,
  },
  profiles: [],
  destinations: [],
  folders: [],
  deletedProfiles: [],
}
