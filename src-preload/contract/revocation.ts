import { z } from 'zod'
import { keySchema } from './object.ts'
import { linkTestSchema } from './presigned-url.ts'
import { idSchema } from './profile.ts'
import { visibilityCheckSchema } from './visibility.ts'

const count = z.number().int().nonnegative()

/** What would become of the links to an object if it were moved to another key. Nothing has been done yet. */
export const revocationPlanSchema = z.strictObject({
  planId: idSchema,
  bucket: z.string().max(255),
  key: keySchema,
  /** A free key in the same folder, which nobody can guess. */
  newKey: keySchema,
  sizeBytes: count,
  /** The live links to the object that the ledger knows, and the end of the last expiring one (ISO 8601). */
  links: count,
  lastEndsAt: z.string().max(40).nullable(),
  /** Links to upload to the key with: they go on working. */
  uploadLinks: count,
  versioned: z.enum(['yes', 'no', 'unknown']),
  /** What the public gets at the plain URL now. */
  visibility: visibilityCheckSchema,
  /** Each in a sentence: what else ends, and what does not. */
  consequences: z.array(z.string().max(1000)).max(12),
})

/** What was done, and what was found afterwards at the old key: asked, not assumed. */
export const revocationOutcomeSchema = z.strictObject({
  bucket: z.string().max(255),
  key: keySchema,
  newKey: keySchema,
  /** ISO 8601. */
  revokedAt: z.string().max(40),
  /** How many links of the ledger are marked as revoked. */
  links: count,
  /** What a link to the old key comes to, made afterwards as those that were handed out; `failed` is what is wanted. */
  oldLink: linkTestSchema,
  /** What the public gets at the old plain URL. */
  oldUrl: visibilityCheckSchema,
})

/** A copy that a move may have left, because it could neither delete the object nor take the copy back, or was cut off. */
export const leftCopySchema = z.strictObject({
  id: idSchema,
  /** When the move began, ISO 8601. */
  at: z.string().max(40),
  profileId: idSchema,
  bucket: z.string().max(255),
  /** Where the object is, and where its copy. */
  key: keySchema,
  newKey: keySchema,
})

/** `gone`: there is no copy. `moved`: the move had been made, and what is at the new key is the object itself. */
export const leftCopyOutcomeSchema = z.strictObject({ outcome: z.enum(['removed', 'gone', 'moved']) })

export type LeftCopy = z.infer<typeof leftCopySchema>
export type LeftCopyOutcome = z.infer<typeof leftCopyOutcomeSchema>
export type RevocationPlan = z.infer<typeof revocationPlanSchema>
export type RevocationOutcome = z.infer<typeof revocationOutcomeSchema>
