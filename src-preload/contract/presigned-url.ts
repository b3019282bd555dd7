import { z } from 'zod'
import { errorCodes } from './error-codes.ts'
import { mostCopiedLinks } from './format-links.ts'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import { wantedSizeSchema } from './wanted-size.ts'

const time = z.string().max(40)
const count = z.number().int().nonnegative()

/** Whom a link is for, in the person's own words; empty when nothing was said. */
export const linkNoteSchema = z.string().max(500)

/** The access key that signed a link, and with which it dies: recognisable, and never usable. */
export const signingKeySchema = z.strictObject({
  /** The same for all links of one access key: made of its id, which cannot be told from it. */
  id: idSchema,
  /** The access key ID with its middle masked, or the id of a key pair of CloudFront. */
  hint: z.string().max(64),
  /** Whether the key is one of temporary credentials. */
  isTemporary: z.boolean(),
  /** The credentials' own end, ISO 8601; null when they have none or do not tell. */
  endsAt: time.nullable(),
})

/** What a fetch of a link's first byte, as whoever gets it would do it, came to. */
export const linkTestSchema = z.strictObject({
  /** `not-tested`: no answer that says anything about the link, as without a network. */
  outcome: z.enum(['works', 'failed', 'not-tested']),
  status: z.number().int().nullable(),
  /** Why it does not work, or was not tested; null when it works. */
  problem: z.strictObject({ code: z.enum(errorCodes), message: z.string().max(1000) }).nullable(),
})

/** A link just made. `limitedBy` says why it ends earlier than asked. */
export const createdLinkSchema = z.strictObject({
  url: z.string().max(16_384),
  /** `cloudfront`: signed for CloudFront, at a custom domain, and not for S3. */
  kind: z.enum(['public', 'presigned', 'cloudfront']),
  /** ISO 8601; null for a public URL. */
  endsAt: time.nullable(),
  limitedBy: z.enum(['seven-days', 'credentials', 'policy']).nullable(),
  /** A presigned http link can be read on the way. */
  insecure: z.boolean(),
  /** True when a custom domain was asked for: S3 verifies no signature there, so that the link is at the bucket's own address. */
  atOwnAddress: z.boolean().optional(),
  /** Null for a public URL. */
  signingKey: signingKeySchema.nullable(),
  /** Null when it was not asked for. */
  test: linkTestSchema.nullable(),
  /** Its line in the ledger; null when it was not handed out, because the test failed, or could not be kept there. */
  recordId: idSchema.nullable(),
})

/** A link that was shown not to work, and why. */
export const deadLinkSchema = z.strictObject({
  key: keySchema,
  code: z.enum(errorCodes),
  message: z.string().max(1000),
})

/** What came to the clipboard of the links that were to be copied: all of them, or none. */
export const copiedLinksSchema = z.strictObject({
  /** With its test. */
  first: createdLinkSchema,
  /** Those that were shown not to work, in the order in which they were asked for: with any, none was copied. */
  dead: z.array(deadLinkSchema).max(mostCopiedLinks),
  /** How many could not be tried, and why, of the first; null where all were tried, or none was to be. */
  untested: z.strictObject({ links: count, reason: z.string().max(1000) }).nullable(),
  /** How many are on the clipboard. */
  count,
  /** When the first of them to end does; null for public URLs. */
  endsAt: time.nullable(),
  /** Their lines in the ledger; none when they could not be kept there. */
  recordIds: z.array(idSchema).max(mostCopiedLinks),
})

/**
 * A line of the ledger of links given out: never the URL or its signature (S41). What has a default was not kept by
 * earlier versions.
 */
export const linkRecordSchema = z.strictObject({
  id: idSchema,
  profileId: idSchema,
  /** What stands for the service, without a scheme; null when it is not known. */
  service: z.string().max(300).nullable().default(null),
  bucket: z.string().max(255),
  key: keySchema,
  /** `upload`: whoever has it may store one object at the key. */
  kind: z.enum(['public', 'presigned', 'cloudfront', 'upload']),
  note: linkNoteSchema.default(''),
  madeAt: time,
  endsAt: time.nullable(),
  signingKey: signingKeySchema.nullable().default(null),
  /** Of a link to upload with: what size was asked for; null for any. */
  size: wantedSizeSchema.nullable().default(null),
  /** When the object was moved away or removed, and with it what the link leads to. */
  revokedAt: time.nullable().default(null),
  /** The key that the object was moved to then; null when it was removed. */
  movedTo: keySchema.nullable().default(null),
})

/** A later line of the ledger, about lines before it. */
export const linkChangeSchema = z.discriminatedUnion('change', [
  z.strictObject({ change: z.literal('note'), at: time, linkId: idSchema, note: linkNoteSchema }),
  /** Every link of the key that was made before is dead, but for those to upload with. */
  z.strictObject({
    change: z.literal('revoked'),
    at: time,
    profileId: idSchema,
    service: z.string().max(300).nullable(),
    bucket: z.string().max(255),
    key: keySchema,
    movedTo: keySchema.nullable(),
  }),
  /** Something came to the key again: those of its links that have not ended lead there. */
  z.strictObject({
    change: z.literal('revived'),
    at: time,
    profileId: idSchema,
    service: z.string().max(300).nullable(),
    bucket: z.string().max(255),
    key: keySchema,
  }),
])

/** Which links of the ledger are asked for. */
export const linkFilterSchema = z.strictObject({
  bucket: z.string().max(255).nullable(),
  /** A part of the key, the bucket or the note, without regard to case. */
  search: z.string().max(1024),
  signingKeyId: idSchema.nullable(),
  /** Also those that have ended or were revoked. */
  includeEnded: z.boolean(),
})

/** An access key, and how much dies with it. */
export const signingKeyUseSchema = z.strictObject({
  key: signingKeySchema,
  live: count,
  /** When the last of its live links ends, ISO 8601. */
  lastEndsAt: time,
})

/** The ledger, live links first, each group newest first. */
export const linkListSchema = z.strictObject({
  links: z.array(linkRecordSchema).max(1000),
  /** How many there are for the filter, and how many of them are live: neither ended nor revoked. */
  total: count,
  live: count,
  /** Of the whole ledger: the buckets that have links, and the keys that have signed live ones, most links first. */
  buckets: z.array(z.string().max(255)).max(1000),
  signingKeys: z.array(signingKeyUseSchema).max(100),
})

/** Of a link to upload with for which a size was asked: what has come to its key since it was made. */
export const arrivalSchema = z.strictObject({
  linkId: idSchema,
  sizeBytes: count,
  /** Whether it is larger than was asked for, or not exactly so large. */
  isOtherSize: z.boolean(),
})

export type Arrival = z.infer<typeof arrivalSchema>
export type SigningKey = z.infer<typeof signingKeySchema>
export type LinkTest = z.infer<typeof linkTestSchema>
export type DeadLink = z.infer<typeof deadLinkSchema>
export type CopiedLinks = z.infer<typeof copiedLinksSchema>
export type CreatedLink = z.infer<typeof createdLinkSchema>
export type LinkRecord = z.infer<typeof linkRecordSchema>
export type LinkChange = z.infer<typeof linkChangeSchema>
export type LinkFilter = z.infer<typeof linkFilterSchema>
export type SigningKeyUse = z.infer<typeof signingKeyUseSchema>
export type LinkList = z.infer<typeof linkListSchema>
