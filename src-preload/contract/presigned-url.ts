import { z } from 'zod'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'

/** A link just made. `limitedBy` says why it ends earlier than asked. */
export const createdLinkSchema = z.strictObject({
  url: z.string().max(16_384),
  kind: z.enum(['public', 'presigned']),
  /** ISO 8601; null for a public URL. */
  endsAt: z.string().max(40).nullable(),
  limitedBy: z.enum(['seven-days', 'credentials']).nullable(),
  /** A presigned http link can be read on the way. */
  insecure: z.boolean(),
})

/** A line of the ledger of links given out: never the URL or its signature (S41). */
export const linkRecordSchema = z.strictObject({
  id: idSchema,
  profileId: idSchema,
  bucket: z.string().max(255),
  key: keySchema,
  /** `upload`: whoever has it may store one object at the key. */
  kind: z.enum(['public', 'presigned', 'upload']),
  madeAt: z.string().max(40),
  endsAt: z.string().max(40).nullable(),
})

export type CreatedLink = z.infer<typeof createdLinkSchema>
export type LinkRecord = z.infer<typeof linkRecordSchema>
