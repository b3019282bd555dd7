import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { DownloadCheckpoint, ReceivedSoFar, WholeFile } from './download-checkpoint.ts'
import { receivedFrom } from './download-checkpoint.ts'
import { RangesIgnored } from './fetch-ranges.ts'
import { toFailure, withFailures } from './map-error.ts'
import { receiveObject } from './receive-object.ts'
import type { GetObjectToFileOptions, ReceivedObject } from './received-object.ts'
import type { S3Session } from './s3-session.ts'
import type { TargetFolder, TemporaryFile } from './target-folder.ts'
import { openTargetFolder, temporaryName } from './target-folder.ts'

/** A whole object is fetched again this often when its bytes do not match (F14, F15), or when it is replaced (F17). */
const restartsFor: Partial<Record<Failure['error']['code'], number>> = {
  integrity: 1,
  'precondition-failed': 3,
}

/**
 * Downloads into a temporary file beside the target and gives it its name only when it is complete: length, checksum
 * or ETag checked, on disk, nothing overwritten, no execute bit (S34, S35). Large objects come in ranges, several at
 * once. After a cut, or with a checkpoint after a crash, it goes on where it was, as long as the object is the same (F5,
 * F13, F17, F28). Memory does not grow with the object. Throws Failures; `already-exists` when the name is taken,
 * `disk-full` with the bytes that are missing (F32).
 */
export function getObjectToFile(
  session: S3Session,
  options: GetObjectToFileOptions,
): Promise<ReceivedObject> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    options.signal?.throwIfAborted()
    const folder = await openFolder(options)
    try {
      return await receive(session, options, folder)
    } finally {
      await folder.close()
    }
  })
}

/** Removes what downloads that are not going to be finished have left in a folder, if anything. Never throws. */
export async function discardReceived(place: {
  /** The folder of the files. */
  readonly directory: string
  /** The folder that may not be left. */
  readonly within: string
  /** Of the downloads' checkpoints. */
  readonly ids: readonly string[]
}): Promise<void> {
  const names = new Set(await readdir(place.directory).catch(() => []))
  const left = place.ids.filter((id) => names.has(temporaryName(id)))
  if (left.length === 0) return
  const folder = await openFolderBelow(place.within, place.directory).catch(() => null)
  for (const id of left) await folder?.removeTemporary(id).catch(() => undefined)
  await folder?.close()
}

function openFolder({
  targetPath,
  within = dirname(targetPath),
}: Pick<GetObjectToFileOptions, 'targetPath' | 'within'>): Promise<TargetFolder> {
  return openFolderBelow(within, dirname(targetPath))
}

function openFolderBelow(within: string, directory: string): Promise<TargetFolder> {
  const inner = relative(within, directory)
  return openTargetFolder(within, inner === '' ? [] : inner.split(sep))
}

async function receive(
  session: S3Session,
  options: GetObjectToFileOptions,
  folder: TargetFolder,
): Promise<ReceivedObject> {
  const { checkpoint } = options
  const found = await takeUp(folder, checkpoint)
  const temporary = found?.temporary ?? (await folder.createTemporary(checkpoint?.id))
  const saved = found?.saved ?? null
  let isKept = false
  try {
    const received = await receiveUntilWhole(session, options, { folder, temporary, saved })
    await temporary.handle.sync()
    await rememberWhole(temporary, options, received)
    options.signal?.throwIfAborted()
    await folder.publish(temporary, basename(options.targetPath), options.replaces)
    return received
  } catch (error) {
    isKept = checkpoint?.keeps(toFailure(error, options)) ?? false
    throw error
  } finally {
    await (isKept ? temporary.keep() : temporary.discard())
  }
}

/** Writes down which file is about to get which name; the download goes on where that cannot be written. */
async function rememberWhole(
  { handle }: TemporaryFile,
  { checkpoint, targetPath }: GetObjectToFileOptions,
  { eTag, sizeBytes, verified }: ReceivedObject,
): Promise<void> {
  if (checkpoint === undefined) return
  const before = receivedFrom(checkpoint.load())
  const isThis = before !== null && before.eTag === eTag && before.sizeBytes === sizeBytes
  const { dev, ino, mtimeNs } = await handle.stat({ bigint: true })
  const whole: WholeFile = {
    name: basename(targetPath),
    dev: String(dev),
    ino: String(ino),
    sizeBytes,
    mtimeNs: String(mtimeNs),
    verified,
  }
  const spans = isThis ? before.spans : []
  await checkpoint.save({ eTag: eTag ?? '', sizeBytes, spans, whole }).catch(() => undefined)
}

/**
 * The file that an earlier attempt has given its name, of which it could not tell any more (F28); null when there is none,
 * or when it is not as it was then. What is left of the attempt beside it is removed.
 */
export async function findDownloaded(
  place: { readonly directory: string; readonly within: string },
  checkpoint: DownloadCheckpoint,
): Promise<WholeFile | null> {
  const whole = receivedFrom(checkpoint.load())?.whole
  if (whole === undefined) return null
  const found = await lstat(join(place.directory, whole.name), { bigint: true }).catch(() => null)
  if (found === null || !found.isFile()) return null
  const { dev, ino, size, mtimeNs } = found
  const isIt =
    String(dev) === whole.dev &&
    String(ino) === whole.ino &&
    Number(size) === whole.sizeBytes &&
    String(mtimeNs) === whole.mtimeNs
  if (!isIt) return null
  // A link makes the name before the other one goes.
  await discardReceived({ ...place, ids: [checkpoint.id] })
  return whole
}

/** What an earlier attempt has left, if it is what was saved about it. */
async function takeUp(
  folder: TargetFolder,
  checkpoint: DownloadCheckpoint | undefined,
): Promise<{ temporary: TemporaryFile; saved: ReceivedSoFar } | null> {
  const saved = checkpoint === undefined ? null : receivedFrom(checkpoint.load())
  if (checkpoint === undefined || saved === null) return null
  const temporary = await folder.reopenTemporary(checkpoint.id)
  if (temporary === null) return null
  const { size } = await temporary.handle.stat().catch(async (error: unknown) => {
    await temporary.keep()
    throw error
  })
  if (size >= (saved.spans.at(-1)?.[1] ?? 0)) return { temporary, saved }
  await temporary.keep()
  return null
}

async function receiveUntilWhole(
  session: S3Session,
  options: GetObjectToFileOptions,
  place: {
    readonly folder: TargetFolder
    readonly temporary: TemporaryFile
    readonly saved: ReceivedSoFar | null
  },
): Promise<ReceivedObject> {
  const { handle } = place.temporary
  const restarts = new Map<string, number>()
  let mayRange = true
  for (let { saved } = place; ; saved = null) {
    try {
      return await receiveObject(session, options, { folder: place.folder, handle, saved, mayRange })
    } catch (error) {
      if (error instanceof RangesIgnored && mayRange) {
        mayRange = false
      } else {
        const problem =
          error instanceof RangesIgnored
            ? failure('unreachable', 'The service cannot go on with a download that was cut.', {
                retryable: true,
              })
            : toFailure(error, options)
        const { code } = problem.error
        const made = restarts.get(code) ?? 0
        if (made >= (restartsFor[code] ?? 0)) throw problem
        restarts.set(code, made + 1)
      }
      await handle.truncate(0)
    }
  }
}
