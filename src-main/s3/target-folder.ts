import { createHash, randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { link, lstat, mkdir, open, realpath, rename, statfs, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { waitForDescriptors } from './local-source.ts'
import { toFailure } from './map-error.ts'
import { markOfTheWeb } from './mark-of-the-web.ts'

/** A folder below a root, reached without following a link, in which one file is about to be made (S34). */
export interface TargetFolder {
  /**
   * A new empty file for reading and writing, mode 0600, under a name of its own or, with an `id`, under the one that
   * this gives; what another attempt has left there is removed.
   */
  createTemporary(id?: string): Promise<TemporaryFile>
  /** The file that {@link createTemporary} has made for the same id before; null when there is none, or not as it made it. */
  reopenTemporary(id: string): Promise<TemporaryFile | null>
  /** Removes the temporary file of an id, if it is there. */
  removeTemporary(id: string): Promise<void>
  /** How many bytes can still be written there; null where the system does not say. */
  freeBytes(): Promise<number | null>
  /** Gives a temporary file its name, if that is free; otherwise `already-exists`, unless it `replaces` what is there. */
  publish(temporary: TemporaryFile, name: string, replaces?: boolean): Promise<void>
  close(): Promise<void>
}

/** See {@link TargetFolder.createTemporary}. */
export interface TemporaryFile {
  readonly handle: FileHandle
  readonly name: string
  /** Closes and removes the file, if it is still there; never throws. */
  discard(): Promise<void>
  /** Closes the file and leaves it there for another attempt; never throws. */
  keep(): Promise<void>
}

/** `O_PATH` of Linux, which Node does not name: enough to hold a folder, and it needs no right to read it. */
const openPath = 0o10000000

/**
 * Opens the folder `segments` below `root`, making what is missing. No segment may be a link: on Linux each is opened
 * relative to the one before, so that a link planted at any moment is not followed; elsewhere the real path is compared
 * before and after. Throws Failures of this computer.
 */
export async function openTargetFolder(
  root: string,
  segments: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Promise<TargetFolder> {
  for (const segment of segments) {
    if (
      segment === '' ||
      segment === '.' ||
      segment === '..' ||
      /[/\0]/.test(segment) ||
      segment.includes(sep)
    ) {
      throw failure('safety-refused', 'A folder name that leads elsewhere was refused.')
    }
  }
  try {
    return platform === 'linux'
      ? await openOnLinux(root, segments)
      : await openByPath(root, segments, platform)
  } catch (error) {
    throw asFailure(error)
  }
}

async function openOnLinux(root: string, segments: readonly string[]): Promise<TargetFolder> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | openPath
  let folder = await waitForDescriptors(() => open(root, flags))
  try {
    for (const segment of segments) {
      // `/proc/self/fd/N/name` is openat(N, name): the folders before it cannot be exchanged any more.
      const path = `${inside(folder)}/${segment}`
      await mkdir(path, 0o777).catch(ignoreExisting)
      const next = await waitForDescriptors(() => open(path, flags | constants.O_NOFOLLOW)).catch(
        (error: unknown) => {
          const { code } = error as NodeJS.ErrnoException
          throw code === 'ELOOP' || code === 'ENOTDIR' ? notAFolder(segment) : error
        },
      )
      await folder.close()
      folder = next
    }
  } catch (error) {
    await folder.close()
    throw error
  }
  return folderAt(
    inside(folder),
    'linux',
    () => Promise.resolve(),
    () => folder.close(),
  )
}

async function openByPath(
  root: string,
  segments: readonly string[],
  platform: NodeJS.Platform,
): Promise<TargetFolder> {
  const base = await realpath(root)
  let path = base
  for (const segment of segments) {
    const wanted = join(path, segment)
    await mkdir(wanted).catch(ignoreExisting)
    if (!(await lstat(wanted)).isDirectory()) throw notAFolder(segment)
    // A folder that was there may be spelt otherwise (`Photos` for `photos`, accents): its own spelling counts.
    const real = await realpath(wanted)
    if (dirname(real) !== path) throw movedAway()
    path = real
  }
  const before = await lstat(path, { bigint: true })
  return folderAt(
    path,
    platform,
    async () => {
      const [real, now] = await Promise.all([realpath(path), lstat(path, { bigint: true })])
      if (real !== path || !sameFolder(before, now)) throw movedAway()
    },
    () => Promise.resolve(),
  )
}

function folderAt(
  path: string,
  platform: NodeJS.Platform,
  check: () => Promise<void>,
  close: () => Promise<void>,
): TargetFolder {
  const temporaryAt = (handle: FileHandle, name: string): TemporaryFile => ({
    handle,
    name,
    async discard() {
      await handle.close().catch(() => undefined)
      await unlink(join(path, name)).catch(() => undefined)
    },
    async keep() {
      await handle.close().catch(() => undefined)
    },
  })
  const noFollow = constants.O_NOFOLLOW ?? 0
  return {
    async createTemporary(id) {
      const name = temporaryName(id)
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | noFollow
      try {
        await check()
        if (id !== undefined) await unlink(join(path, name)).catch(ignoreMissing)
        const handle = await waitForDescriptors(() => open(join(path, name), flags, 0o600))
        const temporary = temporaryAt(handle, name)
        try {
          await check()
        } catch (error) {
          await temporary.discard()
          throw error
        }
        return temporary
      } catch (error) {
        throw asFailure(error)
      }
    },
    async reopenTemporary(id) {
      const name = temporaryName(id)
      const named = await lstat(join(path, name)).catch(() => null)
      if (named === null || !named.isFile()) return null
      try {
        await check()
        const handle = await waitForDescriptors(() => open(join(path, name), constants.O_RDWR | noFollow))
        // Of somebody else, or with another name somewhere, it may not be what it was.
        const { uid, nlink, ino, dev } = await handle.stat().catch(async (error: unknown) => {
          await handle.close()
          throw error
        })
        const isOurs = uid === (process.getuid?.() ?? uid) && nlink === 1
        if (isOurs && ino === named.ino && dev === named.dev) return temporaryAt(handle, name)
        await handle.close()
        return null
      } catch {
        return null
      }
    },
    async removeTemporary(id) {
      await check()
      await unlink(join(path, temporaryName(id))).catch(() => undefined)
    },
    async freeBytes() {
      const found = await statfs(path).catch(() => null)
      // Some network drives know nothing and say 0.
      return found === null || found.blocks === 0 ? null : found.bavail * found.bsize
    },
    async publish(temporary, name, replaces = false) {
      try {
        await check()
        const [from, to] = [join(path, temporary.name), join(path, name)]
        // Before it has its name, so that it is not there unmarked for a moment.
        await markOfTheWeb(from, platform)
        // A link is replaced itself, and not what it points to; a folder is not.
        await (replaces ? rename(from, to) : renameToFreeName(from, to))
        await syncFolder(path)
      } catch (error) {
        throw asFailure(error)
      }
    },
    close,
  }
}

/** The name of a temporary file; hidden, and the same for the same id. */
export function temporaryName(id: string | undefined): string {
  const unique = id === undefined ? randomBytes(9) : createHash('sha256').update(id).digest().subarray(0, 9)
  return `.${unique.toString('base64url')}.pail-part`
}

/** Whether a file is named as those of {@link TargetFolder.createTemporary} are. */
export function isTemporaryName(name: string): boolean {
  return /^\.[\w-]{12}\.pail-part$/.test(name)
}

/** Whether there is something of this name: a link counts, and not what it points to. */
export async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Renames a file unless the name is taken (`already-exists`): rename() would replace what is there, a link does not. */
export async function renameToFreeName(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw taken()
    if (
      !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES', 'EINVAL', 'EISDIR'].includes(
        code ?? '',
      )
    )
      throw error
    // No hard links here (FAT, some network drives): take the name with an empty file of our own, then replace that.
    const placeholder = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    await placeholder.close()
    try {
      await rename(from, to)
    } catch (problem) {
      // An empty file under the name of a download would be taken for it.
      await unlink(to).catch(() => undefined)
      throw problem
    }
    return
  }
  await unlink(from)
}

