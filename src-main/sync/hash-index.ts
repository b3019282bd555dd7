import { join } from 'node:path'
import type { SourceHashes } from '../s3/e-tag.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { type FileStamp, isSameFile, isTooFresh, parseStamp, stampOf, stampTexts } from './file-stamp.ts'
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

/** Shared by nearly all files, because most are too small for parts: a set of their own would be half of an entry. */
const noETags: ReadonlySet<string> = new Set()

interface Entry extends KnownHashes, FileStamp {}

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
      if (isTooFresh(identity, readAtMs)) {
        changed = entries.delete(name) || changed
        return
      }
      const { md5, parts } = hashes
      const multipart = hashes.multipart.size === 0 ? noETags : hashes.multipart
      entries.set(name, { ...stampOf(identity), md5, parts, multipart })
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

function* lines(entries: ReadonlyMap<string, Entry>): Iterable<unknown> {
  for (const [name, entry] of entries)
    yield [name, ...stampTexts(entry), entry.md5, entry.parts, [...entry.multipart]]
}

function parseEntry(value: unknown): [string, Entry] | null {
  if (!Array.isArray(value) || value.length !== 8) return null
  const [name, ...rest] = value as unknown[]
  const stamp = parseStamp(rest.slice(0, 4))
  const [md5, parts, multipart] = rest.slice(4)
  if (typeof name !== 'string' || stamp === null) return null
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return null
  if ((parts !== null && typeof parts !== 'number') || !isTexts(multipart)) return null
  return [name, { ...stamp, md5, parts, multipart: multipart.length === 0 ? noETags : new Set(multipart) }]
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
