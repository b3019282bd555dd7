import { z } from 'zod'
import { fileEndingPattern, mediaTypePattern } from './media-type.ts'
import { overwriteGuardSchema } from './naming.ts'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import { wantedSizeSchema } from './wanted-size.ts'

/** What an upload to a request is to be: a media type (`image/jpeg`), or what the ending of a file says (`jpg`). */
export const wantedTypeSchema = z
  .string()
  .refine((text) => mediaTypePattern.test(text) || fileEndingPattern.test(text), {
    message: 'takes a media type such as image/jpeg, or the ending of a file such as jpg',
  })

/**
 * A link with which anybody may store one object until it ends: a PUT with exactly these headers.
 */
export const uploadRequestSchema = z.strictObject({
  url: z.string().max(16_384),
  key: keySchema,
  /** What the upload has to send, exactly so. */
  headers: z.array(z.strictObject({ name: z.string().max(64), value: z.string().max(512) })).max(8),
  /** What was asked for; null for any size. An exact one is signed: every client tells its size by itself. */
  size: wantedSizeSchema.nullable(),
  /** ISO 8601. */
  endsAt: z.string().max(40),
  limitedBy: z.enum(['seven-days', 'credentials', 'policy']).nullable(),
  /** A presigned http link can be read on the way. */
  insecure: z.boolean(),
  /** Whether there was an object at the key when the link was made; `unknown` when the key may not ask. */
  exists: z.enum(['yes', 'no', 'unknown']),
  /** How sure it is that the upload replaces nothing; null when it may. */
  overwriteGuard: overwriteGuardSchema.nullable(),
  /** Its line in the list of links; null when it could not be added there. */
  recordId: idSchema.nullable(),
})

export type UploadRequest = z.infer<typeof uploadRequestSchema>
