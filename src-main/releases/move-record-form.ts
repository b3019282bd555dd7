import { z } from 'zod'
import { keySchema } from '../../src-preload/contract/object.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import type { RecordForm } from './change-records.ts'

/** A move that has begun and of which it is not known that nothing is left. */
export const moveHeadSchema = z.strictObject({
  pailMove: z.literal(1),
  at: z.string().max(40),
  /** The process that moves, to tell a move that goes on from one that was cut off. */
  process: z.number().int(),
  profileId: idSchema,
  /** The service as sessions name it. */
  service: z.string().max(1024),
  bucket: z.string().max(255),
  key: keySchema,
  newKey: keySchema,
})

/** What a move writes down: everything at its beginning. */
export const moveRecordForm: RecordForm<z.infer<typeof moveHeadSchema>, never> = {
  head: moveHeadSchema,
  line: z.never(),
}
