import { failure } from '../../src-preload/contract/failure.ts'
import { listAllPages, type ListedObject } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createTurns } from '../s3/turns.ts'
import {
  fileSystemAtOnce,
  nodeFileSystem,
  type RawName,
  type TreeFileSystem,
} from '../transfers/local-tree.ts'
import type { Pair } from './compare-pair.ts'
import { isMarker } from './decide-remote.ts'
import { counted } from './delete-limit.ts'
import { folderName, type IgnoreFiles } from './ignore-files.ts'
import type { ListingMarks } from './listing-marks.ts'
import type { Excludes, LocalFile, LocalProblem } from './local-file.ts'
import { listLocalFiles, type LocalRoot } from './local-files.ts'
import { march, type Step } from './march.ts'
import { marchRecalled } from './march-recalled.ts'
import { packRemote, putAside } from './objects-without-file.ts'
import { isPailsOwnKey } from './own-keys.ts'
import { examples } from './name-examples.ts'
import type { Ownership } from './ownership.ts'
import { createPackedPairs, type PackedPairs } from '../tables/packed-pairs.ts'
import type { PairIndex } from './pair-index.ts'
import type { Precompress } from './precompress.ts'
import { readAhead } from './read-ahead.ts'
import { type ChangedFiles, lookAgain, type RecalledFolder } from './recalled-folder.ts'
import type { SamePairs } from './same-pairs.ts'
import { createSortedMap, type SortedMap } from '../tables/sorted-map.ts'
import type { MakeSpool } from '../tables/spool.ts'

/** So many batches of files are looked at while the bucket's answer is waited for: 5,000 files, in some megabytes. */
const batchesAhead = 20

/** What was found on the way; whole when the pairs have come to their end. */
export interface FoundOnBoth {
  files: number
  /** Objects below the prefix, folder markers not counted. */
  remoteKeys: number
  /** Objects without a file, for `unpackRemote`. */
  readonly remoteOnly: PackedPairs
  /** Other objects without a file, for `unpackObjects`, by what their keys would be in NFC. */
  readonly otherSpellings: SortedMap
  /** The keys of Pail's own objects, in the listing's order. */
  readonly own: PackedPairs
}

/** A folder and a place in a bucket, being walked in step. */
export interface BothSides {
  /** Each file with its object, some at a time. Ends with an error when one of the listings does. */
  readonly pairs: AsyncIterable<readonly Pair[]>
  readonly found: FoundOnBoth
  /** What cannot be sent, in the order in which it came. */
  readonly problems: readonly LocalProblem[]
}

