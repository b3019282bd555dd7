import type { SourceHashes } from '../s3/e-tag.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { isTooFresh, stampText } from './file-stamp.ts'
import { parseRest } from '../tables/index-file.ts'
import { openIndexMap } from '../tables/index-map.ts'
import type { LocalReader } from './local-reader.ts'

/** The digests of a file's content, with the parts for which the multipart ETags were reckoned. */
export interface KnownHashes extends SourceHashes {
  readonly parts: number | null
}

/**
 * What is known of the content of one folder's files, so that they need not be read again. Whoever asks in the order of the
 * names has the index read once, and little of it in memory.
 */
export interface HashIndex {
  /** The digests of a file, if it is still the one that they were taken from; else null. */
  find(name: string, identity: FileIdentity, parts: number | null): SourceHashes | null
  /** Remembers digests. `readAtMs` is the time before the first byte was read, in milliseconds since 1970. */
  note(name: string, identity: FileIdentity, hashes: KnownHashes, readAtMs: number): void
  /** Hears of each file that the folder has. */
  seen(name: string): void
  /** Forgets the files that were not {@link HashIndex.seen}, because the folder has been seen whole. */
  forgetUnseen(): void
  /** Writes what is new; false when that failed, which costs time later and nothing else. */
  save(): Promise<boolean>
  /** Closes its file, which is opened again when something of it is asked for. */
  release(): void
}

/** Shared by nearly all files, because most are too small for parts. */
const noETags: ReadonlySet<string> = new Set()

/** Opens the index of a folder; it is empty where there is none yet or it is damaged. `root` is the real path. */
export function openHashIndex(directory: string, root: string): HashIndex {
  const index = openIndexMap(directory, 'files', [root])
  return {
    find(name, identity, parts) {
      const entry = index.entries.get(name)
      if (entry === undefined) return null
      const stamp = stampText(identity)
      if (!entry.startsWith(stamp)) return null
      const hashes = parseHashes(entry.slice(stamp.length))
      return hashes !== null && (parts === null || parts === hashes.parts) ? hashes : null
    },
    note(name, identity, { md5, parts, multipart }, readAtMs) {
      if (isTooFresh(identity, readAtMs)) index.entries.drop(name)
      else {
        // Nearly all are so; see below.
        const isWhole = parts === null && multipart.size === 0
        const rest = isWhole ? `"${md5}",null,[]]` : JSON.stringify([md5, parts, [...multipart]]).slice(1)
        index.entries.set(name, `${stampText(identity)}${rest}`)
      }
    },
    seen: (name) => index.entries.mark(name),
    forgetUnseen() {
      for (const name of index.entries.unmarked()) index.entries.delete(name)
    },
    save: () => index.save(),
    release: () => index.release(),
  }
}

/** What nearly all entries are behind the stamp: an MD5 and no parts. */
const withoutParts = /^"[0-9a-f]{32}",null,\[\]\]$/

function parseHashes(rest: string): KnownHashes | null {
  if (withoutParts.test(rest)) return { md5: rest.slice(1, 33), parts: null, multipart: noETags }
  const [md5, parts, multipart] = parseRest(rest) ?? []
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return null
  if ((parts !== null && typeof parts !== 'number') || !isTexts(multipart)) return null
  return { md5, parts, multipart: multipart.length === 0 ? noETags : new Set(multipart) }
}

/** A reader that opens only the files which the index does not know. `now` is in milliseconds and only for tests. */
export function indexedReader(
  index: HashIndex,
  disk: LocalReader,
  now: () => number = () => Date.now(),
): LocalReader {
  return {
    canRead: (file) => disk.canRead(file),
    known: (file, parts) => index.find(file.name, file.identity, parts),
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

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
