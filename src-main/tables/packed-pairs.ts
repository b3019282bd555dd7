import { failure } from '../../src-preload/contract/failure.ts'
import type { MakeSpool, Spool } from './spool.ts'

/** Bytes that are allocated at a time. */
const blockBytes = 256 * 1024

/** So many full blocks stay in memory, and so many of the others when they have been looked at. */
const keptBlocks = 4
const cachedBlocks = 8

/**
 * What precedes each pair: the lengths of its texts in bytes, each doubled, and one more where a letter takes two; and how
 * many bytes there are for the value.
 */
const headBytes = 12

/**
 * Pairs of texts, a key and a value, as bytes outside of the heap: a fraction of what objects and strings take there, and
 * nothing that the garbage collector has to look at. What has been appended stays where it is. Gone through in the order
 * in which they were appended. With a spool all but some MB of them are on the disk.
 */
export interface PackedPairs extends Iterable<[key: string, value: string]> {
  /** Bytes that all of them take. */
  readonly bytes: number
  /** Appends a pair, whatever is in its texts; answers where it is. */
  append(key: string, value: string): number
  /**
   * Puts a value in the place of one that is at least as long; false when that is shorter or on the disk, and nothing has
   * changed.
   */
  replace(at: number, value: string): boolean
  /** The key at a place that {@link PackedPairs.append} has answered. */
  key(at: number): string
  /** Whether that key is this text; for less than the key. */
  isKey(at: number, text: string): boolean
  /** The value at such a place. */
  value(at: number): string
  /** Gives the spool back; nothing may be asked any more. */
  close(): void
}

/** Whoever remembers a place has four bytes for it. */
const mostBytes = 2 ** 32

/**
 * Makes room for pairs; they may have up to 4 GiB together, beyond which appending throws a Failure: a place that does not
 * fit would be another pair's. What a spool cannot take stays in memory.
 */
