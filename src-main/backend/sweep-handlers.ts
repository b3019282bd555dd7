import { failure } from '../../src-preload/contract/failure.ts'
import type { Log } from '../logging/log.ts'
import { applySweep, chosenUploads, sweepAbandoned } from '../sweep/apply-sweep.ts'
import { applyLifecycle, type PlannedLifecycle, planLifecycle } from '../sweep/lifecycle-rule.ts'
import { type PlannedSweep, planSweep, sweepTotals } from '../sweep/plan-sweep.ts'
import type { OwnershipSources } from '../sweep/upload-owner.ts'
import type { HandlersOf } from './call.ts'
import { createPlans, newPlanId } from './plans.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'

interface Waiting<Planned> {
  readonly profileId: string
  readonly planned: Planned
  /** A plan is applied once; its rows can still be read. */
  applied: boolean
}

/** Incomplete uploads: what there is, aborting them, and the lifecycle rule that does so for ever. */
export function sweepHandlers(
  sessions: Sessions,
  sources: OwnershipSources,
  work: RunningWork,
): HandlersOf<'planSweep' | 'listSweepRows' | 'applySweep' | 'planLifecycle' | 'applyLifecycle'> {
  const sweeps = createPlans<Waiting<PlannedSweep>>(5)
  const lifecycles = createPlans<Waiting<PlannedLifecycle>>(5)
  return {
    async planSweep({ profileId, bucket, prefix, olderThanSeconds }) {
      const session = await sessions.open(profileId)
      const planId = newPlanId()
      const planned = await work.run(planId, (signal) =>
        planSweep(session, { bucket, prefix, olderThanSeconds, signal }, sources),
      )
      sweeps.add({ profileId, planned, applied: false }, planId)
      const { uploads, younger, isCut, warnings } = planned
      const ofOwner = (owner: string) => uploads.filter(({ whose }) => whose === owner).length
      return {
        planId,
        bucket,
        prefix,
        olderThanSeconds,
        younger,
        uploads: uploads.slice(0, 1000),
        totals: sweepTotals(session, uploads),
        wanted: ofOwner('wanted'),
        abandoned: ofOwner('abandoned'),
        unknown: ofOwner('unknown'),
        isCut,
        warnings: [...warnings],
      }
    },
    async listSweepRows({ planId, offset, limit }) {
      const { uploads } = sweeps.get(planId).planned
      return { uploads: uploads.slice(offset, offset + limit), total: uploads.length }
    },
    async applySweep({ planId, choice, confirmed }) {
      const waiting = sweeps.get(planId)
      const { planned, profileId } = waiting
      if (waiting.applied) throw failure('not-found', 'This plan has been applied. Make a new one.')
      const chosen = chosenUploads(planned, choice).length
      if (chosen !== confirmed)
        throw failure('safety-refused', `${chosen} uploads would be aborted, not ${confirmed}. Look again.`)
      waiting.applied = true
      const session = await sessions.open(profileId)
      const outcome = await work.run(planId, (signal) =>
        applySweep(session, planned, choice, { ...sources, signal }),
      )
      const { gone, failed } = outcome
      return {
        ...outcome,
        planId,
        gone: gone.slice(0, 1000),
        goneTotal: gone.length,
        failed: failed.slice(0, 1000),
        failedTotal: failed.length,
      }
    },
    async planLifecycle({ profileId, bucket, days }) {
      const planned = await planLifecycle(await sessions.open(profileId), { bucket, days })
      const { change, abortRules, rule, before, after } = planned
      const ours = before.rules.some(({ ID }) => abortRules.some(({ id, isOurs }) => isOurs && id === ID))
      return {
        planId: lifecycles.add({ profileId, planned, applied: false }),
        bucket,
        change,
        abortRules: abortRules.slice(0, 1000),
        otherRules: before.rules.length - (ours ? 1 : 0),
        ruleJson: rule === null ? null : JSON.stringify(rule, null, 2),
        configurationJson: cut(JSON.stringify({ Rules: after.rules }, null, 2)),
      }
    },
    async applyLifecycle({ planId }) {
      const { profileId, planned } = lifecycles.take(planId)
      const { confirmed } = await applyLifecycle(await sessions.open(profileId), planned)
      return { change: planned.change, confirmed }
    },
  }
}

function cut(text: string): string {
  return text.length > 20_000 ? `${text.slice(0, 20_000)}…` : text
}

/**
 * Takes back what Pail has begun in a bucket and nothing will finish, once a session for each bucket, when it is first
 * looked at. In the background: it keeps nobody waiting, and what fails is tried again at the next start.
 */
export function createBackgroundSweep(parts: {
  readonly sessions: Sessions
  readonly sources: OwnershipSources
  readonly work: RunningWork
  readonly log: Log
}): (profileId: string, bucket: string) => void {
  const swept = new Set<string>()
  return (profileId, bucket) => {
    const id = JSON.stringify([profileId, bucket])
    if (swept.has(id)) return
    swept.add(id)
    void parts.work
      .run('background-sweep', async (signal) => {
        const session = await parts.sessions.open(profileId)
        const { swept: count, failed } = await sweepAbandoned(session, bucket, { ...parts.sources, signal })
        if (count + failed.length > 0)
          parts.log.info(`Took back ${count} lost uploads, ${failed.length} could not be.`)
      })
      .catch((error: unknown) => parts.log.error('Lost uploads were not swept.', error))
  }
}
