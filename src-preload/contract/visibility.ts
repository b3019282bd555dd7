import { z } from 'zod'

/** What a person asks for. */
export const wantedVisibilitySchema = z.enum(['public', 'private'])

/**
 * What the public can really read: the answer of an unsigned request, with its time. Anything that is neither a
 * success nor a refusal is `unknown`; nothing is inferred from what was asked for.
 */
export const visibilityCheckSchema = z.strictObject({
  visibility: z.enum(['public', 'private', 'unknown']),
  /** ISO 8601. */
  checkedAt: z.string().max(40),
  /** The HTTP status of the unsigned request; null when there was no answer. */
  status: z.number().int().nullable(),
  /** The very URL that was asked. */
  url: z.string().max(8192),
  /** Why it is not known, and what to do, where that is the service's way and no fault. */
  reason: z.string().max(1000).optional(),
})

export type WantedVisibility = z.infer<typeof wantedVisibilitySchema>
export type VisibilityCheck = z.infer<typeof visibilityCheckSchema>
