import { compareKeys } from '../s3/object-key.ts'
import { groupsOf, roomForGroup, type SortedEntry } from './sorted-groups.ts'
import { createSortedRun, type GroupPlace, type SortedRun } from './sorted-run.ts'
import type { MakeSpool, Spool } from './spool.ts'
import { createTextMap } from './text-map.ts'

/**
 * A map from texts to texts in the order of S3's keys, of which only some MB are in memory: what was there before is a
 * file in that order, what has been set since is written down in such runs, too, whenever it has become much. Whoever
 * asks in the order of the keys has everything read once.
 */
export interface SortedMap extends Iterable<[key: string, value: string]> {
  /** Goes through all of them, unless there are few. */
  readonly size: number
  /** Whether something of the file turned out to be lost. */
  readonly isDamaged: boolean
  get(key: string): string | undefined
  has(key: string): boolean
  set(key: string, value: string): void
  /** Whether there was such a key. */
  delete(key: string): boolean
  /** Deletes a key without looking on the disk whether it is there. */
  drop(key: string): void
  /** Marks a key, if it is there; what is set is marked as well. */
  mark(key: string): void
  /** Takes all marks away. */
  unmark(): void
  /** The keys that are not marked. They may be deleted meanwhile. */
  unmarked(): Iterable<string>
  /** How often something was set or deleted. */
  readonly changes: number
  /** How much was set or deleted on top of the file; more than can be told when it is not all in memory. */
  readonly sizeOnTop: number
  /** What was set or deleted on top of the file, in the order of the keys. */
  onTop(): Iterable<SortedEntry>
  /** Takes what {@link SortedMap.onTop} of an earlier one has told, of the same file: nothing of it is marked, or new. */
  restore(onTop: Iterable<SortedEntry>): void
  /** A file that has all that this map has takes the place of what it was made of. */
  rebase(file: SortedRun | null): void
}