export function createPackedPairs(makeSpool: MakeSpool = null, most = mostBytes): PackedPairs {
  /** A pair that is larger than a block has one of its own, which takes the place of several here. */
  const blocks: (Buffer | undefined)[] = []
  let end = 0
  /** Where in each block the last pair ends. */
  const ends: number[] = []
  let maySpool = true
  let spool: Spool | null = null
  /** Where in the spool a block is, and blocks of it that were looked at lately. */
  const spooled = new Map<number, number>()
  const cache = new Map<number, Buffer>()
  /** No block before this one is in memory, but for those that could not be written. */
  let firstKept = 0
  /** A block that is not needed any more is used for the next: memory anew for each would be much garbage. */
  let free: Buffer | null = null
  const setFree = (block: Buffer) => {
    if (block.byteLength === blockBytes) free = block
  }
  const takeBlock = (sizeBytes: number): Buffer => {
    const block = sizeBytes <= blockBytes ? free : null
    if (block === null) return Buffer.allocUnsafeSlow(Math.max(sizeBytes, blockBytes))
    free = null
    return block
  }
  const blockAt = (index: number): Buffer | undefined => {
    const block = blocks[index] ?? cache.get(index)
    const place = block === undefined ? spooled.get(index) : undefined
    if (place === undefined || spool === null) return block
    if (cache.size === cachedBlocks) {
      const [oldest] = cache
      if (oldest !== undefined && cache.delete(oldest[0])) setFree(oldest[1])
    }
    const sizeBytes = ends[index] ?? 0
    const read = takeBlock(sizeBytes)
    spool.read(place, read.subarray(0, sizeBytes))
    cache.set(index, read)
    return read
  }
  const blockOf = (at: number): Buffer => {
    const block = blockAt(Math.floor(at / blockBytes))
    if (block === undefined) throw new RangeError('No pair begins there.')
    return block
  }
  /** Writes full blocks to the disk, but for the last ones. */
  const spoolFull = (): void => {
    if (makeSpool === null) return
    for (; maySpool && firstKept < blocks.length - keptBlocks; firstKept++) {
      const block = blocks[firstKept]
      if (block === undefined) continue
      try {
        spool ??= makeSpool()
        spooled.set(firstKept, spool.append(block.subarray(0, ends[firstKept] ?? 0)))
        blocks[firstKept] = undefined
        setFree(block)
      } catch {
        maySpool = false
      }
    }
  }
  return {
    get bytes() {
      return end
    },
    append(key, value) {
      const keyHead = headOf(key)
      const valueHead = headOf(value)
      const needed = headBytes + (keyHead >>> 1) + (valueHead >>> 1)
      const left = blocks.length * blockBytes - end
      if (needed > left) {
        if (blocks.length * blockBytes + needed > most)
          throw failure('local-file', 'There are too many files for one sync. Sync parts of the folder.')
        end = blocks.length * blockBytes
        spoolFull()
        blocks.push(takeBlock(needed))
        for (let more = blockBytes; more < needed; more += blockBytes) blocks.push(undefined)
      }
      const at = end
      const block = blockOf(at)
      const from = at % blockBytes
      writeNumber(block, from, keyHead)
      writeNumber(block, from + 4, valueHead)
      writeNumber(block, from + 8, valueHead >>> 1)
      writeText(block, from + headBytes, key, keyHead)
      writeText(block, from + headBytes + (keyHead >>> 1), value, valueHead)
      ends[Math.floor(at / blockBytes)] = from + needed
      end = needed > blockBytes ? blocks.length * blockBytes : at + needed
      return at
    },
    replace(at, text) {
      const block = blocks[Math.floor(at / blockBytes)]
      if (block === undefined) return false
      const from = at % blockBytes
      const head = headOf(text)
      if (head >>> 1 > block.readUInt32LE(from + 8)) return false
      block.writeUInt32LE(head, from + 4)
      block.write(text, from + headBytes + (block.readUInt32LE(from) >>> 1), encodingOf(head))
      return true
    },
    key,
    isKey(at, text) {
      const block = blockOf(at)
      const from = at % blockBytes
      const head = block.readUInt32LE(from)
      if (head % 2 === 1) return key(at) === text
      if (head !== text.length * 2) return false
      const begin = from + headBytes
      for (let letter = 0; letter < text.length; letter++)
        if (block[begin + letter] !== text.charCodeAt(letter)) return false
      return true
    },
    value,
    close() {
      spool?.close()
      cache.clear()
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < blocks.length; index++) {
        if (blocks[index] === undefined && !spooled.has(index)) continue
        for (let from = 0; from < (ends[index] ?? 0);) {
          const at = index * blockBytes + from
          const block = blockOf(at)
          const sizeBytes = headBytes + (block.readUInt32LE(from) >>> 1) + block.readUInt32LE(from + 8)
          yield [key(at), value(at)]
          from += sizeBytes
        }
      }
    },
  }

  function key(at: number): string {
    const block = blockOf(at)
    const from = at % blockBytes
    const head = block.readUInt32LE(from)
    return block.toString(encodingOf(head), from + headBytes, from + headBytes + (head >>> 1))
  }

  function value(at: number): string {
    const block = blockOf(at)
    const from = (at % blockBytes) + headBytes + (block.readUInt32LE(at % blockBytes) >>> 1)
    const head = block.readUInt32LE((at % blockBytes) + 4)
    return block.toString(encodingOf(head), from, from + (head >>> 1))
  }
}

/**
 * How a text is kept: its length in bytes, doubled, and one more where a letter takes two. Latin-1 where that has all
 * letters of a text, as nearly always, else UTF-16: both keep whatever is in it.
 */
export function headOf(text: string): number {
  return /[^\u0000-\u00ff]/.test(text) ? text.length * 4 + 1 : text.length * 2
}

/** As Node has it, which asks first whether it is a number. */
function writeNumber(block: Buffer, at: number, number: number): void {
  block[at] = number
  block[at + 1] = number >>> 8
  block[at + 2] = number >>> 16
  block[at + 3] = number >>> 24
}

/** Texts up to so many letters are written sooner than Node is asked to. */
const shortLetters = 100

function writeText(block: Buffer, at: number, text: string, head: number): void {
  if (head % 2 === 1 || text.length > shortLetters) block.write(text, at, encodingOf(head))
  else for (let letter = 0; letter < text.length; letter++) block[at + letter] = text.charCodeAt(letter)
}

/** What {@link headOf} says of the bytes. */
export function encodingOf(head: number): 'latin1' | 'utf16le' {
  return head % 2 === 1 ? 'utf16le' : 'latin1'
}
