import type { Api } from '../../src-preload/contract/api.ts'
import type { BucketSetup, SetupOutcome, SetupPlan } from '../../src-preload/contract/bucket-setup.ts'
import { builtInPresets } from '../../src-preload/contract/built-in-presets.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** A plan with two calls, for one place. */
export function sampleSetupPlan(bucket: string, region: string): SetupPlan {
  const { id: _, ...place } = builtInPresets.static
  return {
    planId: `setup-${bucket}`,
    bucket,
    region,
    steps: [
      {
        call: 'CreateBucket',
        purpose: `Makes the bucket in ${region}.`,
        request: `PUT /${bucket}`,
        body: null,
        inverse: 'DeleteBucket, only while the bucket is empty.',
        notHere: null,
      },
      {
        call: 'PutBucketPolicy',
        purpose: 'Lets everybody read what is below static/, and nothing else.',
        request: `PUT /${bucket}?policy`,
        body: '{ "Version": "2012-10-17" }',
        inverse: 'DeleteBucketPolicy, or the policy that was there before.',
        notHere: null,
      },
    ],
    places: [place],
    iamPolicy: '{ "Version": "2012-10-17" }\n',
    notes: [],
  }
}

/** Set-ups of a memory: a bucket is added, and taken away by undo. */
export function memorySetup(
  memory: Memory,
  answer: Answer,
): Pick<Api<File>, 'planBucketSetup' | 'applyBucketSetup' | 'listBucketSetups' | 'undoBucketSetup'> {
  const plans = new Map<string, { plan: SetupPlan; profileId: string }>()
  const made = new Map<string, BucketSetup>()
  const find = (planId: string) => {
    const found = plans.get(planId)
    if (found === undefined) throw failure('not-found', 'This plan is out of date.')
    return found
  }
  const change = (profileId: string, name: string, isThere: boolean) => {
    const others = (memory.buckets.get(profileId) ?? []).filter((bucket) => bucket.name !== name)
    const bucket = { name, createdAt: '2026-01-01T00:00:00.000Z', region: null, typedIn: false }
    memory.buckets.set(profileId, isThere ? [...others, bucket] : others)
  }
  return {
    planBucketSetup: (input) =>
      answer('planBucketSetup', input, () => {
        const plan = sampleSetupPlan(input.bucket, input.region)
        plans.set(plan.planId, { plan, profileId: input.profileId })
        return plan
      }),
    applyBucketSetup: (input) =>
      answer('applyBucketSetup', input, () => {
        const { plan, profileId } = find(input.planId)
        const failing = plan.steps.findIndex(({ call }) => call === memory.failingSetupCall)
        const steps = plan.steps.map(({ call }, index): SetupOutcome['steps'][number] => {
          const isFailing = index === failing
          const state = isFailing ? 'failed' : failing !== -1 && index > failing ? 'not-made' : 'done'
          const problem = { code: 'access-denied' as const, message: 'Refused.', s3Code: 'AccessDenied' }
          return { call, state, problem: isFailing ? problem : null }
        })
        const calls = steps.filter(({ state }) => state === 'done').map(({ call }) => call)
        const setupId = input.planId
        change(profileId, plan.bucket, true)
        made.set(setupId, { setupId, at: new Date().toISOString(), calls, hasEnded: true })
        return { setupId, bucket: plan.bucket, steps, isWhole: failing === -1, undoable: calls.length > 0 }
      }),
    listBucketSetups: (input) =>
      answer('listBucketSetups', input, () =>
        [...made.values()].filter(({ setupId }) => find(setupId).plan.bucket === input.bucket),
      ),
    undoBucketSetup: (input) =>
      answer('undoBucketSetup', input, () => {
        const { plan, profileId } = find(input.setupId)
        const { calls } = made.get(input.setupId) ?? { calls: [] }
        change(profileId, plan.bucket, false)
        made.delete(input.setupId)
        return {
          setupId: input.setupId,
          bucket: plan.bucket,
          steps: calls
            .toReversed()
            .map((call) => ({ call, state: 'undone' as const, message: 'Taken away.' })),
          bucketDeleted: true,
        }
      }),
  }
}
