import { z } from 'zod'
import { errorCodes } from './error-codes.ts'

/**
 * An error as it crosses the bridge: a value, because IPC keeps only the message of a thrown one.
 * `message` is a plain sentence without secrets; `s3Code` is S3's own code for the small print.
 */
export const appErrorSchema = z.strictObject({
  code: z.enum(errorCodes),
  message: z.string().max(2000),
  s3Code: z.string().max(200).optional(),
  key: z.string().max(4096).optional(),
  retryable: z.boolean(),
})

/** See {@link appErrorSchema}. */
export type AppError = z.infer<typeof appErrorSchema>
