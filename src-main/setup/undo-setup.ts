import type { SetupCallName, SetupUndo } from '../../src-preload/contract/bucket-setup.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import {
  type BucketSetting,
  type BucketSettingName,
  putBucketSetting,
  readBucketSetting,
} from '../s3/bucket-settings.ts'
import { getBucketLifecycle } from '../s3/bucket-lifecycle.ts'
import { deleteBucket, refuseOwnBucket } from '../s3/buckets.ts'
import { listMultipartUploads } from '../s3/list-multipart-uploads.ts'
import { listObjectsPage } from '../s3/list-objects.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type BucketIdentity, identifyBucket } from './bucket-identity.ts'
import { isSameSetting } from './same-setting.ts'
import type { KeptCall } from './setup-record.ts'

type Step = SetupUndo['steps'][number]

/** What became of one call; `isOurs` when the setting was found as the set-up left it. */
interface Undone extends Omit<Step, 'call'> {
  readonly isOurs?: boolean
}

const settingOf: { readonly [Call in Exclude<SetupCallName, 'CreateBucket'>]: BucketSettingName } = {
  PutBucketOwnershipControls: 'ownership',
  PutPublicAccessBlock: 'publicAccessBlock',
  PutBucketPolicy: 'policy',
  PutBucketCors: 'cors',
  PutBucketVersioning: 'versioning',
  PutBucketLifecycleConfiguration: 'lifecycle',
}

interface Place {
  readonly bucket: string
  readonly signal?: AbortSignal
}

/**
 * Takes a set-up back, the last call first: each setting becomes what it was, unless somebody has changed it since, and
 * the bucket goes when it is the one that the set-up made, it is empty and nobody has changed its settings. What stays is
 * told, and why. In another bucket of the name nothing is touched. `onDate` hears by which date the bucket, when it stays,
 * is known the next time.
 */
export async function undoSetup(
  session: S3Session,
  place: Place,
  calls: readonly KeptCall[],
  onDate: (createdAt: Date) => Promise<void> = async () => undefined,
): Promise<Step[]> {
  const made = calls.find(({ call }) => call === 'CreateBucket')
  const identity = made !== undefined ? await identifyBucket(session, place, calls) : null
  if (identity?.is === 'another')
    return calls.toReversed().map(({ call }) => ({ call, state: 'left', message: anotherOf(identity) }))
  const steps = await takeBack(session, place, calls, identity)
  const stays = steps.some(({ call, state }) => call === 'CreateBucket' && state !== 'undone')
  // One that nobody saw made is known by the time of the call alone.
  if (stays && identity?.is === 'ours' && made?.isMade === true) {
    // What was put back may have moved the date.
    const { createdAt } = await identifyBucket(session, place, calls)
    if (createdAt !== null) await onDate(createdAt)
  }
  return steps
}

function anotherOf({ createdAt }: BucketIdentity): string {
  return `This bucket was made at another time (${createdAt?.toISOString()}) than that of the set-up: it is another one of the same name, and is left alone.`
}

async function takeBack(
  session: S3Session,
  place: Place,
  calls: readonly KeptCall[],
  identity: BucketIdentity | null,
): Promise<Step[]> {
  const steps: Step[] = []
  let isOurs = identity?.is === 'ours'
  for (const kept of calls.toReversed()) {
    const { call } = kept
    try {
      const undone: Undone =
        call === 'CreateBucket'
          ? await undoCreate(session, place, kept, { steps, isOurs })
          : await undoSetting(session, place, settingOf[call], kept)
      if (undone.isOurs === true) isOurs = true
      steps.push({ call, state: undone.state, message: undone.message })
    } catch (error) {
      const { code, message } = toFailure(error, {}).error
      if (code === 'bug' || code === 'cancelled') throw error
      // Somebody has deleted the bucket, and all of its settings with it.
      steps.push(
        code === 'no-such-bucket'
          ? { call, state: 'undone', message: 'The bucket is not there any more.' }
          : { call, state: 'failed', message: message.slice(0, 1000) },
      )
    }
  }
  return steps
}

