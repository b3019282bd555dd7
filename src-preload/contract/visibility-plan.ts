import { z } from 'zod'
import { visibilityWaySchema } from './bucket-access.ts'
import { bucketSwitchSchema, domainSchema } from './bucket-switch.ts'
import { errorCodes } from './error-codes.ts'
import { keySchema, prefixSchema } from './object.ts'
import { opensSchema } from './opens.ts'
import { idSchema } from './profile.ts'
import { visibilityCheckSchema, wantedVisibilitySchema } from './visibility.ts'

const count = z.number().int().nonnegative()
const policyText = z.string().max(65_536)

/** One change of a policy's text: at `at`, `removed` goes and `added` comes; everything else stays byte for byte. */
export const policyEditSchema = z.strictObject({
  at: count,
  removed: policyText,
  added: policyText,
  /** The whole policies; null is none. */
  before: policyText.nullable(),
  after: policyText.nullable(),
})

/**
 * What is to be done so that objects are public or private. Nothing has been done yet. A plan with a `refusal` cannot be
 * applied; one with neither `acls` nor `policy` nor `switches` has nothing to do.
 */
export const visibilityPlanSchema = z.strictObject({
  planId: idSchema,
  bucket: z.string().max(255),
  visibility: wantedVisibilitySchema,
  way: visibilityWaySchema,
  /** False when something could not be read on which the outcome depends. */
  sure: z.boolean(),
  reasons: z.array(z.string().max(1000)).max(12),
  refusal: z.strictObject({ code: z.enum(errorCodes), message: z.string().max(2000) }).nullable(),
  /** The ACL that is sent, and for how many objects; null when none is. */
  acls: z.strictObject({ acl: z.enum(['public-read', 'private']), objects: count }).nullable(),
  policy: policyEditSchema.nullable(),
  /** What the service opens or shuts the whole bucket by: then the objects are all of it, whichever were meant. */
  switches: z.array(bucketSwitchSchema).max(100),
  /** Addresses of the service that stay on, so that the bucket stays public through them. */
  keptOpenBy: z.array(domainSchema).max(100),
  /** How many statements of others the policy has; they stay as they are. */
  otherStatements: count,
  prefixes: z.array(prefixSchema).max(100),
  /** The objects that are concerned, those below the prefixes as they are now; with `more`, at least so many. */
  objects: count,
  more: z.boolean(),
  /** The first few, to be named. */
  sample: z.array(keySchema).max(50),
})

/** The unsigned truth about one object. */
export const checkedObjectSchema = visibilityCheckSchema.extend({ key: keySchema })

/** What was done, and what the public can read afterwards: asked, not assumed. */
export const visibilityOutcomeSchema = z.strictObject({
  planId: idSchema,
  visibility: wantedVisibilitySchema,
  /** How many objects have another ACL now, and whether the policy is another one. */
  acls: count,
  policyChanged: z.boolean(),
  /** What the service's own switches came to; absent where none was thrown. `problem` says why one is not as it should be. */
  switches: z
    .array(
      bucketSwitchSchema.extend({
        problem: z.strictObject({ code: z.enum(errorCodes), message: z.string().max(2000) }).nullable(),
      }),
    )
    .max(100)
    .optional(),
  failed: z
    .array(z.strictObject({ key: keySchema, code: z.enum(errorCodes), message: z.string().max(2000) }))
    .max(1000),
  checks: z.array(checkedObjectSchema).max(200),
  counts: z.strictObject({ public: count, private: count, unknown: count, notChecked: count }),
  /** By it `onVisibilityReport` and `onVisibilityAnswers` tell of all that was changed, also of what is not checked yet. */
  visibilityReportId: idSchema.optional(),
  /** Whether it can be taken back by `undoVisibility`. */
  undoable: z.boolean(),
  /** What a person can do when it did not come to what was wanted. */
  hint: z.string().max(1000).optional(),
})

/** A change that was made from this computer and can still be taken back. */
export const visibilityChangeSchema = z.strictObject({
  /** For `undoVisibility`. */
  planId: idSchema,
  /** ISO 8601. */
  at: z.string().max(40),
  visibility: wantedVisibilitySchema,
  /** How many objects are concerned, and the first of them. */
  objects: count,
  sample: z.array(keySchema).max(5),
  /** How many ACLs would be put back, and whether the policy would. */
  acls: count,
  policy: z.boolean(),
  /** How many of the service's switches would be thrown back, each for the whole bucket. */
  switches: count.optional(),
  /** False when Pail ended before the change did: some of it may not have been made. */
  hasEnded: z.boolean(),
})

/** What everybody can read again once a change is taken back. */
export const visibilityUndoPlanSchema = opensSchema.extend({
  planId: idSchema,
  bucket: z.string().max(255),
})

export type VisibilityUndoPlan = z.infer<typeof visibilityUndoPlanSchema>
export type VisibilityChange = z.infer<typeof visibilityChangeSchema>
export type SwitchOutcome = NonNullable<VisibilityOutcome['switches']>[number]
export type PolicyEdit = z.infer<typeof policyEditSchema>
export type VisibilityPlan = z.infer<typeof visibilityPlanSchema>
export type CheckedObject = z.infer<typeof checkedObjectSchema>
export type VisibilityOutcome = z.infer<typeof visibilityOutcomeSchema>
