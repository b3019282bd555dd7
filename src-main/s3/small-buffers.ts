import { smallBodyBytes } from './pace.ts'

/** Buffers of {@link smallBodyBytes} that have been used before; memory for each small file anew would be much garbage. */
const free: Buffer[] = []

/** No more are kept than may be needed at once. */
const mostKept = 256

/** A buffer of {@link smallBodyBytes} with anything in it. */
export function takeSmallBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(smallBodyBytes)
}

/** Takes a buffer back that nobody will read any more: not even a socket that was given up. */
export function giveSmallBufferBack(buffer: Buffer): void {
  if (free.length < mostKept) free.push(buffer)
}
