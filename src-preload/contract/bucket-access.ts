import { z } from 'zod'
import { publicDomainSchema } from './bucket-switch.ts'
import { errorCodes } from './error-codes.ts'
import { providerIds } from './provider-presets.ts'

/**
 * One thing that was asked of a bucket. `not-offered`: the service has no such setting; `unknown`: it could not be read,
 * and why. Nothing is ever guessed in the place of an unknown.
 */
function readingSchema<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('read'), value }),
    z.strictObject({ state: z.literal('not-offered') }),
    z.strictObject({ state: z.literal('unknown'), code: z.enum(errorCodes), message: z.string().max(2000) }),
  ])
}

/** The four settings of Block Public Access. */
export const publicAccessBlockSchema = z.strictObject({
  blockPublicAcls: z.boolean(),
  ignorePublicAcls: z.boolean(),
  blockPublicPolicy: z.boolean(),
  restrictPublicBuckets: z.boolean(),
})

/** One line of the bucket's own ACL. `everybody` and `every-account` are S3's groups AllUsers and AuthenticatedUsers. */
export const bucketGrantSchema = z.strictObject({
  grantee: z.enum(['owner', 'everybody', 'every-account', 'other']),
  permission: z.string().max(40),
})

/** Which keys a statement of the policy lets everybody read, or keeps everybody from reading. */
export const policyOpeningSchema = z.strictObject({
  effect: z.enum(['allow', 'deny']),
  sid: z.string().max(256).nullable(),
  /** Patterns of keys, with `*` and `?`; the whole bucket is `*`. */
  patterns: z.array(z.string().max(2048)).max(1000),
  /** It depends on a condition (an address, a referrer) or on something that Pail does not understand. */
  conditional: z.boolean(),
  /** Written by Pail, and so changed by it as well. */
  own: z.boolean(),
})

/**
 * How one of the two can be had in this bucket. `object-acl`: each object says it for itself; `prefix-policy`: a
 * statement of the bucket's policy, for a prefix or single keys; `no-header`: nothing has to be sent; `provider-switch`:
 * the service opens or closes a bucket as a whole; `cdn`: only what a CDN passes on is public.
 */
export const visibilityWaySchema = z.enum([
  'object-acl',
  'prefix-policy',
  'no-header',
  'provider-switch',
  'cdn',
  'impossible',
])

/** What "public" or "private" can mean in a bucket, and why, in sentences. */
export const visibilityMeaningSchema = z.strictObject({
  way: visibilityWaySchema,
  /** False when something could not be read on which it depends: the unsigned answer decides. */
  sure: z.boolean(),
  reasons: z.array(z.string().max(1000)).min(1).max(12),
})

/** One reading of a bucket: who may read what in it, as far as its settings tell. */
export const bucketAccessSchema = z.strictObject({
  bucket: z.string().max(255),
  provider: z.enum(providerIds),
  /** ISO 8601. */
  readAt: z.string().max(40),
  /** Who owns objects, which decides whether ACLs count; null where no controls are set, which means ObjectWriter. */
  ownership: readingSchema(
    z.enum(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']).nullable(),
  ),
  /** Null where none is set, which blocks nothing. */
  publicAccessBlock: readingSchema(publicAccessBlockSchema.nullable()),
  /** The same settings for the whole account, which win where they are stricter. */
  accountPublicAccessBlock: readingSchema(publicAccessBlockSchema.nullable()),
  /** The policy's text, exactly; null where there is none. */
  policy: readingSchema(z.string().max(65_536).nullable()),
  /** Whether S3 itself calls the policy public; null where there is none. */
  policyIsPublic: readingSchema(z.boolean().nullable()),
  /** What the policy says of reading by everybody; empty also where the policy could not be read. */
  openings: z.array(policyOpeningSchema).max(500),
  acl: readingSchema(z.array(bucketGrantSchema).max(200)),
  /** Whether the bucket is served as a website, too. */
  website: readingSchema(z.boolean()),
  /** The origins whose pages may use the objects. */
  corsOrigins: readingSchema(z.array(z.string().max(1024)).max(1000)),
  /** The addresses outside S3 by which the service hands the bucket out; `not-offered` where it has none. */
  domains: readingSchema(z.array(publicDomainSchema).max(100)),
  public: visibilityMeaningSchema,
  private: visibilityMeaningSchema,
})

export type BucketGrant = z.infer<typeof bucketGrantSchema>
export type PublicAccessBlock = z.infer<typeof publicAccessBlockSchema>
export type PolicyOpening = z.infer<typeof policyOpeningSchema>
export type VisibilityWay = z.infer<typeof visibilityWaySchema>
export type VisibilityMeaning = z.infer<typeof visibilityMeaningSchema>
export type BucketAccess = z.infer<typeof bucketAccessSchema>

/** One of the readings of {@link BucketAccess}. */
export type Reading<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'not-offered' }
  | { readonly state: 'unknown'; readonly code: (typeof errorCodes)[number]; readonly message: string }
