import { z } from 'zod'
import { type SetupCallName, setupCalls } from '../../src-preload/contract/bucket-setup.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import type { RecordForm } from '../releases/change-records.ts'

const headSchema = z.strictObject({
  pailSetup: z.literal(1),
  at: z.string().max(40),
  profileId: idSchema,
  /** The service as sessions name it. */
  service: z.string().max(1024),
  bucket: z.string().max(255),
  region: z.string().max(64),
})

const json = z.string().max(200_000)

const lineSchema = z.strictObject({
  call: z.enum(setupCalls),
  /** `begun` is written before a call is made, and the other when it is known what became of it. */
  state: z.enum(['begun', 'made', 'not-made']),
  /** The setting before, as JSON; absent when it could not be read. */
  before: json.optional(),
  /** The setting that is put. */
  after: json.optional(),
  /** When the bucket was made, as the service tells it (ISO 8601); said again when the date has moved. */
  createdAt: z.string().max(40).optional(),
})

/** What a set-up writes down before and after each call. */
export const setupRecordForm: RecordForm<SetupHead, SetupLine> = { head: headSchema, line: lineSchema }

/** What is known of one call of a kept set-up. */
export interface KeptCall {
  readonly call: SetupCallName
  /** False when the process ended before it was known. */
  readonly isMade: boolean
  readonly before: string | undefined
  readonly after: string | undefined
  /** Of the bucket that was made: by it it is told from a later one of its name. */
  readonly createdAt: string | undefined
}

/** The calls that were made, or may have been, in their order. */
export function keptCalls(lines: readonly SetupLine[]): KeptCall[] {
  const calls = new Map<SetupCallName, KeptCall>()
  for (const { call, state, before, after, createdAt } of lines) {
    if (state === 'not-made') calls.delete(call)
    else if (state === 'begun') calls.set(call, { call, isMade: false, before, after, createdAt })
    else {
      const begun = calls.get(call)
      if (begun) calls.set(call, { ...begun, isMade: true, createdAt: createdAt ?? begun.createdAt })
    }
  }
  return [...calls.values()]
}

/** The beginning of a kept set-up. */
export type SetupHead = z.infer<typeof headSchema>
/** What is written down of a call. */
export type SetupLine = z.infer<typeof lineSchema>
