import { isUtf8 } from 'node:buffer'
import { join, sep } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { openLocalSource } from '../s3/local-source.ts'
import { toFailure } from '../s3/map-error.ts'
import type { TreeFileSystem } from '../transfers/local-tree.ts'
import { type GlobList, globList } from './glob.ts'

/** The name of the files in a folder that say what of it is not sent, in the language of .gitignore. */
export const ignoreFileName = '.pailignore'

/** The limits of one ignore file, in bytes and patterns: every pattern is tried on every name. */
const mostBytes = 256 * 1024
const mostPatterns = 1000

/** The ignore files of one folder and of those below it, collected while the folder is walked. */
export interface IgnoreFiles {
  /** How many have been read so far: as long as it stays, so does what they say. */
  readonly count: number
  /** What is wrong with those that cannot be read, a sentence each. */
  readonly troubles: readonly string[]
  /**
   * What the ignore files say of a name (relative to the root, a folder's ends in `/`), those nearest to it first:
   * true for out, false for taken back, null when none speaks of it. Folders on the way are for the caller to ask about.
   */
  verdict(name: string): boolean | null
  /**
   * A file system that reads the ignore file of each folder before the folder's names are told. A folder whose ignore
   * file cannot be read cannot be listed: what it should keep back would be published.
   */
  reading(fileSystem: TreeFileSystem): TreeFileSystem
}

/** Makes the collection for a root, given by its real path. */
export function createIgnoreFiles(root: string): IgnoreFiles {
  /** By folder: empty for the root, else relative with a trailing `/`. */
  const lists = new Map<string, GlobList>()
  const troubles: string[] = []
  let count = 0
  return {
    troubles,
    get count() {
      return count
    },
    verdict(name) {
      if (lists.size === 0) return null
      for (let end = parentEnd(name, name.length); end >= 0; end = parentEnd(name, end)) {
        const found = lists.get(name.slice(0, end))?.verdict(name.slice(end)) ?? null
        if (found !== null) return found
      }
      return null
    },
    reading: (fileSystem) => ({
      lstat: (path) => fileSystem.lstat(path),
      async readdir(path) {
        const names = await fileSystem.readdir(path)
        if (!names.some((name) => name.toString() === ignoreFileName)) return names
        const folder = folderName(root, path)
        const patterns = await readIgnoreFile(join(path, ignoreFileName)).catch((error: unknown) => {
          const what = folder === '' ? 'of the folder' : `below “${folder}”`
          const trouble = `Nothing ${what} can be sent, because of its ${ignoreFileName}: ${whyUnreadable(error)}`
          troubles.push(trouble)
          throw failure('local-file', trouble, { cause: error })
        })
        count++
        lists.set(folder, globList(patterns, { gitignore: true }))
        return names
      },
    }),
  }
}

/**
 * The patterns of an ignore file: lines without blank ones, comments and trailing spaces, as gitignore(5) has them. A
 * backslash keeps a `#`, a `!` or a trailing space.
 */
export function parseIgnoreFile(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map(withoutTrailingSpaces)
    .filter((line) => line !== '')
}

function withoutTrailingSpaces(line: string): string {
  let end = line.length
  while (end > 0 && line[end - 1] === ' ' && !isEscaped(line, end - 1)) end--
  return line.slice(0, end)
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(line: string, at: number): boolean {
  let backslashes = 0
  while (line[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

/** Where the name of the folder that holds a path ends; -1 above the root. */
function parentEnd(name: string, before: number): number {
  if (before < 2) return before === 0 ? -1 : 0
  return name.lastIndexOf('/', before - 2) + 1
}

/** The name of a folder relative to the root above it, in NFC: empty for the root itself, else with a trailing `/`. */
export function folderName(root: string, folder: string): string {
  const below = folder
    .slice(root.length)
    .split(sep)
    .filter((name) => name !== '')
  return below.length === 0 ? '' : `${below.join('/').normalize('NFC')}/`
}

function whyUnreadable(error: unknown): string {
  const { code, message } = toFailure(error).error
  return code === 'local-changed' ? 'It is a link or no file, or changed while it was read.' : message
}

async function readIgnoreFile(path: string): Promise<string[]> {
  const source = await openLocalSource(path)
  try {
    const { sizeBytes } = source.identity
    if (sizeBytes > mostBytes) throw failure('local-file', `It is larger than ${mostBytes / 1024} KiB.`)
    const bytes = Buffer.alloc(sizeBytes)
    await source.read(bytes, 0)
    if (!isUtf8(bytes)) throw failure('local-file', 'It is not text in UTF-8.')
    const patterns = parseIgnoreFile(bytes.toString('utf8'))
    if (patterns.length > mostPatterns)
      throw failure('local-file', `It has more than ${mostPatterns.toLocaleString('en')} patterns.`)
    return patterns
  } finally {
    await source.close()
  }
}
