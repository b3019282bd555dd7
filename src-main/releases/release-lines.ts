import { z } from 'zod'
import { wantedVisibilitySchema } from '../../src-preload/contract/visibility.ts'

const text = z.string().max(4096)
const count = z.number().int().nonnegative()

/** The headers that a sync may change. */
export const headersSchema = z.strictObject({
  contentType: text.nullable(),
  cacheControl: text.nullable(),
  contentEncoding: text.nullable(),
  contentDisposition: text.nullable(),
  /** Absent in records of earlier versions, which did not change it. */
  contentLanguage: text.nullable().optional(),
})

/** An ACL, with its grants where it has no short form: ids and groups, no secrets. */
export const aclSchema = z.strictObject({
  acl: z.enum(['private', 'public-read', 'other', 'disabled', 'unknown']),
  ownerId: text.nullable(),
  grants: z
    .array(
      z.strictObject({
        to: z.union([z.strictObject({ id: text }), z.strictObject({ group: text })]),
        permission: z.enum(['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP']),
      }),
    )
    .max(200),
})

/** The first line of a record. */
export const firstLineSchema = z.strictObject({
  pailRelease: z.literal(1),
  id: text,
  startedAt: z.string().max(40),
  computer: z.string().max(255),
  /** The process that writes, to tell a running sync from one that was killed. */
  process: z.number().int(),
  folderName: text,
  bucket: text,
  prefix: text,
  /** The ACL header that uploads carried. */
  acl: z.literal('public-read').nullable(),
  /** Whether earlier versions were copied aside. */
  keepsPrevious: z.boolean(),
})

/** A change that is planned, and what was there. */
export const planLineSchema = z.strictObject({
  plan: text,
  action: z.enum(['upload', 'update-headers', 'delete']),
  /** Of the object that the plan saw; `ours`: earlier syncs to the place had put it there. */
  before: z.strictObject({ eTag: text.nullable(), ours: z.boolean() }).nullable(),
})

/** Where the earlier version was copied to, and what it was. */
export const copySchema = z.strictObject({ key: text, eTag: text.nullable(), acl: aclSchema })

/** What was kept before a change. */
export const keptLineSchema = z.strictObject({
  kept: text,
  /** Null when there was nothing to keep any more. */
  copy: copySchema.nullable(),
})

/** A change that was made. */
export const doneLineSchema = z.strictObject({
  done: text,
  /** What is there now; null after a removal. */
  eTag: text.nullable(),
  /** The version that was made, or the delete marker. */
  versionId: text.nullable(),
  /** What the headers were and what they are, where only they were changed. */
  headers: z.strictObject({ from: headersSchema, to: headersSchema }).optional(),
  /** What the object's ACL said of who can read it, and what it says. */
  visibility: z.strictObject({ from: wantedVisibilitySchema, to: wantedVisibilitySchema }).optional(),
  /** Nothing had to be done after all. */
  nothing: z.literal(true).optional(),
})

/** The end of a sync, with what was done. */
export const endLineSchema = z.strictObject({
  end: z.enum(['done', 'failed', 'cancelled']),
  endedAt: z.string().max(40),
  created: count,
  overwritten: count,
  updatedHeaders: count,
  deleted: count,
  failed: count,
  bytes: z.number().nonnegative(),
  undoable: count,
  notUndoable: count,
})

/** A change that was undone. */
export const undoneLineSchema = z.strictObject({
  undone: text,
  eTag: text.nullable(),
  versionId: text.nullable(),
  /** The version that came back. */
  from: text.nullable(),
})

/** The end of an undo. */
export const undoLineSchema = z.strictObject({
  undo: z.enum(['whole', 'in-part']),
  endedAt: z.string().max(40),
  /** How many changes have been undone so far, of those that could be. */
  changes: count,
})
