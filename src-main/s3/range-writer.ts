import type { FileHandle } from 'node:fs/promises'
import type { ObjectRange } from './object-range.ts'

/** Written at once: a system call for each piece of 64 KiB would cost more than the copy. */
const gatheredBytes = 1024 * 1024

/** Writes what comes of a range to its place in a file, while more is coming. Memory: twice {@link gatheredBytes}. */
export interface RangeWriter {
  /** Takes bytes; returns when there is room for more. */
  add(bytes: Uint8Array): Promise<void>
  /** Returns when all that was added is written. */
  flush(): Promise<void>
}

/** Makes one that goes on at `range.written` and moves it. */
export function createRangeWriter(handle: FileHandle, range: ObjectRange): RangeWriter {
  let gathered: Uint8Array[] = []
  let bytes = 0
  let at = range.written
  let writing: Promise<void> = Promise.resolve()

  const begin = async () => {
    await writing
    if (bytes === 0) return
    const buffers = gathered
    const from = at
    at += bytes
    gathered = []
    bytes = 0
    writing = writeAll(handle, buffers, from).then(() => {
      range.written = from + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
    })
    // Heard of by the next that waits for it.
    writing.catch(() => undefined)
  }

  return {
    async add(chunk) {
      gathered.push(chunk)
      bytes += chunk.byteLength
      if (bytes >= gatheredBytes) await begin()
    },
    async flush() {
      await begin()
      await writing
    },
  }
}

async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], from: number): Promise<void> {
  let left = buffers
  let position = from
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left, position)
    position += bytesWritten
    const rest: Uint8Array[] = []
    for (const buffer of left) {
      if (bytesWritten >= buffer.byteLength) bytesWritten -= buffer.byteLength
      else {
        rest.push(buffer.subarray(bytesWritten))
        bytesWritten = 0
      }
    }
    left = rest
  }
}
