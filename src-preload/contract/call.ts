import { z } from 'zod'
import { keySchema, prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import type { Result } from './result.ts'

/** Nothing to say, or nothing to answer. */
export type Nothing = Record<string, never>

/** A bucket, reached with a profile. */
export interface BucketRef {
  readonly profileId: string
  readonly bucket: string
}

/** An object, reached with a profile. */
export interface ObjectRef extends BucketRef {
  readonly key: string
}

/** A method of the bridge. It never rejects. */
export type Call<Input, Output> = (input: Input) => Promise<Result<Output>>

/** The argument and the answer of each method of `Calls`, both checked at the fence (S13). */
export type CallSchemas<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends Call<infer Input, infer Output>
    ? { readonly input: z.ZodType<Input>; readonly output: z.ZodType<Output> }
    : never
}

export const nothing = z.strictObject({})
/** How many objects the person has seen to become public. */
export const confirmedPublic = z.number().int().min(0).max(10_000_000)
const bucketName = z.string().min(1).max(255)
export const bucketRef = z.strictObject({ profileId: idSchema, bucket: bucketName })
export const objectRef = bucketRef.extend({ key: keySchema })
/** Keys that one call names, at most so many. */
export const keys = z.array(keySchema).max(10_000)
/** Folders that one call names. */
export const prefixes = z.array(prefixSchema.min(1)).max(1000)
export const destinationRef = z.strictObject({ destinationId: idSchema })
/** How long a link is to work. */
export const expiresInSeconds = z
  .number()
  .int()
  .min(1)
  .max(604_800 * 52)
