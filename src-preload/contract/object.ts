import { z } from 'zod'
import { visibilityCheckSchema } from './visibility.ts'

/** A key as S3 has it: any text; 1,024 bytes of UTF-8 on AWS, a little more elsewhere. */
export const keySchema = z.string().min(1).max(2048)

/** The beginning of keys; empty for the whole bucket. */
export const prefixSchema = z.string().max(2048)

/** One row of a listing. */
export const objectRowSchema = z.strictObject({
  key: keySchema,
  sizeBytes: z.number().int().nonnegative(),
  /** ISO 8601. */
  lastModified: z.string().max(40).nullable(),
  eTag: z.string().max(200).nullable(),
  storageClass: z.string().max(64).nullable(),
})

/** One page of a listing: at most 1,000 folders and objects together. */
export const objectPageSchema = z.strictObject({
  /** Common prefixes, each ending in `/`. */
  folders: z.array(prefixSchema).max(1000),
  objects: z.array(objectRowSchema).max(1000),
  /** Passed back to have the next page; null at the end. */
  continuationToken: z.string().max(4096).nullable(),
})

/** Everything that HEAD and the ACL tell about an object. */
export const objectDetailsSchema = z.strictObject({
  key: keySchema,
  sizeBytes: z.number().int().nonnegative(),
  lastModified: z.string().max(40).nullable(),
  eTag: z.string().max(200).nullable(),
  storageClass: z.string().max(64).nullable(),
  contentType: z.string().max(1024).nullable(),
  cacheControl: z.string().max(1024).nullable(),
  contentEncoding: z.string().max(1024).nullable(),
  contentDisposition: z.string().max(2048).nullable(),
  contentLanguage: z.string().max(2048).nullable(),
  metadata: z.record(z.string().max(512), z.string().max(4096)),
  checksum: z.string().max(200).nullable(),
  /** What the object's ACL says; `disabled` under BucketOwnerEnforced, `unknown` when it cannot be read. */
  acl: z.enum(['private', 'public-read', 'other', 'disabled', 'unknown']),
  /** The plain URL, as a page would link to it. */
  publicUrl: z.string().max(8192),
  visibility: visibilityCheckSchema,
})

/** What a deletion would take away, before it is confirmed. */
export const deletePlanSchema = z.strictObject({
  planId: z.string().max(64),
  objects: z.number().int().nonnegative(),
  /** Of all objects together; 0 when it is not known. */
  sizeBytes: z.number().int().nonnegative(),
  /** The first few keys, for the question. */
  sample: z.array(keySchema).max(20),
  versioned: z.enum(['yes', 'no', 'unknown']),
})

/** What a deletion did. */
export const deleteOutcomeSchema = z.strictObject({
  deleted: z.number().int().nonnegative(),
  failed: z
    .array(z.strictObject({ key: keySchema, code: z.string().max(100), message: z.string().max(2000) }))
    .max(1000),
})

export type ObjectRow = z.infer<typeof objectRowSchema>
export type ObjectPage = z.infer<typeof objectPageSchema>
export type ObjectDetails = z.infer<typeof objectDetailsSchema>
export type DeletePlan = z.infer<typeof deletePlanSchema>
export type DeleteOutcome = z.infer<typeof deleteOutcomeSchema>
