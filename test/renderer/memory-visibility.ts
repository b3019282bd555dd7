import type { Api } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type {
  VisibilityChange,
  VisibilityOutcome,
  VisibilityPlan,
} from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityCheck, WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** The change of a policy, as a plan for a bucket without ACLs has it. */
export function samplePolicyEdit(bucket: string, name: string): NonNullable<VisibilityPlan['policy']> {
  const statement = {
    Sid: 'PailPublicRead',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/${name}`,
  }
  const added = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2)
  return { at: 0, removed: '', added, before: null, after: added }
}

/** The switch between public and private over the objects of a memory; `memory.visibilityPlan` says what a plan is. */
export function memoryVisibility(
  memory: Memory,
  answer: Answer,
  check: (bucket: string, key: string) => VisibilityCheck,
): Pick<
  Api<File>,
  'planVisibility' | 'applyVisibility' | 'planUndoVisibility' | 'undoVisibility' | 'listVisibilityChanges'
> {
  const plans = new Map<
    string,
    { plan: VisibilityPlan; keys: string[]; before: Map<string, WantedVisibility> }
  >()
  /** Those that were applied and not undone. */
  const applied = new Map<string, VisibilityChange>()
  let last = 0
  const find = (planId: string) => {
    const found = plans.get(planId)
    if (found === undefined) throw failure('not-found', 'This plan is out of date.')
    return found
  }
  const objectsOf = (bucket: string) => memory.objects.get(bucket) ?? []
  const outcome = ({ plan, keys }: ReturnType<typeof find>, undoable: boolean): VisibilityOutcome => {
    const checks = keys.map((key) => ({ key, ...check(plan.bucket, key) }))
    const count = (visibility: VisibilityCheck['visibility']) =>
      checks.filter((each) => each.visibility === visibility).length
    return {
      planId: plan.planId,
      visibility: plan.visibility,
      acls: plan.acls?.objects ?? 0,
      policyChanged: plan.policy !== null,
      failed: [],
      checks,
      counts: {
        public: count('public'),
        private: count('private'),
        unknown: count('unknown'),
        notChecked: 0,
      },
      undoable,
    }
  }
  const opened = ({ before }: ReturnType<typeof find>) =>
    [...before].filter(([, visibility]) => visibility === 'public').map(([key]) => key)
  return {
    planVisibility: (input) =>
      answer('planVisibility', input, () => {
        const { bucket, visibility } = input
        const keys = [
          ...input.keys,
          ...objectsOf(bucket)
            .map(({ key }) => key)
            .filter((key) => input.prefixes.some((prefix) => key.startsWith(prefix))),
        ]
        const planId = `visibility-${(last += 1)}`
        const plan: VisibilityPlan = {
          planId,
          bucket,
          visibility,
          way: 'object-acl',
          sure: true,
          reasons: ['ACLs are enabled in this bucket.'],
          refusal: null,
          acls: { acl: visibility === 'public' ? 'public-read' : 'private', objects: keys.length },
          policy: null,
          switches: [],
          keptOpenBy: [],
          otherStatements: 0,
          prefixes: input.prefixes,
          objects: keys.length,
          more: false,
          sample: keys.slice(0, 50),
          ...memory.visibilityPlan,
        }
        plans.set(planId, { plan, keys, before: new Map() })
        return plan
      }),
    applyVisibility: (input) =>
      answer('applyVisibility', input, () => {
        const found = find(input.planId)
        for (const object of objectsOf(found.plan.bucket))
          if (found.keys.includes(object.key)) {
            found.before.set(object.key, object.visibility)
            object.visibility = found.plan.visibility
          }
        const { bucket, planId, visibility, objects, sample, policy } = found.plan
        applied.set(`${bucket} ${planId}`, {
          planId,
          at: new Date().toISOString(),
          visibility,
          objects,
          sample: sample.slice(0, 5),
          acls: found.plan.acls?.objects ?? 0,
          policy: policy !== null,
          hasEnded: true,
        })
        return outcome(found, true)
      }),
    planUndoVisibility: (input) =>
      answer('planUndoVisibility', input, () => {
        const found = find(input.planId)
        const keys = opened(found)
        const { planId, bucket } = found.plan
        return { planId, bucket, objects: keys.length, more: false, sample: keys.slice(0, 50), prefixes: [] }
      }),
    undoVisibility: (input) =>
      answer('undoVisibility', input, () => {
        const found = find(input.planId)
        const { length } = opened(found)
        if (length > 0 && input.confirmedPublic !== length)
          throw failure('safety-refused', 'It was not confirmed.')
        for (const object of objectsOf(found.plan.bucket))
          object.visibility = found.before.get(object.key) ?? object.visibility
        applied.delete(`${found.plan.bucket} ${found.plan.planId}`)
        return outcome(found, false)
      }),
    listVisibilityChanges: (input) =>
      answer('listVisibilityChanges', input, () =>
        [...applied]
          .filter(([id]) => id.startsWith(`${input.bucket} `))
          .map(([, change]) => change)
          .reverse(),
      ),
  }
}