async function undoSetting(
  session: S3Session,
  place: Place,
  name: BucketSettingName,
  { before, after }: KeptCall,
): Promise<Undone> {
  const now = await readBucketSetting(session, place, name)
  if (now.state !== 'read') return { state: 'failed', message: 'It cannot be read, so it is left as it is.' }
  if (before === undefined)
    return { state: 'left', message: 'What it was before could not be read, so it stays.' }
  const was = JSON.parse(before) as BucketSetting['value']
  if (isSameSetting(name, now.value, was)) return { state: 'undone', message: 'It is as it was before.' }
  if (!isSameSetting(name, now.value, JSON.parse(after ?? 'null') as BucketSetting['value']))
    return { state: 'left', message: 'It was changed since, and is left alone.' }
  if (name === 'versioning' && was === 'Off') {
    await putBucketSetting(session, place, { name, value: 'Suspended' })
    return {
      state: 'undone',
      message: 'Suspended: versioning cannot be switched off altogether.',
      isOurs: true,
    }
  }
  const back = { name, value: was } as BucketSetting
  await putBucketSetting(
    session,
    place,
    back.name === 'lifecycle' ? await withSize(session, place, back) : back,
  )
  return { state: 'undone', message: was === null ? 'Taken away.' : 'As it was before.', isOurs: true }
}

/** Rules of others go back with what the whole configuration says of sizes. */
async function withSize(
  session: S3Session,
  place: Place,
  setting: BucketSetting & { readonly name: 'lifecycle' },
): Promise<BucketSetting> {
  if (setting.value === null) return setting
  const { transitionDefaultMinimumObjectSize } = await getBucketLifecycle(session, place)
  return { ...setting, minimumSize: transitionDefaultMinimumObjectSize }
}

async function undoCreate(
  session: S3Session,
  place: Place,
  { isMade }: KeptCall,
  { steps: others, isOurs }: { readonly steps: readonly Step[]; readonly isOurs: boolean },
): Promise<Undone> {
  if (!isMade && !isOurs) {
    if (await isAbsent(session, place)) return { state: 'undone', message: 'The bucket was never made.' }
    return { state: 'left', message: 'Whether Pail made the bucket is not known, so it stays.' }
  }
  // Pail ended while it was made, and has set nothing in it.
  if (!isMade && !(await isUnset(session, place)))
    return { state: 'left', message: 'Somebody has changed its settings, so the bucket stays.' }
  if (others.some(({ state }) => state !== 'undone'))
    return {
      state: 'left',
      message: 'Its settings are not what the set-up made of them, so the bucket stays.',
    }
  // Somebody may have deleted the bucket and made another one of its name: an empty one is known by its date, or by what
  // this very undo has found in it as the set-up left it.
  if (!isOurs)
    return {
      state: 'left',
      message:
        'Nothing tells whether this is the bucket that the set-up made or another one of its name, so it stays.',
    }
  if (!(await isEmpty(session, place)))
    return { state: 'left', message: 'There is something in the bucket, so it stays.' }
  try {
    await deleteBucket(session, place)
  } catch (error) {
    // Versions and delete markers are in no listing of objects; the service knows of them.
    if (!(error instanceof Failure) || error.error.code !== 'bucket-not-empty') throw error
    return { state: 'left', message: 'There is something in the bucket, so it stays.' }
  }
  return { state: 'undone', message: 'The empty bucket was deleted.' }
}

async function isAbsent(session: S3Session, place: Place): Promise<boolean> {
  try {
    return (await refuseOwnBucket(session, place)) === 'absent'
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'bucket-owned-by-you') return false
    throw error
  }
}

/** Whether a bucket is as new ones are. What cannot be read is not known to be so. */
async function isUnset(session: S3Session, place: Place): Promise<boolean> {
  for (const name of ['policy', 'cors', 'versioning', 'lifecycle'] as const) {
    const now = await readBucketSetting(session, place, name)
    const isNew = now.state === 'read' && (now.value === null || now.value === 'Off')
    if (!isNew && now.state !== 'not-offered') return false
  }
  return true
}

/** Some services delete a bucket with the parts of uploads that nobody has completed. */
async function isEmpty(session: S3Session, place: Place): Promise<boolean> {
  const { objects } = await listObjectsPage(session, { ...place, prefix: '', maxKeys: 1 })
  if (objects.length > 0) return false
  const { done } = await listMultipartUploads(session, { ...place, prefix: '', maxUploads: 1 }).next()
  return done === true
}
