import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { type RemovedObject, deleteObjectIfMatch } from '../s3/delete-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { RowFacts } from './row-facts.ts'

/**
 * Removes a row's object: one that the plan listed, with the ETag that was seen (S49), and only while the folder still
 * has no such file. Throws Failures: `precondition-failed`, `local-changed` and those of S3.
 */
export async function removeObject(
  session: S3Session,
  target: Pick<PlanFacts, 'bucket' | 'prefix' | 'root' | 'owned'> & {
    readonly signal: AbortSignal | undefined
  },
  row: SyncRow,
  facts: RowFacts,
): Promise<RemovedObject> {
  if (row.action !== 'delete' || facts.eTag === null || !row.key.startsWith(target.prefix))
    throw failure('safety-refused', 'The plan does not allow to remove this object.', { key: row.key })
  if (await isInFolder(target.root.path, row.key.slice(target.prefix.length)))
    throw failure('local-changed', 'The folder has this file now, so its object was not removed.', {
      key: row.key,
    })
  const removed = await deleteObjectIfMatch(session, {
    bucket: target.bucket,
    key: row.key,
    eTag: facts.eTag,
    ...(target.signal ? { signal: target.signal } : {}),
  })
  target.owned.removed(row.key)
  return removed
}

/** The system's words for a path at which nothing is or could be. */
const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL'])

async function isInFolder(root: string, name: string): Promise<boolean> {
  const segments = name.split('/')
  // Such a key is no file's: there is nothing to look for, least of all outside of the folder.
  if (name.includes('\0') || segments.some((segment) => ['', '.', '..'].includes(segment))) return false
  try {
    return !(await lstat(join(root, ...segments))).isDirectory()
  } catch (error) {
    // Whatever else keeps us from looking may hide a file that is there.
    if (absent.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw failure(
      'local-file',
      'Pail cannot look whether the folder has this file; its object was not removed.',
      {
        cause: error,
      },
    )
  }
}
