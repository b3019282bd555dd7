import type { ObjectRef } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { VisibilityOutcome } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { readAccessFacts } from '../visibility/access-report.ts'
import {
  type AppliedVisibility,
  applyVisibility,
  checkObjects,
  isUndoable,
  undoVisibility,
  type VisibilityUndo,
} from '../visibility/apply-visibility.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import { decideVisibility, type VisibilityDecision } from '../visibility/plan-visibility.ts'
import type { HandlersOf } from './call.ts'
import { createPlans } from './plans.ts'
import type { Sessions } from './sessions.ts'

/** So many objects below a prefix are counted; of more it is said that there are more. */
const mostCounted = 10_000

interface Concerned {
  readonly profileId: string
  readonly bucket: string
  readonly visibility: WantedVisibility
  /** All objects that were found to be concerned. */
  readonly keys: readonly string[]
  readonly more: boolean
}

interface PlanParts {
  readonly sessions: Sessions
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  /** By which address an object is handed out. */
  readonly throughOf: (object: ObjectRef) => HandedOutThrough | null
}

/** The switch between public and private, on every kind of bucket: planned, done, asked for, and taken back. */
export function visibilityHandlers({
  sessions,
  providerOf,
  throughOf,
}: PlanParts): HandlersOf<'planVisibility' | 'applyVisibility' | 'undoVisibility'> {
  const plans = createPlans<Concerned & { readonly decision: VisibilityDecision }>(20)
  const undos = createPlans<Concerned & { readonly undo: VisibilityUndo }>(20)
  /** Buckets whose ownership cannot be read, and which have refused an ACL. */
  const refusedAcls = new Set<string>()

  const outcome = async (
    session: S3Session,
    planId: string,
    plan: Concerned,
    done: Omit<AppliedVisibility, 'undo'>,
    rest: { readonly undoable: boolean; readonly wanted: WantedVisibility | null },
  ): Promise<VisibilityOutcome> => {
    const { profileId, bucket, visibility } = plan
    const truth = await checkObjects(session, {
      bucket,
      keys: plan.keys,
      // Nothing is waited for where nothing was changed.
      wanted: done.failed.length === 0 && (done.acls > 0 || done.policyChanged) ? rest.wanted : null,
      through: (key) => throughOf({ profileId, bucket, key }),
    })
    return {
      planId,
      visibility,
      acls: done.acls,
      policyChanged: done.policyChanged,
      failed: done.failed.slice(0, 1000),
      ...truth,
      undoable: rest.undoable,
    }
  }

  return {
    async planVisibility({ profileId, bucket, keys, prefixes, visibility }) {
      const wanted = { keys: [...new Set(keys)], prefixes: [...new Set(prefixes)], visibility }
      if (wanted.keys.length + wanted.prefixes.length === 0)
        throw failure('invalid-argument', 'Say which objects are meant.')
      const session = await sessions.open(profileId)
      const provider = providerOf(profileId)
      const read = await readAccessFacts(session, { bucket, provider })
      const facts = refusedAcls.has(`${profileId} ${bucket}`)
        ? { ...read, ownership: { state: 'read' as const, value: 'BucketOwnerEnforced' as const } }
        : read
      const decision = decideVisibility(facts, wanted)
      const found = await objectsOf(session, bucket, wanted)
      const planId = plans.add({ profileId, bucket, visibility, ...found, decision })
      return {
        planId,
        bucket,
        visibility,
        way: decision.way,
        sure: decision.sure,
        reasons: [...decision.reasons],
        refusal: decision.refusal,
        acls: decision.acl && { acl: decision.acl.acl, objects: decision.acl.keys.length },
        policy: decision.policy,
        otherStatements:
          (facts.document?.statements.length ?? 0) - facts.statements.filter(({ own }) => own).length,
        prefixes: wanted.prefixes,
        objects: found.keys.length,
        more: found.more,
        sample: found.keys.slice(0, 50),
      }
    },
    async applyVisibility({ planId, confirmedObjects }) {
      if (plans.get(planId).keys.length !== confirmedObjects)
        throw failure('safety-refused', 'The plan is about another number of objects. Make a new one.')
      const { decision, ...plan } = plans.take(planId)
      const { profileId, bucket, visibility } = plan
      const session = await sessions.open(profileId)
      const { undo, ...done } = await applyVisibility(session, { bucket }, decision)
      if (done.failed.some(({ code }) => code === 'acls-disabled')) refusedAcls.add(`${profileId} ${bucket}`)
      const undoable = isUndoable(undo)
      if (undoable) undos.add({ ...plan, undo }, planId)
      return outcome(session, planId, plan, done, { undoable, wanted: visibility })
    },
    async undoVisibility({ planId }) {
      const { undo, ...plan } = undos.take(planId)
      const session = await sessions.open(plan.profileId)
      const done = await undoVisibility(session, { bucket: plan.bucket }, undo)
      return outcome(session, planId, plan, done, { undoable: false, wanted: null })
    },
  }
}

/** The keys that were named and those below the prefixes, as they are now. */
async function objectsOf(
  session: S3Session,
  bucket: string,
  { keys, prefixes }: { readonly keys: readonly string[]; readonly prefixes: readonly string[] },
): Promise<Pick<Concerned, 'keys' | 'more'>> {
  const all = new Set(keys)
  for (const prefix of prefixes)
    for await (const { key } of listAllObjects(session, { bucket, prefix })) {
      if (all.size >= mostCounted && !all.has(key)) return { keys: [...all], more: true }
      all.add(key)
    }
  return { keys: [...all], more: false }
}
