import { lstat, realpath } from 'node:fs/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import { leftOutReason } from '../transfers/left-out-files.ts'
import type { TreeFile, TreeFileSystem, TreeProblem } from '../transfers/local-tree.ts'
import { nodeFileSystem, walkLocalTreeInBatches } from '../transfers/local-tree.ts'
import { isPailsOwnKey } from './own-keys.ts'
import { globList } from './glob.ts'
import type { Precompress } from './precompress.ts'
import { type LocalEntry, withSiblings } from './siblings.ts'
import { ignoreFileName, type IgnoreFiles } from './ignore-files.ts'
import type { Excludes, Exclusion, LocalFile, LocalProblem } from './local-file.ts'

/** The root of a sync: where it really is, and which folder that was when it was looked at (S46, F39). */
export interface LocalRoot {
  /** As it was chosen; it may lead through links, and those may change. */
  readonly chosen: string
  /** Where it really is. */
  readonly path: string
  readonly dev: bigint
  readonly ino: bigint
}

/** A folder's files, some at a time, and, once they have all been read, what was passed over. */
export interface LocalFiles {
  readonly batches: AsyncGenerator<readonly LocalFile[]>
  readonly problems: readonly LocalProblem[]
}

/** Beside {@link leftOutReason}, which is for what a person drops: what a site's folder has no use for (S51). */
const moreDefaults = globList(
  [
    '.git/',
    '.aws/',
    '.ssh/',
    'node_modules/',
    '.env*',
    'id_rsa*',
    'id_dsa*',
    'id_ecdsa*',
    'id_ed25519*',
    '*.pem',
    '*.key',
    'Thumbs.db',
    '.DS_Store',
  ],
  { ignoreCase: true },
)

/**
 * What a sync leaves out (S51): Pail's defaults, what the ignore files say and the person's patterns. A pattern of the
 * person with `!` brings back what the others leave out; an ignore file, which may have come with the folder, brings back
 * nothing that the defaults leave out. The same answer holds for remote keys, so that what is left out is never removed
 * either.
 */
export function exclusions(
  patterns: readonly string[],
  ignoreFiles: Pick<IgnoreFiles, 'verdict' | 'count'> | null = null,
): Excludes {
  const own = globList(patterns)
  const one = (name: string): Exclusion | null => {
    const verdict = own.verdict(name)
    if (verdict !== null) return verdict ? 'pattern' : null
    if (isIgnoreFile(name) || ignoreFiles?.verdict(name) === true) return 'ignore-file'
    return leftOutReason(name) !== null || moreDefaults.verdict(name) === true ? 'default' : null
  }
  // Names come folder by folder: what was found out about the last folder holds for the next name, too.
  let last: { readonly folder: string; readonly count: number; readonly found: Exclusion | null } | null =
    null
  const ofFolder = (folder: string): Exclusion | null => {
    if (folder === '') return null
    const count = ignoreFiles?.count ?? 0
    if (last !== null && last.folder === folder && last.count === count) return last.found
    const found = ofFolder(parentOf(folder)) ?? one(folder)
    last = { folder, count, found }
    return found
  }
  return (name) => ofFolder(parentOf(name)) ?? one(name)
}

/** The folder that holds a name, with its trailing `/`; empty at the top. */
function parentOf(name: string): string {
  return name.length < 2 ? '' : name.slice(0, name.lastIndexOf('/', name.length - 2) + 1)
}

/** Whether a name is that of an ignore file, which is read and never sent. */
export function isIgnoreFile(name: string): boolean {
  return name.slice(name.lastIndexOf('/') + 1) === ignoreFileName
}

/** Finds the folder and remembers which one it is. Throws `local-missing` when it is not there or not a folder. */
export async function openRoot(folder: string): Promise<LocalRoot> {
  try {
    const path = await realpath(folder)
    const stats = await lstat(path, { bigint: true })
    if (stats.isDirectory()) return { chosen: folder, path, dev: stats.dev, ino: stats.ino }
  } catch (error) {
    throw failure('local-missing', 'The folder is not there (any more), or cannot be read.', { cause: error })
  }
  throw failure('local-missing', 'This is not a folder.')
}

/** Whether the folder is still the one that was planned from: not replaced, not unmounted (F39). */
export async function isSameRoot(root: LocalRoot): Promise<boolean> {
  const path = await realpath(root.chosen).catch(() => null)
  if (path !== root.path) return false
  const now = await lstat(path, { bigint: true }).catch(() => null)
  return now !== null && now.isDirectory() && now.dev === root.dev && now.ino === root.ino
}

/** The files below a root in the order of their keys. What cannot be sent goes to `problems` and not into the march. */
export function listLocalFiles(
  root: LocalRoot,
  options: {
    readonly prefix: string
    readonly excludes: Excludes
    /** Filled while the folder is walked. */
    readonly ignoreFiles?: IgnoreFiles
    /** What is to be compressed; null for nothing. */
    readonly precompress?: Precompress | null
    readonly signal?: AbortSignal
    readonly fileSystem?: TreeFileSystem
  },
): LocalFiles {
  const problems: LocalProblem[] = []
  const { prefix, excludes } = options
  const isExcluded = (name: string) => excludes(name) !== null
  const disk = options.fileSystem ?? nodeFileSystem
  const entryOf = (found: TreeFile | TreeProblem): LocalEntry => {
    if (found.kind === 'file') {
      const { name, path, identity } = found
      // Names are in NFC already.
      const key = prefix + name
      return keyProblem(key) === null
        ? { kind: 'file', file: { key, name, path, identity } }
        : { kind: 'problem', problem: { key, name, reason: 'key-too-long' } }
    }
    const key = keyFromRelativePath(prefix, found.name)
    // A link that is called like a folder which is left out would have been left out as a folder, too.
    const excluded = isExcluded(found.name) || isExcluded(`${found.name.replace(/\/$/, '')}/`)
    const own = isPailsOwnKey(key, prefix)
    const reason = own ? 'pails-own' : excluded ? 'excluded' : found.reason
    return { kind: 'problem', problem: { key, name: found.name, reason } }
  }
  async function* entries(): AsyncGenerator<readonly LocalEntry[]> {
    const walk = walkLocalTreeInBatches(root.path, {
      exclude: (name) =>
        isExcluded(name) || isPailsOwnKey(prefix + name, prefix) ? 'It is left out of the sync.' : null,
      ...(options.signal ? { signal: options.signal } : {}),
      fileSystem: options.ignoreFiles?.reading(disk) ?? disk,
    })
    for await (const batch of walk) yield batch.map(entryOf)
  }
  const { precompress = null } = options
  async function* batches(): AsyncGenerator<readonly LocalFile[]> {
    const all = precompress === null ? entries() : withSiblings(entries(), precompress)
    for await (const batch of all) {
      const files: LocalFile[] = []
      for (let index = 0; index < batch.length; index++) {
        const entry = batch[index] as LocalEntry
        if (entry.kind === 'problem') problems.push(entry.problem)
        else files.push(entry.file)
      }
      if (files.length > 0) yield files
    }
  }
  return { batches: batches(), problems }
}
