import { lstat, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isTemporaryName } from '../s3/target-folder.ts'

/** Nothing has been written to it for so long, in milliseconds: nobody is going to finish it. */
const staleAfterMs = 7 * 24 * 60 * 60 * 1000

/**
 * Removes what downloads have left in folders that were killed and never taken up again (F28): regular files of our own
 * naming that have not been touched for a week. Answers how many. Never throws; a folder that is not there has none.
 */
export async function sweepStaleParts(
  folders: Iterable<string>,
  now: () => number = Date.now,
): Promise<number> {
  let swept = 0
  for (const folder of new Set(folders)) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!isTemporaryName(name)) continue
      const path = join(folder, name)
      const stats = await lstat(path).catch(() => null)
      if (stats === null || !stats.isFile() || now() - stats.mtimeMs < staleAfterMs) continue
      await unlink(path).then(
        () => swept++,
        () => undefined,
      )
    }
  }
  return swept
}
