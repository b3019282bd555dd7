import { join } from 'node:path'
import type { SourceHashes } from '../s3/e-tag.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { indexFileName, readIndexFile, writeIndexFile } from './index-file.ts'
import type { LocalReader } from './local-reader.ts'

/** The digests of a file's content, with the parts for which the multipart ETags were reckoned. */
export interface KnownHashes extends SourceHashes {
  readonly parts: number | null
}

/** What is known of the content of one folder's files, so that they need not be read again. */
export interface HashIndex {
  /** The digests of a file, if it is still the one that they were taken from; else null. */
  find(name: string, identity: FileIdentity, parts: number | null): SourceHashes | null
  /** Remembers digests. `readAtMs` is the time before the first byte was read, in milliseconds since 1970. */
  note(name: string, identity: FileIdentity, hashes: KnownHashes, readAtMs: number): void
  /** Forgets the files that are not among these, because the folder has been seen whole. */
  keepOnly(names: ReadonlySet<string>): void
  /** Writes what is new; false when that failed, which costs time later and nothing else. */
  save(): Promise<boolean>
}

interface Entry extends KnownHashes {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  readonly ino: bigint
  readonly ctimeNs: bigint
}

/**
 * A file that was touched less than this before it was read could be written again without its times showing it: file
 * systems count in steps of up to 2 s. Such a file is not remembered (git's "racy" rule).
 */
const racyNs = 2_000_000_000n

/** Opens the index of a folder; it is empty where there is none yet or it is damaged. `root` is the real path. */
export async function openHashIndex(directory: string, root: string): Promise<HashIndex> {
  const path = join(directory, indexFileName('files', root))
  const entries = new Map(await readIndexFile(path, parseEntry))
  let changed = false
  return {
    find(name, identity, parts) {
      const entry = entries.get(name)
      if (entry === undefined || !isSameFile(entry, identity)) return null
      return parts === null || parts === entry.parts ? entry : null
    },
    note(name, identity, hashes, readAtMs) {
      const safeBefore = BigInt(Math.floor(readAtMs)) * 1_000_000n - racyNs
      if (identity.mtimeNs > safeBefore || identity.ctimeNs > safeBefore) {
        changed = entries.delete(name) || changed
        return
      }
      const { sizeBytes, mtimeNs, ino, ctimeNs } = identity
      const { md5, parts, multipart } = hashes
      entries.set(name, { sizeBytes, mtimeNs, ino, ctimeNs, md5, parts, multipart })
      changed = true
    },
    keepOnly(names) {
      for (const name of entries.keys()) if (!names.has(name)) changed = entries.delete(name) || changed
    },
    async save() {
      if (!changed) return true
      changed = false
      return writeIndexFile(path, lines(entries))
    },
  }
}

/** A reader that opens only the files which the index does not know. `now` is in milliseconds and only for tests. */
export function indexedReader(
  index: HashIndex,
  disk: LocalReader,
  now: () => number = () => Date.now(),
): LocalReader {
  return {
    canRead: (file) => disk.canRead(file),
    async hash(file, options) {
      const known = index.find(file.name, file.identity, options.parts)
      if (known !== null) return known
      const readAtMs = now()
      const hashes = await disk.hash(file, options)
      index.note(file.name, file.identity, { ...hashes, parts: options.parts }, readAtMs)
      return hashes
    },
  }
}

/** The change time is the system's own: who edits a file and sets its mtime back cannot set that back (S52). */
function isSameFile(entry: Entry, identity: FileIdentity): boolean {
  return (
    entry.sizeBytes === identity.sizeBytes &&
    entry.mtimeNs === identity.mtimeNs &&
    entry.ctimeNs === identity.ctimeNs &&
    entry.ino === identity.ino
  )
}

function* lines(entries: ReadonlyMap<string, Entry>): Iterable<unknown> {
  for (const [name, { sizeBytes, mtimeNs, ino, ctimeNs, md5, parts, multipart }] of entries)
    yield [name, sizeBytes, String(mtimeNs), String(ino), String(ctimeNs), md5, parts, [...multipart]]
}

function parseEntry(value: unknown): [string, Entry] | null {
  if (!Array.isArray(value) || value.length !== 8) return null
  const [name, sizeBytes, mtimeNs, ino, ctimeNs, md5, parts, multipart] = value as unknown[]
  if (typeof name !== 'string' || typeof sizeBytes !== 'number') return null
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return null
  if (!isCount(mtimeNs) || !isCount(ino) || !isCount(ctimeNs)) return null
  if ((parts !== null && typeof parts !== 'number') || !isTexts(multipart)) return null
  return [
    name,
    {
      sizeBytes,
      mtimeNs: BigInt(mtimeNs),
      ino: BigInt(ino),
      ctimeNs: BigInt(ctimeNs),
      md5,
      parts,
      multipart: new Set(multipart),
    },
  ]
}

function isCount(value: unknown): value is string {
  return typeof value === 'string' && /^-?\d{1,30}$/.test(value)
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
