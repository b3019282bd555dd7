import type { AppError } from '../../src-preload/contract/app-error.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { IncompleteUpload, SweepChoice, SweepTotals } from '../../src-preload/contract/sweep.ts'
import { abortMultipartUpload } from '../s3/abort-upload.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlannedSweep } from './plan-sweep.ts'
import { planSweep, sweepTotals } from './plan-sweep.ts'
import type { OwnershipSources } from './upload-owner.ts'
import { readUploadOwners } from './upload-owner.ts'

/** What came of a sweep. */
export interface AppliedSweep {
  readonly aborted: number
  readonly freedBytes: number
  /** Keys of uploads that had been completed or aborted meanwhile. */
  readonly gone: readonly string[]
  readonly nowWanted: number
  /** One for each upload that could not be aborted (F20). */
  readonly failed: readonly AppError[]
  readonly cancelled: boolean
  readonly remaining: SweepTotals | null
}

const abortedAtOnce = 8

/** The uploads of a plan that a choice is about; wanted ones never are. Throws `not-found` for an id it does not have. */
export function chosenUploads(plan: PlannedSweep, choice: SweepChoice): IncompleteUpload[] {
  if (choice === 'abandoned') return plan.uploads.filter(({ whose }) => whose === 'abandoned')
  if (choice === 'abandoned-and-unknown') return plan.uploads.filter(({ whose }) => whose !== 'wanted')
  const byId = new Map(plan.uploads.map((upload) => [upload.uploadId, upload]))
  return [...new Set(choice)].map((uploadId) => {
    const upload = byId.get(uploadId)
    if (upload === undefined) throw failure('not-found', 'This plan has no such upload. Make a new one.')
    if (upload.whose === 'wanted')
      throw failure(
        'safety-refused',
        'A transfer is still sending this upload. Cancel the transfer instead.',
        {
          key: upload.key,
        },
      )
    return upload
  })
}

/**
 * Aborts what was chosen, each one checked, and lists afterwards what remains. Whether a transfer wants an upload is
 * looked up again just before: it may have been taken up since the plan. What fails is told for each and stops nothing
 * (F20). Throws Failures for a choice that the plan does not have.
 */
export async function applySweep(
  session: S3Session,
  plan: PlannedSweep,
  choice: SweepChoice,
  options: OwnershipSources & { readonly signal?: AbortSignal },
): Promise<AppliedSweep> {
  const { bucket, prefix, olderThanSeconds } = plan
  const { signal } = options
  const until = signal ? { signal } : {}
  const chosen = chosenUploads(plan, choice)
  const owners = await readUploadOwners(session, bucket, options)
  const free = chosen.filter(({ uploadId }) => owners.ownerOf(uploadId) !== 'wanted')
  const gone: string[] = []
  const failed: AppError[] = []
  let aborted = 0
  let freedBytes = 0
  await inParallel(free, abortedAtOnce, async ({ key, uploadId, bytes }) => {
    if (signal?.aborted === true) return
    try {
      const end = await abortMultipartUpload(session, { bucket, key, uploadId, ...until })
      if (end === 'gone') gone.push(key)
      else {
        aborted++
        freedBytes += bytes ?? 0
      }
    } catch (error) {
      const problem = toFailure(error, { key })
      if (problem.error.code !== 'cancelled') failed.push({ ...problem.error, key })
    }
  })
  const cancelled = signal?.aborted === true
  return {
    aborted,
    freedBytes,
    gone,
    nowWanted: chosen.length - free.length,
    failed,
    cancelled,
    remaining: cancelled
      ? null
      : await remainingTotals(session, { bucket, prefix, olderThanSeconds, ...until }, options),
  }
}

async function remainingTotals(
  session: S3Session,
  place: Parameters<typeof planSweep>[1],
  sources: OwnershipSources,
): Promise<SweepTotals | null> {
  try {
    return sweepTotals(session, (await planSweep(session, place, sources)).uploads)
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}

/**
 * Aborts the uploads that Pail has begun on this computer and that nothing will finish, without listing: from the record
 * alone, so that a bucket without any costs no request. Answers how many are gone now. Never rejects.
 */
export async function sweepAbandoned(
  session: S3Session,
  bucket: string,
  sources: OwnershipSources & { readonly signal?: AbortSignal },
): Promise<{ readonly swept: number; readonly failed: readonly AppError[] }> {
  const { abandoned } = await readUploadOwners(session, bucket, sources)
  const failed: AppError[] = []
  let swept = 0
  await inParallel(abandoned, abortedAtOnce, async ({ key, uploadId }) => {
    try {
      await abortMultipartUpload(session, { bucket, key, uploadId, signal: sources.signal })
      swept++
    } catch (error) {
      failed.push(toFailure(error, { key }).error)
    }
  })
  return { swept, failed }
}