/** Makes a map on top of a file, or an empty one. What the disk does not take stays in memory. */
export function createSortedMap(
  makeSpool: MakeSpool,
  file: SortedRun | null = null,
  limits: { readonly memoryBytes: number } = { memoryBytes: 2 * 1024 * 1024 },
): SortedMap {
  /** What was set or deleted last. */
  let fresh = createTextMap()
  let gone = new Set<string>()
  /** What was before that, the newest first, and the file at the end. */
  let runs: readonly SortedRun[] = file === null ? [] : [file]
  let maySpool = makeSpool !== null
  let spool: Spool | null = null
  let changes = 0

  function* freshEntries(): Generator<Placed> {
    // What is set or deleted meanwhile may have them written down, and others begun.
    const now = fresh
    const keys = [...now.keys(), ...gone].toSorted(compareKeys)
    for (const key of keys) yield { key, value: now.get(key) ?? null, isMarked: now.isMarked(key) }
  }
  function* runEntries(run: SortedRun): Generator<Placed> {
    for (const [key, value, place] of run.entries()) yield { key, value, isMarked: run.isMarked(place) }
  }
  function* all(): Generator<PlacedValue> {
    const layers = [freshEntries(), ...runs.map(runEntries)]
    for (const entry of mergeAll(layers)) if (isThere(entry)) yield entry
  }
  const find = (key: string): string | null => {
    const value = fresh.get(key)
    if (value !== undefined) return value
    if (gone.size > 0 && gone.has(key)) return null
    for (let index = 0; index < runs.length; index++) {
      const run = runs[index] as SortedRun
      if (run.locate(key) >= 0) return run.located()
    }
    return null
  }

  const isMarkedWhole = () => fresh.isMarkedWhole && runs.every((run) => run.isMarkedWhole)

  /** Writes down what has become much. */
  function settle(): void {
    changes++
    // A key that is gone takes as much as a short text.
    if (!maySpool || makeSpool === null || fresh.bytes + 200 * gone.size < limits.memoryBytes) return
    const groups: GroupPlace[] = []
    const marked: number[] = []
    let lastKey = ''
    let place = 0
    function* written(): Generator<SortedEntry> {
      for (const { key, value, isMarked } of freshEntries()) {
        if (isMarked) marked.push(place)
        place++
        yield [key, value]
      }
    }
    try {
      const to = (spool ??= makeSpool())
      for (const { bytes, count, firstKey, lastKey: last } of groupsOf(written())) {
        groups.push({ at: to.append(bytes), sizeBytes: bytes.byteLength, count, firstKey })
        lastKey = last
      }
      const read = (index: number) => {
        const group = groups[index]
        const bytes = roomForGroup(group?.sizeBytes ?? 0)
        to.read(group?.at ?? 0, bytes)
        return bytes
      }
      const run = createSortedRun({ groups, lastKey, read, cachedGroups: 3 })
      for (const at of marked) run.mark(at)
      runs = [run, ...runs]
      fresh = createTextMap()
      gone = new Set()
    } catch {
      maySpool = false
    }
  }

  return {
    get size() {
      if (runs.length === 0) return fresh.size
      let size = 0
      for (const _ of all()) size++
      return size
    },
    get isDamaged() {
      return runs.some((run) => run.isDamaged)
    },
    get changes() {
      return changes
    },
    get: (key) => find(key) ?? undefined,
    has: (key) => find(key) !== null,
    set(key, value) {
      fresh.set(key, value)
      if (gone.size > 0) gone.delete(key)
      settle()
    },
    delete(key) {
      if (find(key) === null) return false
      fresh.delete(key)
      if (runs.length > 0) gone.add(key)
      settle()
      return true
    },
    drop(key) {
      if (runs.length === 0 && !fresh.has(key)) return
      fresh.delete(key)
      if (runs.length > 0) gone.add(key)
      settle()
    },
    mark(key) {
      const isFresh = fresh.size > 0 && fresh.has(key)
      if (isFresh) fresh.mark(key)
      if (!isFresh && gone.size > 0 && gone.has(key)) return
      // Also what counts no more: whether everything is marked is seen without going through all.
      for (let index = 0; index < runs.length; index++) {
        const run = runs[index] as SortedRun
        const place = run.locate(key)
        if (place < 0) continue
        run.mark(place)
        if (!isFresh) break
      }
    },
    unmark() {
      fresh.unmark()
      for (const run of runs) run.markAll(false)
    },
    *unmarked() {
      const [run, more] = runs
      // Nearly always everything is marked, and to find that out nothing has to be read.
      if (more === undefined) {
        const [now, before] = [fresh, gone]
        yield* now.unmarked()
        for (const [key, value] of run?.unmarked() ?? [])
          if (value !== null && !now.has(key) && !before.has(key)) yield key
      } else if (!isMarkedWhole()) for (const { key, isMarked } of all()) if (!isMarked) yield key
    },
    *[Symbol.iterator]() {
      for (const { key, value } of all()) yield [key, value]
    },
    get sizeOnTop() {
      return runs.length > 1 ? Number.POSITIVE_INFINITY : fresh.size + gone.size
    },
    *onTop() {
      for (const { key, value } of freshEntries()) yield [key, value]
    },
    restore(onTop) {
      for (const [key, value] of onTop)
        if (value === null) gone.add(key)
        else fresh.set(key, value)
      fresh.unmark()
    },
    rebase(to) {
      spool?.close()
      spool = null
      fresh = createTextMap()
      gone = new Set()
      runs = to === null ? [] : [to]
      to?.markAll(true)
    },
  }
}

interface Placed {
  readonly key: string
  readonly value: string | null
  readonly isMarked: boolean
}

type PlacedValue = Placed & { readonly value: string }

function isThere(entry: Placed): entry is PlacedValue {
  return entry.value !== null
}

/** One sequence of several, the newest first, whose word counts. */
function mergeAll(layers: readonly Iterable<Placed>[]): Iterable<Placed> {
  const [only = []] = layers
  if (layers.length <= 1) return only
  const half = layers.length >>> 1
  return merge(mergeAll(layers.slice(0, half)), mergeAll(layers.slice(half)))
}

function* merge(newer: Iterable<Placed>, older: Iterable<Placed>): Generator<Placed> {
  const [ours, theirs] = [newer[Symbol.iterator](), older[Symbol.iterator]()]
  let [mine, other] = [ours.next(), theirs.next()]
  while (mine.done !== true || other.done !== true) {
    const order =
      mine.done === true ? 1 : other.done === true ? -1 : compareKeys(mine.value.key, other.value.key)
    if (order <= 0) {
      yield mine.value
      mine = ours.next()
      if (order === 0) other = theirs.next()
    } else {
      yield other.value
      other = theirs.next()
    }
  }
}
