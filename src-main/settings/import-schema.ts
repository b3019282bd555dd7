import { z } from 'zod'
import { storedDestinationSchema, storedProfileSchema } from './settings-schema.ts'

/** What the command line leaves for the application. */
export const importSchema = z.strictObject({
  version: z.literal(1),
  /** Null when the destinations belong to a profile that is there. */
  profile: storedProfileSchema.nullable(),
  destinations: z.array(storedDestinationSchema).max(200),
})
