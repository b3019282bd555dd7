import { compareKeys } from '../s3/object-key.ts'
import { type Group, parseGroup, type SortedEntry } from './sorted-groups.ts'

/** Where a group of entries is. */
export interface GroupPlace {
  readonly at: number
  readonly sizeBytes: number
  readonly count: number
  readonly firstKey: string
}

/** An entry with its place in its run. */
export type PlacedEntry = readonly [...SortedEntry, place: number]

/** Entries on the disk, in the order of their keys, of which some groups are in memory. */
export interface SortedRun {
  readonly count: number
  /** The place of a key, a number below that of all entries; -1 when it has none. */
  locate(key: string): number
  /** What {@link SortedRun.locate} has found last. */
  located(): string | null
  entries(): Generator<PlacedEntry>
  /** The entries that are not marked; of groups that are marked whole nothing is read. */
  unmarked(): Generator<PlacedEntry>
  /** Whether all entries are marked. */
  readonly isMarkedWhole: boolean
  isMarked(place: number): boolean
  mark(place: number): void
  markAll(isMarked: boolean): void
  /** Whether bytes were found to be others than those that were written; what they held is not there. */
  readonly isDamaged: boolean
}

/** How a run is read. */
export interface RunSource {
  readonly groups: readonly GroupPlace[]
  /** Of all keys; nothing above it is looked for. */
  readonly lastKey: string
  /** The bytes of a group, by its number; null when they are not those that were written. */
  read(index: number): Buffer | null
  /** So many groups are kept, because they are asked for again when the walk is somewhat further. */
  readonly cachedGroups: number
}

const noGroup: Group = { keys: [], values: [] }

/** Reads a run. Whoever asks in the order of the keys has each group read once. */
export function createSortedRun({ groups, lastKey, read, cachedGroups }: RunSource): SortedRun {
  const starts: number[] = []
  let count = 0
  for (const group of groups) {
    starts.push(count)
    count += group.count
  }
  const marks = new Uint8Array(Math.ceil(count / 8))
  const cache = new Map<number, Group>()
  /** Groups that were not to be read. Were one of them there again later, what was forgotten of it would be, too. */
  const damaged = new Set<number>()
  /** The last answer: most questions are about the key behind it. */
  let current = -1
  let group = noGroup
  let at = 0

  function load(index: number): Group {
    const place = damaged.has(index) ? undefined : groups[index]
    const bytes = place === undefined ? null : read(index)
    const parsed = place === undefined || bytes === null ? null : parseGroup(bytes, place.count)
    if (parsed === null) damaged.add(index)
    return parsed ?? noGroup
  }
  function open(index: number): void {
    if (index === current) return
    let found = cache.get(index)
    if (found === undefined) {
      found = load(index)
      if (cache.size >= cachedGroups) for (const oldest of cache.keys()) if (cache.delete(oldest)) break
    } else cache.delete(index)
    cache.set(index, found)
    current = index
    group = found
    at = 0
  }
  /** The last group that begins at a key or before it. */
  function groupOf(key: string): number {
    const isIn = (index: number) => {
      const [begin, end] = [groups[index], groups[index + 1]]
      if (begin === undefined || compareKeys(begin.firstKey, key) > 0) return false
      return end === undefined || compareKeys(key, end.firstKey) < 0
    }
    if (current >= 0 && isIn(current)) return current
    if (current >= 0 && isIn(current + 1)) return current + 1
    return lastUpTo(key, groups.length, (index) => groups[index]?.firstKey ?? '')
  }
  function inGroup(key: string): number {
    const { keys } = group
    const last = lastUpTo(key, keys.length, (index) => keys[index] ?? '')
    return keys[last] === key ? last : -1
  }

  const isMarked = (place: number) => ((marks[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0
  const isGroupMarked = (index: number): boolean => {
    const start = starts[index] ?? 0
    for (let place = start; place < start + (groups[index]?.count ?? 0); place++)
      if (!isMarked(place)) return false
    return true
  }
  function* inGroups(isWanted: (index: number) => boolean): Generator<PlacedEntry> {
    for (const index of groups.keys()) {
      if (!isWanted(index)) continue
      // Not through the cache: who goes through all of them does not come back.
      const { keys, values } = index === current ? group : load(index)
      const start = starts[index] ?? 0
      for (const [offset, key] of keys.entries()) yield [key, values[offset] ?? null, start + offset]
    }
  }

  return {
    count,
    locate(key) {
      // Asked again, or in their order: nothing has to be looked for.
      if (group.keys[at] === key) return (starts[current] ?? 0) + at
      if (group.keys[at + 1] === key) return (starts[current] ?? 0) + ++at
      if (count === 0 || compareKeys(key, lastKey) > 0) return -1
      const index = groupOf(key)
      if (index < 0) return -1
      open(index)
      const found = inGroup(key)
      if (found < 0) return -1
      at = found
      return (starts[index] ?? 0) + found
    },
    located: () => group.values[at] ?? null,
    entries: () => inGroups(() => true),
    *unmarked() {
      for (const entry of inGroups((index) => !isGroupMarked(index))) if (!isMarked(entry[2])) yield entry
    },
    get isMarkedWhole() {
      return groups.every((_, index) => isGroupMarked(index))
    },
    isMarked,
    mark(place) {
      marks[place >>> 3] = (marks[place >>> 3] ?? 0) | (1 << (place & 7))
    },
    markAll: (isMarked) => void marks.fill(isMarked ? 0xff : 0),
    get isDamaged() {
      return damaged.size > 0
    },
  }
}

/** The last of some keys in their order that is not above this one; -1 when all are. */
function lastUpTo(key: string, count: number, keyAt: (index: number) => string): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(keyAt(middle), key) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}
