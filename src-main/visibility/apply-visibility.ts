import { isDeepStrictEqual } from 'node:util'
import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type {
  CheckedObject,
  SwitchOutcome,
  VisibilityOutcome,
} from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { bareETag } from '../s3/e-tag.ts'
import { headObject } from '../s3/head-object.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { toFailure } from '../s3/map-error.ts'
import { readAclOf, recordedAcl } from '../releases/kept-copies.ts'
import type { RecordedAcl } from '../releases/release-record.ts'
import { putObjectAcl, putObjectGrants, type ReadAcl, readObjectAcl } from '../s3/object-acl.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { MarkAcl } from '../sync/acl-marks.ts'
import { checkVisibility, type HandedOutThrough } from './handed-out.ts'
import type { VisibilityDecision } from './visibility-decision.ts'
import { putKeepingOut } from './keep-out.ts'
import { isAnswerLost, type Place, putPolicyBack, replacePolicy } from './put-policy.ts'
import { switchesBack, throwSwitches } from './throw-switches.ts'

/** An ACL as it was, and the object that it was of: another one may come to the key. */
export interface ChangedAcl {
  readonly key: string
  readonly before: RecordedAcl
  /** The object's ETag at that time; null when it was not told. */
  readonly eTag: string | null
}

/** What is needed to take a change back. */
export interface VisibilityUndo {
  /** What the ACLs were, and of which objects. */
  readonly acls: readonly ChangedAcl[]
  readonly policy: { readonly before: string | null; readonly after: string | null } | null
  /** The service's own switches, as the change threw them. */
  readonly switches?: readonly BucketSwitch[]
}

/** What a change did, without the unsigned truth about it. */
export interface AppliedVisibility {
  readonly acls: number
  readonly policyChanged: boolean
  readonly switches: readonly SwitchOutcome[]
  readonly failed: VisibilityOutcome['failed']
  readonly undo: VisibilityUndo
}

/** Writes down what an object's ACL was, before it is another one; then null when it could not be changed. */
export type NoteAcl = (
  was: ChangedAcl | { readonly key: string; readonly before: null; readonly eTag: null },
) => Promise<void>

const nothingMarked: MarkAcl = async () => undefined

/** Sets an ACL, which syncs remember otherwise: they hear of it before, and again whatever comes of it. */
async function marking(mark: MarkAcl, key: string, set: () => Promise<void>): Promise<void> {
  await mark(key)
  try {
    await set()
  } finally {
    await mark(key)
  }
}

const requestsAtOnce = 8
/** As many objects are asked for after a change; the others are said not to have been. */
const mostChecks = 200

/**
 * Does what was decided: first the policy, when it is still the one that was read, then the ACLs; or the service's own
 * switches. An object whose ACL
 * cannot be set is named and the others go on; of one whose answer was lost is looked up what it came to. Throws
 * Failures: `precondition-failed` when the policy has changed since, and what keeps the policy from being put.
 */
export async function applyVisibility(
  session: S3Session,
  place: Place,
  {
    acl,
    policy,
    refusal,
    switches = [],
    keepsOut,
    keys = [],
  }: Pick<VisibilityDecision, 'acl' | 'policy' | 'refusal'> &
    Partial<Pick<VisibilityDecision, 'switches' | 'keepsOut'>> & {
      /** Objects that are concerned, to see by them whether the service keeps to a Deny. */
      readonly keys?: readonly string[]
    },
  note: NoteAcl = async () => undefined,
  mark: MarkAcl = nothingMarked,
): Promise<AppliedVisibility> {
  if (refusal !== null) throw failure(refusal.code, refusal.message)
  if (policy !== null && keepsOut !== undefined)
    await putKeepingOut(session, place, { policy, keepsOut, keys })
  else if (policy !== null) await replacePolicy(session, place, policy.after, (now) => now === policy.before)
  const thrown = await throwSwitches(session, place, switches)
  const failed: VisibilityOutcome['failed'] = []
  const before: ChangedAcl[] = []
  let acls = 0
  await inParallel(acl?.keys ?? [], requestsAtOnce, async (key) => {
    let was: ChangedAcl | null = null
    try {
      const [read, eTag] = await Promise.all([
        readObjectAcl(session, { ...place, key }),
        eTagNow(session, { ...place, key }),
      ])
      if (acl!.changedOnly === true && (read.acl === acl!.acl || read.acl === 'disabled')) return
      was = { key, before: wholeAcl(read), eTag }
      await note(was)
      await marking(mark, key, () => putObjectAcl(session, { ...place, key, acl: acl!.acl }))
      acls++
      before.push(was)
    } catch (error) {
      const failure = named(key, error)
      if (was === null || !isAnswerLost(error)) {
        failed.push(failure)
        await note({ key, before: null, eTag: null })
        return
      }
      // What was noted stays: it may have been changed, or be yet.
      before.push(was)
      const now = await aclNow(session, { ...place, key })
      if (now?.acl === acl!.acl) acls++
      else failed.push({ ...failure, message: lostText(failure.message, now, was.before) })
    }
  })
  return {
    acls,
    policyChanged: policy !== null,
    switches: thrown,
    failed,
    undo: {
      acls: before,
      policy: policy === null ? null : { before: policy.before, after: policy.after },
      switches,
    },
  }
}

