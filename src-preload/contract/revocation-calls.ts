import { z } from 'zod'
import type { Call, CallSchemas, Nothing, ObjectRef } from './call.ts'
import { nothing, objectRef } from './call.ts'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import type { LeftCopy, LeftCopyOutcome, RevocationOutcome, RevocationPlan } from './revocation.ts'
import {
  leftCopyOutcomeSchema,
  leftCopySchema,
  revocationOutcomeSchema,
  revocationPlanSchema,
} from './revocation.ts'

/** Ending all links to an object by moving it to another key. */
export interface RevocationCalls {
  /**
   * What else ends when all links to an object are ended by moving it to another key. Changes nothing. With `service`,
   * that of a link in the ledger, a profile of another service is refused. `no-such-key` when the object is gone.
   */
  planRevocation: Call<ObjectRef & { service?: string | null | undefined }, RevocationPlan>
  /**
   * Moves the object as planned, marks its links in the ledger and asks for it at the old key. `precondition-failed` when
   * the object was changed since the plan, `already-exists` when the new key is taken. Progress is a sync's, and
   * `cancelSync` ends it until the object is moved: it fails with `cancelled`, and everything is as it was.
   * `safety-refused` when everybody can read it at the new key only, and that is not confirmed.
   */
  applyRevocation: Call<
    { planId: string; newKey: string; confirmedPublic?: boolean | undefined },
    RevocationOutcome
  >
  /** The copies that moves may have left, as this computer knows; nobody is asked. */
  listLeftCopies: Call<Nothing, LeftCopy[]>
  /** Removes one, if it is still a copy of what is at the old key: else `precondition-failed`. A profile of its service. */
  removeLeftCopy: Call<{ id: string; profileId?: string | undefined }, LeftCopyOutcome>
}

/** The shape of every argument and every answer of {@link RevocationCalls}. */
export const revocationCallSchemas: CallSchemas<RevocationCalls> = {
  planRevocation: {
    input: objectRef.extend({ service: z.string().max(300).nullable().optional() }),
    output: revocationPlanSchema,
  },
  applyRevocation: {
    input: z.strictObject({ planId: idSchema, newKey: keySchema, confirmedPublic: z.boolean().optional() }),
    output: revocationOutcomeSchema,
  },
  listLeftCopies: { input: nothing, output: z.array(leftCopySchema).max(50) },
  removeLeftCopy: {
    input: z.strictObject({ id: idSchema, profileId: idSchema.optional() }),
    output: leftCopyOutcomeSchema,
  },
}
