import { closeSync, readSync } from 'node:fs'

/** Closes a file that is read and written with calls that block; one that is closed already stays so. */
export function closeDescriptor(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // It is closed already.
  }
}

/** Closes the files of what nobody has any more. Whoever closes one before has to unregister it. */
export const abandonedDescriptors = new FinalizationRegistry(closeDescriptor)

/** Fills a buffer from a place of a file; false when the file ends before. Throws the system's error. */
export function readWhole(fd: number, bytes: Uint8Array, at: number): boolean {
  for (let done = 0; done < bytes.byteLength;) {
    const read = readSync(fd, bytes, done, bytes.byteLength - done, at + done)
    if (read === 0) return false
    done += read
  }
  return true
}
