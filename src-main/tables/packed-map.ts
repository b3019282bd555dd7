import { createPackedPairs, type PackedPairs } from './packed-pairs.ts'

/** A map from texts to texts in the order of their first insertion, as bytes: see {@link PackedPairs}. */
export interface PackedMap extends Iterable<[key: string, value: string]> {
  readonly size: number
  /** Bytes that its texts take, those included that have been replaced lately. */
  readonly bytes: number
  get(key: string): string | undefined
  has(key: string): boolean
  set(key: string, value: string): void
  /** Whether there was such a key. */
  delete(key: string): boolean
  keys(): Iterable<string>
  /** Marks a key, if it is there; what is set is marked as well. */
  mark(key: string): void
  /** Takes all marks away. */
  unmark(): void
  /** The keys that are not marked. None may be set meanwhile; they may be deleted. */
  unmarked(): Iterable<string>
}

/** Values that have been replaced may take as much again as those that count, and so many bytes. */
const spareBytes = 1024 * 1024

/** So many entries have room from the beginning. */
const leastEntries = 256

/** Begins differently in each process, so that nobody can choose keys that all meet in one place. */
const seed = Math.floor(Math.random() * 0x7fff_ffff)

const isThere = 1
const isMarked = 2

/** Makes an empty map; keys in it are equal when they have the same letters. */
export function createPackedMap(): PackedMap {
  let pairs: PackedPairs = createPackedPairs()
  let room = leastEntries
  /** Entries that were ever made, and of each where it is, the digest of its key and its flags. */
  let made = 0
  let places = new Uint32Array(room)
  let digests = new Uint32Array(room)
  let flags = new Uint8Array(room)
  /** Open addressing: each place has an entry's number and one more, or 0. Never more than half full. */
  let table = new Uint32Array(room * 2)
  let size = 0
  let wasted = 0

  /** The place in the table of a key, or the free one where it would be. */
  function locate(key: string, digest: number): number {
    const mask = table.length - 1
    for (let at = digest & mask; ; at = (at + 1) & mask) {
      const entry = (table[at] ?? 0) - 1
      if (entry < 0 || (digests[entry] === digest && pairs.isKey(places[entry] ?? 0, key))) return at
    }
  }
  const find = (key: string): number => {
    const entry = (table[locate(key, digestOf(key))] ?? 0) - 1
    return entry >= 0 && ((flags[entry] ?? 0) & isThere) !== 0 ? entry : -1
  }
  const costOf = (key: string, value: string) => 12 + key.length + value.length

  /** Moves what counts to the front and into new bytes, with room for more. */
  function rebuild(): void {
    const old = { pairs, places, digests, flags, made }
    room = Math.max(leastEntries, 2 ** Math.ceil(Math.log2(size * 1.5 + 1)))
    const isWasteful = wasted > 0
    if (isWasteful) pairs = createPackedPairs()
    places = new Uint32Array(room)
    digests = new Uint32Array(room)
    flags = new Uint8Array(room)
    table = new Uint32Array(room * 2)
    made = 0
    const mask = table.length - 1
    for (let entry = 0; entry < old.made; entry++) {
      const flag = old.flags[entry] ?? 0
      if ((flag & isThere) === 0) continue
      const place = old.places[entry] ?? 0
      const digest = old.digests[entry] ?? 0
      places[made] = isWasteful ? pairs.append(old.pairs.key(place), old.pairs.value(place)) : place
      digests[made] = digest
      flags[made] = flag
      let at = digest & mask
      while (table[at] !== 0) at = (at + 1) & mask
      table[at] = ++made
    }
    wasted = 0
  }

  function* entries(wanted: (flag: number) => boolean): Generator<number> {
    for (let entry = 0; entry < made; entry++) {
      const flag = flags[entry] ?? 0
      if ((flag & isThere) !== 0 && wanted(flag)) yield entry
    }
  }
  const all = () => true

  return {
    get size() {
      return size
    },
    get bytes() {
      return pairs.bytes
    },
    get(key) {
      const entry = find(key)
      return entry < 0 ? undefined : pairs.value(places[entry] ?? 0)
    },
    has: (key) => find(key) >= 0,
    set(key, value) {
      const digest = digestOf(key)
      let at = locate(key, digest)
      let entry = (table[at] ?? 0) - 1
      if (entry >= 0 && ((flags[entry] ?? 0) & isThere) !== 0 && pairs.replace(places[entry] ?? 0, value)) {
        flags[entry] = isThere | isMarked
        return
      }
      if (made === room || wasted > pairs.bytes / 2 + spareBytes) {
        rebuild()
        at = locate(key, digest)
        entry = (table[at] ?? 0) - 1
      }
      if (entry < 0) {
        entry = made++
        table[at] = made
        digests[entry] = digest
        size++
      } else if (((flags[entry] ?? 0) & isThere) === 0) size++
      else wasted += costOf(key, value)
      places[entry] = pairs.append(key, value)
      flags[entry] = isThere | isMarked
    },
    delete(key) {
      const entry = find(key)
      if (entry < 0) return false
      flags[entry] = 0
      size--
      wasted += costOf(key, '')
      return true
    },
    *keys() {
      for (const entry of entries(all)) yield pairs.key(places[entry] ?? 0)
    },
    *[Symbol.iterator]() {
      for (const entry of entries(all)) {
        const place = places[entry] ?? 0
        yield [pairs.key(place), pairs.value(place)]
      }
    },
    mark(key) {
      const entry = find(key)
      if (entry >= 0) flags[entry] = isThere | isMarked
    },
    unmark() {
      for (let entry = 0; entry < made; entry++) flags[entry] = (flags[entry] ?? 0) & isThere
    },
    *unmarked() {
      for (const entry of entries((flag) => (flag & isMarked) === 0)) yield pairs.key(places[entry] ?? 0)
    },
  }
}

/** FNV-1a with more of its bits mixed, in 32 bits. */
export function digestOf(text: string): number {
  let digest = seed
  for (let at = 0; at < text.length; at++) digest = Math.imul(digest ^ text.charCodeAt(at), 0x0100_0193)
  digest ^= digest >>> 15
  return Math.imul(digest, 0x2c1b_3c6d) >>> 0
}
