import type { ContentCoding } from '../../src-preload/contract/header-rule.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import { settingsVersion } from './compression.ts'
import { isTooFresh, stampText } from './file-stamp.ts'
import { parseRest } from '../tables/index-file.ts'
import { openIndexMap } from '../tables/index-map.ts'

/** What came of compressing a file: the size in bytes and the MD5 in hex; null when the result was not smaller. */
export type CompressedFacts = { readonly sizeBytes: number; readonly md5: string } | null

/**
 * What came of compressing one folder's files, so that they need be neither read nor compressed again. Whoever asks in the
 * order of the names has it read once, and little of it in memory.
 */
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
  /** Closes its file, which is opened again when something of it is asked for. */
  release(): void
}

type FactsByCoding = { readonly [Coding in ContentCoding]?: CompressedFacts }

/** Opens the index of a folder; it is empty where there is none yet or it is damaged. `root` is the real path. */
export function openCompressedIndex(directory: string, root: string): CompressedIndex {
  const { entries, save, release } = openIndexMap(directory, 'compressed', [root])
  const factsOf = (name: string, stamp: string): FactsByCoding => {
    const entry = entries.get(name)
    return entry?.startsWith(stamp) === true ? (parseFacts(entry.slice(stamp.length)) ?? {}) : {}
  }
  return {
    find: (name, identity, coding) => factsOf(name, stampText(identity))[coding],
    note(name, identity, coding, facts, readAtMs) {
      const stamp = stampText(identity)
      if (isTooFresh(identity, readAtMs)) entries.delete(name)
      else entries.set(name, stamp + factsText({ ...factsOf(name, stamp), [coding]: facts }))
    },
    seen: (name) => entries.mark(name),
    forgetUnseen() {
      for (const name of entries.unmarked()) entries.delete(name)
    },
    save,
    release,
  }
}

/** The rest of an array: the settings, then for each coding its name, the size and the MD5, or nulls. */
function factsText(facts: FactsByCoding): string {
  const values = Object.entries(facts).flatMap(([coding, made]) => [
    coding,
    made?.sizeBytes ?? null,
    made?.md5 ?? null,
  ])
  return JSON.stringify([settingsVersion, ...values]).slice(1)
}

/** Undoes {@link factsText}; null for anything else, and of other settings. */
function parseFacts(rest: string): FactsByCoding | null {
  const [settings, ...values] = parseRest(rest) ?? []
  if (settings !== settingsVersion) return null
  const facts: { [Coding in ContentCoding]?: CompressedFacts } = {}
  for (let at = 0; at < values.length; at += 3) {
    const [coding, sizeBytes, md5] = values.slice(at)
    if (coding !== 'gzip' && coding !== 'br') return null
    if (sizeBytes === null && md5 === null) facts[coding] = null
    else if (typeof sizeBytes === 'number' && typeof md5 === 'string' && /^[0-9a-f]{32}$/.test(md5))
      facts[coding] = { sizeBytes, md5 }
    else return null
  }
  return facts
}
