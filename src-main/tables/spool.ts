import { randomBytes } from 'node:crypto'
import { mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { abandonedDescriptors, closeDescriptor, readWhole } from './descriptor.ts'

/** A file for what one plan would otherwise have in memory. Nobody else reads it, and nothing of it stays behind. */
export interface Spool {
  /** Appends bytes; answers where they are. Throws the system's error, and what was there can still be read. */
  append(bytes: Uint8Array): number
  /**
   * Fills a buffer with what was appended there in one piece. Throws the Failure `local-file` when it cannot be read or is
   * not what was written: nobody may take that for nothing.
   */
  read(at: number, bytes: Uint8Array): void
  close(): void
}

/** Makes a spool when it is first needed; null where nothing may be kept on the disk. */
export type MakeSpool = (() => Spool) | null

const spoolName = /^spool-[0-9a-f]{16}\.tmp$/

/** Spools in a directory, which need not be there yet. Where there is none, none. */
export function spoolsIn(directory: string | undefined): MakeSpool {
  return directory === undefined ? null : () => createSpool(directory)
}

/**
 * Makes a spool in a directory. Its name is taken away at once where the system lets us, so that it ends with the
 * process, however that ends; what another one had to leave is removed before. Throws the system's error.
 */
function createSpool(directory: string): Spool {
  // Not imported: nearly no plan needs a spool.
  const { crc32 } = process.getBuiltinModule('node:zlib')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Whoever still reads one of these goes on reading it.
  for (const name of readdirSync(directory)) if (spoolName.test(name)) remove(join(directory, name))
  const path = join(directory, `spool-${randomBytes(8).toString('hex')}.tmp`)
  const fd = openSync(path, 'wx+', 0o600)
  remove(path)
  let end = 0
  let isOpen = true
  /** Of each piece by its place. A system may take bytes and lose them only when it writes them to the disk. */
  const sums = new Map<number, number>()
  const isRead = (at: number, bytes: Uint8Array): boolean => {
    try {
      return isOpen && readWhole(fd, bytes, at) && crc32(bytes) === sums.get(at)
    } catch {
      return false
    }
  }
  const spool: Spool = {
    append(bytes) {
      const at = end
      for (let done = 0; done < bytes.byteLength;)
        done += writeSync(fd, bytes, done, bytes.byteLength - done, at + done)
      end = at + bytes.byteLength
      sums.set(at, crc32(bytes))
      return at
    },
    read(at, bytes) {
      if (!isRead(at, bytes))
        throw failure('local-file', 'A temporary file of the plan cannot be read any more. Make a new plan.')
    },
    close() {
      if (!isOpen) return
      isOpen = false
      abandonedDescriptors.unregister(spool)
      closeDescriptor(fd)
      remove(path)
    },
  }
  abandonedDescriptors.register(spool, fd, spool)
  return spool
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone, or the system keeps the name as long as the file is open.
  }
}
