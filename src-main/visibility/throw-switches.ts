import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { SwitchOutcome } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { putBucketAcl, readBucketAcl } from '../s3/bucket-acl.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'

interface Place {
  readonly bucket: string
  readonly signal?: AbortSignal
  /** Pauses before it is read back once more, in milliseconds: settings take a moment to be everywhere. */
  readonly pausesMs?: readonly number[]
}

/**
 * Throws a service's switches, one after another: those whose place is still what it was when it was read. Each is read back;
 * one of which the answer was lost is judged by that alone. What went wrong is told of each, but thrown when it is true of
 * all and nothing was done: then as the Failure of the first.
 */
export async function throwSwitches(
  session: S3Session,
  place: Place,
  switches: readonly BucketSwitch[],
): Promise<SwitchOutcome[]> {
  const outcomes: SwitchOutcome[] = []
  let refusal: Failure | null = null
  let mayBeDone = false
  for (const each of switches) {
    const { problem, isDone } = await throwOne(session, place, each)
    outcomes.push({
      ...each,
      problem: problem && { code: problem.error.code, message: problem.error.message },
    })
    mayBeDone ||= isDone !== false
    refusal ??= problem
  }
  if (refusal !== null && !mayBeDone) throw refusal
  return outcomes
}

/** The way back: those that are where the change has put them. What somebody has switched since is left alone. */
export function switchesBack(switches: readonly BucketSwitch[]): BucketSwitch[] {
  return switches.map((each) => ({ ...each, from: each.to, to: each.from }))
}

interface Thrown {
  readonly problem: Failure | null
  /** Null: nobody knows. */
  readonly isDone: boolean | null
}

async function throwOne(session: S3Session, place: Place, wanted: BucketSwitch): Promise<Thrown> {
  const { from, to } = wanted
  let lost: Failure | null = null
  try {
    const before = await stateOf(session, place, wanted)
    if (before === to) return { problem: null, isDone: true }
    if (before !== from)
      throw failure('precondition-failed', `${nameOf(wanted)} is not there any more. Nothing was changed.`)
    await set(session, place, wanted)
  } catch (error) {
    const problem = failureOf(error)
    if (!problem.error.retryable) return { problem: inPlainWords(problem, wanted), isDone: false }
    lost = problem
  }
  // What was asked for is not what is: a service may take a setting and not have it.
  const now = await readBack(session, place, wanted)
  if (now === to) return { problem: null, isDone: true }
  const said = lost === null ? '' : `: ${lost.error.message}`
  if (now === null)
    return {
      problem: retold(lost, `Whether ${nameOf(wanted)} was switched is not known${said || '.'}`),
      isDone: null,
    }
  return {
    problem: retold(
      lost,
      `${nameOf(wanted)} was looked up, and is still ${to === 'public' ? 'private' : 'public'}${said || '.'}`,
    ),
    // Without an answer it may come to it yet.
    isDone: lost === null ? false : null,
  }
}

async function readBack(
  session: S3Session,
  { pausesMs = [300, 1000], ...place }: Place,
  wanted: BucketSwitch,
): Promise<WantedVisibility | null> {
  for (let round = 0; ; round++) {
    const now = await stateOf(session, place, wanted).catch((error: unknown) => {
      failureOf(error)
      return null
    })
    const pause = pausesMs[round]
    if (now === wanted.to || pause === undefined) return now
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** What a switch is at; null where there is none of its kind any more. Throws what keeps it from being read. */
async function stateOf(
  session: S3Session,
  { bucket, signal }: Place,
  { kind, domain }: BucketSwitch,
): Promise<WantedVisibility | null> {
  const asked = signal === undefined ? { bucket } : { bucket, signal }
  const reading =
    kind === 'bucket-acl' ? await readBucketAcl(session, asked) : await session.domains?.read(bucket, signal)
  if (reading?.state === 'unknown') throw failure(reading.code, reading.message)
  if (reading?.state !== 'read') return null
  const isOpen = reading.value
    .map((each) =>
      'grantee' in each ? each.grantee === 'everybody' : each.domain === domain ? each.enabled : null,
    )
    .filter((each) => each !== null)
  if (kind !== 'bucket-acl' && isOpen.length === 0) return null
  return isOpen.includes(true) ? 'public' : 'private'
}

function set(
  session: S3Session,
  { bucket, signal }: Place,
  { kind, domain, to }: BucketSwitch,
): Promise<void> {
  if (kind === 'bucket-acl')
    return putBucketAcl(session, {
      bucket,
      acl: to === 'public' ? 'public-read' : 'private',
      ...(signal ? { signal } : {}),
    })
  const { domains } = session
  if (domains === undefined || domain === null)
    throw failure('not-supported', 'This profile does not reach the service that the switch is of.')
  return domains.set(
    bucket,
    { kind: kind === 'managed-domain' ? 'managed' : 'custom', domain },
    to === 'public',
  )
}

function nameOf({ kind, domain }: BucketSwitch): string {
  return kind === 'bucket-acl' ? 'The bucket’s own ACL' : (domain ?? '')
}

/** B2 refuses a public bucket to an account that has never paid, and any change to a key for files alone. */
function inPlainWords(problem: Failure, { kind, to }: BucketSwitch): Failure {
  const { code, message } = problem.error
  if (kind !== 'bucket-acl' || (code !== 'access-denied' && code !== 'invalid-argument')) return problem
  const why = /payment/i.test(message)
    ? 'B2 lets an account have public buckets only after its first payment.'
    : `On B2 that needs a key that may change buckets (writeBuckets)${to === 'public' ? ', and an account that has made its first payment' : ''}.`
  return retold(problem, `${message} ${why} Nothing was changed.`)
}

function retold(problem: Failure | null, message: string): Failure {
  const { code, retryable, s3Code }: Pick<AppError, 'code' | 'retryable' | 's3Code'> = problem?.error ?? {
    code: 'precondition-failed',
    retryable: false,
  }
  return failure(code, message.slice(0, 2000), { retryable, ...(s3Code === undefined ? {} : { s3Code }) })
}

function failureOf(error: unknown): Failure {
  const told = error instanceof Failure ? error : toFailure(error)
  if (told.error.code === 'cancelled' || told.error.code === 'bug') throw told
  return told
}
