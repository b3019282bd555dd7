import { isUtf8 } from 'node:buffer'
import type { BigIntStats } from 'node:fs'
import { lstatSync, readdirSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { sep } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { type FileIdentity, identityOf, waitForDescriptors } from '../s3/local-source.ts'
import { compareKeys } from '../s3/object-key.ts'
import { createTurns } from '../s3/turns.ts'

/** A regular file below the root. */
export interface TreeFile {
  readonly kind: 'file'
  /** Relative to the root, with `/`, in NFC. */
  readonly name: string
  /** The real path, in the form that the file system uses. */
  readonly path: string
  readonly identity: FileIdentity
}

/** Why something below the root was passed over. */
export type TreeProblemReason =
  'symlink' | 'special-file' | 'unreadable' | 'name-not-utf8' | 'name-collision' | 'excluded'

/** Something below the root that was passed over. */
export interface TreeProblem {
  readonly kind: 'problem'
  /** As in {@link TreeFile}; a folder's ends in `/`. Bytes that are not UTF-8 show as U+FFFD. */
  readonly name: string
  readonly reason: TreeProblemReason
  /** For a person. */
  readonly detail: string
}

/** The two calls that a walk makes; a test can stand in for the file system. */
export interface TreeFileSystem {
  readdir(path: Buffer): Promise<Buffer[]> | Buffer[]
  lstat(path: Buffer): Promise<BigIntStats> | BigIntStats
}

/** How to walk. */
export interface WalkOptions {
  readonly signal?: AbortSignal
  /** Why a name (a folder's ends in `/`) is left out, or null to keep it. Left-out folders are not entered. */
  readonly exclude?: (name: string) => string | null
  readonly fileSystem?: TreeFileSystem
}

/** The file system of this computer. */
export const nodeFileSystem: TreeFileSystem = {
  readdir: (path) => readdir(path, { encoding: 'buffer' }),
  lstat: (path) => lstat(path, { bigint: true }),
}

/** The same, with calls that block this process: see `readsAtOnce` of a session. */
export const fileSystemAtOnce: TreeFileSystem = {
  readdir: (path) => readdirSync(path, { encoding: 'buffer' }),
  lstat: (path) => lstatSync(path, { bigint: true }),
}

/** How many lstat calls one folder has in flight. */
const statsAtOnce = 32

const separator = Buffer.from(sep)

/**
 * Every file below a folder, in the order of S3's listing (bytes of the key), so that both can be walked in step.
 * Links are never followed and whatever cannot be sent is reported, not thrown (S50, F33, F38); one folder's entries
 * are in memory at a time for each level. Throws only for the root itself (`local-missing`, `local-file`) and for
 * `cancelled`.
 */
export async function* walkLocalTree(
  root: string,
  options: WalkOptions = {},
): AsyncGenerator<TreeFile | TreeProblem> {
  const fileSystem = options.fileSystem ?? nodeFileSystem
  const path = Buffer.from(root)
  let stats: BigIntStats
  try {
    stats = await fileSystem.lstat(path)
  } catch (error) {
    throw rootFailure(error)
  }
  if (!stats.isDirectory()) throw failure('local-missing', 'This is not a folder.')
  let names: Buffer[]
  try {
    names = await listFolder(fileSystem, path, stats)
  } catch (error) {
    throw rootFailure(error)
  }
  yield* walkFolder({ fileSystem, options }, path, '', names)
}

interface Walk {
  readonly fileSystem: TreeFileSystem
  readonly options: WalkOptions
}

interface Entry {
  /** The name in NFC, with `/` behind a folder's: what the order goes by. */
  readonly sortName: string
  readonly raw: Buffer
  readonly stats: BigIntStats | null
  readonly problem: Pick<TreeProblem, 'reason' | 'detail'> | null
}

async function* walkFolder(
  walk: Walk,
  path: Buffer,
  prefix: string,
  names: Buffer[],
): AsyncGenerator<TreeFile | TreeProblem> {
  const entries = await examine(walk, path, names)
  let previous: string | null = null
  for (const entry of entries) {
    throwIfCancelled(walk.options.signal)
    const name = prefix + entry.sortName
    const report = (reason: TreeProblemReason, detail: string): TreeProblem => ({
      kind: 'problem',
      name,
      reason,
      detail,
    })
    if (entry.problem !== null || entry.stats === null) {
      yield report(entry.problem?.reason ?? 'unreadable', entry.problem?.detail ?? 'It could not be read.')
      continue
    }
    const excluded = walk.options.exclude?.(name) ?? null
    if (excluded !== null) {
      yield report('excluded', excluded)
      continue
    }
    if (entry.sortName === previous) {
      yield report('name-collision', 'Another name here differs only in how its accents are written.')
      continue
    }
    previous = entry.sortName
    const full = Buffer.concat([path, separator, entry.raw])
    if (!entry.stats.isDirectory()) {
      yield { kind: 'file', name, path: full.toString('utf8'), identity: identityOf(entry.stats) }
      continue
    }
    let below: Buffer[]
    try {
      below = await listFolder(walk.fileSystem, full, entry.stats)
    } catch (error) {
      yield report('unreadable', reasonOf(error, 'folder'))
      continue
    }
    yield* walkFolder(walk, full, name, below)
  }
}

/** Looks at each name without following it, and puts them into the order of the keys that they become. */
async function examine(walk: Walk, path: Buffer, names: Buffer[]): Promise<Entry[]> {
  const entries: Entry[] = []
  const turns = createTurns()
  for (let at = 0; at < names.length; at += statsAtOnce) {
    await turns.next()
    throwIfCancelled(walk.options.signal)
    entries.push(
      ...(await Promise.all(names.slice(at, at + statsAtOnce).map((raw) => examineOne(walk, path, raw)))),
    )
  }
  return entries.sort(
    (a, b) =>
      compareKeys(a.sortName, b.sortName) ||
      // Of two spellings of one name, the one that is in NFC already is the one that is kept.
      Number(a.raw.toString('utf8') !== withoutSlash(a.sortName)) -
        Number(b.raw.toString('utf8') !== withoutSlash(b.sortName)) ||
      Buffer.compare(a.raw, b.raw),
  )
}

async function examineOne(walk: Walk, path: Buffer, raw: Buffer): Promise<Entry> {
  const name = raw.toString('utf8').normalize('NFC')
  const problem = (reason: TreeProblemReason, detail: string, sortName = name): Entry => ({
    sortName,
    raw,
    stats: null,
    problem: { reason, detail },
  })
  let stats: BigIntStats
  try {
    stats = await walk.fileSystem.lstat(Buffer.concat([path, separator, raw]))
  } catch (error) {
    return problem('unreadable', reasonOf(error, 'file'))
  }
  const sortName = stats.isDirectory() ? `${name}/` : name
  if (!isUtf8(raw))
    return problem('name-not-utf8', 'The name is not valid UTF-8, so it has no exact key.', sortName)
  if (stats.isSymbolicLink()) return problem('symlink', 'A link; links are not followed.')
  if (!stats.isFile() && !stats.isDirectory()) return problem('special-file', specialKind(stats))
  return { sortName, raw, stats, problem: null }
}

/** The names in a folder, provided that it was the same folder before and after, not a link put in its place (F37). */
async function listFolder(fileSystem: TreeFileSystem, path: Buffer, before: BigIntStats): Promise<Buffer[]> {
  const names = await waitForDescriptors(async () => fileSystem.readdir(path))
  const after = await fileSystem.lstat(path)
  if (!after.isDirectory() || after.dev !== before.dev || after.ino !== before.ino) {
    throw failure('local-changed', 'The folder was replaced while it was being read.')
  }
  return names
}

function withoutSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name
}

function specialKind(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'A named pipe, not a file.'
  if (stats.isSocket()) return 'A socket, not a file.'
  return 'A device, not a file.'
}

function reasonOf(error: unknown, what: 'file' | 'folder'): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return `Pail may not read this ${what}.`
  if (code === 'ENOENT') return `The ${what} went away.`
  return code === undefined ? message : `This ${what} could not be read (${code}).`
}

function rootFailure(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return failure('local-missing', 'The folder is not there any more.')
  return failure('local-file', reasonOf(error, 'folder'), { cause: error })
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw failure('cancelled', 'Cancelled.')
}
