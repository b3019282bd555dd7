import { z } from 'zod'
import { errorCodes } from './error-codes.ts'
import { headerChangeSchema } from './sync-plan.ts'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import { receiptCodes } from './receipt-codes.ts'
import { wantedVisibilitySchema } from './visibility.ts'

/** See {@link receiptCodes}. */
export const receiptCodeSchema = z.enum(receiptCodes)

/** One URL as a visitor got it after a sync. Headers are as they were answered; null is none. */
export const receiptRowSchema = z.strictObject({
  key: keySchema,
  /** The very URL that was asked, without any signature. */
  url: z.string().max(8192),
  /** What the sync did with the key. Of what it removed, nothing may be served any more. */
  action: z.enum(['upload', 'update-headers', 'delete']),
  /** Who should get it: as the receipt says, unless a rule of the sync decided it for this key. */
  expected: wantedVisibilitySchema,
  /** What matters most. */
  code: receiptCodeSchema,
  /** What is wrong besides. */
  alsoWrong: z.array(receiptCodeSchema).max(8),
  /** The HTTP status; null when there was no answer. */
  status: z.number().int().nullable(),
  contentType: z.string().max(1024).nullable(),
  cacheControl: z.string().max(1024).nullable(),
  contentEncoding: z.string().max(1024).nullable(),
  /** Headers that are not as they were sent: `from` is what a visitor got, `to` what was sent. */
  differences: z.array(headerChangeSchema).max(16),
  /** Whether size and ETag are those of what was sent; `not-compared` where neither could be. */
  content: z.enum(['same', 'other', 'not-compared']),
  /** How long a cache had had the answer already, in seconds; null when it did not say. */
  ageSeconds: z.number().int().nonnegative().nullable(),
  /** What a cache says about itself (`Hit from cloudfront`, `MISS`); null when none did. */
  cache: z.string().max(256).nullable(),
  /** Whether pages of another origin may use the file; asked for fonts only. */
  cors: z.enum(['allowed', 'missing', 'not-needed', 'not-checked']),
  /** Where a redirect leads, without its query. */
  location: z.string().max(2048).nullable(),
  /** Why there was no answer; null when there was one or nobody asked. */
  problem: z.enum(errorCodes).nullable(),
})

/** What visitors get of what a sync changed. */
export const receiptSchema = z.strictObject({
  planId: idSchema,
  /** ISO 8601. */
  checkedAt: z.string().max(40),
  /** What stands before the keys: a custom domain or CDN, or the bucket's own URL. */
  baseUrl: z.string().max(2048),
  /** `public`: everybody should get the files; `private`: everybody should be refused. Rules may say otherwise. */
  expected: wantedVisibilitySchema,
  /** The origin in whose name fonts were asked for; null when no font needed to be. */
  pageOrigin: z.string().max(2048).nullable(),
  /** At most 200: pages and manifests first, then styles and scripts, fonts, and the rest. */
  rows: z.array(receiptRowSchema).max(200),
  /** How many of the rows have each code. */
  counts: z.record(receiptCodeSchema, z.number().int().nonnegative()),
  /** Changed URLs that nobody asked for: those that are no rows, and the rows that are `not-checked`. */
  notChecked: z.number().int().nonnegative(),
})

export type ReceiptRow = z.infer<typeof receiptRowSchema>
export type Receipt = z.infer<typeof receiptSchema>
