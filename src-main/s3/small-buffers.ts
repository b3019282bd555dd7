import { smallBodyBytes } from './pace.ts'

/** The sizes in which buffers come, so that a small file does not hold the room of a large one. */
const sizes = [8 * 1024, 16 * 1024, 32 * 1024, smallBodyBytes] as const

/** Buffers that have been used before, by their sizes; memory for each small file anew would be much garbage. */
const free = new Map<number, Buffer[]>(sizes.map((size) => [size, []]))

/** No more of a size are kept than may be needed at once. */
const mostKept = 256

/** A buffer with room for so many bytes, at most {@link smallBodyBytes}, with anything in it. */
export function takeSmallBuffer(sizeBytes: number): Buffer {
  const size = sizes.find((each) => each >= sizeBytes) ?? smallBodyBytes
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
}

/** Takes a buffer back that nobody will read any more: not even a socket that was given up. */
export function giveSmallBufferBack(buffer: Buffer): void {
  const kept = free.get(buffer.byteLength)
  if (kept !== undefined && kept.length < mostKept) kept.push(buffer)
}
