import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { contentCodingSchema, syncRulesSchema } from './header-rule.ts'
import { keySchema, prefixSchema } from './object.ts'
import { openedObjectsSchema } from './opens.ts'
import { idSchema } from './profile.ts'
import { longestExclude, mostExcludes } from './rule-limits.ts'
import { syncReasons } from './sync-reasons.ts'

/**
 * What a sync may do with one key. `skip` is kept as it is: the same on both sides, or put there by this place's syncs and
 * only in the bucket now. `foreign` is only in the bucket and was not put there by them: it is kept. `delete` is only in
 * the bucket and was asked to go.
 */
export const syncActionSchema = z.enum(['upload', 'update-headers', 'delete', 'skip', 'foreign', 'blocked'])

/** See {@link syncReasons}. */
export const syncReasonSchema = z.enum(syncReasons)

/** One difference in a header: what the object has and what it should have. */
export const headerChangeSchema = z.strictObject({
  header: z.string().max(64),
  from: z.string().max(1024).nullable(),
  to: z.string().max(1024).nullable(),
})

/** One key of the plan. */
export const syncRowSchema = z.strictObject({
  key: keySchema,
  /** Relative to the folder, with `/`; null for a remote key. */
  path: z.string().max(4096).nullable(),
  action: syncActionSchema,
  reason: syncReasonSchema,
  bytes: z.number().int().nonnegative(),
  headers: z.array(headerChangeSchema).max(16),
  /** When the object holds the file compressed: how, and whether as a copy beside the file's own object. */
  sentAs: z.strictObject({ coding: contentCodingSchema, sibling: z.boolean() }).optional(),
})

/** How many rows of each action a plan holds, and the bytes to send. */
export const syncCountsSchema = z.strictObject({
  upload: z.number().int(),
  updateHeaders: z.number().int(),
  delete: z.number().int(),
  skip: z.number().int(),
  foreign: z.number().int(),
  blocked: z.number().int(),
  bytes: z.number(),
})

/** What a person decides about a sync. */
export const syncOptionsSchema = z.strictObject({
  /** For all files that no rule has another one for. */
  cacheControl: z.string().max(512),
  rules: syncRulesSchema.default([]),
  exclude: z.array(z.string().min(1).max(longestExclude)).max(mostExcludes),
  /** Whether what this place's syncs put there and the folder has no more is removed. */
  removeRemoteOnly: z.boolean(),
  /** With `removeRemoteOnly`: whether also those objects go that the syncs did not put there. */
  removeForeign: z.boolean().default(false),
  /** Whether the list of what the syncs put there is also kept as an object in the bucket, for other computers. */
  manifestInBucket: z.boolean().default(false),
  /** More deletions than this refuse the whole run; null for the default of 50 or 10 % of the remote keys. */
  maxDelete: z.number().int().min(0).max(1_000_000).nullable(),
  visibility: z.enum(['public', 'private']),
  /** Whether a copy of what is overwritten or removed is kept in the bucket, where the bucket keeps no versions. */
  keepPrevious: z.boolean().default(false),
})

/** A plan as the renderer first sees it; its rows are fetched in pages. */
export const syncPlanSchema = z.strictObject({
  planId: idSchema,
  folderName: z.string().max(4096),
  bucket: z.string().max(255),
  prefix: prefixSchema,
  counts: syncCountsSchema,
  rows: z.number().int().nonnegative(),
  /** How many of the deletions are of objects that this place's syncs did not put there; they are confirmed apart. */
  foreignDeletes: z.number().int().nonnegative(),
  /** How many objects this place's syncs put there of which the folder has nothing any more, and which stay. */
  onlyInBucket: z.number().int().nonnegative(),
  /**
   * What is in the bucket, cannot be read by everybody (or it is not known to be) and will be (S44): how many objects,
   * and the first of them. What is new is not among them.
   */
  opens: openedObjectsSchema,
  /** Sentences to read before applying. */
  warnings: z.array(z.string().max(1000)).max(100),
  /** Why the deletions of this plan would be refused, in words; null when they would not. */
  deleteRefusal: z.string().max(1000).nullable(),
})

