import { createHash } from 'node:crypto'
import { relative, sep } from 'node:path'
import { createIgnoreFiles } from '../sync/ignore-files.ts'
import type { Excludes } from '../sync/local-file.ts'
import { exclusions } from '../sync/local-files.ts'
import { nodeFileSystem, type TreeFileSystem, walkLocalTree } from '../transfers/local-tree.ts'

/** What a folder looks like from outside, without reading a file of it. */
export interface TreeFingerprint {
  /** The same as long as no name, size, time of change or inode below the folder changes. */
  readonly digest: string
  /** The folders that were entered, and how many names each has; the root is the empty name, others end in `/`. */
  readonly folders: ReadonlyMap<string, number>
  /** What is left out, ignore files included, as of this walk. */
  readonly excludes: Excludes
}

/**
 * Walks a folder as a sync does: what is left out is not entered, links are not followed. `root` is its real path.
 * Throws `local-missing`, `local-file` for the root, and `cancelled`.
 */
export async function fingerprintTree(
  root: string,
  exclude: readonly string[],
  signal?: AbortSignal,
): Promise<TreeFingerprint> {
  const ignoreFiles = createIgnoreFiles(root)
  const excludes = exclusions(exclude, ignoreFiles)
  const hash = createHash('sha256')
  const folders = new Map<string, number>()
  const disk: TreeFileSystem = {
    lstat: (path) => nodeFileSystem.lstat(path),
    async readdir(path) {
      const names = await nodeFileSystem.readdir(path)
      const name = relative(root, path).split(sep).join('/')
      folders.set(name === '' ? '' : `${name}/`, names.length)
      return names
    },
  }
  const walk = walkLocalTree(root, {
    exclude: (name) => (excludes(name) === null ? null : 'It is left out of the sync.'),
    fileSystem: ignoreFiles.reading(disk),
    ...(signal ? { signal } : {}),
  })
  for await (const entry of walk) {
    if (entry.kind === 'problem') {
      hash.update(`${entry.name}\0${entry.reason}\n`)
      continue
    }
    const { sizeBytes, ino, mtimeNs } = entry.identity
    hash.update(`${entry.name}\0${sizeBytes}\0${ino}\0${mtimeNs}\n`)
  }
  return { digest: hash.digest('hex'), folders, excludes }
}
