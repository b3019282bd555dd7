import { randomBytes } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'

/** Plans that wait to be applied, behind opaque ids. Only the latest few are kept: a plan ages. */
export interface Plans<Plan> {
  /** Keeps a plan and answers its id, a new one unless it was made before with {@link newPlanId}. */
  add(plan: Plan, planId?: string): string
  get(planId: string): Plan
  has(planId: string): boolean
  /** The plan, which cannot be had again: a plan is applied once. */
  take(planId: string): Plan
}

/** An id for a plan that is still being made. */
export function newPlanId(): string {
  return `plan_${randomBytes(12).toString('hex')}`
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
    add(plan, id = newPlanId()) {
      plans.set(id, plan)
      for (const old of plans.keys()) if (plans.size > limit) plans.delete(old)
      return id
    },
    get,
    has: (planId) => plans.has(planId),
    take(planId) {
      const plan = get(planId)
      plans.delete(planId)
      return plan
    },
  }
}
