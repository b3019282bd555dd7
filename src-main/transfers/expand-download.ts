import { failure } from '../../src-preload/contract/failure.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** An object to download and the name that it has below the chosen folder, with `/`. */
export interface DownloadTarget {
  readonly key: string
  readonly name: string
  /** Null for a key that was named by itself: the answer will tell. */
  readonly sizeBytes: number | null
}

/** More objects than this are not downloaded at once. */
export const mostDownloads = 200_000

/**
 * The objects behind keys and prefixes, each once. A key keeps its last name, what is below a prefix keeps its folders
 * from the prefix's last one on (`photos/2024/` → `2024/…`). Folder markers are left out. Throws Failures.
 */
export async function expandDownload(
  session: S3Session,
  options: {
    readonly bucket: string
    readonly keys: readonly string[]
    readonly prefixes: readonly string[]
    readonly signal?: AbortSignal
    readonly limit?: number
  },
): Promise<DownloadTarget[]> {
  const targets = new Map<string, DownloadTarget>()
  const limit = options.limit ?? mostDownloads
  const add = (target: DownloadTarget) => {
    if (targets.has(target.key)) return
    if (targets.size >= limit) {
      throw failure(
        'too-many',
        `More than ${limit.toLocaleString('en')} objects. Choose fewer folders at a time.`,
      )
    }
    targets.set(target.key, target)
  }
  for (const key of options.keys)
    add({ key, name: key.slice(key.lastIndexOf('/') + 1) || key, sizeBytes: null })
  for (const prefix of options.prefixes) {
    const start = prefix.endsWith('/')
      ? prefix.lastIndexOf('/', prefix.length - 2) + 1
      : prefix.lastIndexOf('/') + 1
    const found = listAllObjects(session, {
      bucket: options.bucket,
      prefix,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    for await (const object of found) {
      if (object.key.endsWith('/') && object.sizeBytes === 0) continue
      add({ key: object.key, name: object.key.slice(start), sizeBytes: object.sizeBytes })
    }
  }
  return [...targets.values()]
}
