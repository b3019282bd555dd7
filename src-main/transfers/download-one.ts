import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { DownloadCheckpoint } from '../s3/download-checkpoint.ts'
import { findDownloaded, getObjectToFile } from '../s3/get-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isTaken } from '../s3/target-folder.ts'
import type { SafeName } from './safe-local-path.ts'
import { numberedName } from './safe-local-path.ts'
import type { TransferSizes } from './transfer-sizes.ts'

/** One object to download. */
export interface DownloadRequest {
  readonly bucket: string
  readonly key: string
  /** The chosen folder, which is not left. */
  readonly folder: string
  readonly place: SafeName
  readonly onTaken: 'number' | 'fail' | 'replace'
  /** As the listing had it. */
  readonly expectedSizeBytes?: number
  /** Where is kept how far it has come. */
  readonly checkpoint?: DownloadCheckpoint
  readonly sizes?: TransferSizes
  readonly signal: AbortSignal
  readonly onSize: (sizeBytes: number) => void
  readonly onProgress: (movedBytes: number) => void
}

/** After so many files of one name something else is wrong. */
const otherNames = 1000

/** What came of it. */
export interface DownloadEnd {
  /** What is worth saying about it. */
  readonly note: string | null
  /** Whether a checksum or the ETag proved the bytes. */
  readonly verified: boolean
}

/**
 * Downloads one object beside whatever is there: a taken name gets ` (2)`, ` (3)`… unless it is said that this fails
 * (`already-exists`) or replaces a file. What an earlier attempt has brought there is not fetched again. Throws Failures.
 */
export async function downloadOne(session: S3Session, request: DownloadRequest): Promise<DownloadEnd> {
  const wanted = request.place.path
  const { checkpoint, folder: within } = request
  const there =
    checkpoint === undefined ? null : await findDownloaded({ directory: dirname(wanted), within }, checkpoint)
  if (there !== null) {
    const { name, sizeBytes, verified } = there
    request.onSize(sizeBytes)
    request.onProgress(sizeBytes)
    return { note: noteAbout(request, name, verified), verified }
  }
  for (let number = 1; ; number++) {
    const targetPath = number === 1 ? wanted : join(dirname(wanted), numberedName(basename(wanted), number))
    // Asked before, because bytes that have no place to go need not travel.
    if (request.onTaken === 'number' && number < otherNames && (await isTaken(targetPath))) continue
    if (request.onTaken !== 'number') await checkFree(targetPath, request.onTaken)
    try {
      const { rangedAboveBytes, rangeSizeBytes } = request.sizes ?? {}
      const { verified } = await getObjectToFile(session, {
        ...request,
        targetPath,
        within: request.folder,
        replaces: request.onTaken === 'replace',
        ...(rangedAboveBytes === undefined ? {} : { rangedThresholdBytes: rangedAboveBytes }),
        ...(rangeSizeBytes === undefined ? {} : { rangeSizeBytes }),
      })
      return { note: noteAbout(request, basename(targetPath), verified), verified }
    } catch (error) {
      const taken = error instanceof Failure && error.error.code === 'already-exists'
      if (!taken || number >= otherNames || request.onTaken !== 'number') throw error
    }
  }
}

async function checkFree(path: string, onTaken: 'fail' | 'replace'): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found === null || (onTaken === 'replace' && !found.isDirectory())) return
  throw failure(
    'already-exists',
    `“${basename(path)}” ${found.isDirectory() ? 'is a folder' : 'is there already'}.`,
  )
}

function noteAbout({ place }: DownloadRequest, name: string, verified: boolean): string | null {
  const notes: string[] = []
  if (place.changed) {
    const saved = [...place.relative.split('/').slice(0, -1), name].join('/')
    notes.push(`Saved as “${saved}”, because its key cannot be a file name here.`)
  } else if (name !== basename(place.path)) {
    notes.push(`Saved as “${name}”, because there was a file of that name.`)
  }
  if (!verified)
    notes.push('Unverified: the length is right, and the service gives nothing to check the content with.')
  return notes.length === 0 ? null : notes.join(' ')
}
