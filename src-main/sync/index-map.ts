import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { indexFileName } from './index-file.ts'
import { openSortedFile, writeSortedFile } from './sorted-file.ts'
import { createSortedMap, type SortedMap } from './sorted-map.ts'
import { spoolsIn } from './spool.ts'

/** What an index knows, of which only what is asked for is read. */
export interface IndexMap {
  readonly entries: SortedMap
  /** Writes what is new; false when that failed, which costs time later and nothing else. */
  save(): Promise<boolean>
  /** Closes its file, which is opened again when something of it is asked for. */
  release(): void
}

/** Opens an index; it is empty where there is none yet or it is damaged. */
export function openIndexMap(
  directory: string,
  kind: 'files' | 'objects' | 'compressed',
  about: readonly string[],
): IndexMap {
  const path = join(directory, indexFileName(kind, about, '.sorted'))
  let file = openSortedFile(path)
  const entries = createSortedMap(spoolsIn(directory), file?.run ?? null)
  let saved = entries.changes
  return {
    entries,
    async save() {
      const { changes } = entries
      if (changes === saved && !entries.isDamaged) return true
      if (!(await writeSortedFile(path, entries, file))) return false
      saved = changes
      // As earlier versions had it.
      if (file === null)
        await rm(join(directory, indexFileName(kind, about)), { force: true }).catch(() => undefined)
      // What came while it was written is only in memory.
      if (entries.changes !== changes) return true
      const before = file
      file = openSortedFile(path)
      entries.rebase(file?.run ?? null)
      before?.release()
      return true
    },
    release: () => file?.release(),
  }
}
