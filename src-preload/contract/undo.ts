import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { keySchema, prefixSchema } from './object.ts'
import { openedObjectsSchema } from './opens.ts'
import { idSchema } from './profile.ts'
import { headerChangeSchema } from './sync-plan.ts'

const count = z.number().int().nonnegative()

/**
 * What an undo does with one key that the sync changed. `restore`: the earlier object comes back; `restore-headers`: its
 * headers do; `remove`: what the sync made goes; `none`: it stays, because it is as it was before the sync already or
 * because what stays may refer to it; `changed-since`: somebody else has changed it, so it is left alone; `impossible`: the
 * earlier object is not there any more.
 */
export const undoActionSchema = z.enum([
  'restore',
  'restore-headers',
  'remove',
  'none',
  'changed-since',
  'impossible',
])

/** The closed list of reasons; the interface has a sentence for each. */
export const undoReasonSchema = z.enum([
  // restore, restore-headers, remove: what the sync did
  'overwritten',
  'deleted',
  'headers-changed',
  'created',
  // none
  'as-before',
  // none: the sync made it, and something that may refer to it does not come back
  'may-be-needed',
  // changed-since
  'changed',
  'gone',
  'created-again',
  // changed-since: the sync was cut off, and whether it wrote what is there is not known
  'not-recorded',
  // impossible
  'not-kept',
  'version-gone',
  'copy-gone',
  'versions-not-readable',
  'not-readable',
])

/** One key of the plan. */
export const undoRowSchema = z.strictObject({
  key: keySchema,
  action: undoActionSchema,
  reason: undoReasonSchema,
  /** Of the object that comes back, in bytes; null when it is not known or nothing does. */
  bytes: z.number().int().nonnegative().nullable(),
  /** What changes about the headers, where only they do. */
  headers: z.array(headerChangeSchema).max(16),
})

/** How many rows of each action there are. */
export const undoCountsSchema = z.strictObject({
  restore: count,
  restoreHeaders: count,
  remove: count,
  none: count,
  changedSince: count,
  impossible: count,
})

/** The plan of an undo: what changes comes first, then what is left and why. */
export const undoPlanSchema = z.strictObject({
  planId: idSchema,
  releaseId: idSchema,
  /** When the sync began, in ISO 8601. */
  startedAt: z.string().max(40),
  folderName: z.string().max(4096),
  bucket: z.string().max(255),
  prefix: prefixSchema,
  counts: undoCountsSchema,
  /** The first thousand; the others are fetched in pages. */
  rows: z.array(undoRowSchema).max(1000),
  total: count,
  /** What everybody can read once it is done, and not before (S44): how many objects, and the first of them. */
  opens: openedObjectsSchema,
  /** Sentences to read before applying. */
  warnings: z.array(z.string().max(1000)).max(100),
})

/** One page of the rows of an undo. */
export const undoRowPageSchema = z.strictObject({
  rows: z.array(undoRowSchema).max(1000),
  total: count,
})

/** What an undo did. */
export const undoOutcomeSchema = z.strictObject({
  planId: idSchema,
  releaseId: idSchema,
  restored: count,
  headersRestored: count,
  removed: count,
  cancelled: z.boolean(),
  failed: z.array(appErrorSchema).max(1000),
  /** Why removals that were planned did not happen; null when they did or none were planned. */
  removalsWithheld: z.string().max(1000).nullable(),
  /** `whole` when everything that the sync changed is as it was before. */
  undone: z.enum(['whole', 'in-part']),
  /** False when it could not be written down what was undone, so that the history does not tell. */
  recorded: z.boolean(),
  /** Under which what was brought back is asked for without a signature; absent when nothing is. */
  visibilityReportId: idSchema.optional(),
})

export type UndoAction = z.infer<typeof undoActionSchema>
export type UndoReason = z.infer<typeof undoReasonSchema>
export type UndoRow = z.infer<typeof undoRowSchema>
export type UndoCounts = z.infer<typeof undoCountsSchema>
export type UndoPlan = z.infer<typeof undoPlanSchema>
export type UndoRowPage = z.infer<typeof undoRowPageSchema>
export type UndoOutcome = z.infer<typeof undoOutcomeSchema>
