import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { keySchema, prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import { visibilityCheckSchema } from './visibility.ts'

const count = z.number().int().nonnegative()

/** An object whose unsigned answer is not a refusal. */
export const leakFindingSchema = visibilityCheckSchema.extend({ key: keySchema })

/**
 * A leak scan at one moment: whether everybody can read what should be private, asked for without a signature, object by
 * object. `listing`: the keys are being found; `asking`: the public is being asked for; `done`: all that was to be asked
 * has been; `stopped`: it was cancelled, or nothing answered; `failed`: the keys could not be listed.
 */
export const leakScanSchema = z.strictObject({
  scanId: idSchema,
  profileId: idSchema,
  bucket: z.string().max(255),
  prefix: prefixSchema,
  state: z.enum(['listing', 'asking', 'done', 'stopped', 'failed']),
  /** ISO 8601. */
  startedAt: z.string().max(40),
  endedAt: z.string().max(40).nullable(),
  /** The objects below the prefix, and how many of them are asked for: all, or a sample of 10,000. */
  objects: count,
  chosen: count,
  isSampled: z.boolean(),
  counts: z.strictObject({ public: count, private: count, unknown: count }),
  /** Chosen and not asked for: the scan runs, or was stopped. */
  notAsked: count,
  /** Whether everybody can list the keys; null until it was asked. */
  listing: visibilityCheckSchema.nullable(),
  /** What is public, in the order of keys; 20 while the scan runs, then 1,000. */
  leaks: z.array(leakFindingSchema).max(1000),
  /** The first few of which nothing is known. */
  unknowns: z.array(leakFindingSchema).max(20),
  /** Why it was stopped or failed; null otherwise. */
  error: appErrorSchema.nullable(),
})

export type LeakFinding = z.infer<typeof leakFindingSchema>
export type LeakScan = z.infer<typeof leakScanSchema>