/** An object's ETag; null when it is not told, as to a key that may change ACLs and read nothing. */
async function eTagNow(session: S3Session, object: Place & { readonly key: string }): Promise<string | null> {
  try {
    return (await headObject(session, object))?.eTag ?? null
  } catch (error) {
    named(object.key, error)
    return null
  }
}

/** What an ACL is now; null when that cannot be told either. */
async function aclNow(
  session: S3Session,
  object: Place & { readonly key: string },
): Promise<RecordedAcl | null> {
  try {
    const now = wholeAcl(await readObjectAcl(session, object))
    return isKnown(now) ? now : null
  } catch (error) {
    named(object.key, error)
    return null
  }
}

/** What is known of an ACL whose change had no answer. */
function lostText(message: string, now: RecordedAcl | null, before: RecordedAcl): string {
  const known =
    now === null
      ? 'Whether its ACL was changed is not known'
      : isSameAcl(now, before)
        ? 'Its ACL was looked up, and is what it was before'
        : 'Its ACL was looked up, and is neither what it was nor what was sent'
  return `${known}: ${message}`.slice(0, 2000)
}

/** Whether an ACL lets everybody read, or everybody who has an account. */
export function isPublicAcl({ acl, grants }: RecordedAcl): boolean {
  return (
    acl === 'public-read' ||
    grants.some(
      ({ to, permission }) => 'group' in to && (permission === 'READ' || permission === 'FULL_CONTROL'),
    )
  )
}

/** Whether a change can be taken back: what was there before has to be known. */
export function isUndoable({ acls, policy, switches = [] }: VisibilityUndo): boolean {
  return (
    acls.length + switches.length + (policy === null ? 0 : 1) > 0 &&
    acls.every(({ before }) => isKnown(before))
  )
}

/**
 * Puts back what was there before, where it is still what the change has made, and of the same object: one that came to the
 * key since was never public. Throws Failures: `precondition-failed` when somebody has changed the policy since; an object
 * whose ACL is left alone for that, or cannot be put back, is named.
 */
export async function undoVisibility(
  session: S3Session,
  place: Place,
  { acls, policy, switches = [], visibility }: VisibilityUndo & { readonly visibility: WantedVisibility },
  mark: MarkAcl = nothingMarked,
): Promise<Omit<AppliedVisibility, 'undo'>> {
  const made = visibility === 'public' ? 'public-read' : 'private'
  const policyChanged = policy !== null && (await putPolicyBack(session, place, policy))
  const thrown = await throwSwitches(session, place, switchesBack(switches))
  const failed: VisibilityOutcome['failed'] = []
  let changed = 0
  await inParallel(acls, requestsAtOnce, async ({ key, before, eTag }) => {
    try {
      if (!isKnown(before))
        throw failure('not-supported', 'The ACL could not be read before, so it cannot be put back.', { key })
      const [read, eTagBefore] = await Promise.all([
        readObjectAcl(session, { ...place, key }),
        eTagNow(session, { ...place, key }),
      ])
      const now = recordedAcl(read)
      // As after a change that was cut off before it reached the object.
      if (isSameAcl(now, before)) return
      if (now.acl !== made)
        throw failure('precondition-failed', 'Its ACL was changed since, and is left alone.', { key })
      refuseReplaced(key, { eTag, now: eTagBefore, opens: isPublicAcl(before) })
      await marking(mark, key, async () => {
        // A canned form is put back as one: services that refuse lists of grants take it.
        if (before.acl === 'private' || before.acl === 'public-read')
          await putObjectAcl(session, { ...place, key, acl: before.acl })
        else await putObjectGrants(session, { ...place, key, read: readAclOf(before) })
        if (isPublicAcl(before)) await closeReplaced(session, { ...place, key }, eTag)
      })
      changed++
    } catch (error) {
      failed.push(named(key, error))
    }
  })
  return { acls: changed, policyChanged, switches: thrown, failed }
}