/** Makes a new name survive a power cut where the system offers that for folders. Throws what the system throws. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY).catch(() => null)
  if (folder === null) return
  try {
    await folder.sync()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!['EINVAL', 'EPERM', 'EBADF', 'EISDIR', 'ENOTSUP'].includes(code ?? '')) throw error
  } finally {
    await folder.close()
  }
}

function inside(folder: FileHandle): string {
  return `/proc/self/fd/${folder.fd}`
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function sameFolder(a: BigIntStats, b: BigIntStats): boolean {
  return b.isDirectory() && a.dev === b.dev && a.ino === b.ino
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return taken()
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return failure('local-missing', 'The folder is not there any more.')
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return failure('local-file', 'Pail may not write into this folder.', { cause: error })
  }
  if (code === 'ENAMETOOLONG')
    return failure('local-file', 'The name is too long for this disk.', { cause: error })
  return toFailure(error, {})
}

function taken(): Failure {
  return failure('already-exists', 'There is a file of this name already. It was left alone.')
}

function notAFolder(segment: string): Failure {
  return failure(
    'safety-refused',
    `“${segment}” is a link or a file, not a folder; nothing was written through it.`,
  )
}

function movedAway(): Failure {
  return failure(
    'safety-refused',
    'The folder was exchanged while a file was being written; nothing was kept.',
  )
}