/** Walks both sides, in memory bounded by a few pages: what is found of objects is on the disk where there are many. */
export function walkBoth(
  session: S3Session,
  asked: {
    readonly bucket: string
    readonly prefix: string
    readonly signal?: AbortSignal
    readonly fileSystem?: TreeFileSystem
  },
  root: LocalRoot,
  how: {
    readonly excludes: Excludes
    readonly ignoreFiles: IgnoreFiles
    readonly precompress: Precompress | null
    readonly marks: ListingMarks | null
    /** What hears of each object, as soon as it is there. */
    readonly opening: Promise<Pick<Ownership, 'listed'>>
    /** For what is found of objects. */
    readonly spool: MakeSpool
    /** What hears of each file. */
    readonly hears: readonly ({ seen(name: string): void } | null)[]
    /** What is known from before of files that are the same as their objects; null for nothing. */
    readonly pairIndex: PairIndex | null
    /** Hears of a file that is still the same as its object, which is then in no pair. */
    readonly same: (object: ListedObject) => void
    /** Compares a pair without waiting; false where that cannot be. */
    readonly compareAtOnce: (pair: Pair) => boolean
  },
): BothSides {
  const { prefix } = asked
  const signal = asked.signal ? { signal: asked.signal } : {}
  const fileSystem = asked.fileSystem ?? (session.readsAtOnce ? fileSystemAtOnce : nodeFileSystem)
  const { pairIndex } = how
  const problems: LocalProblem[] = []
  const found: FoundOnBoth = {
    files: 0,
    remoteKeys: 0,
    remoteOnly: createPackedPairs(how.spool),
    otherSpellings: createSortedMap(how.spool),
    own: createPackedPairs(how.spool),
  }
  const note = ({ key, eTag, sizeBytes }: ListedObject, owned: Pick<Ownership, 'listed'>): boolean => {
    how.marks?.listed(key)
    if (isPailsOwnKey(key, prefix)) {
      found.own.append(key, '')
      return false
    }
    if (!isMarker({ key, sizeBytes })) found.remoteKeys++
    owned.listed(key, eTag)
    return true
  }
  const remoteOnly = (object: ListedObject) => {
    if (!putAside(found.otherSpellings, prefix, object)) packRemote(found.remoteOnly, object)
  }
  const hears = how.hears.filter((each) => each !== null)
  const pairsOf = (steps: readonly Step<LocalFile, ListedObject>[], owned: Pick<Ownership, 'listed'>) => {
    const pairs: Pair[] = []
    // Counted through, as everything that is done for each file: an iterator is half of the work.
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] as Step<LocalFile, ListedObject>
      if (step.side !== 'local' && !note(step.remote, owned)) continue
      if (step.side === 'remote') {
        remoteOnly(step.remote)
        continue
      }
      found.files++
      for (let each = 0; each < hears.length; each++) hears[each]?.seen(step.local.name)
      pairIndex?.file(step.local)
      pairs.push({ file: step.local, object: step.side === 'both' ? step.remote : null })
    }
    return pairs
  }
  async function* walked(remote: AsyncIterable<readonly ListedObject[]>): AsyncGenerator<readonly Pair[]> {
    const local = listLocalFiles(root, {
      prefix,
      ...how,
      ...signal,
      fileSystem: pairIndex === null ? fileSystem : hearing(fileSystem, root.path, pairIndex),
    })
    // A failure of the listing comes first.
    for await (const steps of march(readAhead(local.batches, batchesAhead), remote))
      yield pairsOf(steps, await how.opening)
    problems.push(...local.problems)
    pairIndex?.passedOver(problems)
  }
  async function* recalled(
    folder: RecalledFolder,
    changed: ChangedFiles,
    remote: AsyncIterable<readonly ListedObject[]>,
  ): AsyncGenerator<readonly Pair[]> {
    let owned: Pick<Ownership, 'listed'> | null = null
    const turns = createTurns()
    async function* pages(): AsyncGenerator<readonly ListedObject[]> {
      for await (const page of remote) {
        owned ??= await how.opening
        // Of a page whose files are all the same nothing else waits, or asks whether to go on.
        const turn = turns.next()
        if (turn !== undefined) await turn
        if (asked.signal?.aborted) throw failure('cancelled', 'Cancelled.')
        yield page
      }
    }
    // No file has a key of Pail's own.
    const met = ({ key, eTag }: ListedObject) => {
      how.marks?.listed(key)
      found.remoteKeys++
      owned?.listed(key, eTag)
    }
    yield* marchRecalled(folder, changed, pages(), {
      met,
      same(object) {
        met(object)
        found.files++
        how.same(object)
      },
      compareAtOnce(pair) {
        found.files++
        return how.compareAtOnce(pair)
      },
      remoteOnly(object) {
        if (owned !== null && note(object, owned)) remoteOnly(object)
      },
      unreadable: (key) => problems.push({ key, name: key.slice(prefix.length), reason: 'unreadable' }),
    })
    problems.push(...folder.pairs.problems)
  }
  async function* pairs(): AsyncGenerator<readonly Pair[]> {
    const marks = how.marks?.keys ?? []
    const listing = listAllPages(session, { bucket: asked.bucket, prefix, marks, ...signal })
    if (pairIndex === null) {
      yield* walked(listing)
      return
    }
    // Asked for before the folder is looked at.
    const remote = begun(listing)
    const folderOf = (known: SamePairs): RecalledFolder => ({
      pairs: known,
      root: root.path,
      prefix,
      fileSystem,
      signal: asked.signal,
    })
    try {
      const known = await pairIndex.recall((each) => lookAgain(folderOf(each)))
      yield* known === null ? walked(remote) : recalled(folderOf(known.pairs), known.changed, remote)
    } finally {
      await listing.return(undefined)
    }
  }
  return { pairs: pairs(), found, problems }
}

/** The same values, of which the first is asked for at once. An error comes at its place. */
function begun<T>(source: AsyncGenerator<T, void>): AsyncIterable<T> {
  const first = source.next()
  first.catch(() => undefined)
  async function* all(): AsyncGenerator<T> {
    for (let next = await first; next.done !== true; next = await source.next()) yield next.value
  }
  return all()
}

/** A file system that tells the index which names are in a folder. */
function hearing(fileSystem: TreeFileSystem, root: string, index: PairIndex): TreeFileSystem {
  return {
    lstat: (path) => fileSystem.lstat(path),
    readdir(path) {
      const tell = (names: RawName[]) => {
        index.folder(folderName(root, path), names)
        return names
      }
      const names = fileSystem.readdir(path)
      return names instanceof Promise ? names.then(tell) : tell(names)
    },
  }
}

/** Refuses a folder without files while the bucket has some: a hard stop (S46). Throws `safety-refused`. */
export function refuseEmptyFolder(
  files: number,
  remoteKeys: number,
  problems: readonly LocalProblem[],
): void {
  if (files > 0 || remoteKeys === 0) return
  const there = `but the bucket has ${counted(remoteKeys)} there`
  if (problems.length > 0 && problems.every(({ reason }) => reason === 'excluded'))
    throw failure(
      'safety-refused',
      `Everything in the folder is excluded (${examples(problems.map(({ name }) => name))}), ${there}. Look at the patterns of what is left out, and whether this is the right folder. Nothing was changed.`,
    )
  const because = problems.length > 0 ? 'Nothing in the folder can be sent' : 'The folder is empty'
  throw failure(
    'safety-refused',
    `${because}, ${there}. Is this the right folder, and is its disk connected? Nothing was changed.`,
  )
}
