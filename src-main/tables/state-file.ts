import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { syncFolder } from '../s3/target-folder.ts'
import { createSortedMap, type SortedMap } from './sorted-map.ts'
import { spoolsIn } from './spool.ts'

/** What a state file says of one key: a value, or null where it is forgotten. The last word about a key counts. */
export type StateEntry = readonly [key: string, value: string | null]

/** What was found at a path. */
export type FoundState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'good'
      readonly entries: SortedMap
      /** Lines in the file, those included that later ones have made meaningless. */
      readonly lines: number
      /** True when the last thing that was appended is not whole: a crash, and no damage. */
      readonly torn: boolean
    }
  /** It is damaged, or not what it should be. */
  | { readonly kind: 'corrupt' }
  /** It is a newer Pail's. */
  | { readonly kind: 'newer' }
  /** It is there, but the system does not let us read it, or it is too large. */
  | { readonly kind: 'unreadable'; readonly why: string }

const version = 1

/** Entries under one seal. Between two of them others get a turn, so that a large file does not stop the window. */
const entriesASeal = 4000

/** A larger file is not read: some 2,000,000 keys. */
const mostBytes = 512 * 1024 * 1024

/** The seal's line: `#` and a SHA-256 in hex, of the heading and of the lines since the seal before. */
const sealBytes = 1 + 64 + 1

/**
 * The form of a state file: a heading that says what it is about, then JSON lines, and after each group of them a seal.
 * It is replaced in one step or appended to, a group at a time, and flushed to the disk each time: after a crash it is
 * what it was, or what it was before the last group (F30, F31).
 */
function headingOf(about: readonly string[]): string {
  return `${JSON.stringify({ pailSyncState: version, about })}\n`
}

/** The name of a state file: a digest, which fits every file system. */
export function stateFileName(about: readonly string[]): string {
  return `${createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 32)}.state`
}

/** A file is read in pieces of so many bytes. */
const pieceBytes = 256 * 1024

/**
 * Reads a state file in turns, of which only a group is in memory, and of its entries some MB. Throws nothing: what cannot
 * be used is told by its kind (F42).
 */
export async function readStateFile(path: string, about: readonly string[]): Promise<FoundState> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'unreadable', why: code }
  }
  try {
    const { size } = await file.stat()
    if (size > mostBytes) return { kind: 'unreadable', why: 'too large' }
    return await readGroups(file, Buffer.from(headingOf(about)), createSortedMap(spoolsIn(dirname(path))))
  } catch (error) {
    return { kind: 'unreadable', why: (error as NodeJS.ErrnoException).code ?? 'unknown' }
  } finally {
    await file.close().catch(() => undefined)
  }
}

async function readGroups(file: FileHandle, heading: Buffer, entries: SortedMap): Promise<FoundState> {
  const piece = Buffer.allocUnsafe(pieceBytes)
  /** What was read and is not used yet. */
  let bytes: Buffer = Buffer.alloc(0)
  const readOn = async (): Promise<boolean> => {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, null)
    if (bytesRead > 0) bytes = Buffer.concat([bytes, piece.subarray(0, bytesRead)])
    return bytesRead > 0
  }
  while (bytes.byteLength < Math.max(heading.byteLength, 4096)) if (!(await readOn())) break
  if (!bytes.subarray(0, heading.byteLength).equals(heading))
    return { kind: isNewer(bytes) ? 'newer' : 'corrupt' }
  bytes = bytes.subarray(heading.byteLength)
  let lines = 0
  for (let groups = 0; ; groups++) {
    const seal = await findSeal(() => bytes, readOn)
    // The first group is written in one step with its heading, which no crash can tear.
    if (seal === null && groups === 0) return { kind: 'corrupt' }
    if (seal === null) return { kind: 'good', entries, lines, torn: bytes.byteLength > 0 }
    const group = bytes.subarray(0, seal)
    if (bytes.toString('latin1', seal, seal + sealBytes) !== sealOf(heading, group))
      return { kind: 'corrupt' }
    const parsed = parseGroup(group)
    if (parsed === null) return { kind: 'corrupt' }
    for (const [key, value] of parsed) {
      if (value === null) entries.delete(key)
      else entries.set(key, value)
    }
    lines += parsed.length
    bytes = bytes.subarray(seal + sealBytes)
    await nextTurn()
  }
}

