import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import {
  type CreatedInvalidation,
  createInvalidation,
  type CreateInvalidationOptions,
  refuseOtherServices,
} from '../cdn/create-invalidation.ts'
import { planInvalidation } from '../cdn/plan-invalidation.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { KeptSync } from '../sync/applied-sync.ts'
import type { BackendParts } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'
import { createPlans } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

interface WaitingInvalidation {
  readonly profileId: string
  readonly syncPlanId: string
  readonly distributionId: string
  readonly paths: readonly string[]
  readonly isOfDone: boolean
}

/** How long to wait between two questions whether CloudFront has finished, in milliseconds. */
const usualPollMs = 5000

/** CloudFront invalidations after a sync: planned from what `kept` answers, and sent when they have been read. */
export function invalidationHandlers(
  { cloudFront }: Pick<BackendParts, 'cloudFront'>,
  sessions: Sessions,
  kept: (planId: string) => KeptSync,
  work: RunningWork,
): HandlersOf<'planInvalidation' | 'applyInvalidation'> {
  const plans = createPlans<WaitingInvalidation>(10)
  return {
    async planInvalidation({ planId: syncPlanId, distributionId, stripPrefix }) {
      const sync = kept(syncPlanId)
      const { profileId } = sync
      refuseOtherServices(await sessions.open(profileId))
      // What is done now, whatever else is meanwhile.
      const { planned: syncPlan, done } = sync
      const planned = await planInvalidation({ planned: syncPlan, done }, stripPrefix ?? false)
      const isOfDone = done !== null
      const planId = plans.add({ profileId, syncPlanId, distributionId, paths: planned.paths, isOfDone })
      return { planId, distributionId, basis: isOfDone ? 'done' : 'planned', ...planned }
    },
    async applyInvalidation({ planId, waitSeconds }) {
      const { profileId, syncPlanId, distributionId, paths, isOfDone } = plans.get(planId)
      if (!isOfDone)
        throw failure('invalid-argument', 'The sync has not been applied. Plan the invalidation after it.')
      if (paths.length === 0) throw failure('invalid-argument', 'There is nothing to invalidate.')
      const session = await sessions.open(profileId)
      const made = await work.run(syncPlanId, (signal) =>
        createAndWait(
          session,
          {
            distributionId,
            paths,
            // Nobody else makes this one, and whoever sends it again means the same.
            callerReference: `pail-${planId}`,
            signal,
            ...(cloudFront === undefined ? {} : { endpoint: cloudFront.endpoint }),
          },
          { waitMs: (waitSeconds ?? 0) * 1000, pollMs: cloudFront?.pollMs ?? usualPollMs, signal },
        ),
      )
      return { ...made, paths: paths.length }
    },
  }
}

/** Sends it, and asks in the same words until it has come to its end or the time is over. */
async function createAndWait(
  session: S3Session,
  options: CreateInvalidationOptions,
  { waitMs, pollMs, signal }: { waitMs: number; pollMs: number; signal: AbortSignal },
): Promise<CreatedInvalidation> {
  const endsAt = performance.now() + waitMs
  let made = await createInvalidation(session, options)
  while (made.status === 'in-progress' && performance.now() + pollMs <= endsAt) {
    try {
      await sleep(pollMs, undefined, { signal })
      made = await createInvalidation(session, options)
    } catch (error) {
      // It is on its way, whatever became of the question, and whoever stopped waiting for the answer.
      if (error instanceof Failure || signal.aborted) return made
      throw error
    }
  }
  return made
}
