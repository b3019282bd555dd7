import { failure } from '../../src-preload/contract/failure.ts'
import type { Failure } from '../../src-preload/contract/failure.ts'
import type { OverwriteGuard } from '../../src-preload/contract/naming.ts'
import { bareETag } from './e-tag.ts'
import { headObject } from './head-object.ts'
import { requestIdOf, responseFacts, toFailure } from './map-error.ts'
import type { S3Session } from './s3-session.ts'

/**
 * Whether a bucket's service refuses to overwrite when `If-None-Match: *` says so. `ignored`: it overwrites all the
 * same, or answers 501, so that only asking first is left.
 */
type Support = 'unknown' | 'works' | 'ignored'

interface Known {
  support: Support
  /** Writes that succeeded while it was unknown; a probe pays only for more than a few. */
  writes: number
  /** It looks whether the key is free before the body has come, so that two writes at once may both succeed. */
  looksEarly: boolean
}

const learnt = new WeakMap<S3Session, Map<string, Known>>()

function knownOf(session: S3Session, bucket: string): Known {
  const buckets = learnt.get(session) ?? new Map<string, Known>()
  learnt.set(session, buckets)
  const known = buckets.get(bucket) ?? {
    support: session.endpoint === null ? 'works' : 'unknown',
    writes: 0,
    looksEarly: false,
  }
  buckets.set(bucket, known)
  return known
}

/** What has been learnt about a bucket in this session; AWS itself is known to keep its word. */
export function conditionalWriteSupport(session: S3Session, bucket: string): Support {
  return knownOf(session, bucket).support
}

/** Ceph RADOS Gateway makes the ids of its requests so; what it does in a race was seen in its version 16.2. */
const idOfCeph = /^tx[0-9a-f]{21}-[0-9a-f]{10}-[0-9a-f]+-/

/** Remembers that a write was refused (412) because the key was taken. */
export function learnRefusal(session: S3Session, bucket: string, error: unknown): void {
  const known = knownOf(session, bucket)
  known.support = 'works'
  if (idOfCeph.test(requestIdOf(error) ?? '')) known.looksEarly = true
}

/** How sure it is that writes with `ifNoneMatch` have replaced nothing; what has not been seen is not known. */
export function overwriteGuard(session: S3Session, bucket: string): OverwriteGuard {
  const { support, looksEarly } = knownOf(session, bucket)
  if (support === 'unknown') return 'not-known'
  return support === 'ignored' || looksEarly ? 'checked-first' : 'by-service'
}

/** Remembers what an answer has shown. */
export function learnConditionalWrites(session: S3Session, bucket: string, support: 'ignored'): void {
  knownOf(session, bucket).support = support
}

/** Whether a repetition of the write that just succeeded should be tried, to learn if it is refused: once a bucket. */
export function shouldProbeConditionalWrites(session: S3Session, bucket: string): boolean {
  const known = knownOf(session, bucket)
  if (known.support !== 'unknown') return false
  known.writes++
  return known.writes === 3
}

/** The forms of `If-Match` that are tried in turn; null sends none. Ceph RGW compares with the quotes, and never matches. */
const matchForms = ['quoted', 'bare', null] as const

const matchFormsLearnt = new WeakMap<S3Session, Map<string, number>>()

/**
 * The `If-Match` with which a bucket's service takes an overwrite of this object only; undefined where it has shown that
 * it cannot. Services that do not know the header ignore it, and the write goes on as without.
 */
export function ifMatchFor(session: S3Session, bucket: string, eTag: string): string | undefined {
  const form = matchForms[matchFormsLearnt.get(session)?.get(bucket) ?? 0] ?? null
  if (form === null) return undefined
  return form === 'bare' ? bareETag(eTag) : eTag
}

/**
 * Looks into an answer that refused an overwrite with `If-Match`: `changed` when the object is not, or no longer, the one
 * that was meant; `again` when it is the same, or the service does not know the header, so that the write may be tried
 * in the form that {@link ifMatchFor} now gives; null when the answer has nothing to do with it.
 */
export async function whyRefused(
  session: S3Session,
  target: ConditionalTarget,
  sent: { readonly eTag: string; readonly ifMatch: string },
  error: unknown,
): Promise<'changed' | 'again' | null> {
  const { status } = responseFacts(error)
  if (toFailure(error).error.code === 'no-such-key') return 'changed'
  if (status !== 412 && status !== 501) return null
  if (status === 412) {
    const head = await headObject(session, target)
    if (head === null || bareETag(head.eTag ?? '') !== bareETag(sent.eTag)) return 'changed'
  }
  const buckets = matchFormsLearnt.get(session) ?? new Map<string, number>()
  matchFormsLearnt.set(session, buckets)
  const now = buckets.get(target.bucket) ?? 0
  // Others that were on their way at the same time may have learnt it already.
  const usedNow = ifMatchFor(session, target.bucket, sent.eTag)
  if (usedNow === sent.ifMatch) buckets.set(target.bucket, status === 501 ? matchForms.length - 1 : now + 1)
  return 'again'
}

/** Somebody was faster: nothing was overwritten. */
export function changedMeanwhile(key: string): Failure {
  return failure(
    'precondition-failed',
    'The object was changed or removed by somebody else meanwhile. It was not overwritten; make a new plan.',
    { key },
  )
}

/** What {@link checkAbsent} is about. */
export interface ConditionalTarget {
  readonly bucket: string
  readonly key: string
  readonly signal?: AbortSignal
}

/**
 * Asks with HEAD whether a key is free, unless the service is known to refuse by itself. Throws `already-exists`. A
 * key that may not be asked about is left to the conditional write, where there is one.
 */
export async function checkAbsent(
  session: S3Session,
  target: ConditionalTarget,
  always = false,
): Promise<void> {
  const support = conditionalWriteSupport(session, target.bucket)
  if (support === 'works' && !always) return
  try {
    if ((await headObject(session, target)) !== null) throw alreadyExists(target.key)
  } catch (error) {
    const problem = toFailure(error, target)
    if (problem.error.code === 'access-denied' && support !== 'ignored') return
    throw problem
  }
}

/** Nothing was overwritten. */
export function alreadyExists(key: string): Failure {
  return failure('already-exists', 'There is an object of this name already. Nothing was overwritten.', {
    key,
  })
}
