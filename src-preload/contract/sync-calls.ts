import { z } from 'zod'
import type { BucketRef, Call, CallSchemas, Nothing } from './call.ts'
import { bucketRef, confirmedPublic, destinationRef, nothing } from './call.ts'
import { keySchema, prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'
import type { CommandOutcome, RunBeforeState } from './run-before.ts'
import { commandOutcomeSchema, runBeforeStateSchema } from './run-before.ts'
import type {
  PlanRowFilter,
  SyncOptions,
  SyncOutcome,
  SyncPlan,
  SyncRowDetails,
  SyncRowPage,
} from './sync-plan.ts'
import {
  planRowFilterSchema,
  syncOptionsSchema,
  syncOutcomeSchema,
  syncPlanSchema,
  syncRowDetailsSchema,
  syncRowPageSchema,
} from './sync-plan.ts'
import type { CheckScope } from './visibility-report.ts'
import { checkScopeSchema } from './visibility-report.ts'
import type { WantedVisibility } from './visibility.ts'
import { wantedVisibilitySchema } from './visibility.ts'
import type { Watch } from './watch.ts'
import { watchSchema } from './watch.ts'

/** Publishing a folder: the command before it, the sync, and the watch that repeats it. */
export interface SyncCalls {
  /** The destination's command with its last run, also for a window that was loaded again; null when it has none. */
  getRunBefore: Call<{ destinationId: string }, RunBeforeState | null>
  /**
   * Has the main process ask the person, in the system's own dialog, whether exactly this command may run in exactly
   * this folder. Consent is not the window's to give: a change of either takes it back. `not-allowed` where the host
   * has no such dialog.
   */
  allowRunBefore: Call<{ destinationId: string }, RunBeforeState>
  /**
   * Runs the command and answers when it has ended. A sync goes on only after `done`. `command-not-allowed` without
   * consent, `local-missing` when the folder is gone, `too-many` while it runs already.
   */
  runBeforeSync: Call<{ destinationId: string }, CommandOutcome>
  /** Ends the command and everything that it started. */
  cancelRunBefore: Call<{ destinationId: string }, Nothing>
  /**
   * `safety-refused` when it would send what is to be private where the bucket's policy lets everybody read it; `expected`
   * as that of `applySync`, which refuses the same. `planId` is a name of the caller's for the plan, by which its progress is
   * told and it is cancelled while it is being made; `invalid-argument` when there is a plan of that name.
   */
  planSync: Call<
    BucketRef & {
      prefix: string
      folderId: string
      options: SyncOptions
      expected?: WantedVisibility | null | undefined
      planId?: string | undefined
    },
    SyncPlan
  >
  /** `search` keeps the rows whose key has this text in it, without regard to case. */
  listPlanRows: Call<
    {
      planId: string
      offset: number
      limit: number
      filter: PlanRowFilter
      search?: string | undefined
    },
    SyncRowPage
  >
  /** The headers of one key, as they are and as they will be. */
  describePlanRow: Call<{ planId: string; key: string }, SyncRowDetails>
  /**
   * `confirmedDeletes` is the number of deletions that the person saw and confirmed, `confirmedForeign` how many of them
   * are of objects that the place's syncs did not put there; both must equal the plan's, and so must `confirmedPublic`, the
   * number of existing objects that become public (0 unless it is given). What was sent, or has another ACL
   * by then, is asked for as `checks` says (everything, unless it is said), and compared with `expected`: who is to read
   * what no rule of the plan decides, which is the plan's visibility unless it is said, and null where nobody has said.
   */
  applySync: Call<
    {
      planId: string
      confirmedDeletes: number
      confirmedForeign: number
      confirmedPublic?: number | undefined
      checks?: CheckScope | undefined
      expected?: WantedVisibility | null | undefined
    },
    SyncOutcome
  >
  /** Also ends a receipt that is being made of the plan, with what has been asked so far. */
  cancelSync: Call<{ planId: string }, Nothing>
  /**
   * Publishes a folder now and whenever it changes, until it is stopped, its profile is deleted or Pail is closed. Each
   * round is a whole plan with the guards of a sync by hand; without `confirmDeletes` a plan that removes something is
   * not applied, and what others put there is never removed; nor is one that makes something in the bucket public. The command before a sync is not run. `safety-refused`
   * while another watch publishes to the place, above it or below it.
   */
  startWatch: Call<
    BucketRef & {
      prefix: string
      folderId: string
      options: SyncOptions
      confirmDeletes: boolean
      /** The destination that the options are of. The watch stops when they are others, or it is gone. */
      destinationId?: string | undefined
      /** As that of `applySync`. */
      expected?: WantedVisibility | null | undefined
    },
    Watch
  >
  /** Ends a watch and waits for the round that runs, which is cancelled. */
  stopWatch: Call<{ watchId: string }, Nothing>
  /** Those that have not ended. */
  listWatches: Call<Nothing, Watch[]>
}

/** The shape of every argument and every answer of {@link SyncCalls}. */
export const syncCallSchemas: CallSchemas<SyncCalls> = {
  getRunBefore: { input: destinationRef, output: runBeforeStateSchema.nullable() },
  allowRunBefore: { input: destinationRef, output: runBeforeStateSchema },
  runBeforeSync: { input: destinationRef, output: commandOutcomeSchema },
  cancelRunBefore: { input: destinationRef, output: nothing },
  planSync: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      folderId: idSchema,
      options: syncOptionsSchema,
      expected: wantedVisibilitySchema.nullable().optional(),
      planId: idSchema.optional(),
    }),
    output: syncPlanSchema,
  },
  listPlanRows: {
    input: z.strictObject({
      planId: idSchema,
      offset: z.number().int().min(0).max(10_000_000),
      limit: z.number().int().min(1).max(1000),
      filter: planRowFilterSchema,
      search: z.string().max(200).optional(),
    }),
    output: syncRowPageSchema,
  },
  describePlanRow: {
    input: z.strictObject({ planId: idSchema, key: keySchema }),
    output: syncRowDetailsSchema,
  },
  applySync: {
    input: z.strictObject({
      planId: idSchema,
      confirmedDeletes: z.number().int().min(0).max(10_000_000),
      confirmedForeign: z.number().int().min(0).max(10_000_000),
      confirmedPublic: confirmedPublic.optional(),
      checks: checkScopeSchema.optional(),
      expected: wantedVisibilitySchema.nullable().optional(),
    }),
    output: syncOutcomeSchema,
  },
  cancelSync: { input: z.strictObject({ planId: idSchema }), output: nothing },
  startWatch: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      folderId: idSchema,
      options: syncOptionsSchema,
      confirmDeletes: z.boolean(),
      destinationId: idSchema.optional(),
      expected: wantedVisibilitySchema.nullable().optional(),
    }),
    output: watchSchema,
  },
  stopWatch: { input: z.strictObject({ watchId: idSchema }), output: nothing },
  listWatches: { input: nothing, output: z.array(watchSchema).max(100) },
}
