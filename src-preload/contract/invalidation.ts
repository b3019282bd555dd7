import { z } from 'zod'
import { idSchema } from './profile.ts'

/** The id of a CloudFront distribution, such as `E2QWRUHAPOMQZL`. */
export const distributionIdSchema = z
  .string()
  .max(64)
  .regex(
    /^[A-Z0-9]{5,64}$/,
    'A distribution ID is made of capital letters and digits, such as E2QWRUHAPOMQZL.',
  )

/** What a CDN has to forget after a sync, to be read before it is sent. */
export const invalidationPlanSchema = z.strictObject({
  /** Of this invalidation, not of the sync. */
  planId: idSchema,
  distributionId: distributionIdSchema,
  /** `planned`: of a sync that has not been applied, so it cannot be sent; `done`: of what a sync really changed. */
  basis: z.enum(['planned', 'done']),
  /** At most 15; each is one of the 1,000 a month that are free. None: no cache can hold anything old. */
  paths: z.array(z.string().max(4000)).max(15),
  /** How many of them end in `*`. */
  wildcards: z.number().int().nonnegative(),
  /** Keys that were changed or removed. New ones are none of them: no cache has had them. */
  changed: z.number().int().nonnegative(),
  /** Keys that did not change, and that wildcards make the CDN fetch again all the same. */
  unrelated: z.number().int().nonnegative(),
})

/** An invalidation that CloudFront has accepted. */
export const invalidationSchema = z.strictObject({
  invalidationId: z.string().max(128),
  /** `completed`: no visitor gets an old copy any more. */
  status: z.enum(['in-progress', 'completed']),
  paths: z.number().int().nonnegative(),
})

export type InvalidationPlan = z.infer<typeof invalidationPlanSchema>
export type Invalidation = z.infer<typeof invalidationSchema>
