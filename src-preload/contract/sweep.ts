import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { keySchema, prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'

const count = z.number().int().nonnegative()

/** As S3 gives it. */
export const uploadIdSchema = z.string().min(1).max(4096)

/**
 * Whose an incomplete upload is. `wanted`: a transfer of this computer is going to finish it; `abandoned`: Pail began it
 * on this computer, and nothing will finish it; `unknown`: somebody else's, or Pail's on another computer.
 */
export const uploadOwnerSchema = z.enum(['wanted', 'abandoned', 'unknown'])

/** One multipart upload that is neither completed nor aborted. */
export const incompleteUploadSchema = z.strictObject({
  key: keySchema,
  uploadId: uploadIdSchema,
  /** In ISO 8601, by the service's clock; null when it does not tell. */
  initiatedAt: z.string().max(40).nullable(),
  /** Null like {@link initiatedAt}. */
  ageSeconds: count.nullable(),
  /** In its parts; null when they cannot be listed. */
  bytes: count.nullable(),
  parts: count.nullable(),
  whose: uploadOwnerSchema,
})

const totalsSchema = z.strictObject({
  uploads: count,
  /** Of those whose size is known. */
  bytes: count,
  sizesUnknown: count,
  /** An estimate in US dollars, see storage-price.ts; null where the service is not AWS. */
  monthlyUsd: z.number().nonnegative().nullable(),
})

/** The incomplete uploads of a place, oldest first. Nothing has been aborted. */
export const sweepPlanSchema = z.strictObject({
  planId: idSchema,
  bucket: z.string().max(255),
  prefix: prefixSchema,
  /** Uploads that are younger, or of which the age is not known, are counted in `younger` and left out. */
  olderThanSeconds: count.nullable(),
  younger: count,
  /** The first thousand; the others are fetched in pages. */
  uploads: z.array(incompleteUploadSchema).max(1000),
  totals: totalsSchema,
  wanted: count,
  abandoned: count,
  unknown: count,
  /** True when there are more uploads than are looked at in one go. */
  isCut: z.boolean(),
  /** Sentences to read before aborting. */
  warnings: z.array(z.string().max(1000)).max(20),
})

/** One page of the uploads of a plan. */
export const sweepRowPageSchema = z.strictObject({
  uploads: z.array(incompleteUploadSchema).max(1000),
  total: count,
})

/** Which uploads of a plan to abort; wanted ones never are. */
export const sweepChoiceSchema = z.union([
  z.literal('abandoned'),
  z.literal('abandoned-and-unknown'),
  z.array(uploadIdSchema).max(10_000),
])

/** What a sweep did. */
export const sweepOutcomeSchema = z.strictObject({
  planId: idSchema,
  aborted: count,
  /** Bytes that were freed, as far as sizes are known. */
  freedBytes: count,
  /** Those that were completed or aborted by somebody in the meantime. */
  gone: z.array(keySchema).max(1000),
  goneTotal: count,
  /** Those that a transfer has taken up again since the plan, and so were left. */
  nowWanted: count,
  failed: z.array(appErrorSchema).max(1000),
  failedTotal: count,
  cancelled: z.boolean(),
  /** What the service lists afterwards; null when it could not be listed again. */
  remaining: totalsSchema.nullable(),
})

/** A lifecycle rule that aborts incomplete uploads. */
export const abortRuleSchema = z.strictObject({
  id: z.string().max(255),
  /** After so many days. */
  days: z.number().int(),
  isOurs: z.boolean(),
  /** Enabled, and about every key. */
  coversAll: z.boolean(),
})

/** What would become of our rule. */
export const lifecycleChangeSchema = z.enum(['add', 'replace', 'remove', 'none'])

/** A change of the bucket’s lifecycle configuration; nothing has been changed. */
export const lifecyclePlanSchema = z.strictObject({
  planId: idSchema,
  bucket: z.string().max(255),
  change: lifecycleChangeSchema,
  /** Those that there are now, ours among them. */
  abortRules: z.array(abortRuleSchema).max(1000),
  /** Rules that stay as they are. */
  otherRules: count,
  /** Our rule in JSON, exactly as it would be sent; null when it would be gone. */
  ruleJson: z.string().max(4096).nullable(),
  /** The first 20,000 characters of the whole configuration in JSON, as it would be sent. */
  configurationJson: z.string().max(20_001),
})

/** What came of the change. */
export const lifecycleOutcomeSchema = z.strictObject({
  change: lifecycleChangeSchema,
  /** Whether the service shows it; some do so only after a while. */
  confirmed: z.boolean(),
})

export type AbortRule = z.infer<typeof abortRuleSchema>
export type LifecycleChange = z.infer<typeof lifecycleChangeSchema>
export type LifecyclePlan = z.infer<typeof lifecyclePlanSchema>
export type LifecycleOutcome = z.infer<typeof lifecycleOutcomeSchema>
export type UploadOwner = z.infer<typeof uploadOwnerSchema>
export type IncompleteUpload = z.infer<typeof incompleteUploadSchema>
export type SweepTotals = z.infer<typeof totalsSchema>
export type SweepPlan = z.infer<typeof sweepPlanSchema>
export type SweepRowPage = z.infer<typeof sweepRowPageSchema>
export type SweepChoice = z.infer<typeof sweepChoiceSchema>
export type SweepOutcome = z.infer<typeof sweepOutcomeSchema>
