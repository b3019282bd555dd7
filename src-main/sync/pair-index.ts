import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { md5OfETag } from '../s3/e-tag.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { createTurns } from '../s3/turns.ts'
import type { WrittenObject } from '../s3/written-object.ts'
import type { RawName } from '../transfers/local-tree.ts'
import type { AclMarks } from './acl-marks.ts'
import { isTooFresh } from './file-stamp.ts'
import { ignoreFileName } from './ignore-files.ts'
import { indexFileName } from '../tables/index-file.ts'
import type { LocalFile, LocalProblem } from './local-file.ts'
import { programDigest } from './program-digest.ts'
import { type ChangedFiles, joinedNames, pathIn } from './recalled-folder.ts'
import { appendFile, createSamePairs, placeOf, type SamePairs, setSame } from './same-pairs.ts'
import { readSamePairs, writeSamePairs } from './same-pairs-file.ts'

/**
 * More files than this are not kept in it, and their plan takes a third longer: all of it is in memory, some 300 bytes for each
 * file, and that of a plan may not grow with the folder.
 */
export const mostFiles = 10_000

/** Folders are names too, and so is what is left out: of a folder with more names than this nothing is kept, either. */
export const mostNames = 2 * mostFiles

/** What has to be new of it, as a share of its files, for it to be written again. */
const newShare = 1 / 20

/** Why something was passed over, where that follows from its name and what kind of thing it is. */
const lastingReasons: ReadonlySet<LocalProblem['reason']> = new Set(['excluded', 'pails-own', 'symlink'])

/** What was known of a folder that still has the same names, and which of its files are not the ones that they were. */
export interface Recalled {
  readonly pairs: SamePairs
  readonly changed: ChangedFiles
}

/**
 * Which files of a folder were the same as their objects when they were last compared, or sent, with what is asked for now:
 * then nothing of a file has to be looked up, compared or decided as long as neither its stamp nor what the listing tells of its
 * object has changed. It only saves time; whatever is not found in it is compared as if there were none.
 */
export interface PairIndex {
  /** What has been recalled. */
  readonly recalled: SamePairs | null
  /** What was known before; null when there is nothing of use. From here on it is kept up to date. */
  recall(look: (pairs: SamePairs) => Promise<ChangedFiles | null>): Promise<Recalled | null>
  /** Hears of the names in each folder, as they come; `name` is as in {@link SamePairs}. */
  folder(name: string, names: readonly RawName[]): void
  /** Hears of the folder's files in the order of their keys. */
  file(file: LocalFile): void
  /** Hears of what is passed over. */
  passedOver(problems: readonly LocalProblem[]): void
  /** A file turned out to be the same as its object, content and headers. */
  same(file: LocalFile, object: ListedObject): void
  /** A file was sent. `readAtMs` is the time before its first byte was read, in milliseconds since 1970. */
  sent(
    key: string,
    identity: FileIdentity,
    written: Pick<WrittenObject, 'eTag' | 'writtenIn'> & { readonly md5: string | null },
    readAtMs: number,
  ): void
  /**
   * An object is about to be changed. One that only gets other headers may be listed as it was, with the same ETag in the same
   * second: what was written of it before is not to be found again.
   */
  forget(key: string, changes: 'content' | 'headers'): void
  /**
   * Writes it, when enough is new, and `whenIdle` when anything is: then there is nothing else to do. False when that failed,
   * which costs time later and nothing else.
   */
  save(whenIdle?: boolean): Promise<boolean>
}

/**
 * Opens the index of a folder and a place. It is empty where there is none yet, and where something else is asked for than when
 * it was written.
 */
export function openPairIndex(
  directory: string,
  about: { readonly root: string; readonly place: readonly string[] },
  options: Pick<SyncOptions, 'cacheControl' | 'exclude' | 'rules' | 'visibility'>,
  marks: Pick<AclMarks, 'markOf'>,
): PairIndex {
  const path = join(directory, indexFileName('pairs', [about.root, ...about.place], '.pairs'))
  const { cacheControl, exclude, rules, visibility } = options
  const asked = JSON.stringify([programDigest, about, cacheControl, exclude, rules, visibility])
  const context = createHash('sha256').update(asked).digest('base64url')
  let pairs = createSamePairs()
  let recalled: SamePairs | null = null
  let isUsable = true
  let news = 0
  let names = 0
  let isOutdated = false
  let cursor = -1
  /** Nearly always the one behind the last. */
  const find = (key: string): number => {
    cursor = pairs.keys[cursor + 1] === key ? cursor + 1 : placeOf(pairs, key)
    return cursor
  }
  const giveUp = () => {
    isUsable = false
    pairs = createSamePairs(0)
  }
  return {
    get recalled() {
      return recalled
    },
    async recall(look) {
      const found = readSamePairs(path, context)
      if (found === null) return null
      const changed = await look(found)
      if (changed === null) return null
      const turns = createTurns()
      for (const [at, key] of found.keys.entries()) {
        // Who set an ACL since has changed what nothing else shows.
        if (marks.markOf(key) !== '') found.eTags[at] = ''
        // Where there are many marks, they are read from the disk.
        const turn = at % 64 === 0 ? turns.next() : undefined
        if (turn !== undefined) await turn
      }
      recalled = found
      pairs = found
      return { pairs, changed }
    },
    folder(name, inIt) {
      if (!isUsable) return
      names += inIt.length
      const joined = names > mostNames || inIt.includes(ignoreFileName) ? null : joinedNames(inIt)
      if (joined === null) giveUp()
      else pairs.folders.push({ name, names: joined })
    },
    file({ key, name, path: where, identity }) {
      if (!isUsable) return
      // A name that the file system spells in another way than its key would not be found again.
      if (pairs.keys.length === mostFiles || where !== pathIn(about.root, name)) giveUp()
      else appendFile(pairs, key, identity)
    },
    passedOver(problems) {
      if (!isUsable) return
      if (problems.some(({ reason }) => !lastingReasons.has(reason))) giveUp()
      else pairs.problems.push(...problems)
    },
    same({ key, identity }, { eTag, lastModified }) {
      const at = isUsable ? find(key) : -1
      if (at < 0 || eTag === null || lastModified === null || marks.markOf(key) !== '') return
      const ms = lastModified.getTime()
      setSame(pairs, at, identity, { eTag, fromMs: ms, toMs: ms })
      news++
    },
    sent(key, identity, { eTag, md5, writtenIn: [span, ...more] }, readAtMs) {
      if (!isUsable || eTag === null || span === undefined || more.length > 0) return
      // What the ETag does not tell is for others to compare.
      if (md5 === null || md5OfETag(eTag) !== md5) return
      if (isTooFresh(identity, readAtMs) || marks.markOf(key) !== '') return
      const at = find(key)
      if (at < 0) return
      setSame(pairs, at, identity, { eTag, ...span })
      news++
    },
    forget(key, changes) {
      if (changes === 'headers') isOutdated = true
      const at = isUsable ? find(key) : -1
      if (at >= 0) pairs.eTags[at] = ''
    },
    async save(whenIdle = false) {
      const isNew = isUsable && news > (whenIdle ? 0 : pairs.keys.length * newShare)
      if (!isNew && !isOutdated) return true
      news = 0
      const isWritten = isUsable && (await writeSamePairs(path, context, pairs))
      if (isOutdated && !isWritten) await rm(path, { force: true }).catch(() => undefined)
      isOutdated = false
      return isWritten || !isUsable
    },
  }
}
