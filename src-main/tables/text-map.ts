/**
 * A map from texts to texts in the order of their first insertion, with marks, of what is not worth being kept as bytes:
 * some thousand entries at most, each of which takes several times what its bytes would, and a fraction of the
 * time.
 */
export interface TextMap extends Iterable<[key: string, value: string]> {
  readonly size: number
  /** Bytes that all of it takes, roughly: those of its letters, and a share for each entry. */
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
  isMarked(key: string): boolean
  readonly isMarkedWhole: boolean
  /** The keys that are not marked. They may be deleted meanwhile. */
  unmarked(): Iterable<string>
}

/**
 * What an entry takes beside the letters of its texts. One whose text was put together of several, and which nobody has
 * looked into, holds on to all of these and takes up to twice as much: still bounded, and cheaper than a copy of each text.
 */
const entryBytes = 80

/** Makes an empty map. */
export function createTextMap(): TextMap {
  const values = new Map<string, string>()
  /** The keys that are not marked: nearly always none, or all until they are marked one after the other. */
  let left = new Set<string>()
  let bytes = 0
  return {
    get size() {
      return values.size
    },
    get bytes() {
      return bytes
    },
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      const before = values.get(key)
      bytes += before === undefined ? entryBytes + key.length + value.length : value.length - before.length
      values.set(key, value)
      if (left.size > 0) left.delete(key)
    },
    delete(key) {
      const before = values.get(key)
      if (before === undefined) return false
      bytes -= entryBytes + key.length + before.length
      left.delete(key)
      return values.delete(key)
    },
    keys: () => values.keys(),
    [Symbol.iterator]: () => values[Symbol.iterator](),
    mark(key) {
      if (left.size > 0) left.delete(key)
    },
    unmark() {
      left = new Set(values.keys())
    },
    isMarked: (key) => !left.has(key),
    get isMarkedWhole() {
      return left.size === 0
    },
    unmarked: () => left.values(),
  }
}
