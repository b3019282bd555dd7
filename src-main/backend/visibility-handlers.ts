import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { VisibilityChange, VisibilityOutcome } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { Log } from '../logging/log.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { aclMarker, type MarkAcl } from '../sync/acl-marks.ts'
import type { ChangeRecord, ChangeRecords } from '../releases/change-records.ts'
import { changedAcls, type VisibilityHead, type VisibilityLine } from '../releases/visibility-record.ts'
import { aclsCount, policyCounts } from '../visibility/access-facts.ts'
import { readAccessFacts } from '../visibility/access-report.ts'
import {
  type AppliedVisibility,
  applyVisibility,
  checkObjects,
  isUndoable,
  type NoteAcl,
  undoVisibility,
  type VisibilityUndo,
} from '../visibility/apply-visibility.ts'
import { mostChanged, objectsOf } from '../visibility/objects-of.ts'
import { toldOpens, whatUndoOpens } from '../visibility/undo-opens.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import { closesEach, closingEach, decideVisibility } from '../visibility/plan-visibility.ts'
import type { VisibilityDecision, WantedObjects } from '../visibility/visibility-decision.ts'
import type { HandlersOf } from './call.ts'
import { checkBelow } from './check-below.ts'
import { keepingPrivate, refuseHidden } from './keeping-private.ts'
import { createPlans } from './plans.ts'
import { refuseNewcomers } from './refuse-newcomers.ts'
import { refuseUnconfirmed } from './refuse-unconfirmed.ts'
import type { Sessions } from './sessions.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

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
  /** The private destinations of a bucket, whichever profile of its service they are of. */
  readonly privatePlacesIn: (
    bucket: BucketRef,
  ) => readonly { readonly name: string; readonly prefix: string }[]
  /** What was there before each change, on the disk. */
  readonly records: ChangeRecords<VisibilityHead, VisibilityLine>
  /** Where syncs hear of ACLs that are set; without it they do not. */
  readonly stateDirectory?: string
  readonly log?: Pick<Log, 'error'>
  /** Tells the answers for all that was changed, and asks for those that the outcome has no room for. */
  readonly checks?: VisibilityChecks
}

/** As many objects are asked for after a change is taken back. */
const keptKeys = 200

/** The switch between public and private, on every kind of bucket: planned, done, asked for, and taken back. */
export function visibilityHandlers({
  sessions,
  providerOf,
  throughOf,
  privatePlacesIn,
  records,
  stateDirectory,
  log,
  checks = noVisibilityChecks,
}: PlanParts): HandlersOf<
  'planVisibility' | 'applyVisibility' | 'planUndoVisibility' | 'undoVisibility' | 'listVisibilityChanges'
