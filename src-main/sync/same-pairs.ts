import { compareKeys } from '../s3/object-key.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import type { ServerSpan } from '../s3/s3-session.ts'
import type { LocalProblem } from './local-file.ts'

/** A folder with the names in it, as the system tells them and in its order, with `/` between them. */
export interface NamesOfFolder {
  /** Relative to the root: empty, or with a trailing `/`. */
  readonly name: string
  readonly names: string
}

/**
 * The files of a folder in the order of their keys, each with the object that it was the same as. Column by column, because
 * nothing else is gone through as fast.
 */
export interface SamePairs {
  readonly keys: string[]
  /** Of each file {@link stampNumbers}. */
  stamps: BigInt64Array<ArrayBuffer>
  /** The ETags of the objects, with their quotes; empty where no object is known to be the same. */
  readonly eTags: string[]
  /** Of each object, in which time a listing has to date it: two numbers, in milliseconds since 1970. */
  times: Float64Array<ArrayBuffer>
  readonly folders: NamesOfFolder[]
  readonly problems: LocalProblem[]
  /** Whether all keys are known to be in lower case, so that no two of them differ in nothing else. */
  readonly isLowerCase: boolean
}

/** The size, the time of the last change of the content, the inode, and the time of the last change of anything. */
export const stampNumbers = 4

/** Pairs without any, with room for so many. */
export function createSamePairs(room = 1024): SamePairs {
  return {
    keys: [],
    stamps: new BigInt64Array(stampNumbers * room),
    eTags: [],
    times: new Float64Array(2 * room),
    folders: [],
    problems: [],
    isLowerCase: false,
  }
}

/** Appends a file of which no object is known. */
export function appendFile(pairs: SamePairs, key: string, identity: FileIdentity): void {
  const at = pairs.keys.length
  if (2 * at === pairs.times.length) {
    const { stamps, times } = pairs
    pairs.stamps = new BigInt64Array(2 * stamps.length)
    pairs.stamps.set(stamps)
    pairs.times = new Float64Array(2 * times.length)
    pairs.times.set(times)
  }
  pairs.keys.push(key)
  pairs.eTags.push('')
  setStamp(pairs, at, identity)
}

/** Says that a file, being the one with this stamp, is the same as the object of its key. */
export function setSame(
  pairs: SamePairs,
  at: number,
  identity: FileIdentity,
  { eTag, fromMs, toMs }: ServerSpan & { readonly eTag: string },
): void {
  setStamp(pairs, at, identity)
  pairs.eTags[at] = eTag
  pairs.times[2 * at] = fromMs
  pairs.times[2 * at + 1] = toMs
}

function setStamp({ stamps }: SamePairs, at: number, identity: FileIdentity): void {
  const from = stampNumbers * at
  stamps[from] = BigInt(identity.sizeBytes)
  stamps[from + 1] = identity.mtimeNs
  stamps[from + 2] = identity.ino
  stamps[from + 3] = identity.ctimeNs
}

/** Whether the file at a place is the one that it was. The change time is the system's own (S52). */
export function isSameFile(
  { stamps }: Pick<SamePairs, 'stamps'>,
  at: number,
  now: { readonly size: bigint; readonly mtimeNs: bigint; readonly ino: bigint; readonly ctimeNs: bigint },
): boolean {
  const from = stampNumbers * at
  return (
    stamps[from] === now.size &&
    stamps[from + 1] === now.mtimeNs &&
    stamps[from + 2] === now.ino &&
    stamps[from + 3] === now.ctimeNs
  )
}

/** The place of a key; -1 when it is not among them. */
export function placeOf({ keys }: Pick<SamePairs, 'keys'>, key: string): number {
  let [low, high] = [0, keys.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareKeys(keys[middle] ?? '', key)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}
