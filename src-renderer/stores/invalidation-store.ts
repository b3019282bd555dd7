import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Invalidation, InvalidationPlan } from '../../src-preload/contract/invalidation.ts'
import { createStore } from 'zustand/vanilla'

/** What a CDN is to forget after one applied plan. */
export interface InvalidationJob {
  readonly plan: InvalidationPlan | null
  readonly sending: boolean
  readonly sent: Invalidation | null
  readonly error: AppError | null
}

/** Invalidations by the plan of the sync. */
export interface InvalidationState {
  readonly jobs: Readonly<Record<string, InvalidationJob>>
  readonly plan: (planId: string, distributionId: string) => Promise<void>
  /** Sends it and waits a while for its end. */
  readonly send: (planId: string) => Promise<void>
}

const none: InvalidationJob = { plan: null, sending: false, sent: null, error: null }

/** CloudFront usually needs less than this, in seconds. */
const patienceSeconds = 60

/** The invalidation after an applied plan; nothing when none was thought of yet. */
export function invalidationOf(state: InvalidationState, planId: string): InvalidationJob {
  return state.jobs[planId] ?? none
}

/** Plans invalidations and sends them. */
export function createInvalidationStore(api: Api<File>) {
  return createStore<InvalidationState>()((set, get) => {
    const patch = (id: string, change: Partial<InvalidationJob>) =>
      set((state) => ({ jobs: { ...state.jobs, [id]: { ...invalidationOf(state, id), ...change } } }))
    return {
      jobs: {},
      plan: async (planId, distributionId) => {
        patch(planId, { error: null })
        const result = await api.planInvalidation({ planId, distributionId })
        patch(planId, result.ok ? { plan: result.value } : { error: result.error })
      },
      send: async (planId) => {
        const { plan } = invalidationOf(get(), planId)
        if (plan === null) return
        patch(planId, { sending: true, error: null })
        const result = await api.applyInvalidation({ planId: plan.planId, waitSeconds: patienceSeconds })
        patch(
          planId,
          result.ok ? { sending: false, sent: result.value } : { sending: false, error: result.error },
        )
      },
    }
  })
}
