import { z } from 'zod'

/** A name that an existing bucket may have; stricter rules apply to new ones ({@link ./bucket-name.ts}). */
export const bucketSchema = z.strictObject({
  name: z.string().min(1).max(255),
  /** ISO 8601; null for a name that was typed in. */
  createdAt: z.string().max(40).nullable(),
  region: z.string().max(64).nullable(),
  /** Typed in by the person, because the key may not list buckets. */
  typedIn: z.boolean(),
})

/**
 * How a new bucket treats the public. `private`: AWS's defaults (Block Public Access on, ACLs disabled);
 * `per-object`: ACLs enabled and not blocked, so that every upload can be public or private.
 */
export const bucketAccessChoiceSchema = z.enum(['private', 'per-object'])

/** The buckets of a profile. `listed` is false when the key may not list them and only typed-in names are shown. */
export const bucketListSchema = z.strictObject({
  buckets: z.array(bucketSchema).max(10_000),
  listed: z.boolean(),
})

export type Bucket = z.infer<typeof bucketSchema>
export type BucketAccessChoice = z.infer<typeof bucketAccessChoiceSchema>
export type BucketList = z.infer<typeof bucketListSchema>
