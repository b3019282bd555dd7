import { z } from 'zod'
import { bucketSwitchSchema } from '../../src-preload/contract/bucket-switch.ts'
import { keySchema } from '../../src-preload/contract/object.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import { wantedVisibilitySchema } from '../../src-preload/contract/visibility.ts'
import type { RecordForm } from './change-records.ts'
import { aclSchema } from './release-lines.ts'

const policy = z.string().max(65_536).nullable()

/** The beginning of a kept change of visibility. */
export const headSchema = z.strictObject({
  pailVisibility: z.literal(1),
  at: z.string().max(40),
  profileId: idSchema,
  /** The service as sessions name it: other profiles reach the same bucket. */
  service: z.string().max(1024),
  bucket: z.string().max(255),
  visibility: wantedVisibilitySchema,
  /** How many objects are concerned, and the first of them. */
  objects: z.number().int().nonnegative(),
  keys: z.array(keySchema).max(200),
  policy: z.strictObject({ before: policy, after: policy }).nullable(),
  /** The service's own switches that were thrown; absent where none was. */
  switches: z.array(bucketSwitchSchema).max(100).optional(),
})

/**
 * An object's ACL before it was changed; `before` is null when the service refused to
 * change it; without its answer it stays.
 */
export const lineSchema = z.strictObject({
  key: keySchema,
  before: aclSchema.nullable(),
  /** The object's ETag then; earlier versions did not keep it. */
  eTag: z.string().max(1024).nullable().default(null),
})

/** What a change of visibility writes down: the policy at its beginning, each ACL before it is changed. */
export const visibilityRecordForm: RecordForm<z.infer<typeof headSchema>, z.infer<typeof lineSchema>> = {
  head: headSchema,
  line: lineSchema,
}
