import { setTimeout as sleep } from 'node:timers/promises'
import type { SetupOutcome } from '../../src-preload/contract/bucket-setup.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { type BucketSetting, putBucketSetting, readBucketSetting } from '../s3/bucket-settings.ts'
import { bucketCreatedAt, createBucket, refuseOwnBucket } from '../s3/buckets.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlannedCall, PlannedSetup } from './plan-setup.ts'
import { isSameSetting } from './same-setting.ts'
import type { SetupLine } from './setup-record.ts'

type Step = SetupOutcome['steps'][number]

/** What a set-up needs besides the service. */
export interface ApplySetupOptions {
  /** Writes down what is about to be done, and then what became of it. */
  readonly note: (line: SetupLine) => Promise<void>
  readonly signal?: AbortSignal
  /** Settings become visible by and by: pauses before they are looked at, or tried, again, in milliseconds. */
  readonly pausesMs?: readonly number[]
}

/**
 * Makes the calls of a plan one after the other. What the service does not have is passed over and told; any other
 * failure ends it, with the calls behind it not made. Each setting is read before, so that it can be put back, and
 * afterwards: a service that takes a call for another one is not believed.
 */
export async function applySetup(
  session: S3Session,
  { bucket, region, calls }: Pick<PlannedSetup, 'bucket' | 'region' | 'calls'>,
  options: ApplySetupOptions,
): Promise<Step[]> {
  const place = { bucket, region, ...(options.signal ? { signal: options.signal } : {}) }
  const steps: Step[] = []
  for (const planned of calls) {
    const { call } = planned
    if (steps.some(({ state }) => state === 'failed')) steps.push({ call, state: 'not-made', problem: null })
    else if (planned.notHere !== null) steps.push({ call, state: 'not-here', problem: null })
    else {
      try {
        steps.push({ call, state: await makeCall(session, place, planned, options), problem: null })
      } catch (error) {
        steps.push({ call, state: 'failed', problem: problemOf(error) })
      }
    }
  }
  // The date by which undo knows the bucket: at the end, as changed settings may move it.
  if (steps.some(({ call, state }) => call === 'CreateBucket' && state === 'done'))
    await noteDate(session, { bucket }, options.note)
  return steps
}

/** Notes when the bucket was made, as the service tells it now; nothing where it does not. */
export async function noteDate(
  session: S3Session,
  place: { readonly bucket: string; readonly signal?: AbortSignal },
  note: ApplySetupOptions['note'],
): Promise<void> {
  const createdAt = await bucketCreatedAt(session, place)
  if (createdAt !== null)
    await note({ call: 'CreateBucket', state: 'made', createdAt: createdAt.toISOString() })
}

/** When there was no bucket of the name, by the service's clock; null where that is not certain. Throws when there is. */
async function absentSince(session: S3Session, place: Place): Promise<string | null> {
  const startedAt = Date.now()
  if ((await refuseOwnBucket(session, place)) !== 'absent') return null
  const span = session.serverSpanSince(startedAt)
  return span === null ? null : new Date(span.fromMs).toISOString()
}

interface Place {
  readonly bucket: string
  readonly region: string
  readonly signal?: AbortSignal
}

async function makeCall(
  session: S3Session,
  place: Place,
  { call, setting, expected }: PlannedCall,
  options: ApplySetupOptions,
): Promise<Step['state']> {
  if (setting === null) {
    const { pausesMs } = options
    const absentAt = await absentSince(session, place)
    await noted({ call, ...(absentAt === null ? {} : { absentAt }) }, options, () =>
      createBucket(session, { ...place, access: 'private', ...(pausesMs ? { pausesMs } : {}) }),
    )
    return 'done'
  }
  const before = await readBucketSetting(session, place, setting.name)
  // One that answers something else has no such setting, and may take a call about it for one about the bucket.
  if (before.state === 'not-offered' || (before.state === 'unknown' && before.code === 'not-supported'))
    return 'not-here'
  if (before.state === 'read' && isSameSetting(setting.name, before.value, setting.value)) return 'already'
  if (
    expected !== undefined &&
    !(before.state === 'read' && isSameSetting(setting.name, before.value, expected))
  )
    throw failure('precondition-failed', 'Somebody has changed it since the plan. Make a new one.')
  const line = {
    call,
    ...(before.state === 'read' ? { before: JSON.stringify(before.value) } : {}),
    after: JSON.stringify(setting.value),
  }
  try {
    await noted(line, options, () => putPatiently(session, place, setting, options))
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'not-supported') return 'not-here'
    throw error
  }
  return (await isShown(session, place, setting, options)) ? 'done' : 'not-shown'
}

/** Notes a call before and after. After a failure that is no refusal it may have been made, and stays noted so. */
async function noted(
  line: Omit<SetupLine, 'state'>,
  { note }: ApplySetupOptions,
  make: () => Promise<void>,
): Promise<void> {
  await note({ ...line, state: 'begun' })
  try {
    await make()
  } catch (error) {
    const { code, retryable } = toFailure(error, {}).error
    if (!retryable && code !== 'cancelled') await note({ call: line.call, state: 'not-made' })
    else if (line.absentAt !== undefined) {
      // The bucket was looked for and not found: one that is made from now on may be somebody else's.
      const { absentAt: _, ...rest } = line
      await note({ ...rest, state: 'begun' })
    }
    throw error
  }
  await note({ call: line.call, state: 'made' })
}

/** A policy is refused for a moment after Block Public Access has let it. */
async function putPatiently(
  session: S3Session,
  place: Place,
  setting: BucketSetting,
  { pausesMs = [500, 1500, 3000], signal }: ApplySetupOptions,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await putBucketSetting(session, place, setting)
      return
    } catch (error) {
      const pause = pausesMs[attempt]
      const isEarly = error instanceof Failure && error.error.code === 'public-access-blocked'
      if (!isEarly || setting.name !== 'policy' || pause === undefined) throw error
      await sleep(pause, undefined, signal ? { signal } : {})
    }
  }
}

async function isShown(
  session: S3Session,
  place: Place,
  { name, value }: BucketSetting,
  { pausesMs = [300, 1000, 2000], signal }: ApplySetupOptions,
): Promise<boolean> {
  for (let look = 0; ; look++) {
    const now = await readBucketSetting(session, place, name).catch(() => null)
    if (now?.state === 'read' && isSameSetting(name, now.value, value)) return true
    const pause = pausesMs[look]
    if (pause === undefined) return false
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined)
    if (signal?.aborted === true) return false
  }
}

function problemOf(error: unknown): NonNullable<Step['problem']> {
  const { code, message, s3Code } = toFailure(error, {}).error
  if (code === 'bug') throw error
  return { code, message: message.slice(0, 2000), s3Code: s3Code?.slice(0, 200) ?? null }
}
