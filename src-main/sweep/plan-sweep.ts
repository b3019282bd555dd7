import { Failure } from '../../src-preload/contract/failure.ts'
import { monthlyStorageUsd } from '../../src-preload/contract/storage-price.ts'
import type { IncompleteUpload, SweepTotals } from '../../src-preload/contract/sweep.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { ListedUpload } from '../s3/list-multipart-uploads.ts'
import { listMultipartUploads } from '../s3/list-multipart-uploads.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { sizeOfUpload } from '../s3/size-of-upload.ts'
import type { OwnershipSources } from './upload-owner.ts'
import { readUploadOwners } from './upload-owner.ts'

/** Where to look for incomplete uploads, and for which. */
export interface SweepOptions {
  readonly bucket: string
  readonly prefix: string
  /** Younger ones, and those whose age is not known, are left out; null looks at all. */
  readonly olderThanSeconds: number | null
  readonly signal?: AbortSignal
  readonly onProgress?: (looked: number, total: number) => void
}

/** What there is to sweep. */
export interface PlannedSweep {
  readonly bucket: string
  readonly prefix: string
  readonly olderThanSeconds: number | null
  /** Oldest first. */
  readonly uploads: readonly IncompleteUpload[]
  readonly younger: number
  readonly isCut: boolean
  readonly warnings: readonly string[]
}

/** Each upload costs at least one request for its parts: so many are looked at in one go. */
const mostUploads = 10_000

/** Requests for the parts of uploads that are under way at once. */
const askedAtOnce = 8

/**
 * Lists the incomplete uploads of a place with their sizes, and says whose they are. Reads only. An upload that is
 * completed meanwhile is left out; one whose parts may not be listed has no size. Throws Failures.
 */
export async function planSweep(
  session: S3Session,
  options: SweepOptions,
  sources: OwnershipSources,
): Promise<PlannedSweep> {
  const { bucket, prefix, olderThanSeconds, signal } = options
  const until = signal ? { signal } : {}
  const listed: ListedUpload[] = []
  let isCut = false
  for await (const upload of listMultipartUploads(session, { bucket, prefix, ...until })) {
    if (listed.length === mostUploads) {
      isCut = true
      break
    }
    listed.push(upload)
  }
  // After the listing: an upload that it has stands in the records by now if it is one of ours.
  const owners = await readUploadOwners(session, bucket, sources)
  const now = Date.now() + session.clockOffsetMs()
  const old = listed.filter((upload) => {
    const age = ageSeconds(upload, now)
    return olderThanSeconds === null || (age !== null && age >= olderThanSeconds)
  })
  const uploads: IncompleteUpload[] = []
  let looked = 0
  await inParallel(old, askedAtOnce, async (upload) => {
    const { key, uploadId, initiated } = upload
    const size = await sizeOrUnknown(session, { bucket, key, uploadId, ...until })
    options.onProgress?.(++looked, old.length)
    if (size === 'gone') return
    uploads.push({
      key,
      uploadId,
      initiatedAt: initiated?.toISOString() ?? null,
      ageSeconds: ageSeconds(upload, now),
      bytes: size?.bytes ?? null,
      parts: size?.parts ?? null,
      whose: owners.ownerOf(uploadId),
    })
  })
  return {
    bucket,
    prefix,
    olderThanSeconds,
    uploads: uploads.toSorted(
      (a, b) => (b.ageSeconds ?? -1) - (a.ageSeconds ?? -1) || (a.key < b.key ? -1 : 1),
    ),
    younger: listed.length - old.length,
    isCut,
    warnings: owners.trouble === null ? [] : [owners.trouble],
  }
}

/** What uploads come to; the cost is that of AWS, and null elsewhere. */
export function sweepTotals(
  session: Pick<S3Session, 'endpoint'>,
  uploads: readonly Pick<IncompleteUpload, 'bytes'>[],
): SweepTotals {
  const bytes = uploads.reduce((sum, upload) => sum + (upload.bytes ?? 0), 0)
  return {
    uploads: uploads.length,
    bytes,
    sizesUnknown: uploads.filter((upload) => upload.bytes === null).length,
    monthlyUsd: isAws(session) ? monthlyStorageUsd(bytes) : null,
  }
}

/** Amazon's own endpoint may also be typed in. */
function isAws({ endpoint }: Pick<S3Session, 'endpoint'>): boolean {
  return endpoint === null || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)
}

function ageSeconds({ initiated }: ListedUpload, now: number): number | null {
  return initiated === null ? null : Math.max(0, Math.floor((now - initiated.getTime()) / 1000))
}

async function sizeOrUnknown(
  session: S3Session,
  upload: Parameters<typeof sizeOfUpload>[1],
): Promise<{ parts: number; bytes: number } | null | 'gone'> {
  try {
    return (await sizeOfUpload(session, upload)) ?? 'gone'
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A key that may list uploads need not be allowed to list their parts, and not every service can (F50).
    if (error.error.code === 'access-denied' || error.error.code === 'not-supported') return null
    throw error
  }
}
