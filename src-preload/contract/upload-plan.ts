import { z } from 'zod'
import { keySchema } from './object.ts'

/**
 * What can be wrong with a chosen file before it is sent. It is not sent: `no-key` (no key can be made of its name; the
 * reason is told). It is sent, and may surprise: `empty`, `twin` (another chosen file has the same key), `exists`, and
 * the troubles of names (`case`, `windows`, `address`, `invisible`, `long`). `metadata-stays`: it may tell where it was
 * taken, and while that is to be removed, Pail cannot remove it from such a file.
 */
export const uploadTroubleSchema = z.enum([
  'no-key',
  'empty',
  'twin',
  'exists',
  'case',
  'windows',
  'address',
  'invisible',
  'long',
  'metadata-stays',
])

/** One chosen file: the key that it will get, and its troubles. */
export const uploadPlanRowSchema = z.strictObject({
  /** Relative, as it was chosen. */
  name: z.string().max(4096),
  /** Where its digest is not known yet, `{hash8}` stands for it; cut, when it is too long for a key. */
  key: keySchema,
  sizeBytes: z.number().int().nonnegative(),
  troubles: z.array(uploadTroubleSchema).max(10),
  /** Why no key can be made of the name, or its metadata stay; else null. */
  reason: z.string().max(500).nullable(),
})

/**
 * What the bucket's policy, or the service's own switch, lets everybody read of what is to be private: of how many
 * files, one key of them, and the statement as it is called in sentences.
 */
export const uploadOpeningSchema = z.strictObject({
  files: z.number().int().positive(),
  key: keySchema,
  by: z.string().max(200),
  /** True: no statement, but the service's own switch opens the whole bucket. */
  isWhole: z.literal(true).optional(),
})

/** What an upload would do, before anything is sent. */
export const uploadPlanSchema = z.strictObject({
  files: z.number().int().nonnegative(),
  sizeBytes: z.number().int().nonnegative(),
  /** Files with trouble first, at most 200. */
  rows: z.array(uploadPlanRowSchema).max(200),
  /** How many files have each trouble. */
  counts: z.partialRecord(uploadTroubleSchema, z.number().int().nonnegative()),
  /** What the troubles of names mean, in sentences. */
  warnings: z.array(z.string().max(2000)).max(20),
  /** Whether tidying the names leaves less trouble. */
  fixable: z.boolean(),
  /** Pictures whose location and other metadata, if they have any, will be removed. */
  stripped: z.number().int().nonnegative().optional(),
  /** Null: the policy opens nothing of it. Absent where it could not be read, or the upload is to be public. */
  opened: uploadOpeningSchema.nullable().optional(),
  /** Whether it was looked for objects that are there already. */
  lookedForExisting: z.boolean(),
})

export type UploadTrouble = z.infer<typeof uploadTroubleSchema>
export type UploadPlanRow = z.infer<typeof uploadPlanRowSchema>
export type UploadOpening = z.infer<typeof uploadOpeningSchema>
export type UploadPlan = z.infer<typeof uploadPlanSchema>
