import { encodingOf, headOf } from './packed-pairs.ts'

/** A key with its value; null where it says that there is none (any more). */
export type SortedEntry = readonly [key: string, value: string | null]

/** A group is closed when it has so many bytes. */
const groupBytes = 32 * 1024

/** What precedes each entry: of the key and of the value how it is kept and how long it is. */
const headBytes = 8

/** In the place of the head of a value: there is none. */
const noValue = 0xffff_ffff

/** Some entries that follow one another, as bytes. */
export interface GroupBytes {
  readonly bytes: Buffer
  readonly count: number
  readonly firstKey: string
  readonly lastKey: string
}

/**
 * Entries in groups of some 32 KiB, each good until the next is asked for. They have to come in the order of their keys.
 */
export function* groupsOf(entries: Iterable<SortedEntry>): Generator<GroupBytes> {
  let buffer = Buffer.allocUnsafe(2 * groupBytes)
  let end = 0
  let count = 0
  let firstKey = ''
  let lastKey = ''
  for (const [key, value] of entries) {
    const [keyHead, valueHead] = [headOf(key), value === null ? 0 : headOf(value)]
    const needed = headBytes + (keyHead >>> 1) + (valueHead >>> 1)
    if (count > 0 && end + needed > groupBytes) {
      yield { bytes: buffer.subarray(0, end), count, firstKey, lastKey }
      end = 0
      count = 0
    }
    if (needed > buffer.byteLength - end) buffer = Buffer.allocUnsafe(needed)
    if (count++ === 0) firstKey = key
    lastKey = key
    buffer.writeUInt32LE(keyHead, end)
    buffer.writeUInt32LE(value === null ? noValue : valueHead, end + 4)
    buffer.write(key, end + headBytes, encodingOf(keyHead))
    if (value !== null) buffer.write(value, end + headBytes + (keyHead >>> 1), encodingOf(valueHead))
    end += needed
  }
  if (count > 0) yield { bytes: buffer.subarray(0, end), count, firstKey, lastKey }
}

let room: Buffer | null = null

/**
 * Room for the bytes of a group, which is parsed at once: it is good until the next is asked for. A new one for each would
 * be many megabytes before anybody collects them.
 */
export function roomForGroup(sizeBytes: number): Buffer {
  // One entry may be as long as it likes; that is not kept.
  if (sizeBytes > 2 * groupBytes) return Buffer.allocUnsafe(sizeBytes)
  return (room ??= Buffer.allocUnsafe(2 * groupBytes)).subarray(0, sizeBytes)
}

/** The entries of a group. */
export interface Group {
  readonly keys: readonly string[]
  readonly values: readonly (string | null)[]
}

/** Undoes {@link groupsOf}; null for bytes that are no group of so many entries. */
export function parseGroup(bytes: Buffer, count: number): Group | null {
  const keys: string[] = []
  const values: (string | null)[] = []
  let at = 0
  while (at + headBytes <= bytes.byteLength) {
    const keyHead = bytes.readUInt32LE(at)
    const valueHead = bytes.readUInt32LE(at + 4)
    const middle = at + headBytes + (keyHead >>> 1)
    const end = middle + (valueHead === noValue ? 0 : valueHead >>> 1)
    if (end > bytes.byteLength) return null
    keys.push(bytes.toString(encodingOf(keyHead), at + headBytes, middle))
    values.push(valueHead === noValue ? null : bytes.toString(encodingOf(valueHead), middle, end))
    at = end
  }
  return at === bytes.byteLength && keys.length === count ? { keys, values } : null
}
