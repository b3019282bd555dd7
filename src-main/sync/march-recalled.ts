import type { ListedObject } from '../s3/list-objects.ts'
import { identityOf } from '../s3/local-source.ts'
import { compareKeys } from '../s3/object-key.ts'
import type { Pair } from './compare-pair.ts'
import { isWithin } from './listed-date.ts'
import { outOfOrder } from './march.ts'
import { type ChangedFiles, pathIn, type RecalledFolder, statsOf } from './recalled-folder.ts'
import { type SamePairs, stampNumbers } from './same-pairs.ts'

/** What hears of everything that is no pair to be compared. */
export interface RecalledHears {
  /** A file is still the same as its object. */
  same(object: ListedObject): void
  /** An object belongs to a file with which it has to be compared. Like the others in the order of the listing. */
  met(object: ListedObject): void
  /** Compares a file with its object, or none, if nothing has to be waited for; false for a pair that takes longer. */
  compareAtOnce(pair: Pair): boolean
  /** An object has no file. */
  remoteOnly(object: ListedObject): void
  /** A file has gone since, or is somewhere else. */
  unreadable(key: string): void
}

/**
 * Walks a folder that has the same names as before and a listing in step, as `march.ts` does: page by page the pairs that take
 * longer to compare, because the file or its object is not the one that it was. Throws a Failure with `integrity` when the
 * listing is out of order or repeats a key.
 */
export async function* marchRecalled(
  folder: RecalledFolder,
  changed: ChangedFiles,
  remote: AsyncIterable<readonly ListedObject[]>,
  hears: RecalledHears,
): AsyncGenerator<readonly Pair[]> {
  const { pairs: known, root, prefix, fileSystem } = folder
  const { keys } = known
  let at = 0
  let last: string | null = null
  let pairs: Pair[] = []
  let checked = ''

  /**
   * Whether what leads to a file are folders: a link that was put in the place of one since its names were read would lead to
   * files that nobody asked to publish (F37).
   */
  const isBelowFolders = async (name: string) => {
    const inFolder = name.slice(0, name.lastIndexOf('/') + 1)
    if (inFolder === checked) return true
    for (let end = inFolder.indexOf('/'); end >= 0; end = inFolder.indexOf('/', end + 1)) {
      const stats = await statsOf(fileSystem, pathIn(root, inFolder.slice(0, end)))
      if (stats?.isDirectory() !== true) return false
    }
    checked = inFolder
    return true
  }
  /** Goes on to the next file, which has this object, or none. */
  const compare = async (object: ListedObject | null) => {
    const key = keys[at] ?? ''
    const name = key.slice(prefix.length)
    const path = pathIn(root, name)
    const stats = changed.get(at) ?? (await statsOf(fileSystem, path))
    at++
    if (stats?.isFile() !== true || !(await isBelowFolders(name))) {
      hears.unreadable(key)
      return
    }
    const pair = { file: { key, name, path, identity: identityOf(stats) }, object }
    // In its turn, so that the rows of a plan come in the order of their keys.
    if (!hears.compareAtOnce(pair)) pairs.push(pair)
  }
  for await (const page of remote) {
    // Counted through, and nothing awaited for most: it is done for each key.
    for (let index = 0; index < page.length; index++) {
      const object = page[index] as ListedObject
      const { key } = object
      while (at < keys.length && keys[at] !== key && compareKeys(keys[at] ?? '', key) < 0) await compare(null)
      if (at === keys.length || keys[at] !== key) {
        // What meets a file is in order, as the files are.
        if (last !== null && compareKeys(last, key) >= 0) throw outOfOrder('The bucket', last, key)
        hears.remoteOnly(object)
      } else if (isSameObject(known, at, object) && !changed.has(at)) {
        hears.same(object)
        at++
      } else {
        hears.met(object)
        await compare(object)
      }
      last = key
    }
    yield pairs
    pairs = []
    checked = ''
  }
  while (at < keys.length) await compare(null)
  yield pairs
}

/** Whether the listing shows the very object that a file was the same as. */
function isSameObject(
  known: SamePairs,
  at: number,
  { eTag, sizeBytes, lastModified }: ListedObject,
): boolean {
  const ms = lastModified?.getTime()
  if (ms === undefined || eTag === null || eTag === '' || eTag !== known.eTags[at]) return false
  const isThen = isWithin(known.times[2 * at] ?? 0, known.times[2 * at + 1] ?? 0, ms)
  return isThen && BigInt(sizeBytes) === known.stamps[stampNumbers * at]
}
