import { hash } from 'node:crypto'
import { fstatSync, openSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { abandonedDescriptors, closeDescriptor, readWhole } from './descriptor.ts'
import { replaceIndexFile } from './index-file.ts'
import { groupsOf, roomForGroup, type SortedEntry } from './sorted-groups.ts'
import { createSortedRun, type GroupPlace, type SortedRun } from './sorted-run.ts'

/** The first line; a file of another version is not read. */
const heading = Buffer.from('pail-sorted-index-1\n')

/** More entries than this are not kept: an index may only save time. */
const mostEntries = 5_000_000

/** The last line: how long the list of groups before it is, and a digest of both. */
const digestLetters = 43
const trailerBytes = 12 + 1 + digestLetters + 1

/** So many bytes are written at a time: each time takes as long as making several groups. */
const writtenAtOnce = 256 * 1024

/** A walk asks again for the files that are compared while the next thousand are looked at. */
const cachedGroups = 12

/** A group as the list has it. */
type ListedGroup = readonly [sizeBytes: number, count: number, firstKey: string, digest: string]

/** A file in the order of its keys, and how to let it be replaced where a file that is open cannot be. */
export interface SortedFile {
  readonly run: SortedRun
  /** Of what it was written to have: another file has another. */
  readonly digest: string
  /** Closes it; it is opened again when something of it is asked for. */
  release(): void
}

/**
 * Opens an index: groups of entries in the order of their keys, each with a SHA-256, and where they are. Reads nothing
 * else of it yet. Null when there is none, and when it is torn, changed or of another version: it is then made anew (F42).
 * A group that was changed has nothing in it.
 */
export function openSortedFile(path: string): SortedFile | null {
  let fd: number | null = null
  try {
    fd = openSync(path, 'r')
    const found = readList(fd, fstatSync(fd).size)
    if (found !== null) return sortedFile(path, fd, found)
  } catch {
    // What cannot be read costs the time that it would have saved, and nothing else.
  }
  if (fd !== null) closeDescriptor(fd)
  return null
}

function readList(
  fd: number,
  sizeBytes: number,
): {
  readonly groups: (GroupPlace & { readonly digest: string })[]
  readonly lastKey: string
  readonly digest: string
} | null {
  if (sizeBytes < heading.byteLength + trailerBytes) return null
  const trailer = Buffer.alloc(trailerBytes)
  const begin = Buffer.alloc(heading.byteLength)
  if (!readWhole(fd, trailer, sizeBytes - trailerBytes) || !readWhole(fd, begin, 0)) return null
  const listBytes = Number.parseInt(trailer.toString('latin1', 0, 12), 16)
  const listAt = sizeBytes - trailerBytes - listBytes
  if (!begin.equals(heading) || !(listAt >= heading.byteLength)) return null
  const list = Buffer.alloc(listBytes)
  if (!readWhole(fd, list, listAt) || !trailer.equals(trailerOf(list))) return null
  const [lastKey, ...listed] = JSON.parse(list.toString('utf8')) as [string, ...ListedGroup[]]
  let at = heading.byteLength
  const groups = listed.map(([bytes, count, firstKey, digest]) => {
    const group = { at, sizeBytes: bytes, count, firstKey, digest }
    at += bytes
    return group
  })
  const digest = trailer.toString('latin1', trailerBytes - 1 - digestLetters, trailerBytes - 1)
  return at === listAt ? { groups, lastKey, digest } : null
}

function sortedFile(
  path: string,
  opened: number,
  { groups, lastKey, digest }: NonNullable<ReturnType<typeof readList>>,
): SortedFile {
  let fd: number | null = opened
  const read = (index: number): Buffer | null => {
    const group = groups[index]
    if (group === undefined) return null
    try {
      if (fd === null) {
        fd = openSync(path, 'r')
        abandonedDescriptors.register(run, fd, run)
      }
      const bytes = roomForGroup(group.sizeBytes)
      return readWhole(fd, bytes, group.at) && digestOf(bytes) === group.digest ? bytes : null
    } catch {
      return null
    }
  }
  const run = createSortedRun({ groups, lastKey, read, cachedGroups })
  abandonedDescriptors.register(run, opened, run)
  return {
    run,
    digest,
    release() {
      abandonedDescriptors.unregister(run)
      if (fd !== null) closeDescriptor(fd)
      fd = null
    },
  }
}

function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url')
}

function trailerOf(list: Uint8Array): Buffer {
  const length = list.byteLength.toString(16).padStart(12, '0')
  return Buffer.from(`${length} ${digestOf(Buffer.concat([heading, list]))}\n`)
}

/**
 * Replaces an index by these entries, which come in the order of their keys, as {@link replaceIndexFile} does. `replaced` is
 * the one that is open, if there is one.
 */
export function writeSortedFile(
  path: string,
  entries: Iterable<SortedEntry>,
  replaced: SortedFile | null,
): Promise<boolean> {
  return replaceIndexFile(path, async (file) => {
    await writeGroups(file, entries)
    // There a file that is open cannot be replaced.
    if (process.platform === 'win32') replaced?.release()
  })
}

async function writeGroups(file: FileHandle, entries: Iterable<SortedEntry>): Promise<void> {
  const listed: ListedGroup[] = []
  let last = ''
  // One buffer for all: new ones would be as much as the file before anybody collects them.
  const waiting = Buffer.allocUnsafe(writtenAtOnce)
  let end = heading.copy(waiting)
  const write = async (bytes: Buffer) => {
    if (bytes.byteLength > waiting.byteLength - end) {
      await file.writeFile(waiting.subarray(0, end))
      end = 0
    }
    if (bytes.byteLength > waiting.byteLength) await file.writeFile(bytes)
    else end += bytes.copy(waiting, end)
  }
  for (const { bytes, count, firstKey, lastKey } of groupsOf(first(mostEntries, entries))) {
    listed.push([bytes.byteLength, count, firstKey, digestOf(bytes)])
    last = lastKey
    await write(bytes)
  }
  const list = Buffer.from(JSON.stringify([last, ...listed]))
  await write(list)
  await write(trailerOf(list))
  await file.writeFile(waiting.subarray(0, end))
}

function* first<T>(most: number, all: Iterable<T>): Generator<T> {
  let count = 0
  for (const one of all) {
    if (count++ === most) return
    yield one
  }
}
