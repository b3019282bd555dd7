import { z } from 'zod'
import type { BucketAccess } from './bucket-access.ts'
import { bucketAccessSchema } from './bucket-access.ts'
import type { BucketSetup, SetupInput, SetupOutcome, SetupPlan, SetupUndo } from './bucket-setup.ts'
import {
  bucketSetupSchema,
  setupInputSchema,
  setupOutcomeSchema,
  setupPlanSchema,
  setupUndoSchema,
} from './bucket-setup.ts'
import type { Bucket, BucketAccessChoice, BucketList } from './bucket.ts'
import { bucketAccessChoiceSchema, bucketListSchema, bucketSchema } from './bucket.ts'
import type { BucketRef, Call, CallSchemas, Nothing } from './call.ts'
import { bucketRef, confirmedPublic, nothing } from './call.ts'
import { prefixSchema } from './object.ts'
import type { PlaceOpening } from './place-opening.ts'
import { idSchema } from './profile.ts'

/** Buckets, and setting one up for a site. */
export interface BucketCalls {
  listBuckets: Call<{ profileId: string }, BucketList>
  createBucket: Call<BucketRef & { region: string; access: BucketAccessChoice }, Bucket>
  /**
   * Every call that would make a bucket for a site, with what is sent. Makes none. `invalid-bucket-name`,
   * `bucket-owned-by-you`. With `existing`, the calls that a bucket which is there lacks: `no-such-bucket`, and
   * `safety-refused`, `not-allowed` or `public-access-blocked` where more would be opened, or less, than was asked for.
   */
  planBucketSetup: Call<{ profileId: string } & SetupInput, SetupPlan>
  /**
   * Makes the calls of a plan, once, until one fails; `cancelSync` ends it. What was made can be undone. `safety-refused`
   * when it makes other objects public than so many (`opens` of the plan).
   */
  applyBucketSetup: Call<{ planId: string; confirmedPublic?: number | undefined }, SetupOutcome>
  /** The set-ups of a bucket from this computer that can be undone, newest first. */
  listBucketSetups: Call<BucketRef, BucketSetup[]>
  /**
   * Takes back what a set-up made, the last call first, also after a restart; what somebody has changed since stays, and
   * the bucket unless it is empty. `profileId` is for a bucket that another profile reaches now. `safety-refused` when it
   * makes other objects public again than so many (`opens`).
   */
  undoBucketSetup: Call<
    { setupId: string; profileId?: string | undefined; confirmedPublic?: number | undefined },
    SetupUndo
  >
  /** Deletes an empty bucket. */
  deleteBucket: Call<BucketRef, Nothing>
  addBucketName: Call<BucketRef, Bucket>
  removeBucketName: Call<BucketRef, Nothing>
  /** Reads who may read what in a bucket, and says what public and private can mean there. Changes nothing. */
  getBucketAccess: Call<BucketRef, BucketAccess>
  /**
   * What lets everybody read a place that is to be private, for certain; null for nothing, absent where policy or switch could
   * not be read. Changes nothing.
   */
  findPlaceOpening: Call<BucketRef & { prefix: string }, { opening?: PlaceOpening | null | undefined }>
}

/** The shape of every argument and every answer of {@link BucketCalls}. */
export const bucketCallSchemas: CallSchemas<BucketCalls> = {
  listBuckets: { input: z.strictObject({ profileId: idSchema }), output: bucketListSchema },
  createBucket: {
    input: bucketRef.extend({ region: z.string().min(1).max(64), access: bucketAccessChoiceSchema }),
    output: bucketSchema,
  },
  planBucketSetup: { input: setupInputSchema.extend({ profileId: idSchema }), output: setupPlanSchema },
  applyBucketSetup: {
    input: z.strictObject({ planId: idSchema, confirmedPublic: confirmedPublic.optional() }),
    output: setupOutcomeSchema,
  },
  listBucketSetups: { input: bucketRef, output: z.array(bucketSetupSchema).max(50) },
  undoBucketSetup: {
    input: z.strictObject({
      setupId: idSchema,
      profileId: idSchema.optional(),
      confirmedPublic: confirmedPublic.optional(),
    }),
    output: setupUndoSchema,
  },
  deleteBucket: { input: bucketRef, output: nothing },
  addBucketName: { input: bucketRef, output: bucketSchema },
  removeBucketName: { input: bucketRef, output: nothing },
  getBucketAccess: { input: bucketRef, output: bucketAccessSchema },
  findPlaceOpening: {
    input: bucketRef.extend({ prefix: prefixSchema }),
    output: z.strictObject({
      opening: z
        .strictObject({
          place: z.string().max(1024),
          by: z.string().max(200),
          isWhole: z.literal(true).optional(),
        })
        .nullable()
        .optional(),
    }),
  },
}
