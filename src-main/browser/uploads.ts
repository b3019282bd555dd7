import { constants, rmSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { localFailure } from '../settings/local-failure.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'

const noRoom = 'There is no room on this computer for what was dropped.'
const notStored = 'A dropped file could not be stored on this computer'

/** Where one file of a drop belongs. */
export interface UploadPlace {
  /** Made by the page: one drop. */
  readonly batch: string
  /** Counts equal names of one drop apart. */
  readonly group: number
  /** Relative, with `/`. */
  readonly name: string
}

/** Dropped bytes as temporary files, until the host ends. */
export interface Uploads {
  /** Writes one file. Throws `invalid-argument`, `local-file` or `disk-full`; nothing is left of a file that failed. */
  receive(place: UploadPlace, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** Makes an empty folder, so that a drop of one is not a drop of nothing. */
  makeFolder(place: UploadPlace): Promise<void>
  /** What was dropped, topmost. Throws `not-found` for a batch that was not uploaded. */
  sources(batch: string): Promise<LocalPath[]>
  /** Removes everything. */
  removeAll(): void
}

const batchPattern = /^[A-Za-z0-9-]{8,64}$/
const maxSegments = 64
const maxSegmentBytes = 255

/** The parts of a relative name, or null when one of them could lead out of the folder or cannot be stored. */
export function uploadSegments(name: string, platform: NodeJS.Platform = process.platform): string[] | null {
  const segments = name.split('/')
  if (segments.length > maxSegments) return null
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..' || segment.includes('\0')) return null
    if (Buffer.byteLength(segment, 'utf8') > maxSegmentBytes) return null
    // Windows stores none of these.
    if (platform === 'win32' && (/[<>:"\\|?*\u0001-\u001f]/.test(segment) || /[. ]$/.test(segment)))
      return null
    if (platform === 'win32' && /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(segment)) return null
  }
  return segments
}

/** Makes the folder that holds the dropped files, readable by its owner alone. */
export async function createUploads(parent = tmpdir()): Promise<Uploads> {
  const base = await mkdtemp(join(parent, 'pail-dropped-'))

  async function folderOf({ batch, group, name }: UploadPlace): Promise<{ folder: string; file: string }> {
    const segments = uploadSegments(name)
    if (
      !batchPattern.test(batch) ||
      !Number.isInteger(group) ||
      group < 0 ||
      group > 100_000 ||
      segments === null
    ) {
      throw failure('invalid-argument', 'A dropped file has a name that cannot be stored here.')
    }
    const file = segments.pop() ?? ''
    const folder = join(base, batch, String(group), ...segments)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return { folder, file }
  }

  return {
    async receive(place, bytes) {
      let path: string | null = null
      let handle: FileHandle | null = null
      try {
        const { folder, file } = await folderOf(place)
        // Never through a link, never over a file that is there.
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
        const target = join(folder, file)
        handle = await open(target, flags, 0o600)
        path = target
        await handle.writeFile(bytes)
        await handle.close()
      } catch (error) {
        await handle?.close().catch(() => undefined)
        if (path !== null) await rm(path, { force: true })
        throw localFailure(error, noRoom, notStored)
      }
    },
    async makeFolder(place) {
      try {
        const { folder, file } = await folderOf(place)
        await mkdir(join(folder, file), { recursive: true, mode: 0o700 })
      } catch (error) {
        throw localFailure(error, noRoom, notStored)
      }
    },
    async sources(batch) {
      if (!batchPattern.test(batch)) throw failure('invalid-argument', 'There is no such drop.')
      try {
        const groups = await readdir(join(base, batch))
        const names = await Promise.all(
          groups.map(async (group) =>
            (await readdir(join(base, batch, group))).map((name) => ({
              path: join(base, batch, group, name),
            })),
          ),
        )
        return names.flat()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          throw failure('not-found', 'There is no such drop.', { cause: error })
        }
        throw error
      }
    },
    removeAll: () => rmSync(base, { recursive: true, force: true }),
  }
}
