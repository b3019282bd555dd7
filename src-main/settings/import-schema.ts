import { z } from 'zod'
import { storedDestinationSchema, storedProfileSchema } from './settings-schema.ts'

/**
 * What the command line leaves for the application (S23). A file cannot consent for a person: a profile that comes by one
 * runs no command, speaks no plain http off loopback, trusts no authority of its own and names no proxy, and its keys are
 * entered later.
 */
export const importSchema = z.strictObject({
  version: z.literal(1),
  /** Null when the destinations belong to a profile that is there. */
  profile: storedProfileSchema
    .omit({ certificateAuthority: true, proxy: true })
    .extend({
      credentialSource: z.strictObject({ type: z.literal('keychain') }),
      insecureConsent: z.null(),
    })
    .nullable(),
  destinations: z.array(storedDestinationSchema).max(200),
})
