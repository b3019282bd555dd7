import type { BigIntStats } from 'node:fs'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { FilePiece } from './file-pieces.ts'
import { readPieces, sizeOfPieces } from './file-pieces.ts'
import { toFailure } from './map-error.ts'

/** What makes a file the same file with the same content, as far as the file system tells (S52). */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** When the system last changed anything about it. Not compared here: a new mode or a new link moves it, too. */
  readonly ctimeNs: bigint
}

/** A local file, or {@link FilePiece}s of it, being read: one descriptor from beginning to end. */
export interface LocalSource {
  readonly identity: FileIdentity
  /** How many bytes there are to read: those of the file, or of the pieces together. */
  readonly sizeBytes: number
  /** Fills the whole buffer from `position`; a file that ends early is `local-changed`. */
  read(buffer: Uint8Array, position: number): Promise<void>
  /** Throws `local-changed` unless the descriptor and the path still are what was opened. */
  verifyUnchanged(): Promise<void>
  close(): Promise<void>
}

const mib = 1024 * 1024

/**
 * Reads what a source has from `from` up to `to`, in pieces of at most 1 MiB of one buffer: each is good until the next is
 * asked for. Throws Failures of this computer.
 */
export async function* readPiecewise(
  source: Pick<LocalSource, 'read'>,
  [from, to]: readonly [from: number, to: number],
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(to - from, mib))
  for (let position = from; position < to; position += buffer.byteLength) {
    signal?.throwIfAborted()
    const piece = buffer.subarray(0, Math.min(buffer.byteLength, to - position))
    await source.read(piece, position)
    yield piece
  }
}

/** The identity that a stat tells. */
export function identityOf(stats: BigIntStats): FileIdentity {
  return {
    dev: stats.dev,
    ino: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  }
}

/** Whether two identities are the same file with the same content. */
export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs
}

/** The identity of the regular file at a path, links not followed. Throws `local-missing` and `local-changed`. */
export async function identifyFile(path: string): Promise<FileIdentity> {
  const source = await openLocalSource(path)
  await source.close()
  return source.identity
}

/**
 * Opens a regular file for reading without following a link (S52). With `expected`, another file in its place, or
 * behind a folder that became a link, is `local-changed`. With `pieces` they are what is read, and not the whole file.
 * Throws Failures of this computer only.
 */
export async function openLocalSource(
  path: string,
  expected?: FileIdentity,
  pieces?: readonly FilePiece[],
): Promise<LocalSource> {
  const handle = await openHandle(path)
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw failure('local-changed', 'This is not a file any more.', { retryable: true })
    const identity = identityOf(stats)
    if (expected !== undefined && !sameIdentity(expected, identity)) throw changed()
    const read = (buffer: Uint8Array, position: number) => readFully(handle, buffer, position)
    return {
      identity,
      sizeBytes: pieces === undefined ? identity.sizeBytes : sizeOfPieces(pieces),
      read:
        pieces === undefined ? read : (buffer, position) => readPieces(pieces, read, { buffer, position }),
      async verifyUnchanged() {
        const [opened, named] = await Promise.all([
          handle.stat({ bigint: true }),
          lstat(path, { bigint: true }).catch(() => null),
        ])
        if (!sameIdentity(identityOf(opened), identity)) throw changed()
        if (named === null) throw failure('local-missing', 'The file went away while it was being sent.')
        if (!named.isFile() || !sameIdentity(identityOf(named), identity)) throw changed()
      },
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw asLocalFailure(error)
  }
}

/**
 * Reads a small file that is `expected` before and after (S52) to the beginning of a buffer that is large enough, with
 * calls that block this process: a tenth of the work of those that wait in turn. Answers its bytes. Null when anything was not as it should be; {@link openLocalSource} then says what.
 */
export function readSmallFile(path: string, expected: FileIdentity, into: Buffer): Uint8Array | null {
  const noFollow = constants.O_NOFOLLOW ?? 0
  if (noFollow === 0) return null
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | noFollow | constants.O_NONBLOCK)
    const isExpected = (stats: BigIntStats) => stats.isFile() && sameIdentity(identityOf(stats), expected)
    if (!isExpected(fstatSync(descriptor, { bigint: true }))) return null
    const bytes = into.subarray(0, expected.sizeBytes)
    if (readSync(descriptor, bytes, 0, bytes.byteLength, 0) !== bytes.byteLength) return null
    const isSame =
      isExpected(fstatSync(descriptor, { bigint: true })) && isExpected(lstatSync(path, { bigint: true }))
    return isSame ? bytes : null
  } catch {
    return null
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

async function openHandle(path: string): Promise<FileHandle> {
  // Where there is no O_NOFOLLOW (Windows), the check before and the identity after stand in for it.
  const noFollow = constants.O_NOFOLLOW ?? 0
  if (noFollow === 0 && (await lstat(path).catch(() => null))?.isSymbolicLink()) throw becameLink()
  try {
    // Non-blocking, because a FIFO put in the file's place would otherwise wait for its writer for ever.
    return await waitForDescriptors(() =>
      open(path, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0)),
    )
  } catch (error) {
    throw asLocalFailure(error)
  }
}

/** Runs `work` again while this process has too many files open (F34), for at most half a minute. */
export async function waitForDescriptors<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if ((code !== 'EMFILE' && code !== 'ENFILE') || attempt >= 60) throw error
      await sleep(Math.min(500, 20 * 2 ** attempt))
    }
  }
}

async function readFully(handle: FileHandle, buffer: Uint8Array, position: number): Promise<void> {
  let filled = 0
  while (filled < buffer.byteLength) {
    const { bytesRead } = await handle
      .read(buffer, filled, buffer.byteLength - filled, position + filled)
      .catch((error: unknown) => {
        throw asLocalFailure(error)
      })
    if (bytesRead === 0) throw changed()
    filled += bytesRead
  }
}

function asLocalFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ELOOP' || code === 'EMLINK') return becameLink()
  if (code === 'EACCES' || code === 'EPERM')
    return failure('local-file', 'Pail may not read this file.', { cause: error })
  return toFailure(error, {})
}

function changed(): Failure {
  return failure('local-changed', 'The file changed while it was being sent. Nothing was stored.', {
    retryable: true,
  })
}

function becameLink(): Failure {
  return failure('local-changed', 'The file became a link to somewhere else. Nothing was stored.')
}