> {
  const plans = createPlans<
    Concerned & {
      readonly decision: VisibilityDecision
      /** What was asked for, or is done in its place. */
      readonly meant: WantedObjects
      /** What is to be done with these objects below the prefixes; null where no ACL of each has to be private. */
      readonly closing:
        ((found: { readonly keys: readonly string[]; readonly more: boolean }) => VisibilityDecision) | null
      /** Whether nobody knows if ACLs count in the bucket, and a policy would do in their place. */
      readonly aclsMayBeFutile: boolean
      /** Whether a Deny is added under a condition of which nobody knows if the service has it, and another one is left. */
      readonly triesAnother: boolean
    }
  >(20)
  /** Buckets whose ownership cannot be read, and which have refused an ACL. */
  const refusedAcls = new Set<string>()
  /**
   * Buckets whose ownership cannot be read, and in which a public ACL was refused as unknown or had no effect: the next
   * time the policy is asked for it. A private ACL is sent all the same.
   */
  const futileAcls = new Set<string>()
  /** Buckets of a service that did not know the condition of a Deny: the next time another one is tried. */
  const otherConditions = new Set<string>()

  const markerOf = ({ service }: S3Session, bucket: string): MarkAcl => {
    if (stateDirectory === undefined) return async () => undefined
    const mark = aclMarker(stateDirectory, { service, bucket })
    return (key) =>
      // A disk that is full must not keep anybody from making something private.
      mark(key).catch((error: unknown) => log?.error('Syncs could not be told of an ACL that is set.', error))
  }

  const outcome = async (
    session: S3Session,
    planId: string,
    plan: Concerned,
    done: Omit<AppliedVisibility, 'undo'>,
    rest: {
      readonly undoable: boolean
      readonly wanted: WantedVisibility | null
      /** Objects beside those of the plan. */
      readonly others?: readonly string[]
      /** What was meant as a whole. */
      readonly prefixes?: readonly string[]
    },
  ): Promise<VisibilityOutcome> => {
    const { profileId, bucket, visibility } = plan
    const truth = await checkObjects(session, {
      bucket,
      keys: plan.keys,
      doubtful: done.failed.map(({ key }) => key),
      // Nothing is waited for where nothing was changed.
      wanted: hasChanged(done) ? rest.wanted : null,
      through: (key) => throughOf({ profileId, bucket, key }),
    })
    const known = new Map(truth.checks.map(({ key, ...check }) => [key, check]))
    const { wanted: expected, prefixes = [] } = rest
    const about = { place: { profileId, bucket }, cause: { cause: 'visibility', causeId: planId } } as const
    // Of more than were counted any may be otherwise, and not only the first.
    const visibilityReportId =
      plan.more && prefixes.length > 0
        ? checkBelow(checks, session, about, { prefixes, expected: () => expected, otherwise: plan.keys })
        : checks.after(
            about.place,
            about.cause,
            [...new Set([...plan.keys, ...(rest.others ?? [])])].map((key) => ({
              key,
              expected,
              ...(known.has(key) ? { known: known.get(key)! } : {}),
            })),
          )
    return {
      planId,
      visibility,
      acls: done.acls,
      policyChanged: done.policyChanged,
      ...(done.switches.length === 0 ? {} : { switches: [...done.switches] }),
      failed: done.failed.slice(0, 1000),
      ...truth,
      ...(visibilityReportId === null ? {} : { visibilityReportId }),
      undoable: rest.undoable,
    }
  }

  /** A change that was kept, with a session to where it was made. */
  const kept = async (planId: string, wanted: string | undefined) => {
    const { head, lines } = await records.open(planId)
    const profileId = wanted ?? head.profileId
    const session = await sessions.open(profileId)
    if (session.service !== head.service)
      throw failure('not-found', 'This change was made at another service.')
    return { session, profileId, head, undo: undoOf({ head, lines }) }
  }

  return {
    async planVisibility({ profileId, bucket, keys, prefixes, visibility, customDomains = [] }) {
      const privatePlaces = privatePlacesIn({ profileId, bucket })
      const wanted = {
        keys: [...new Set(keys)],
        prefixes: [...new Set(prefixes)],
        visibility,
        customDomains,
        privatePlaces,
      }
      if (wanted.keys.length + wanted.prefixes.length === 0)
        throw failure('invalid-argument', 'Say which objects are meant.')
      // `photos` would be `photos-2024/` as well (S48).
      const open = wanted.prefixes.find((prefix) => prefix !== '' && !prefix.endsWith('/'))
      if (open !== undefined) throw failure('invalid-argument', 'A prefix ends with a slash.', { key: open })
      const session = await sessions.open(profileId)
      const provider = providerOf(profileId)
      const asRead = await readAccessFacts(session, { bucket, provider })
      const read = otherConditions.has(`${profileId} ${bucket}`)
        ? { ...asRead, quirks: { ...asRead.quirks, anonymousKey: 'aws:username' as const } }
        : asRead
      const facts = refusedAcls.has(`${profileId} ${bucket}`)
        ? { ...read, ownership: { state: 'read' as const, value: 'BucketOwnerEnforced' as const } }
        : visibility === 'public' && futileAcls.has(`${profileId} ${bucket}`)
          ? { ...read, quirks: { ...read.quirks, label: 'This service', objectAcls: 'ignored' as const } }
          : read
      const decided = decideVisibility(facts, wanted)
      // A switch of the service is for all of the bucket, whatever was meant.
      const meant = decided.switches.length > 0 ? { ...wanted, prefixes: [''] } : wanted
      const allowed = keepingPrivate(decided, meant, privatePlaces)
      const closing = closesEach(allowed, meant)
        ? (found: Parameters<typeof closingEach>[2]) => closingEach(allowed, facts, found)
        : null
      const found = await objectsOf(session, bucket, meant, closing === null ? undefined : mostChanged)
      const decision = closing === null ? allowed : closing(found)
      const planId = plans.add({
        profileId,
        bucket,
        visibility,
        ...found,
        decision,
        meant,
        closing,
        triesAnother: decision.keepsOut !== undefined && facts.quirks.anonymousKey === null,
        aclsMayBeFutile: aclsCount(facts) === 'unknown' && policyCounts(facts) === 'yes',
      })
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
        switches: [...decision.switches],
        keptOpenBy: [...decision.keptOpenBy],
        otherStatements:
          (facts.document?.statements.length ?? 0) - facts.statements.filter(({ own }) => own).length,
        prefixes: meant.prefixes,
        objects: found.keys.length,
        more: found.more,
        sample: found.keys.slice(0, 50),
      }
    },
    async applyVisibility({ planId, confirmedObjects }) {
      if (plans.get(planId).keys.length !== confirmedObjects)
        throw failure('safety-refused', 'The plan is about another number of objects. Make a new one.')
      const { decision: planned, meant, closing, aclsMayBeFutile, triesAnother, ...told } = plans.take(planId)
      const { profileId, bucket, visibility } = told
      const session = await sessions.open(profileId)
      const below = () => objectsOf(session, bucket, meant, mostChanged)
      // What has come below it since is to be private as well.
      const plan = closing === null ? told : { ...told, ...(await below()) }
      const decision = closing === null ? planned : closing(plan)
      // Somebody may have made a destination since the plan was read.
      const { refusal } = keepingPrivate(decision, meant, privatePlacesIn({ profileId, bucket }))
      if (refusal !== null) throw failure(refusal.code, refusal.message)
      if (visibility === 'public' && (decision.policy !== null || decision.switches.length > 0))
        await refuseNewcomers(session, plan, meant)
      const kept = await records
        .begin(planId, {
          pailVisibility: 1,
          at: new Date().toISOString(),
          profileId,
          service: session.service,
          bucket,
          visibility,
          objects: plan.keys.length,
          keys: plan.keys.slice(0, keptKeys),
          policy: decision.policy && { before: decision.policy.before, after: decision.policy.after },
          ...(decision.switches.length === 0 ? {} : { switches: [...decision.switches] }),
        })
        // A disk that is full must not keep anybody from making something private.
        .catch(() => null)
      checks.changing({ profileId, bucket })
      let noted = 0
      const note: NoteAcl = async (was) => {
        noted++
        await kept?.note(was)
      }
      const { undo, ...done } = await applyVisibility(
        session,
        { bucket },
        { ...decision, keys: plan.keys },
        note,
        markerOf(session, bucket),
      ).catch(async (error: unknown) => {
        await kept?.end()
        // The policy comes first: where that was refused, nothing has been changed. A lost answer is no refusal.
        if (noted === 0 && error instanceof Failure && !error.error.retryable) await records.forget(planId)
        if (!triesAnother || noted > 0 || !(error instanceof Failure) || error.error.code !== 'not-supported')
          throw error
        otherConditions.add(`${profileId} ${bucket}`)
        const { code, message, key } = error.error
        throw failure(code, `${message} ${hints.condition}`, key === undefined ? {} : { key })
      })
      const isKept = (await kept?.end()) === true
      if (done.failed.some(({ code }) => code === 'acls-disabled')) refusedAcls.add(`${profileId} ${bucket}`)
      const undoable = isKept && isUndoable(undo)
      if (!undoable) await records.forget(planId)
      // Nor is what another address keeps open waited for.
      const wanted = decision.keptOpenBy.length === 0 ? visibility : null
      const result = await outcome(session, planId, plan, done, {
        undoable,
        wanted,
        prefixes: meant.prefixes,
        // Of what came while it was done it is told who can read it.
        ...(closing === null ? {} : { others: (await below().catch(() => plan)).keys }),
      })
      const isRefused = done.failed.length > 0 && done.failed.every(({ code }) => code === 'not-supported')
      const hasNoEffect = done.failed.length === 0 && done.acls > 0 && result.counts.public === 0
      if (!aclsMayBeFutile || visibility !== 'public' || !(isRefused || hasNoEffect)) return result
      futileAcls.add(`${profileId} ${bucket}`)
      return { ...result, hint: isRefused ? hints.refused : hints.ignored }
    },
    async planUndoVisibility({ planId, profileId }) {
      const { session, head, undo } = await kept(planId, profileId)
      const { bucket } = head
      return { planId, bucket, ...toldOpens(await whatUndoOpens(session, bucket, undo)) }
    },
    async undoVisibility({ planId, profileId: wanted, confirmedPublic }) {
      const { session, profileId, head, undo } = await kept(planId, wanted)
      const { bucket, visibility, keys } = head
      const opens = await whatUndoOpens(session, bucket, undo)
      refuseUnconfirmed(toldOpens(opens), confirmedPublic)
      refuseHidden(
        privatePlacesIn({ profileId, bucket }).filter((place) =>
          opens.prefixes.some((prefix) => place.prefix.startsWith(prefix)),
        ),
      )
      checks.changing({ profileId, bucket })
      const done = await undoVisibility(
        session,
        { bucket },
        { ...undo, visibility },
        markerOf(session, bucket),
      )
      // What could not be put back can be tried again, but not what is somebody else's now, or gone.
      const problems = [...done.failed, ...done.switches.flatMap(({ problem }) => problem ?? [])]
      if (problems.every(({ code }) => code === 'precondition-failed' || code === 'no-such-key'))
        await records.forget(planId)
      const plan = { profileId, bucket, visibility, keys, more: head.objects > keys.length }
      const others = undo.acls.map(({ key }) => key)
      const result = await outcome(session, planId, plan, done, { undoable: false, wanted: null, others })
      const notChecked = result.counts.notChecked + head.objects - keys.length
      return { ...result, counts: { ...result.counts, notChecked } }
    },
    async listVisibilityChanges({ profileId, bucket }) {
      const { service } = await sessions.open(profileId)
      return (await records.list())
        .filter(({ head }) => head.service === service && head.bucket === bucket)
        .slice(0, 50)
        .map(described)
    },
  }
}

