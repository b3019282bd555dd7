import { isUtf8 } from 'node:buffer'
import type { BigIntStats } from 'node:fs'
import { lstatSync, readdirSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { sep } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { type FileIdentity, identityOf, waitForDescriptors } from '../s3/local-source.ts'
import { compareKeys, inNfc } from '../s3/object-key.ts'
import { createTurns, type Turns } from '../s3/turns.ts'

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

/** A name or a path in the form that the file system uses; bytes where they are no UTF-8. */
export type RawName = string | Buffer

/** The two calls that a walk makes; a test can stand in for the file system. */
export interface TreeFileSystem {
  readdir(path: string): Promise<RawName[]> | RawName[]
  lstat(path: RawName): Promise<BigIntStats> | BigIntStats
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
  async readdir(path) {
    const names = await readdir(path)
    return names.some(mayBeNoText) ? asTexts(await readdir(path, { encoding: 'buffer' })) : names
  },
  lstat: (path) => lstat(path, { bigint: true }),
}

/** The same, with calls that block this process: see `readsAtOnce` of a session. */
export const fileSystemAtOnce: TreeFileSystem = {
  readdir(path) {
    const names = readdirSync(path)
    return names.some(mayBeNoText) ? asTexts(readdirSync(path, { encoding: 'buffer' })) : names
  },
  lstat: (path) => lstatSync(path, { bigint: true }),
}

/** Bytes that are no UTF-8 are read as U+FFFD, which a name may also really have. */
function mayBeNoText(name: string): boolean {
  return name.includes('\ufffd')
}

function asTexts(names: readonly Buffer[]): RawName[] {
  return names.map((name) => (isUtf8(name) ? name.toString('utf8') : name))
}

/** How many lstat calls are in flight at one time, where they wait. */
export const statsAtOnce = 32

/** What is handed on at once: less is more work, more is more memory. */
const batchSize = 256

/** Every file below a folder, as {@link walkLocalTreeInBatches} finds them. */
export async function* walkLocalTree(
  root: string,
  options: WalkOptions = {},
): AsyncGenerator<TreeFile | TreeProblem> {
  for await (const batch of walkLocalTreeInBatches(root, options)) yield* batch
}

/**
 * Every file below a folder, in the order of S3's listing (bytes of the key), so that both can be walked in step.
 * Links are never followed and whatever cannot be sent is reported, not thrown (S50, F33, F38); one folder's entries
 * are in memory at a time for each level. Throws only for the root itself (`local-missing`, `local-file`) and for
 * `cancelled`. In batches, none of them empty: a step of a generator is as much work as looking at a file.
 */
export async function* walkLocalTreeInBatches(
  root: string,
  options: WalkOptions = {},
): AsyncGenerator<readonly (TreeFile | TreeProblem)[]> {
  const walk: Walk = {
    fileSystem: options.fileSystem ?? nodeFileSystem,
    signal: options.signal,
    turns: createTurns(),
  }
  const top = await enterRoot(walk, root)
  /** The folders on the way to where the walk is. */
  const within = [top]
  let batch: (TreeFile | TreeProblem)[] = []
  for (let folder = within.at(-1); folder !== undefined; folder = within.at(-1)) {
    const entry = folder.entries[folder.at++]
    if (entry === undefined) {
      within.pop()
      continue
    }
    throwIfCancelled(walk.signal)
    const found = judge(folder, entry, options.exclude)
    if (found.kind === 'folder') {
      const below = await enterFolder(walk, found)
      if ('kind' in below) batch.push(below)
      else within.push(below)
    } else batch.push(found)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

interface Walk {
  readonly fileSystem: TreeFileSystem
  readonly signal: AbortSignal | undefined
  readonly turns: Turns
}

interface Entry {
  /** The name in NFC, with `/` behind a folder's: what the order goes by. */
  readonly sortName: string
  readonly raw: RawName
  readonly stats: BigIntStats | null
  readonly problem: Pick<TreeProblem, 'reason' | 'detail'> | null
}

/** A folder that is being walked through. */
interface Folder {
  readonly path: string
  /** Relative to the root: empty, or with a trailing `/`. */
  readonly prefix: string
  readonly entries: readonly Entry[]
  /** The entry that comes next. */
  at: number
  previous: string | null
}

/** A folder that is to be entered. */
interface FoundFolder {
  readonly kind: 'folder'
  readonly name: string
  readonly path: string
  readonly stats: BigIntStats
}

async function enterRoot(walk: Walk, path: string): Promise<Folder> {
  let stats: BigIntStats
  try {
    stats = await walk.fileSystem.lstat(path)
  } catch (error) {
    throw rootFailure(error)
  }
  if (!stats.isDirectory()) throw failure('local-missing', 'This is not a folder.')
  let names: RawName[]
  try {
    names = await listFolder(walk.fileSystem, path, stats)
  } catch (error) {
    throw rootFailure(error)
  }
  return { path, prefix: '', entries: await examine(walk, path, names), at: 0, previous: null }
}

async function enterFolder(walk: Walk, { name, path, stats }: FoundFolder): Promise<Folder | TreeProblem> {
  let names: RawName[]
  try {
    names = await listFolder(walk.fileSystem, path, stats)
  } catch (error) {
    return { kind: 'problem', name, reason: 'unreadable', detail: reasonOf(error, 'folder') }
  }
  return { path, prefix: name, entries: await examine(walk, path, names), at: 0, previous: null }
}

/** What an entry of a folder comes to. */
function judge(
  folder: Folder,
  { sortName, raw, stats, problem }: Entry,
  exclude: WalkOptions['exclude'],
): TreeFile | TreeProblem | FoundFolder {
  const name = folder.prefix + sortName
  if (problem !== null || stats === null || typeof raw !== 'string')
    return report(name, problem?.reason ?? 'unreadable', problem?.detail ?? 'It could not be read.')
  const excluded = exclude?.(name) ?? null
  if (excluded !== null) return report(name, 'excluded', excluded)
  if (sortName === folder.previous)
    return report(name, 'name-collision', 'Another name here differs only in how its accents are written.')
  folder.previous = sortName
  const path = folder.path + sep + raw
  return stats.isDirectory()
    ? { kind: 'folder', name, path, stats }
    : { kind: 'file', name, path, identity: identityOf(stats) }
}

function report(name: string, reason: TreeProblemReason, detail: string): TreeProblem {
  return { kind: 'problem', name, reason, detail }
}

/** Looks at each name without following it, and puts them into the order of the keys that they become. */
async function examine(walk: Walk, path: string, names: readonly RawName[]): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let at = 0; at < names.length; at += statsAtOnce) {
    const turn = walk.turns.next()
    if (turn !== undefined) await turn
    throwIfCancelled(walk.signal)
    const waiting: Promise<Entry>[] = []
    for (const raw of names.slice(at, at + statsAtOnce)) {
      const entry = examineOne(walk, path, raw)
      if (entry instanceof Promise) waiting.push(entry)
      else entries.push(entry)
    }
    if (waiting.length > 0) entries.push(...(await Promise.all(waiting)))
  }
  return entries.sort(inKeyOrder)
}

function inKeyOrder(a: Entry, b: Entry): number {
  return (
    compareKeys(a.sortName, b.sortName) ||
    // Of two spellings of one name, the one that is in NFC already is the one that is kept.
    Number(a.raw !== withoutSlash(a.sortName)) - Number(b.raw !== withoutSlash(b.sortName)) ||
    Buffer.compare(Buffer.from(a.raw), Buffer.from(b.raw))
  )
}

/** At once where the file system answers at once: a promise for each file would be half of the work. */
function examineOne({ fileSystem }: Walk, path: string, raw: RawName): Entry | Promise<Entry> {
  const unreadable = (error: unknown): Entry => ({
    sortName: raw.toString().normalize('NFC'),
    raw,
    stats: null,
    problem: { reason: 'unreadable', detail: reasonOf(error, 'file') },
  })
  try {
    const full = typeof raw === 'string' ? path + sep + raw : Buffer.concat([Buffer.from(path + sep), raw])
    const stats = fileSystem.lstat(full)
    return stats instanceof Promise
      ? stats.then((told) => entryOf(raw, told), unreadable)
      : entryOf(raw, stats)
  } catch (error) {
    return unreadable(error)
  }
}

function entryOf(raw: RawName, stats: BigIntStats): Entry {
  const name = inNfc(raw.toString())
  const isFolder = stats.isDirectory()
  const sortName = isFolder ? `${name}/` : name
  const problem = (reason: TreeProblemReason, detail: string): Entry => ({
    sortName,
    raw,
    stats: null,
    problem: { reason, detail },
  })
  if (typeof raw !== 'string')
    return problem('name-not-utf8', 'The name is not valid UTF-8, so it has no exact key.')
  if (stats.isSymbolicLink()) return problem('symlink', 'A link; links are not followed.')
  if (!isFolder && !stats.isFile()) return problem('special-file', specialKind(stats))
  return { sortName, raw, stats, problem: null }
}

/** The names in a folder, provided that it was the same folder before and after, not a link put in its place (F37). */
export async function listFolder(
  fileSystem: TreeFileSystem,
  path: string,
  before: BigIntStats,
): Promise<RawName[]> {
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
