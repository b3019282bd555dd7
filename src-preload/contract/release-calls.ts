import { z } from 'zod'
import type { BucketRef, Call, CallSchemas } from './call.ts'
import { bucketRef, confirmedPublic } from './call.ts'
import type { Invalidation, InvalidationPlan } from './invalidation.ts'
import { distributionIdSchema, invalidationPlanSchema, invalidationSchema } from './invalidation.ts'
import { prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import type { Receipt } from './receipt.ts'
import { receiptSchema } from './receipt.ts'
import type { Release } from './release.ts'
import { releaseSchema } from './release.ts'
import type { UndoOutcome, UndoPlan, UndoRowPage } from './undo.ts'
import { undoOutcomeSchema, undoPlanSchema, undoRowPageSchema } from './undo.ts'
import type { WantedVisibility } from './visibility.ts'
import { wantedVisibilitySchema } from './visibility.ts'

/** What follows a sync: its receipt, the invalidation of a cache, the history, and the way back. */
export interface ReleaseCalls {
  /**
   * Looks at what an applied plan changed as a visitor would, without a signature. `stripPrefix`: the base URL serves
   * the prefix and not the whole bucket. `pageOrigin`: where the pages are that use the fonts. `expected` is, unless it
   * is said, `public` when the plan publishes or there is a base URL, else `private`.
   */
  createReceipt: Call<
    {
      planId: string
      baseUrl: string | null
      stripPrefix?: boolean | undefined
      pageOrigin?: string | null | undefined
      expected?: WantedVisibility | undefined
    },
    Receipt
  >
  /**
   * Which paths of a CloudFront distribution hold something old after a sync; asks nobody. `stripPrefix`: the origin path
   * of the distribution is the prefix. Of a plan that has not been applied it is what would be sent.
   */
  planInvalidation: Call<
    { planId: string; distributionId: string; stripPrefix?: boolean | undefined },
    InvalidationPlan
  >
  /**
   * Sends a planned invalidation. Called again it makes nothing new and answers how far the first has come; with
   * `waitSeconds` it waits so long for its end. `cancelSync` of the sync ends the waiting, not the invalidation.
   */
  applyInvalidation: Call<{ planId: string; waitSeconds?: number | undefined }, Invalidation>
  /** The history of the syncs to a place from this computer, newest first, at most 100. */
  listReleases: Call<BucketRef & { prefix: string }, Release[]>
  /** Looks at what a sync of the history changed and at what is there now; `cancelSync` ends it. Reads only. */
  planUndo: Call<BucketRef & { prefix: string; releaseId: string }, UndoPlan>
  listUndoRows: Call<{ planId: string; offset: number; limit: number }, UndoRowPage>
  /**
   * `confirmedRemovals` is the number of removals that the person saw, and must equal the plan's; `confirmedPublic` that of
   * the objects that become public, which is looked up again: `safety-refused` where it differs, and is not 0. Progress is
   * a sync's.
   */
  applyUndo: Call<{ planId: string; confirmedRemovals: number; confirmedPublic?: number }, UndoOutcome>
}

/** The shape of every argument and every answer of {@link ReleaseCalls}. */
export const releaseCallSchemas: CallSchemas<ReleaseCalls> = {
  createReceipt: {
    input: z.strictObject({
      planId: idSchema,
      baseUrl: z.string().max(1024).nullable(),
      stripPrefix: z.boolean().optional(),
      pageOrigin: z.string().max(1024).nullable().optional(),
      expected: wantedVisibilitySchema.optional(),
    }),
    output: receiptSchema,
  },
  planInvalidation: {
    input: z.strictObject({
      planId: idSchema,
      distributionId: distributionIdSchema,
      stripPrefix: z.boolean().optional(),
    }),
    output: invalidationPlanSchema,
  },
  applyInvalidation: {
    input: z.strictObject({ planId: idSchema, waitSeconds: z.number().int().min(0).max(600).optional() }),
    output: invalidationSchema,
  },
  listReleases: {
    input: bucketRef.extend({ prefix: prefixSchema }),
    output: z.array(releaseSchema).max(100),
  },
  planUndo: {
    input: bucketRef.extend({ prefix: prefixSchema, releaseId: idSchema }),
    output: undoPlanSchema,
  },
  listUndoRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
    }),
    output: undoRowPageSchema,
  },
  applyUndo: {
    input: z.strictObject({
      planId: idSchema,
      confirmedRemovals: z.number().int().min(0).max(10_000_000),
      confirmedPublic: confirmedPublic.optional(),
    }),
    output: undoOutcomeSchema,
  },
}