/** Whether everything was done, and something was. */
function hasChanged({ acls, policyChanged, switches, failed }: Omit<AppliedVisibility, 'undo'>): boolean {
  const isWhole = failed.length === 0 && switches.every(({ problem }) => problem === null)
  return isWhole && (acls > 0 || policyChanged || switches.length > 0)
}

/** What takes a kept change back. */
function undoOf({
  head,
  lines,
}: Pick<ChangeRecord<VisibilityHead, VisibilityLine>, 'head' | 'lines'>): VisibilityUndo {
  const { policy, switches = [] } = head
  return { acls: changedAcls(lines), policy, switches }
}

const hints = {
  refused:
    'This service takes no ACLs of objects. Ask for public once more: Pail proposes the bucket’s policy in their place.',
  condition: 'Ask for private once more: Pail proposes another condition, which Ceph knows.',
  ignored:
    'This service took the ACL, and it has no effect. Ask for public once more: Pail proposes the bucket’s policy in its place.',
} as const

function described({
  id,
  head,
  lines,
  hasEnded,
}: ChangeRecord<VisibilityHead, VisibilityLine>): VisibilityChange {
  const { at, visibility, objects, keys, policy, switches = [] } = head
  return {
    planId: id,
    at,
    visibility,
    objects,
    sample: keys.slice(0, 5),
    acls: changedAcls(lines).length,
    policy: policy !== null,
    ...(switches.length === 0 ? {} : { switches: switches.length }),
    hasEnded,
  }
}
