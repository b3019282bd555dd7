import { join } from 'node:path'
import type { ContentCoding } from '../../src-preload/contract/header-rule.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { settingsVersion } from './compression.ts'
import { type FileStamp, isSameFile, isTooFresh, parseStamp, stampOf, stampTexts } from './file-stamp.ts'
import { indexFileName, readIndexFile, writeIndexFile } from './index-file.ts'

/** What came of compressing a file: the size in bytes and the MD5 in hex; null when the result was not smaller. */
export type CompressedFacts = { readonly sizeBytes: number; readonly md5: string } | null

/** What came of compressing one folder's files, so that they need be neither read nor compressed again. */
export interface CompressedIndex {
  /** What came of this very file, by the settings of today; undefined when that is not known. */
  find(name: string, identity: FileIdentity, coding: ContentCoding): CompressedFacts | undefined
  /** Remembers it. `readAtMs` is the time before the first byte was read, in milliseconds since 1970. */
  note(
    name: string,
    identity: FileIdentity,
    coding: ContentCoding,
    facts: CompressedFacts,
    readAtMs: number,
  ): void
  /** Hears of each file that the folder has. */
  seen(name: string): void
  /** Forgets the files that were not {@link CompressedIndex.seen}, because the folder has been seen whole. */
  forgetUnseen(): void
  /** Writes what is new; false when that failed, which costs time later and nothing else. */
  save(): Promise<boolean>
}

interface Entry {
  readonly name: string
  readonly stamp: FileStamp
  readonly facts: CompressedFacts
}

/** Opens the index of a folder; it is empty where there is none yet or it is damaged. `root` is the real path. */
export async function openCompressedIndex(directory: string, root: string): Promise<CompressedIndex> {
  const path = join(directory, indexFileName('compressed', [root]))
  const entries = new Map(await readIndexFile(path, parseEntry))
  const names = new Set<string>()
  let changed = false
  return {
    find(name, identity, coding) {
      const entry = entries.get(`${coding} ${name}`)
      return entry === undefined || !isSameFile(entry.stamp, identity) ? undefined : entry.facts
    },
    note(name, identity, coding, facts, readAtMs) {
      const key = `${coding} ${name}`
      if (isTooFresh(identity, readAtMs)) changed = entries.delete(key) || changed
      else {
        entries.set(key, { name, stamp: stampOf(identity), facts })
        changed = true
      }
    },
    seen: (name) => void names.add(name),
    forgetUnseen() {
      for (const [key, { name }] of entries) if (!names.has(name)) changed = entries.delete(key) || changed
    },
    async save() {
      if (!changed) return true
      changed = false
      return writeIndexFile(path, lines(entries))
    },
  }
}

function* lines(entries: ReadonlyMap<string, Entry>): Iterable<string> {
  for (const [key, { stamp, facts }] of entries)
    yield JSON.stringify([
      settingsVersion,
      key,
      ...stampTexts(stamp),
      facts?.sizeBytes ?? null,
      facts?.md5 ?? null,
    ])
}

function parseEntry(value: unknown): [string, Entry] | null {
  if (!Array.isArray(value) || value.length !== 8) return null
  const [settings, key, ...rest] = value as unknown[]
  const stamp = parseStamp(rest.slice(0, 4))
  const [sizeBytes, md5] = rest.slice(4)
  if (settings !== settingsVersion || typeof key !== 'string' || stamp === null) return null
  const name = /^(?:gzip|br) (.+)$/s.exec(key)?.[1]
  if (name === undefined) return null
  if (sizeBytes === null && md5 === null) return [key, { name, stamp, facts: null }]
  if (typeof sizeBytes !== 'number' || typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return null
  return [key, { name, stamp, facts: { sizeBytes, md5 } }]
}
