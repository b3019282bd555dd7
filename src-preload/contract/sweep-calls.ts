import { z } from 'zod'
import type { BucketRef, Call, CallSchemas } from './call.ts'
import { bucketRef } from './call.ts'
import { prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import type {
  LifecycleOutcome,
  LifecyclePlan,
  SweepChoice,
  SweepOutcome,
  SweepPlan,
  SweepRowPage,
} from './sweep.ts'
import {
  lifecycleOutcomeSchema,
  lifecyclePlanSchema,
  sweepChoiceSchema,
  sweepOutcomeSchema,
  sweepPlanSchema,
  sweepRowPageSchema,
} from './sweep.ts'

/** Multipart uploads that were begun and not completed. */
export interface SweepCalls {
  /** Lists the multipart uploads that were begun and not completed, with sizes and owners; `cancelSync` ends it. Reads only. */
  planSweep: Call<BucketRef & { prefix: string; olderThanSeconds: number | null }, SweepPlan>
  listSweepRows: Call<{ planId: string; offset: number; limit: number }, SweepRowPage>
  /**
   * Aborts uploads of the plan. `confirmed` is the number that the person saw; it must equal that of the choice. Those
   * that a transfer wants are refused.
   */
  applySweep: Call<{ planId: string; choice: SweepChoice; confirmed: number }, SweepOutcome>
  /**
   * What the bucket's lifecycle configuration would be with a rule that aborts incomplete uploads after so many days, or,
   * for null, without it. All other rules stay.
   */
  planLifecycle: Call<BucketRef & { days: number | null }, LifecyclePlan>
  /** `precondition-failed` when the configuration was changed since the plan. */
  applyLifecycle: Call<{ planId: string }, LifecycleOutcome>
}

/** The shape of every argument and every answer of {@link SweepCalls}. */
export const sweepCallSchemas: CallSchemas<SweepCalls> = {
  planSweep: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      olderThanSeconds: z.number().int().min(0).max(1_000_000_000).nullable(),
    }),
    output: sweepPlanSchema,
  },
  listSweepRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
    }),
    output: sweepRowPageSchema,
  },
  applySweep: {
    input: z.strictObject({
      planId: idSchema,
      choice: sweepChoiceSchema,
      confirmed: z.number().int().min(0).max(10_000_000),
    }),
    output: sweepOutcomeSchema,
  },
  planLifecycle: {
    input: bucketRef.extend({ days: z.number().int().min(1).max(3650).nullable() }),
    output: lifecyclePlanSchema,
  },
  applyLifecycle: { input: z.strictObject({ planId: idSchema }), output: lifecycleOutcomeSchema },
}
