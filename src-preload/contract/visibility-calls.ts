import { z } from 'zod'
import { domainSchema } from './bucket-switch.ts'
import type { BucketRef, Call, CallSchemas, Nothing, ObjectRef } from './call.ts'
import { bucketRef, confirmedPublic, keys, nothing, objectRef } from './call.ts'
import type { LeakScan } from './leak-scan.ts'
import { leakScanSchema } from './leak-scan.ts'
import { prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import type {
  VisibilityChange,
  VisibilityOutcome,
  VisibilityPlan,
  VisibilityUndoPlan,
} from './visibility-plan.ts'
import {
  visibilityChangeSchema,
  visibilityOutcomeSchema,
  visibilityPlanSchema,
  visibilityUndoPlanSchema,
} from './visibility-plan.ts'
import type { VisibilityCheck, WantedVisibility } from './visibility.ts'
import { visibilityCheckSchema, wantedVisibilitySchema } from './visibility.ts'

/** Who can read objects: asked, changed, taken back, and searched for what is open. */
export interface VisibilityCalls {
  /**
   * Asks, without a signature, for the very URL that would be handed out: through the base URL of the destination that the
   * object is in, if it has one. What the bucket's own host gives to everybody is public all the same.
   */
  checkVisibility: Call<ObjectRef, VisibilityCheck>
  /**
   * What this bucket needs so that objects, or everything below prefixes, are public or private. Changes nothing. A prefix
   * is any beginning of keys; empty, it is the whole bucket. Where the service opens and shuts a bucket only as a whole, the
   * plan is about all of it; `customDomains` are those of its addresses that are to be switched off, too.
   */
  planVisibility: Call<
    BucketRef & {
      keys: string[]
      prefixes: string[]
      visibility: WantedVisibility
      customDomains?: string[] | undefined
    },
    VisibilityPlan
  >
  /**
   * Does what was planned, once, and asks without a signature what came of it. `confirmedObjects` is the number of objects
   * that the person saw; it must equal the plan's. `precondition-failed` when somebody has changed the policy since.
   */
  applyVisibility: Call<{ planId: string; confirmedObjects: number }, VisibilityOutcome>
  /**
   * Puts back the ACLs and the policy that were there before, once, and asks again; also after a restart. `profileId` is
   * for a bucket that another profile reaches now. `precondition-failed` when somebody has changed the policy since.
   * `confirmedPublic` is the number of objects that the person saw becoming public, as `planUndoVisibility` counts them;
   * without it nothing is opened: `safety-refused`, also when it is another number by now (S44).
   */
  undoVisibility: Call<
    { planId: string; profileId?: string | undefined; confirmedPublic?: number | undefined },
    VisibilityOutcome
  >
  /** What undoing a change would open to everybody. Changes nothing. */
  planUndoVisibility: Call<{ planId: string; profileId?: string | undefined }, VisibilityUndoPlan>
  /** The changes of a bucket from this computer that can be taken back, newest first, at most 50. */
  listVisibilityChanges: Call<BucketRef, VisibilityChange[]>
  /**
   * Starts to ask without a signature for every object below a prefix, or for a sample of very many; `onLeakScan` tells how
   * far it is and what it has found. `too-many` while three run.
   */
  startLeakScan: Call<BucketRef & { prefix: string }, LeakScan>
  /** Stops a scan and waits for its end; nothing for one that has ended. */
  cancelLeakScan: Call<{ scanId: string }, Nothing>
  /** Those that run, and the last ones that have ended. */
  listLeakScans: Call<Nothing, LeakScan[]>
}

/** The shape of every argument and every answer of {@link VisibilityCalls}. */
export const visibilityCallSchemas: CallSchemas<VisibilityCalls> = {
  checkVisibility: { input: objectRef, output: visibilityCheckSchema },
  planVisibility: {
    input: bucketRef.extend({
      keys,
      prefixes: z.array(prefixSchema).max(100),
      visibility: wantedVisibilitySchema,
      customDomains: z.array(domainSchema).max(100).optional(),
    }),
    output: visibilityPlanSchema,
  },
  applyVisibility: {
    input: z.strictObject({ planId: idSchema, confirmedObjects: z.number().int().min(0).max(10_000_000) }),
    output: visibilityOutcomeSchema,
  },
  undoVisibility: {
    input: z.strictObject({
      planId: idSchema,
      profileId: idSchema.optional(),
      confirmedPublic: confirmedPublic.optional(),
    }),
    output: visibilityOutcomeSchema,
  },
  planUndoVisibility: {
    input: z.strictObject({ planId: idSchema, profileId: idSchema.optional() }),
    output: visibilityUndoPlanSchema,
  },
  listVisibilityChanges: { input: bucketRef, output: z.array(visibilityChangeSchema).max(50) },
  startLeakScan: { input: bucketRef.extend({ prefix: prefixSchema }), output: leakScanSchema },
  cancelLeakScan: { input: z.strictObject({ scanId: idSchema }), output: nothing },
  listLeakScans: { input: nothing, output: z.array(leakScanSchema).max(100) },
}
