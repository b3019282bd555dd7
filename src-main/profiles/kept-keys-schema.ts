import { z } from 'zod'

/** What the keychain holds for a profile, as JSON. */
export const keptKeysSchema = z.strictObject({
  accessKeyId: z.string().min(1).max(256),
  secretAccessKey: z.string().min(1).max(4096),
})
