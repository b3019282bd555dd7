import { z } from 'zod'
import { wantedVisibilitySchema } from './visibility.ts'

/** A host name; services write them in lower case. */
export const domainSchema = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/)

/**
 * An address outside S3 by which a service hands a whole bucket out. On R2 `managed` is the one at r2.dev, which every bucket
 * has, and `custom` a domain of its owner.
 */
export const publicDomainSchema = z.strictObject({
  kind: z.enum(['managed', 'custom']),
  domain: domainSchema,
  /** Whether everybody can read the bucket there, as the service says. */
  enabled: z.boolean(),
  /** What stands before a key, without a slash at its end. */
  baseUrl: z.string().max(300),
})

/**
 * Something that a service itself opens or shuts a bucket as a whole by: the bucket's own ACL (B2), or an address of
 * {@link publicDomainSchema} (R2).
 */
export const bucketSwitchSchema = z.strictObject({
  kind: z.enum(['bucket-acl', 'managed-domain', 'custom-domain']),
  /** Of an address; null for an ACL. */
  domain: domainSchema.nullable(),
  from: wantedVisibilitySchema,
  to: wantedVisibilitySchema,
})

export type PublicDomain = z.infer<typeof publicDomainSchema>
export type BucketSwitch = z.infer<typeof bucketSwitchSchema>
