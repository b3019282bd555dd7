import { z } from 'zod'
import { setupCalls } from '../../src-preload/contract/bucket-setup.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import type { RecordForm } from '../releases/change-records.ts'

/** The beginning of a kept set-up. */
export const headSchema = z.strictObject({
  pailSetup: z.literal(1),
  at: z.string().max(40),
  profileId: idSchema,
  /** The service as sessions name it. */
  service: z.string().max(1024),
  bucket: z.string().max(255),
  region: z.string().max(64),
})

const json = z.string().max(200_000)

/** What is written down of a call. */
export const lineSchema = z.strictObject({
  call: z.enum(setupCalls),
  /** `begun` is written before a call is made, and the other when it is known what became of it. */
  state: z.enum(['begun', 'made', 'not-made']),
  /** The setting before, as JSON; absent when it could not be read. */
  before: json.optional(),
  /** The setting that is put. */
  after: json.optional(),
  /** When the bucket was made, as the service tells it (ISO 8601); said again when the date has moved. */
  createdAt: z.string().max(40).optional(),
  /** By the service's clock (ISO 8601): there was no bucket of the name then, right before the call to make it. */
  absentAt: z.string().max(40).optional(),
})

/** What a set-up writes down before and after each call. */
export const setupRecordForm: RecordForm<z.infer<typeof headSchema>, z.infer<typeof lineSchema>> = {
  head: headSchema,
  line: lineSchema,
}
