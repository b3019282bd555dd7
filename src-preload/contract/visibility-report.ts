import { z } from 'zod'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import { checkedObjectSchema } from './visibility-plan.ts'

const count = z.number().int().nonnegative()

/** Objects that are not what was asked for: how many, and the first of them. */
const contradictionSchema = z.strictObject({ objects: count, sample: z.array(keySchema).max(20) })

/**
 * What the public can read of objects that have just been changed, as unsigned requests are answered one after another.
 * A snapshot; with `asking` there is more to come. What was not asked for is in no count but `notAsked`.
 */
export const visibilityReportSchema = z.strictObject({
  reportId: idSchema,
  /** What has changed them. */
  cause: z.enum(['upload', 'sync', 'watch', 'undo', 'visibility', 'setup', 'move']),
  /** The batch, the plan, the watch or the set-up. */
  causeId: idSchema.nullable(),
  profileId: idSchema,
  bucket: z.string().max(255),
  /** `stopped`: cut off, or in vain. */
  state: z.enum(['asking', 'done', 'stopped']),
  /** How many were changed. */
  objects: count,
  /** How many of them are asked for; of very many a sample. */
  chosen: count,
  counts: z.strictObject({ public: count, private: count, unknown: count }),
  notAsked: count,
  /** Asked for as private, and everybody can read them. */
  exposed: contradictionSchema,
  /** Asked for as public, and visitors are refused. */
  blocked: contradictionSchema,
})

/** Answers that have come since the last of these events; each replaces what was known of its object. */
export const visibilityAnswersSchema = z.strictObject({
  reportId: idSchema,
  profileId: idSchema,
  bucket: z.string().max(255),
  checks: z.array(checkedObjectSchema).max(500),
})

/** How much of what was changed is asked for: everything (of very many a sample), a few, or nothing. */
export const checkScopeSchema = z.enum(['all', 'sample', 'none'])

export type VisibilityReport = z.infer<typeof visibilityReportSchema>
export type VisibilityAnswers = z.infer<typeof visibilityAnswersSchema>
export type CheckScope = z.infer<typeof checkScopeSchema>
