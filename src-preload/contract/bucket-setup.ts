import { z } from 'zod'
import { builtInPresetIds } from './built-in-presets.ts'
import { errorCodes } from './error-codes.ts'
import { idSchema } from './profile.ts'
import { presetInputSchema } from './destination-preset.ts'
import { opensSchema } from './opens.ts'

/** The presets that everybody has, for which a bucket is set up. */
export const setupKindSchema = z.enum(builtInPresetIds)

/** A bucket for a site: what it is called, where it is and what it is for. */
export const setupInputSchema = z.strictObject({
  bucket: z.string().min(1).max(255),
  region: z.string().min(1).max(64),
  kinds: z.array(setupKindSchema).max(3),
  /** Own presets, by id. */
  presets: z.array(idSchema).max(20).optional(),
  /** Whether what is overwritten or removed can come back; it is paid for. */
  versioning: z.boolean(),
  /** The site's own origins, for CORS; with none, every page may read. */
  origins: z.array(z.string().max(1024)).max(100),
  /** A bucket that is there: only what it lacks is planned, and what others have set stays. */
  existing: z.boolean().optional(),
})

/** The calls of a set-up, in their order. */
export const setupCalls = [
  'CreateBucket',
  'PutBucketOwnershipControls',
  'PutPublicAccessBlock',
  'PutBucketPolicy',
  'PutBucketCors',
  'PutBucketVersioning',
  'PutBucketLifecycleConfiguration',
] as const

const sentence = z.string().max(1000)
const call = z.enum(setupCalls)

/** One call of a plan. Nothing has been sent. */
export const setupStepSchema = z.strictObject({
  call,
  /** What it does, in a sentence. */
  purpose: sentence,
  /** The method and the address that it goes to, without the service's host. */
  request: z.string().max(2048),
  /** What is sent with it, exactly but for the white space of XML; null for nothing. */
  body: z.string().max(100_000).nullable(),
  /** The same as it is now, where it is of a bucket that is there; null where there is none. Absent for a new bucket. */
  before: z.string().max(100_000).nullable().optional(),
  /** How it is taken back. */
  inverse: sentence,
  /** Why it is not made at this service, as it is known beforehand; null when it is. */
  notHere: sentence.nullable(),
})

/** A part of the bucket with its own rules. */
export const setupPlaceSchema = presetInputSchema

/** Every call that would make a bucket for a site, before any is made. */
export const setupPlanSchema = z.strictObject({
  planId: idSchema,
  bucket: z.string().max(255),
  region: z.string().max(64),
  steps: z.array(setupStepSchema).max(setupCalls.length),
  places: z.array(setupPlaceSchema).max(23),
  /** Whether it is of a bucket that is there; it may have no steps then. */
  existing: z.boolean().optional(),
  /** What is in it already and everybody can read afterwards; absent when nothing becomes public. */
  opens: opensSchema.optional(),
  /** What the site's own key has to be allowed, and no more. */
  iamPolicy: z.string().max(20_000),
  notes: z.array(sentence).max(20),
})

/**
 * What became of a call. `already`: it was so, nothing was sent; `not-here`: the service has no such thing;
 * `not-shown`: sent and taken, but the service does not show it; `not-made`: a call before it failed.
 */
export const setupStateSchema = z.enum(['done', 'already', 'not-here', 'not-shown', 'failed', 'not-made'])

const problem = z.strictObject({
  code: z.enum(errorCodes),
  message: z.string().max(2000),
  s3Code: z.string().max(200).nullable(),
})

/** What a set-up came to. After a failure nothing more was sent; what was done can be undone. */
export const setupOutcomeSchema = z.strictObject({
  setupId: idSchema,
  bucket: z.string().max(255),
  steps: z.array(z.strictObject({ call, state: setupStateSchema, problem: problem.nullable() })).max(20),
  isWhole: z.boolean(),
  undoable: z.boolean(),
  /** The report of what is asked for without a signature afterwards; absent where nothing is. */
  visibilityReportId: idSchema.optional(),
})

/** A set-up that was made from this computer and can be undone. */
export const bucketSetupSchema = z.strictObject({
  setupId: idSchema,
  at: z.string().max(40),
  /** The calls that would be taken back, in the order in which they were made. */
  calls: z.array(call).max(20),
  /** False when Pail ended before the set-up did. */
  hasEnded: z.boolean(),
  /** What everybody can read again once it is undone; absent when nothing becomes public. */
  opens: opensSchema.optional(),
})

/** What was taken back: `left` says why something stays. */
export const setupUndoSchema = z.strictObject({
  setupId: idSchema,
  bucket: z.string().max(255),
  steps: z
    .array(z.strictObject({ call, state: z.enum(['undone', 'left', 'failed']), message: sentence }))
    .max(20),
  bucketDeleted: z.boolean(),
  /** As of {@link setupOutcomeSchema}. */
  visibilityReportId: idSchema.optional(),
})

export type SetupKind = z.infer<typeof setupKindSchema>
export type SetupInput = z.infer<typeof setupInputSchema>
export type SetupCallName = z.infer<typeof call>
export type SetupPlace = z.infer<typeof setupPlaceSchema>
export type SetupPlan = z.infer<typeof setupPlanSchema>
export type SetupState = z.infer<typeof setupStateSchema>
export type SetupOutcome = z.infer<typeof setupOutcomeSchema>
export type BucketSetup = z.infer<typeof bucketSetupSchema>
export type SetupUndo = z.infer<typeof setupUndoSchema>
