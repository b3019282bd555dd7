import type { SyncAction, SyncReason, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { syncReasons } from '../../src-preload/contract/sync-reasons.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { compareKeys } from '../s3/object-key.ts'
import { acting, type KeptFacts, type KeptRow, rowAsText, rowOfText, sizeAsText } from './kept-row.ts'
import { createPackedPairs } from '../tables/packed-pairs.ts'
import type { MakeSpool } from '../tables/spool.ts'
import type { RowFacts } from './row-facts.ts'
import { publishStages, stageOf } from './publish-order.ts'

/** A row with what applying it takes. */
export interface PlannedRow {
  readonly row: SyncRow
  readonly facts: RowFacts
}

/** Which rows of a plan are wanted; what is left out does not matter. */
export interface WantedRows {
  readonly actions: readonly SyncAction[]
  /** Of the stages of `publish-order.ts`. */
  readonly stage?: number
  /** Compressed copies beside a file's own object only, or all but those. */
  readonly copies?: boolean
  /** What is stored compressed, in either way, only. */
  readonly compressed?: true
  /** Only files that are uploaded to be public. */
  readonly isPublic?: true
  /** Only of this reason. */
  readonly reason?: SyncReason
}

/**
 * The rows of a plan: what changes comes first, within that in the order of the keys. They are kept as bytes, on the disk
 * where there are many, and made into objects when they are looked at; so a row is another object each time. In memory are
 * six bytes of each: where it is, and by what it is asked for.
 */
export interface SyncRows extends Iterable<SyncRow> {
  readonly length: number
  at(index: number): SyncRow | undefined
  slice(from: number, to?: number): SyncRow[]
  /** The same as of the array that has all of them. */
  map<T>(each: (row: SyncRow) => T): T[]
  flatMap<T>(each: (row: SyncRow) => readonly T[]): T[]
  filter(wanted: (row: SyncRow) => boolean): SyncRow[]
  find(wanted: (row: SyncRow) => boolean): SyncRow | undefined
  some(wanted: (row: SyncRow) => boolean): boolean
  /** The key of a row, for less than the row. */
  key(index: number): string
  /** The row with what applying it takes; null for what is blocked. Of what stays not all is known any more. */
  planned(index: number): PlannedRow | null
  /** The rows of actions that follow one another: the first, and the one behind the last. */
  range(first: SyncAction, last?: SyncAction): readonly [from: number, to: number]
  /** How many there are of these actions. */
  count(...actions: readonly SyncAction[]): number
  /** Some of the rows in their order. */
  each(wanted: WantedRows): Iterable<PlannedRow>
  /** The keys of some of the rows in their order. */
  keys(wanted: WantedRows): Iterable<string>
  /** The path of each row that has one, but for what is blocked. */
  paths(...actions: readonly SyncAction[]): Iterable<string>
}

/** A row of which there is a file. */
export type RowWithFile = SyncRow & { readonly path: string }

/** Takes the rows of a plan in any order. */
export interface RowCollector {
  add(row: SyncRow, facts: KeptFacts | null): void
  /** Adds the row of a file that stays, as {@link add} does of one at its usual path and of the reason `same`. */
  addSame(key: string, bytes: number): void
  /** Takes rows of new files back, by their keys; others may be added while they are gone through. */
  takeNew(isTaken: (key: string) => boolean): Iterable<PlannedRow>
  /** The rows in their order. Nothing may be added any more. */
  seal(): SyncRows
}

/** The actions in the order in which their rows are read. */
const readingOrder: readonly SyncAction[] = [
  'upload',
  'update-headers',
  'delete',
  'blocked',
  'foreign',
  'skip',
]
const reasons: readonly SyncReason[] = syncReasons

/** What is known of a row without making an object of it: its stage, and these. */
const traits = { stage: 7, copy: 8, compressed: 16, public: 32, path: 64, ownPath: 128 } as const

interface Group {
  readonly action: SyncAction
  count: number
  places: Uint32Array
  traits: Uint8Array
  reasons: Uint8Array
  /** Whether the keys came in their order so far. */
  isOrdered: boolean
  lastKey: string
}

/** Collects the rows of one plan. What follows from a row's path is not kept, but asked for again. */
export function createRowCollector(how: {
  readonly prefix: string
  /** What is sent with a row's file, and who is to read it. */
  readonly headers: (row: RowWithFile) => ObjectHeaders
  readonly visibility: (row: RowWithFile) => WantedVisibility
  /** Where a file of that relative path usually is. */
  readonly pathOf: (path: string) => string
  /** For what is known of most rows, of which only some bytes each are in memory. */
  readonly spool?: MakeSpool
}): RowCollector {
  const { prefix } = how
  const packed = createPackedPairs(how.spool)
  const groups = readingOrder.map(newGroup)
  const groupOf = (action: SyncAction): Group => groups[readingOrder.indexOf(action)] ?? newGroup(action)

  function rowAt(group: Group, index: number, key: string, kept: KeptRow): SyncRow {
    const trait = group.traits[index] ?? 0
    const own = (trait & traits.ownPath) !== 0 ? key.slice(prefix.length) : kept.path
    return {
      key,
      path: (trait & traits.path) === 0 ? null : own,
      action: group.action,
      reason: reasons[group.reasons[index] ?? 0] ?? 'same',
      bytes: kept.bytes,
      headers: kept.headers,
      ...(kept.sentAs === undefined ? {} : { sentAs: kept.sentAs }),
    }
  }
  const keyAt = (group: Group, index: number) => packed.key(group.places[index] ?? 0)
  const keptAt = (group: Group, index: number) => rowOfText(packed.value(group.places[index] ?? 0))
  const rowOf = (group: Group, index: number) =>
    rowAt(group, index, keyAt(group, index), keptAt(group, index))

  function plannedOf(group: Group, index: number): PlannedRow {
    const kept = keptAt(group, index)
    const row = rowAt(group, index, keyAt(group, index), kept)
    const { facts } = kept
    const path = row.path === null ? null : (facts.path ?? how.pathOf(row.path))
    if (row.path === null) return { row, facts: { ...facts, path, headers: {} } }
    const withFile = row as RowWithFile
    const [headers, visibility] = [how.headers(withFile), how.visibility(withFile)]
    // Member by member, and few of them: to copy what most rows have not takes as long as all the rest.
    const { identity, md5, eTag } = facts
    const usual = { path, identity, md5, eTag, headers, visibility }
    if (facts.aclChange === undefined && facts.isOpen === undefined && row.sentAs === undefined)
      return { row, facts: usual }
    return { row, facts: { ...facts, ...usual, ...(row.sentAs === undefined ? {} : { sentAs: row.sentAs }) } }
  }

  function add(row: SyncRow, facts: KeptFacts | null): void {
    const group = groupOf(row.action)
    if (group.count === group.places.length) grow(group)
    const index = group.count++
    const isOwn =
      row.path !== null &&
      row.key.length === prefix.length + row.path.length &&
      row.key.startsWith(prefix) &&
      row.key.endsWith(row.path)
    const isPublic =
      row.action === 'upload' && row.path !== null && how.visibility(row as RowWithFile) === 'public'
    group.traits[index] =
      // Only what is published has a stage.
      (acting.has(row.action) ? stageOf(row) : 0) |
      (row.sentAs?.sibling === true ? traits.copy : 0) |
      (row.sentAs === undefined ? 0 : traits.compressed) |
      (isPublic ? traits.public : 0) |
      (row.path === null ? 0 : traits.path) |
      (isOwn ? traits.ownPath : 0)
    group.reasons[index] = reasons.indexOf(row.reason)
    const path = isOwn ? '' : (row.path ?? '')
    group.places[index] = packed.append(row.key, rowAsText(row, path, facts, how.pathOf))
    if (index > 0 && group.isOrdered) group.isOrdered = compareKeys(group.lastKey, row.key) <= 0
    group.lastKey = row.key
  }

  const staying = groupOf('skip')
  const same = reasons.indexOf('same')
  /** The same, in few steps: nearly all rows of most plans are such. */
  function addSame(key: string, bytes: number): void {
    if (staying.count === staying.places.length) grow(staying)
    const index = staying.count++
    staying.traits[index] = traits.path | traits.ownPath
    staying.reasons[index] = same
    staying.places[index] = packed.append(key, sizeAsText(bytes))
    if (index > 0 && staying.isOrdered) staying.isOrdered = compareKeys(staying.lastKey, key) <= 0
    staying.lastKey = key
  }

  function* eachOf(group: Group): Generator<PlannedRow> {
    for (let at = 0; at < group.count; at++) yield plannedOf(group, at)
  }

  function seal(): SyncRows {
    for (const group of groups) if (!group.isOrdered) sortGroup(group, keyAt)
    const starts = [0]
    for (const group of groups) starts.push((starts.at(-1) ?? 0) + group.count)
    const length = starts.at(-1) ?? 0
    const startOf = (action: SyncAction) => starts[readingOrder.indexOf(action)] ?? 0
    /** The group that a row is in, and its place there. */
    const locate = (index: number): readonly [Group, number] | null => {
      if (!Number.isInteger(index) || index < 0 || index >= length) return null
      const at = starts.findLastIndex((start) => start <= index)
      const group = groups[at]
      return group === undefined ? null : [group, index - (starts[at] ?? 0)]
    }
    function* all(): Generator<SyncRow> {
      for (const group of groups) for (let at = 0; at < group.count; at++) yield rowOf(group, at)
    }
    function* wantedIn(wanted: WantedRows): Generator<readonly [Group, number]> {
      const reason = wanted.reason === undefined ? null : reasons.indexOf(wanted.reason)
      for (const group of groups) {
        if (!wanted.actions.includes(group.action)) continue
        for (let at = 0; at < group.count; at++) {
          const trait = group.traits[at] ?? 0
          if (wanted.stage !== undefined && (trait & traits.stage) !== wanted.stage) continue
          if (wanted.copies !== undefined && ((trait & traits.copy) !== 0) !== wanted.copies) continue
          if (wanted.compressed === true && (trait & traits.compressed) === 0) continue
          if (wanted.isPublic === true && (trait & traits.public) === 0) continue
          if (reason !== null && group.reasons[at] !== reason) continue
          yield [group, at]
        }
      }
    }
    const slice = (from: number, to = length): SyncRow[] => {
      const rows: SyncRow[] = []
      for (let index = Math.max(0, from); index < Math.min(to, length); index++) {
        const place = locate(index)
        if (place !== null) rows.push(rowOf(...place))
      }
      return rows
    }
    const find = (wanted: (row: SyncRow) => boolean): SyncRow | undefined => {
      for (const row of all()) if (wanted(row)) return row
      return undefined
    }
    return {
      length,
      [Symbol.iterator]: all,
      at: (index) => slice(index, index + 1)[0],
      slice,
      map: (each) => Array.from(all(), each),
      flatMap: (each) => [...all()].flatMap((row) => each(row)),
      filter: (wanted) => [...all()].filter((row) => wanted(row)),
      find,
      some: (wanted) => find(wanted) !== undefined,
      key(index) {
        const place = locate(index)
        return place === null ? '' : keyAt(...place)
      },
      planned(index) {
        const place = locate(index)
        return place === null || place[0].action === 'blocked' ? null : plannedOf(...place)
      },
      range(first, last = first) {
        return [startOf(first), startOf(last) + groupOf(last).count]
      },
      count: (...actions) => actions.reduce((sum, action) => sum + groupOf(action).count, 0),
      *each(wanted) {
        for (const place of wantedIn(wanted)) yield plannedOf(...place)
      },
      *keys(wanted) {
        for (const place of wantedIn(wanted)) yield keyAt(...place)
      },
      *paths(...actions) {
        for (const [group, at] of wantedIn({ actions })) {
          const trait = group.traits[at] ?? 0
          if ((trait & traits.path) === 0) continue
          yield (trait & traits.ownPath) === 0
            ? (rowOf(group, at).path ?? '')
            : keyAt(group, at).slice(prefix.length)
        }
      },
    }
  }

  return {
    add,
    addSame,
    takeNew(isTaken) {
      const group = groupOf('upload')
      const taken = newGroup('upload')
      let kept = 0
      for (let at = 0; at < group.count; at++) {
        const isNew = group.reasons[at] === reasons.indexOf('new')
        const to = isNew && isTaken(keyAt(group, at)) ? taken : group
        const place = to === taken ? taken.count++ : kept++
        if (place === to.places.length) grow(to)
        to.places[place] = group.places[at] ?? 0
        to.traits[place] = group.traits[at] ?? 0
        to.reasons[place] = group.reasons[at] ?? 0
      }
      group.count = kept
      return eachOf(taken)
    },
    seal,
  }
}

const leastRows = 64

function newGroup(action: SyncAction): Group {
  return {
    action,
    count: 0,
    places: new Uint32Array(leastRows),
    traits: new Uint8Array(leastRows),
    reasons: new Uint8Array(leastRows),
    isOrdered: true,
    lastKey: '',
  }
}

function grow(group: Group): void {
  const [places, marks, whys] = [group.places, group.traits, group.reasons]
  const room = 2 * group.count
  group.places = new Uint32Array(room)
  group.places.set(places)
  group.traits = new Uint8Array(room)
  group.traits.set(marks)
  group.reasons = new Uint8Array(room)
  group.reasons.set(whys)
}

/** Rows come nearly in their order: those that were compared at the same time overtake each other. */
function sortGroup(group: Group, keyAt: (group: Group, index: number) => string): void {
  const order = Array.from({ length: group.count }, (_, at) => at).sort((a, b) =>
    compareKeys(keyAt(group, a), keyAt(group, b)),
  )
  group.places = Uint32Array.from(order, (at) => group.places[at] ?? 0)
  group.traits = Uint8Array.from(order, (at) => group.traits[at] ?? 0)
  group.reasons = Uint8Array.from(order, (at) => group.reasons[at] ?? 0)
  group.isOrdered = true
}

/** Seven stages are as many as the traits have room for. */
if (publishStages > traits.stage + 1) throw new Error('There are too many stages.')
