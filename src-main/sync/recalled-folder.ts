import type { BigIntStats } from 'node:fs'
import { sep } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { createTurns } from '../s3/turns.ts'
import { listFolder, type RawName, statsAtOnce, type TreeFileSystem } from '../transfers/local-tree.ts'
import type { LocalProblem } from './local-file.ts'
import { isSameFile, type NamesOfFolder, type SamePairs } from './same-pairs.ts'

/** Files that are looked at between two turns for others. */
const filesAtOnce = 256

/** A folder that may be as it was. */
export interface RecalledFolder {
  readonly pairs: SamePairs
  /** The folder’s real path. */
  readonly root: string
  /** What keys begin with before the path in the folder. */
  readonly prefix: string
  readonly fileSystem: TreeFileSystem
  readonly signal: AbortSignal | undefined
}

/** The files of a folder that are not the ones that they were, by their places. */
export type ChangedFiles = ReadonlyMap<number, BigIntStats>

/**
 * Looks whether a folder has the same names as before, and under each the same kind of thing: then its files need not be found
 * anew. Answers which files are not the ones that they were; null for a folder that has to be walked through. The names are
 * read, because not every file system dates a folder when one is added. Throws `cancelled`.
 */
export async function lookAgain(folder: RecalledFolder): Promise<ChangedFiles | null> {
  const { pairs, signal } = folder
  const turns = createTurns()
  const isGoingOn = async () => {
    const turn = turns.next()
    if (turn !== undefined) await turn
    if (signal?.aborted) throw failure('cancelled', 'Cancelled.')
    return true
  }
  for (const each of pairs.folders)
    if (!(await isGoingOn()) || !(await hasSameNames(folder, each).catch(() => false))) return null
  for (const each of pairs.problems)
    if (!(await isGoingOn()) || !(await isStillPassedOver(folder, each))) return null
  const changed = new Map<number, BigIntStats>()
  const { length } = pairs.keys
  for (let from = 0; from < length && (await isGoingOn()); from += filesAtOnce)
    if (!(await areStillFiles(folder, from, Math.min(from + filesAtOnce, length), changed))) return null
  return changed
}

async function hasSameNames(
  { root, fileSystem }: RecalledFolder,
  { name, names }: NamesOfFolder,
): Promise<boolean> {
  const path = name === '' ? root : pathIn(root, name.slice(0, -1))
  const stats = await fileSystem.lstat(path)
  return stats.isDirectory() && joinedNames(await listFolder(fileSystem, path, stats)) === names
}

/** Whether something that was passed over would be passed over again. */
async function isStillPassedOver(
  { root, prefix, fileSystem }: RecalledFolder,
  { key, reason }: LocalProblem,
): Promise<boolean> {
  const isFolder = key.endsWith('/')
  const path = pathIn(root, key.slice(prefix.length, isFolder ? -1 : undefined))
  const stats = await statsOf(fileSystem, path)
  if (stats === null) return false
  // A folder and a file of one name are not always left out by the same pattern.
  return isFolder ? stats.isDirectory() : reason === 'symlink' ? stats.isSymbolicLink() : stats.isFile()
}

/** Looks at files from one place up to another; false when there is something else in the place of one. */
async function areStillFiles(
  folder: RecalledFolder,
  from: number,
  to: number,
  changed: Map<number, BigIntStats>,
): Promise<boolean> {
  const { pairs, root, prefix, fileSystem } = folder
  let areFiles = true
  const note = (at: number, stats: BigIntStats | null) => {
    if (stats === null || !stats.isFile()) areFiles = false
    else if (!isSameFile(pairs, at, stats)) changed.set(at, stats)
  }
  let waiting: Promise<void>[] = []
  for (let at = from; at < to; at++) {
    const stats = statsOf(fileSystem, pathIn(root, (pairs.keys[at] ?? '').slice(prefix.length)))
    if (stats instanceof Promise) {
      waiting.push(stats.then((told) => note(at, told)))
      if (waiting.length < statsAtOnce) continue
      await Promise.all(waiting)
      waiting = []
    } else note(at, stats)
  }
  await Promise.all(waiting)
  return areFiles
}

/** What is at a path, links not followed; null when that cannot be told. At once where the file system answers at once. */
export function statsOf(
  fileSystem: TreeFileSystem,
  path: string,
): BigIntStats | null | Promise<BigIntStats | null> {
  try {
    const stats = fileSystem.lstat(path)
    return stats instanceof Promise ? stats.catch(() => null) : stats
  } catch {
    return null
  }
}

/** Where something is that has a name relative to the root, with `/`. */
export function pathIn(root: string, name: string): string {
  const inRoot = root.endsWith(sep) ? root : root + sep
  return inRoot + (sep === '/' ? name : name.replaceAll('/', sep))
}

/** Names as text, in the order in which they came; null where one is none. */
export function joinedNames(names: readonly RawName[]): string | null {
  return names.every((name) => typeof name === 'string') ? names.join('/') : null
}