/** Throws `precondition-failed` unless what is at a key is what the change was about. */
function refuseReplaced(
  key: string,
  {
    eTag,
    now,
    opens,
  }: { readonly eTag: string | null; readonly now: string | null; readonly opens: boolean },
): void {
  if (eTag !== null && now !== null && bareETag(eTag) !== bareETag(now))
    throw failure(
      'precondition-failed',
      'The object was replaced since, and is left alone: who can read it was decided for another one.',
      { key },
    )
  if (opens && (eTag === null || now === null))
    throw failure(
      'precondition-failed',
      'It is not known whether this is still the object that everybody could read, so it is left alone. Make it public if it is.',
      { key },
    )
}

/** S3 changes an ACL whatever has come to the key at the last moment: then it is taken back at once. */
async function closeReplaced(
  session: S3Session,
  object: Place & { readonly key: string },
  eTag: string | null,
): Promise<void> {
  const now = await eTagNow(session, object)
  if (eTag === null || now === null || bareETag(eTag) === bareETag(now)) return
  await putObjectAcl(session, { ...object, acl: 'private' })
  refuseReplaced(object.key, { eTag, now, opens: true })
}

/** How to ask for the truth after a change. */
export interface TruthOptions extends Place {
  readonly keys: readonly string[]
  /** Those of them of which it is least known what they are: they are asked for before others. */
  readonly doubtful?: readonly string[]
  /** What is hoped for: another answer is asked for again, as settings take a moment to be everywhere. */
  readonly wanted: WantedVisibility | null
  readonly through: (key: string) => HandedOutThrough | null
  /** Pauses between the questions, in milliseconds. */
  readonly pausesMs?: readonly number[]
}

/** What the public can read now, asked without a signature for each object, 200 at most. */
export async function checkObjects(
  session: S3Session,
  { bucket, keys, doubtful = [], wanted, through, signal, pausesMs = [300, 1000, 2000] }: TruthOptions,
): Promise<Pick<VisibilityOutcome, 'checks' | 'counts'>> {
  const asked = keys.length <= mostChecks ? keys : [...new Set([...doubtful, ...keys])].slice(0, mostChecks)
  const checks: CheckedObject[] = []
  // Together, and not one pause for each object.
  let open = asked.map((key, index) => ({ key, index }))
  for (let round = 0; open.length > 0; round++) {
    const again: typeof open = []
    await inParallel(open, requestsAtOnce, async ({ key, index }) => {
      if (signal?.aborted === true) throw failure('cancelled', 'Cancelled.')
      const check = await checkVisibility(session, { bucket, key, through: through(key) })
      checks[index] = { key, ...check, url: check.url.slice(0, 8192) }
      if (wanted !== null && check.visibility !== wanted) again.push({ key, index })
    })
    const pause = pausesMs[round]
    if (pause === undefined || again.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, pause))
    open = again
  }
  const count = (visibility: CheckedObject['visibility']) =>
    checks.filter((check) => check.visibility === visibility).length
  return {
    checks,
    counts: {
      public: count('public'),
      private: count('private'),
      unknown: count('unknown'),
      notChecked: keys.length - asked.length,
    },
  }
}

/** An ACL that can be put back; `unknown` where a service tells no grants, or not whose they are. */
function wholeAcl(read: ReadAcl): RecordedAcl {
  const written = recordedAcl(read)
  const isWhole =
    read.grants.length > 0 && (read.acl !== 'other' || written.grants.length === read.grants.length)
  return isWhole ? written : { ...written, acl: 'unknown', grants: [] }
}

function isSameAcl(one: RecordedAcl, other: RecordedAcl): boolean {
  const grantsOf = ({ grants }: RecordedAcl) => grants.map((grant) => JSON.stringify(grant)).toSorted()
  return one.acl === other.acl && isDeepStrictEqual(grantsOf(one), grantsOf(other))
}

function isKnown({ acl }: RecordedAcl): boolean {
  return acl !== 'unknown' && acl !== 'disabled'
}

function named(key: string, error: unknown): VisibilityOutcome['failed'][number] {
  const { code, message } = (error instanceof Failure ? error : toFailure(error, { key })).error
  if (code === 'cancelled' || code === 'bug') throw error
  return { key, code, message }
}
