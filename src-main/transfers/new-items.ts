import { dirname } from 'node:path'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import type { UploadBatch } from './batch.ts'
import type { DownloadTarget } from './expand-download.ts'
import type { QueueBatch, QueueItem } from './queue-item.ts'
import { newItem } from './queue-item.ts'
import type { NamePlatform } from './safe-local-path.ts'
import { createSafeNamer } from './safe-local-path.ts'
import { alternativeKey } from './upload-one.ts'

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
      file,
    } as const
    return newItem(made, work, { key, name, sizeBytes: file.sizeBytes })
  })
}

/**
 * The transfers of a batch of downloads into `folder`, which is an absolute path without links, and the folders that
 * they write to. The names are those of this computer's kind unless another `platform` is given.
 */
export function downloadItems(
  made: QueueBatch,
  targets: readonly DownloadTarget[],
  { folder, platform }: { readonly folder: string; readonly platform: NamePlatform | undefined },
): { readonly items: QueueItem[]; readonly places: ReadonlySet<string> } {
  const namer = createSafeNamer(folder, platform ?? thisPlatform())
  const places = new Set<string>()
  const items = targets.map(({ key, name, sizeBytes }) => {
    const place = namer.name(name)
    places.add(dirname(place.path))
    const shown = place.relative.slice(place.relative.lastIndexOf('/') + 1)
    const more = { key, name: shown, sizeBytes: sizeBytes ?? 0 }
    return newItem(made, { direction: 'download', folder, place }, more)
  })
  return { items, places }
}

function thisPlatform(): NamePlatform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
