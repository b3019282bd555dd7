import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { DownloadBatch, UploadBatch } from './batch.ts'
import { expandDownload } from './expand-download.ts'
import type { QueueBatch, QueueItem } from './queue-item.ts'
import { newBatch, newItem } from './queue-item.ts'
import type { NamePlatform, SafeName } from './safe-local-path.ts'
import { createSafeNamer } from './safe-local-path.ts'
import type { TransferQueueOptions } from './transfer-queue.ts'
import { alternativeKey } from './upload-one.ts'

/**
 * The service that a profile is about, for a journal that is kept. Empty where it cannot be told, which the transfers
 * themselves will explain.
 */
export async function serviceOf(
  { journal, session }: Pick<TransferQueueOptions, 'journal' | 'session'>,
  profileId: string,
): Promise<string> {
  if (journal === undefined) return ''
  return session(profileId).then(
    ({ service }) => service,
    () => '',
  )
}

/** Keys such as files would have that find their own ones taken: by what is there, or by another file of the batch. */
export function keysBeside(keys: readonly string[], onConflict: UploadBatch['onConflict']): string[] {
  const taken = new Set<string>()
  return keys.flatMap((key) => {
    const isBeside = onConflict === 'keep-both' || (onConflict === 'overwrite' && taken.has(key))
    taken.add(key)
    return isBeside ? [alternativeKey(key)] : []
  })
}

/** The transfers of a batch of uploads. */
export function uploadItems(made: QueueBatch, batch: UploadBatch): QueueItem[] {
  const taken = new Set<string>()
  return batch.files.map((file, index) => {
    const wanted = batch.wantedKeys?.[index]
    const wantedKey = wanted?.key ?? keyFromRelativePath(batch.prefix, file.name)
    // Two files of one name in one drop: even "overwrite" does not mean that they replace each other. The first has
    // the name; another one that came there before it would be overwritten.
    const isTwin = taken.has(wantedKey) && batch.onConflict === 'overwrite'
    const onConflict = isTwin ? 'keep-both' : batch.onConflict
    const key = isTwin && keyProblem(wantedKey) === null ? alternativeKey(wantedKey) : wantedKey
    taken.add(wantedKey)
    const name = file.name.slice(file.name.lastIndexOf('/') + 1)
    const work = {
      direction: 'upload',
      wantedKey,
      nameProblem: wanted?.problem ?? null,
      isNamedByContent: batch.isNamedByContent ?? false,
      onConflict,
      reuseIdentical: batch.reuseIdentical ?? false,
      stripMetadata: batch.stripMetadata ?? null,
      cacheControl: batch.cacheControl,
      headers: batch.headersOf?.(wantedKey) ?? {},
      file,
    } as const
    return newItem(made, work, { key, name, sizeBytes: file.sizeBytes })
  })
}

/**
 * Lists what a batch of downloads is about, and makes its transfers: with the folders that they write to. The names are
 * those of this computer's kind unless another `platform` is given. Throws Failures.
 */
export async function prepareDownload(
  session: S3Session,
  batch: DownloadBatch,
  { signal, platform }: { readonly signal: AbortSignal; readonly platform: NamePlatform | undefined },
): Promise<{
  readonly made: QueueBatch
  readonly items: QueueItem[]
  readonly places: ReadonlySet<string>
}> {
  const folder = await realpath(batch.folder).catch((error: unknown) => {
    throw failure('local-missing', 'The folder is not there (any more).', { cause: error })
  })
  const { as } = batch
  const targets = await expandDownload(session, { ...batch, signal })
  const namer = createSafeNamer(folder, platform ?? thisPlatform())
  const made = newBatch({ ...batch, direction: 'download' })
  const places = new Set<string>()
  const items = targets.map(({ key, name, sizeBytes }) => {
    const place = as?.fileName == null ? namer.name(name) : placeOf(folder, as.fileName)
    places.add(dirname(place.path))
    const shown = place.relative.slice(place.relative.lastIndexOf('/') + 1)
    const more = { key, name: shown, sizeBytes: sizeBytes ?? 0 }
    return newItem(made, { direction: 'download', folder, place, onTaken: as?.onTaken ?? 'number' }, more)
  })
  return { made, items, places }
}

/** Where a file goes whose name was given. Throws `invalid-argument` for one that leads elsewhere. */
function placeOf(folder: string, fileName: string): SafeName {
  if (fileName === '' || fileName === '.' || fileName === '..' || basename(fileName) !== fileName)
    throw failure('invalid-argument', 'The name of a file has no folders in it.')
  return { path: join(folder, fileName), relative: fileName, changed: false }
}

function thisPlatform(): NamePlatform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