/** Where the next seal begins, which is then there whole; null when the file ends before. */
async function findSeal(bytes: () => Buffer, readOn: () => Promise<boolean>): Promise<number | null> {
  for (let from = 0; ;) {
    const there = bytes()
    // A line break within a key is escaped, so that only a seal begins a line with this.
    const seal = there[0] === 0x23 ? 0 : there.indexOf('\n#', from) + 1
    const isFound = there[0] === 0x23 || seal > 0
    if (isFound && seal + sealBytes <= there.byteLength) return seal
    from = Math.max(0, isFound ? seal - 1 : there.byteLength - 1)
    if (!(await readOn())) return null
  }
}

function isNewer(bytes: Buffer): boolean {
  const line = bytes.subarray(0, Math.min(4096, bytes.indexOf('\n'))).toString('utf8')
  const found = /^\{"pailSyncState":(\d{1,9})[,}]/.exec(line)?.[1]
  return found !== undefined && Number(found) > version
}

function parseGroup(group: Buffer): StateEntry[] | null {
  try {
    const text = group.toString('utf8').trimEnd().replaceAll('\n', ',')
    const values: unknown = JSON.parse(`[${text}]`)
    return Array.isArray(values) && areEntries(values) ? values : null
  } catch {
    return null
  }
}

function areEntries(values: readonly unknown[]): values is StateEntry[] {
  for (const value of values) {
    if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return false
    if (value[1] !== null && typeof value[1] !== 'string') return false
  }
  return true
}

function sealOf(heading: Uint8Array, group: Uint8Array): string {
  return `#${createHash('sha256').update(heading).update(group).digest('hex')}\n`
}

/** The bytes of entries in groups, each with its seal. */
function* sealed(heading: Uint8Array, entries: Iterable<StateEntry>): Generator<Buffer> {
  let lines: string[] = []
  const group = () => {
    const bytes = Buffer.from(lines.join(''))
    lines = []
    return Buffer.concat([bytes, Buffer.from(sealOf(heading, bytes))])
  }
  for (const entry of entries) {
    lines.push(`${JSON.stringify(entry)}\n`)
    if (lines.length === entriesASeal) yield group()
  }
  if (lines.length > 0) yield group()
}

/**
 * Puts a state file in the place of what was there, in one step and flushed to the disk, readable by its owner only. A
 * file without entries has an empty group. Rejects when it cannot be written; the old one is then still there.
 */
export async function replaceStateFile(
  path: string,
  about: readonly string[],
  entries: Iterable<StateEntry>,
): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const heading = Buffer.from(headingOf(about))
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(heading)
      let groups = 0
      for (const bytes of sealed(heading, entries)) {
        await file.writeFile(bytes)
        groups++
        await nextTurn()
      }
      if (groups === 0) await file.writeFile(sealOf(heading, Buffer.alloc(0)))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(directory)
}

/**
 * Appends entries to a state file and flushes them to the disk. False when there is none, so that it has to be made.
 * Rejects when it cannot be written; its end may then be torn, and it has to be replaced before it is appended to again.
 */
export async function appendToStateFile(
  path: string,
  about: readonly string[],
  entries: readonly StateEntry[],
): Promise<boolean> {
  const bytes = Buffer.concat([...sealed(Buffer.from(headingOf(about)), entries)])
  let file
  try {
    // Without creating it: a file without its heading would be a damaged one.
    file = await open(path, constants.O_WRONLY | constants.O_APPEND)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  try {
    // In one call, so that what another process appends comes before it or after it.
    const { bytesWritten } = await file.write(bytes)
    if (bytesWritten !== bytes.byteLength) throw new Error('The disk took only a part of it.')
    await file.datasync()
  } finally {
    await file.close()
  }
  return true
}

/**
 * Makes a state file with its first entries, flushed to the disk; false when there is one by now, to which they can be
 * appended. A crash may leave a damaged one. Rejects when it cannot be written.
 */
export async function beginStateFile(
  path: string,
  about: readonly string[],
  entries: readonly StateEntry[],
): Promise<boolean> {
  const directory = dirname(path)
  const heading = Buffer.from(headingOf(about))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let file
  try {
    file = await open(path, 'ax', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    await file.writeFile(Buffer.concat([heading, ...sealed(heading, entries)]))
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(directory)
  return true
}

/** Gives a file that cannot be used another name beside it, and tells the name. Rejects when that fails. */
export async function setStateFileAside(path: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replaceAll(':', '-')
  const name = `${basename(path)}.${stamp}.${randomBytes(3).toString('hex')}.unusable`
  await rename(path, join(dirname(path), name))
  return name
}
