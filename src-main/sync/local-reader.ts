import { hash } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { SourceHashes } from '../s3/e-tag.ts'
import { hashSource } from '../s3/e-tag.ts'
import { openLocalSource, readSmallFile } from '../s3/local-source.ts'
import { smallBodyBytes } from '../s3/pace.ts'
import { giveSmallBufferBack, takeSmallBuffer } from '../s3/small-buffers.ts'
import type { LocalFile } from './local-file.ts'

/** How a plan reads files: from the disk, or through an index of known digests. */
export interface LocalReader {
  /** Whether a file could be opened. */
  canRead(file: LocalFile): Promise<boolean> | boolean
  /** The digests of a file that need not be read; null where it has to be. */
  known?(file: LocalFile, parts: number | null): SourceHashes | null
  /** The digests of a file that is the one that was walked. Throws Failures: `local-changed`, `local-file`. */
  hash(
    file: LocalFile,
    options: { parts: number | null; signal?: AbortSignal | undefined },
  ): Promise<SourceHashes>
}

/** Reads from the disk, without following links, and only if nothing has changed meanwhile (S52). */
export const diskReader: LocalReader = {
  canRead: (file) =>
    access(file.path, constants.R_OK).then(
      () => true,
      () => false,
    ),
  async hash(file, options) {
    const source = await openLocalSource(file.path, file.identity)
    try {
      const hashes = await hashSource(source, options)
      await source.verifyUnchanged()
      return hashes
    } finally {
      await source.close()
    }
  },
}

const noETags: ReadonlySet<string> = new Set()

/** The same, with short calls that block this process: see `readsAtOnce` of a session. */
export const diskReaderAtOnce: LocalReader = {
  async hash(file, options) {
    const { path, identity } = file
    if (identity.sizeBytes > smallBodyBytes || options.parts !== null) return diskReader.hash(file, options)
    const buffer = takeSmallBuffer(identity.sizeBytes)
    try {
      const bytes = readSmallFile(path, identity, buffer)
      // What is wrong with it is said by who reads it in turns.
      return bytes === null
        ? await diskReader.hash(file, options)
        : { md5: hash('md5', bytes), multipart: noETags }
    } finally {
      giveSmallBufferBack(buffer)
    }
  },
  canRead(file) {
    try {
      accessSync(file.path, constants.R_OK)
      return true
    } catch {
      return false
    }
  },
}
