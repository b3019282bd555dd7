/** Bytes that are allocated at a time. */
const blockBytes = 256 * 1024

/**
 * What precedes each pair: the lengths of its texts in bytes, each doubled, and one more where a letter takes two; and how
 * many bytes there are for the value.
 */
const headBytes = 12

/**
 * Pairs of texts, a key and a value, as bytes outside of the heap: a fraction of what objects and strings take there, and
 * nothing that the garbage collector has to look at. What has been appended stays where it is. Gone through in the order
 * in which they were appended.
 */
export interface PackedPairs extends Iterable<[key: string, value: string]> {
  /** Bytes that all of them take. */
  readonly bytes: number
  /** Appends a pair, whatever is in its texts; answers where it is. */
  append(key: string, value: string): number
  /** Puts a value in the place of one that is at least as long; false when that is shorter, and nothing has changed. */
  replace(at: number, value: string): boolean
  /** The key at a place that {@link PackedPairs.append} has answered. */
  key(at: number): string
  /** The value at such a place. */
  value(at: number): string
}

/** Makes room for pairs; they may have up to 4 GiB together. */
export function createPackedPairs(): PackedPairs {
  /** A pair that is larger than a block has one of its own, which takes the place of several here. */
  const blocks: (Buffer | undefined)[] = []
  let end = 0
  /** Where in each block the last pair ends. */
  const ends: number[] = []
  const blockOf = (at: number): Buffer => {
    const block = blocks[Math.floor(at / blockBytes)]
    if (block === undefined) throw new RangeError('No pair begins there.')
    return block
  }
  return {
    get bytes() {
      return end
    },
    append(key, value) {
      const [keyHead, valueHead] = [headOf(key), headOf(value)]
      const needed = headBytes + (keyHead >>> 1) + (valueHead >>> 1)
      const left = blocks.length * blockBytes - end
      if (needed > left) {
        end = blocks.length * blockBytes
        blocks.push(Buffer.allocUnsafeSlow(Math.max(needed, blockBytes)))
        for (let more = blockBytes; more < needed; more += blockBytes) blocks.push(undefined)
      }
      const at = end
      const block = blockOf(at)
      const from = at % blockBytes
      block.writeUInt32LE(keyHead, from)
      block.writeUInt32LE(valueHead, from + 4)
      block.writeUInt32LE(valueHead >>> 1, from + 8)
      block.write(key, from + headBytes, encodingOf(keyHead))
      block.write(value, from + headBytes + (keyHead >>> 1), encodingOf(valueHead))
      ends[Math.floor(at / blockBytes)] = from + needed
      end = needed > blockBytes ? blocks.length * blockBytes : at + needed
      return at
    },
    replace(at, text) {
      const block = blockOf(at)
      const from = at % blockBytes
      const head = headOf(text)
      if (head >>> 1 > block.readUInt32LE(from + 8)) return false
      block.writeUInt32LE(head, from + 4)
      block.write(text, from + headBytes + (block.readUInt32LE(from) >>> 1), encodingOf(head))
      return true
    },
    key,
    value,
    *[Symbol.iterator]() {
      for (const [index, block] of blocks.entries()) {
        if (block === undefined) continue
        for (let from = 0; from < (ends[index] ?? 0);) {
          const at = index * blockBytes + from
          yield [key(at), value(at)]
          from += headBytes + (block.readUInt32LE(from) >>> 1) + block.readUInt32LE(from + 8)
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

/** Latin-1 where that has all letters of a text, as nearly always, else UTF-16: both keep whatever is in it. */
function headOf(text: string): number {
  return /[^\u0000-\u00ff]/.test(text) ? text.length * 4 + 1 : text.length * 2
}

function encodingOf(head: number): 'latin1' | 'utf16le' {
  return head % 2 === 1 ? 'utf16le' : 'latin1'
}
