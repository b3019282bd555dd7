import { z } from 'zod'

const identifier = z.string().min(1).max(4096)
const uploadSchema = z.object({
  service: identifier,
  profileId: identifier,
  bucket: identifier,
  key: identifier,
  uploadId: identifier,
})
/** A line of the record of begun uploads. */
export const lineSchema = z.discriminatedUnion('t', [
  /** The process whose file this is: the first line. */
  z.object({
    t: z.literal('process'),
    pid: z.number().int().positive(),
    processStart: z.string().max(64).nullable(),
    computer: z.string().max(255),
  }),
  uploadSchema.extend({ t: z.literal('begun'), at: z.string().max(40) }),
  z.object({ t: z.literal('ended'), id: z.string().max(10_000) }),
  z.object({ t: z.literal('left'), id: z.string().max(10_000) }),
])
