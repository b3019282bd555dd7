import type { UploadOwner } from '../../src-preload/contract/sweep.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { BegunUploadRecord, BegunUploads } from './begun-uploads.ts'

/** Tells which uploads some transfer is going to finish; the journal of transfers is one. */
export interface WantedUploads {
  isWanted(bucket: string, uploadId: string): boolean
}

/** Where is known whose an upload is. */
export interface OwnershipSources {
  readonly begun: Pick<BegunUploads, 'list'>
  /** Rejects when it cannot be told; then nothing counts as abandoned. */
  readonly wanted: () => Promise<WantedUploads>
}

/** What this computer knows of the uploads of one bucket. */
export interface UploadOwners {
  ownerOf(uploadId: string): UploadOwner
  /** Begun here, and nothing will finish them. */
  readonly abandoned: readonly BegunUploadRecord[]
  /** Why less is known than could be; null when all is. */
  readonly trouble: string | null
}

/**
 * Looks into the records of this computer; asks no service. An upload that a living process may be sending, or that a
 * transfer is going to take up again, is wanted. Never rejects: what cannot be read makes uploads unknown.
 */
export async function readUploadOwners(
  session: Pick<S3Session, 'service'>,
  bucket: string,
  sources: OwnershipSources,
): Promise<UploadOwners> {
  let records: readonly BegunUploadRecord[]
  let wanted: WantedUploads
  try {
    // In this order: an upload that is taken up in between stands in the second.
    records = (await sources.begun.list()).filter(
      (record) => record.service === session.service && record.bucket === bucket,
    )
    wanted = await sources.wanted()
  } catch {
    return {
      ownerOf: () => 'unknown',
      abandoned: [],
      trouble: 'Pail’s own records of uploads cannot be read, so all of these count as somebody else’s.',
    }
  }
  const byId = new Map(records.map((record) => [record.uploadId, record]))
  const ownerOf = (uploadId: string): UploadOwner => {
    if (wanted.isWanted(bucket, uploadId)) return 'wanted'
    const record = byId.get(uploadId)
    return record === undefined ? 'unknown' : record.isRunning ? 'wanted' : 'abandoned'
  }
  return {
    ownerOf,
    abandoned: records.filter(({ uploadId }) => ownerOf(uploadId) === 'abandoned'),
    trouble: null,
  }
}
