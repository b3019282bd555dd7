import { z } from 'zod'
import { headerRulesSchema } from './header-rule.ts'
import { keyPairIdSchema } from './cloudfront-key.ts'
import { distributionIdSchema } from './invalidation.ts'
import { longestKeyTemplate } from './key-template.ts'
import { linkFormatSchema } from './naming.ts'
import { prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import { longestExclude, mostExcludes } from './rule-limits.ts'
import { runBeforeSchema } from './run-before.ts'
import { chosenFolderSchema } from './selection.ts'
import { wantedVisibilitySchema } from './visibility.ts'

/** What to do when the key exists. `fail` reports it; nothing ever overwrites unasked. */
export const onConflictSchema = z.enum(['keep-both', 'overwrite', 'skip', 'fail'])

/** What every destination has. */
const shared = {
  profileId: idSchema,
  bucket: z.string().min(1).max(255),
  name: z.string().trim().min(1).max(80),
  /** Without a leading slash; with a trailing one unless empty. */
  prefix: prefixSchema,
  visibility: wantedVisibilitySchema,
  cacheControl: z.string().max(512).nullable(),
  /** `https://static.example.org`, where the site serves the prefix's bucket from; null for the bucket's own host. */
  baseUrl: z.string().max(1024).nullable(),
  /** The key pair with which links to private objects are signed for CloudFront, at the base URL. */
  keyPairId: keyPairIdSchema.nullable().optional(),
  /** Whether base URL and distribution serve the prefix itself (an origin path) and not the whole bucket. */
  stripPrefix: z.boolean().optional(),
  /** How long links to what is private work. */
  linkExpirySeconds: z.number().int().min(1).max(604_800),
  /** How links come to the clipboard; absent: plain URLs. */
  linkFormat: linkFormatSchema.optional(),
  /** Its own header rules, which go before the recommended ones; of media only what a Django project says of all files. */
  rules: headerRulesSchema.optional(),
}

/** A place that is filled from a folder of this computer, by syncs. What is in the folder replaces what is there. */
export const staticDestinationSchema = z.strictObject({
  kind: z.literal('static'),
  ...shared,
  folderId: idSchema.nullable(),
  /** Runs before each sync, once the person has allowed it in the system's own dialog. */
  runBefore: runBeforeSchema.nullable().optional(),
  exclude: z.array(z.string().min(1).max(longestExclude)).max(mostExcludes),
  /** Whether a sync follows the recommended rules: fingerprinted files are cached for a year, pages not at all. */
  longCache: z.boolean().optional(),
  /** Whether the list of what the syncs put there is also kept as an object in the bucket, for other computers. */
  manifestInBucket: z.boolean().optional(),
  /** Whether a sync keeps a copy of what it overwrites or removes, where the bucket keeps no versions. */
  keepPrevious: z.boolean().optional(),
  /** The CloudFront distribution that is told what a sync changed. */
  distributionId: distributionIdSchema.nullable().optional(),
})

/** A place that is filled file by file, by uploads. */
export const mediaDestinationSchema = z.strictObject({
  kind: z.literal('media'),
  ...shared,
  onConflict: z.enum(['keep-both', 'overwrite', 'skip', 'ask']),
  /** How uploads get their keys below the prefix; null or absent: files keep their names. */
  keyTemplate: z.string().max(longestKeyTemplate).nullable().optional(),
  /** Whether names are cleaned as Django's `get_valid_name` does. */
  cleanNames: z.boolean().optional(),
  /** Whether a file whose very bytes are at its key already is not sent again. */
  reuseIdentical: z.boolean().optional(),
  /** Whether location and other metadata of pictures are removed before a public upload. */
  stripMetadata: z.boolean().optional(),
})

/** A named place in a bucket with a prefix and its policy. Its kind says how it is filled, and nothing of who can read it. */
export const destinationInputSchema = z.discriminatedUnion('kind', [
  staticDestinationSchema,
  mediaDestinationSchema,
])

/** A destination on its way into a profile that may not be there yet. */
export const unplacedDestinationSchema = z.discriminatedUnion('kind', [
  staticDestinationSchema.omit({ profileId: true }),
  mediaDestinationSchema.omit({ profileId: true }),
])

/** A saved destination. */
export const destinationSchema = z.discriminatedUnion('kind', [
  staticDestinationSchema.extend({ id: idSchema, folder: chosenFolderSchema.nullable() }),
  mediaDestinationSchema.extend({ id: idSchema }),
])

export type OnConflict = z.infer<typeof onConflictSchema>
export type DestinationInput = z.infer<typeof destinationInputSchema>
export type Destination = z.infer<typeof destinationSchema>
export type UnplacedDestination = z.infer<typeof unplacedDestinationSchema>
export type StaticDestinationInput = Extract<DestinationInput, { kind: 'static' }>
export type MediaDestinationInput = Extract<DestinationInput, { kind: 'media' }>
export type StaticDestination = Extract<Destination, { kind: 'static' }>
export type MediaDestination = Extract<Destination, { kind: 'media' }>
/** `Omit` for each kind of destination by itself. */
export type WithoutKeys<Some, Key extends PropertyKey> = Some extends unknown ? Omit<Some, Key> : never
