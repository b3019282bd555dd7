import { randomBytes } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'

/** Plans that wait to be applied, behind opaque ids. Only the latest few are kept: a plan ages. */
export interface Plans<Plan> {
  add(plan: Plan): string
  get(planId: string): Plan
  /** The plan, which cannot be had again: a plan is applied once. */
  take(planId: string): Plan
}

/** Keeps at most `limit` plans; an older one answers `not-found`, as a forged id does. */
export function createPlans<Plan>(limit: number): Plans<Plan> {
  const plans = new Map<string, Plan>()
  const get = (planId: string): Plan => {
    const plan = plans.get(planId)
    if (plan === undefined) throw failure('not-found', 'This plan is out of date. Make a new one.')
    return plan
  }
  return {
    add(plan) {
      const id = `plan_${randomBytes(12).toString('hex')}`
      plans.set(id, plan)
      for (const old of plans.keys()) if (plans.size > limit) plans.delete(old)
      return id
    },
    get,
    take(planId) {
      const plan = get(planId)
      plans.delete(planId)
      return plan
    },
  }
}
