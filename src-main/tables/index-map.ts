import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { indexFileName } from './index-file.ts'
import type { SortedEntry } from './sorted-groups.ts'
import { openSortedFile, type SortedFile, writeSortedFile } from './sorted-file.ts'
import { createSortedMap, type SortedMap } from './sorted-map.ts'
import { spoolsIn } from './spool.ts'

/** What an index knows, of which only what is asked for is read. */
export interface IndexMap {
  /** Opened when it is first asked for. */
  readonly entries: SortedMap
  /** Writes what is new; false when that failed, which costs time later and nothing else. */
  save(): Promise<boolean>
  /** Closes its file, which is opened again when something of it is asked for. */
  release(): void
}

/** Changes up to this share of an index, and so many, are written beside it: it is as long to write as it is large. */
const mostOnTop = 2000
const mostShareOnTop = 1 / 10

/** No entry has this key. Here it says which file the others are changes of. */
const changedFile = ''

/**
 * Opens an index; it is empty where there is none yet or it is damaged. What has changed since it was written may be in a
 * file of its own. Should that be lost, the index is what it was: an older one, which saves less time.
 */
export function openIndexMap(...where: Parameters<typeof openNow>): IndexMap {
  let opened: IndexMap | null = null
  return {
    get entries() {
      return (opened ??= openNow(...where)).entries
    },
    save: async () => (await opened?.save()) ?? true,
    release: () => opened?.release(),
  }
}

function openNow(
  directory: string,
  kind: 'files' | 'objects' | 'compressed',
  about: readonly string[],
): IndexMap {
  const pathOf = (ending: Parameters<typeof indexFileName>[2]) =>
    join(directory, indexFileName(kind, about, ending))
  const path = pathOf('.sorted')
  const changesPath = pathOf('.changes.sorted')
  let file = openSortedFile(path)
  const entries = createSortedMap(spoolsIn(directory), file?.run ?? null)
  if (file !== null) entries.restore(readChanges(changesPath, file))
  let saved = entries.changes
  /** Whether the file at the path is the one that the entries are changes of. */
  let isSame = true

  const isLittle = (base: SortedFile) =>
    !entries.isDamaged &&
    entries.sizeOnTop <= mostOnTop &&
    entries.sizeOnTop <= base.run.count * mostShareOnTop

  async function saveWhole(): Promise<boolean> {
    const { changes } = entries
    if (!(await writeSortedFile(path, entries, file))) return false
    saved = changes
    // Of the file that was there, and as earlier versions had it.
    for (const other of [changesPath, ...(file === null ? [pathOf('.jsonl')] : [])])
      await rm(other, { force: true }).catch(() => undefined)
    // What came while it was written is only in memory.
    isSame = entries.changes === changes
    if (!isSame) return true
    const before = file
    file = openSortedFile(path)
    entries.rebase(file?.run ?? null)
    before?.release()
    return true
  }

  return {
    entries,
    async save() {
      const { changes } = entries
      if (changes === saved && !entries.isDamaged) return true
      if (file === null || !isSame || !isLittle(file)) return saveWhole()
      // Whatever has not been written for longest makes room for others, and these are nothing without it.
      const now = new Date()
      await utimes(path, now, now).catch(() => undefined)
      if (!(await writeSortedFile(changesPath, changesOf(file, entries), null))) return false
      saved = changes
      return true
    },
    release: () => file?.release(),
  }
}

function* changesOf(file: SortedFile, entries: SortedMap): Generator<SortedEntry> {
  yield [changedFile, file.digest]
  yield* entries.onTop()
}

/** What has changed since a file was written; nothing when that is not known, or not whole. */
function readChanges(path: string, file: SortedFile): readonly SortedEntry[] {
  const changes = openSortedFile(path)
  if (changes === null) return []
  const [first, ...rest] = Array.from(changes.run.entries(), ([key, value]) => [key, value] as const)
  changes.release()
  const isOfFile = first?.[0] === changedFile && first[1] === file.digest
  return isOfFile && !changes.run.isDamaged ? rest : []
}
