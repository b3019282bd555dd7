import { randomBytes } from 'node:crypto'
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { Selection } from '../../src-preload/contract/selection.ts'
import type { FilePiece } from '../s3/file-pieces.ts'
import { type FileIdentity, identityOf } from '../s3/local-source.ts'
import { leftOutReason } from './left-out-files.ts'
import { walkLocalTree } from './local-tree.ts'

/** A file that a person dropped or chose. Its path never leaves the main process (S15). */
export interface SelectedFile {
  /** Relative, with `/`, in NFC: `photos/a.jpg` for a file of the dropped folder `photos`. */
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
  /** What was there when it was chosen; another file in its place is not sent unseen. */
  readonly identity: FileIdentity
  /** What of it is sent, where that is not the whole; `sizeBytes` is then of that. */
  readonly pieces?: readonly FilePiece[]
}

/** Selections behind opaque ids. Only the latest are kept. */
export interface SelectionStore {
  /** Looks at each path and walks the folders among them. Throws `too-many` and `invalid-argument`. */
  register(paths: readonly string[], signal?: AbortSignal): Promise<Selection>
  /** The files behind an id. Throws `not-found` for one that was not issued here, or too long ago. */
  get(selectionId: string): readonly SelectedFile[]
}

/** How much is remembered. */
export interface SelectionLimits {
  readonly selections: number
  readonly files: number
}

const defaultLimits: SelectionLimits = { selections: 20, files: 200_000 }

/** Makes an empty {@link SelectionStore}. */
export function createSelectionStore(limits: SelectionLimits = defaultLimits): SelectionStore {
  const selections = new Map<string, readonly SelectedFile[]>()
  return {
    async register(paths, signal) {
      const files: SelectedFile[] = []
      const problems: { name: string; reason: string }[] = []
      let sizeBytes = 0
      for (const path of paths) {
        for await (const found of explore(path, signal)) {
          if ('reason' in found) {
            if (problems.length < 1000)
              problems.push({ name: found.name.slice(0, 4096), reason: found.reason.slice(0, 500) })
            continue
          }
          if (files.length >= limits.files) {
            throw failure(
              'too-many',
              `More than ${limits.files.toLocaleString('en')} files at once. Use Sync for a folder of this size.`,
            )
          }
          files.push(found)
          sizeBytes += found.sizeBytes
        }
      }
      const selectionId = `selection_${randomBytes(16).toString('hex')}`
      selections.set(selectionId, files)
      for (const old of selections.keys()) if (selections.size > limits.selections) selections.delete(old)
      return {
        selectionId,
        names: files.slice(0, 100).map((file) => file.name.slice(0, 4096)),
        files: files.length,
        sizeBytes,
        problems,
      }
    },
    get(selectionId) {
      const files = selections.get(selectionId)
      if (files === undefined)
        throw failure('not-found', 'These files are not at hand any more. Drop or choose them again.')
      return files
    },
  }
}

type Found = SelectedFile | { readonly name: string; readonly reason: string }

async function* explore(path: string, signal: AbortSignal | undefined): AsyncGenerator<Found> {
  if (!isAbsolute(path) || path.includes('\0'))
    throw failure('invalid-argument', 'A dropped file has no whole path.')
  const name = (basename(path) || 'root').normalize('NFC')
  let resolved: string
  let stats
  try {
    // The folders on the way may be links (as /tmp is on a Mac); what was chosen itself may not.
    resolved = basename(path) === '' ? path : join(await realpath(dirname(path)), basename(path))
    stats = await lstat(resolved, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    yield {
      name,
      reason:
        code === 'ENOENT' ? 'It is not there any more.' : `It could not be read (${code ?? 'unknown'}).`,
    }
    return
  }
  if (stats.isSymbolicLink()) {
    yield { name, reason: 'A link; links are not followed. Choose what it leads to.' }
  } else if (stats.isFile()) {
    yield { name, path: resolved, sizeBytes: Number(stats.size), identity: identityOf(stats) }
  } else if (stats.isDirectory()) {
    yield* exploreFolder(resolved, name, signal)
  } else {
    yield { name, reason: 'Neither a file nor a folder.' }
  }
}

async function* exploreFolder(
  path: string,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Found> {
  try {
    for await (const entry of walkLocalTree(path, {
      exclude: leftOutReason,
      ...(signal ? { signal } : {}),
    })) {
      const relative = `${name}/${entry.name}`
      if (entry.kind === 'problem') yield { name: relative, reason: entry.detail }
      else
        yield {
          name: relative,
          path: entry.path,
          sizeBytes: entry.identity.sizeBytes,
          identity: entry.identity,
        }
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
    yield { name, reason: error.message }
  }
}