/**
 * Which rows of a plan are wanted: those of one action, `changes` for the three that do something. `foreign` are those of
 * objects that the place's syncs did not put there, also when they are to go.
 */
export const planRowFilterSchema = z.enum(['changes', 'all', ...syncActionSchema.options])

/** One page of a plan's rows: what will happen first, what stays last. */
export const syncRowPageSchema = z.strictObject({
  rows: z.array(syncRowSchema).max(1000),
  total: z.number().int().nonnegative(),
})

/** The standard headers of an object, null where one is not set (or, of what is sent, not asked for). */
const rowHeadersSchema = z.strictObject({
  contentType: z.string().max(1024).nullable(),
  cacheControl: z.string().max(1024).nullable(),
  contentEncoding: z.string().max(1024).nullable(),
  contentDisposition: z.string().max(1024).nullable(),
  contentLanguage: z.string().max(1024).nullable(),
})

/** One row of a plan looked at closely: what the bucket has now, and what it will have. */
export const syncRowDetailsSchema = z.strictObject({
  row: syncRowSchema,
  /** Asked for at this moment; null when the bucket has no such object. */
  before: rowHeadersSchema
    .extend({ sizeBytes: z.number().int().nonnegative(), lastModified: z.string().max(64).nullable() })
    .nullable(),
  /** Null for a row without a file. */
  after: rowHeadersSchema.extend({ sizeBytes: z.number().int().nonnegative() }).nullable(),
})

/** A running sync at one moment. */
export const syncProgressSchema = z.strictObject({
  planId: idSchema,
  state: z.enum(['planning', 'running', 'done', 'failed', 'cancelled']),
  filesDone: z.number().int(),
  filesTotal: z.number().int(),
  bytesDone: z.number(),
  bytesTotal: z.number(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  current: z.string().max(4096).nullable(),
})

/** What a sync did. */
export const syncOutcomeSchema = z.strictObject({
  planId: idSchema,
  uploaded: z.number().int(),
  updatedHeaders: z.number().int(),
  deleted: z.number().int(),
  skipped: z.number().int(),
  bytes: z.number(),
  cancelled: z.boolean(),
  /** The first of what failed. */
  failed: z.array(appErrorSchema).max(1000),
  /** How much failed, also beyond those. */
  failedTotal: z.number().int().nonnegative(),
  /** Files that were to be sent or to get other headers and that the run, stopped before, did not try. */
  untried: z.number().int().nonnegative(),
  /** Why deletions that were planned did not happen; null when they did or none were planned. */
  deletesWithheld: z.string().max(1000).nullable(),
  /** The record of what was changed, with which it can be undone; null when nothing was, or nothing was recorded. */
  releaseId: idSchema.nullable(),
  /** True when it could not be written down which objects are ours now; absent when it could. */
  unowned: z.literal(true).optional(),
  /** Of the `onVisibilityReport` that tells what the public can read of it; absent when nothing is asked for. */
  visibilityReportId: idSchema.optional(),
})

export type SyncAction = z.infer<typeof syncActionSchema>
export type SyncReason = z.infer<typeof syncReasonSchema>
export type HeaderChange = z.infer<typeof headerChangeSchema>
export type SyncRow = z.infer<typeof syncRowSchema>
export type SyncCounts = z.infer<typeof syncCountsSchema>
export type SyncOptions = z.infer<typeof syncOptionsSchema>
export type SyncPlan = z.infer<typeof syncPlanSchema>
export type PlanRowFilter = z.infer<typeof planRowFilterSchema>
export type SyncRowPage = z.infer<typeof syncRowPageSchema>
export type SyncRowDetails = z.infer<typeof syncRowDetailsSchema>
export type SyncProgress = z.infer<typeof syncProgressSchema>
export type SyncOutcome = z.infer<typeof syncOutcomeSchema>
