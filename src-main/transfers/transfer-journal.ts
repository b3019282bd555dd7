import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from '../s3/map-error.ts'
import { createTurns } from '../s3/turns.ts'
import { asideNotice, damageNotice, damageOf, newerNotice } from './journal-damage.ts'
import {
  type JournalDisk,
  type JournalFile,
  openJournalFile,
  parseRecords,
  realDisk,
} from './journal-file.ts'
import type { JournalEntry, JournalLeftover, JournalRecord, JournalState } from './journal-records.ts'
import { emptyState, recordsOf, takeRecord } from './journal-records.ts'

/** Keeps other processes out of a place: answers how to give it back, or null when another one is in it (F45). */
export type Lock = (place: { where: string; prefix: string }) => Promise<(() => Promise<void>) | null>

/**
 * What is to be transferred and how far it has come, on the disk, so that it outlives quitting, a crash and a power cut.
 * It holds local paths and no secrets, and never leaves the main process (S15).
 */
export interface TransferJournal {
  /** What was wrong with it when it was opened, in words for a person. */
  readonly notices: readonly string[]
  /** The transfers that have not ended, in the order in which they are to be done. */
  entries(): Iterable<JournalEntry>
  /** The multipart uploads that are still to be taken back. */
  leftovers(): Iterable<JournalLeftover>
  /** Takes records; they are on the disk when it returns. Throws Failures. */
  record(...records: readonly JournalRecord[]): Promise<void>
  /** As {@link record}, for as many as there are. */
  recordAll(records: Iterable<JournalRecord>): Promise<void>
  /** Takes a transfer over from another journal, as it is; it is on the disk when it returns. Throws Failures. */
  take(entry: JournalEntry): Promise<void>
  /** Takes a record that goes to the disk in a moment: one that the service could tell again. */
  note(record: JournalRecord): void
  /** Writes what is left to write and lets another process have it. */
  close(): Promise<void>
}

/** Where a journal is kept. */
export interface JournalPlace {
  /** Of all journals of this data folder. */
  readonly directory: string
  /** `app` for the application; each command of the command line has one of its own. */
  readonly name: string
  readonly lock: Lock
  readonly disk?: JournalDisk
}

/** A journal with more lines than this many times those it needs, and with more than the least, is written anew. */
const wasteful = 4
const fewLines = 2000

const extension = '.journal'

/** The file of a journal. */
export function journalPath(directory: string, name: string): string {
  return join(directory, `${name}${extension}`)
}

/**
 * Opens a journal, or makes it. Lines that are damaged are set aside in a file beside it and told, a journal of a later
 * version is set aside whole (F42). Null while another process runs it (F45). Throws Failures when it cannot be written.
 */
export async function openTransferJournal(place: JournalPlace): Promise<TransferJournal | null> {
  const path = journalPath(place.directory, place.name)
  const unlock = await place
    .lock({ where: 'transfers', prefix: `${place.name}/` })
    .catch((error: unknown) => {
      throw toFailure(error)
    })
  if (unlock === null) return null
  try {
    const disk = place.disk ?? realDisk
    const { state, notices, lines, bytes, isAsItShould } = await readState(path, disk)
    const file = await openJournalFile(path, { lines, bytes }, disk)
    if (!isAsItShould)
      await file.rewrite(recordsOf(state)).catch(async (error: unknown) => {
        await file.close()
        throw error
      })
    return journalOn({ file, path, disk, state, notices, unlock })
  } catch (error) {
    await unlock()
    throw toFailure(error)
  }
}

/** A journal that keeps nothing, for a host that has nowhere to keep it. */
export function createMemoryJournal(): TransferJournal {
  const state = emptyState()
  const take = (record: JournalRecord) => void takeRecord(state, record)
  return {
    notices: [],
    entries: () => state.entries.values(),
    leftovers: () => state.leftovers.values(),
    record: async (...records) => records.forEach(take),
    recordAll: async (records) => {
      for (const record of records) take(record)
    },
    take: async (entry) => {
      for (const record of recordsOf(stateOf(entry))) take(record)
    },
    note: take,
    close: async () => undefined,
  }
}

function journalOn(parts: {
  file: JournalFile
  path: string
  disk: JournalDisk
  state: JournalState
  notices: readonly string[]
  unlock: () => Promise<void>
}): TransferJournal {
  const { file, state } = parts
  let rewriting: Promise<void> | null = null
  let isClosing = false

  /** How many lines the state needs, about: parts are counted where they are many. */
  function needed(): number {
    let lines = 1 + state.leftovers.size
    for (const { upload } of state.entries.values()) lines += 2 + (upload?.parts.size ?? 0)
    return lines
  }

  function compact(): void {
    if (isClosing || rewriting !== null || file.lines < fewLines || file.lines < wasteful * needed()) return
    // One that cannot be written anew now goes on as it is.
    rewriting = file
      .rewrite(recordsOf(state))
      .catch(() => undefined)
      .finally(() => {
        rewriting = null
      })
  }

  async function recordAll(records: Iterable<JournalRecord>): Promise<void> {
    const known: JournalRecord[] = []
    for (const record of records) if (takeRecord(state, record)) known.push(record)
    if (known.length === 0) return
    await file.append(known)
    compact()
  }

  return {
    notices: parts.notices,
    entries: () => state.entries.values(),
    leftovers: () => state.leftovers.values(),
    record: (...records) => recordAll(records),
    recordAll,
    take: (entry) => recordAll(recordsOf(stateOf(entry))),
    note(record) {
      if (takeRecord(state, record)) file.note(record)
    },
    async close() {
      isClosing = true
      await rewriting
      await file.close()
      if (state.entries.size + state.leftovers.size === 0)
        await parts.disk.remove(parts.path).catch(() => undefined)
      await parts.unlock()
    },
  }
}

function stateOf(entry: JournalEntry): JournalState {
  return { ...emptyState(), entries: new Map([[entry.id, entry]]) }
}

/** A journal that is opened when it is first written to; until then it knows nothing. */
export function createLateJournal(open: () => Promise<TransferJournal>): TransferJournal {
  let opening: Promise<TransferJournal> | null = null
  let opened: TransferJournal | null = null
  const journal = async () => {
    opened = await (opening ??= open())
    return opened
  }
  return {
    notices: [],
    entries: () => opened?.entries() ?? [],
    leftovers: () => opened?.leftovers() ?? [],
    record: async (...records) => (await journal()).record(...records),
    recordAll: async (records) => (await journal()).recordAll(records),
    take: async (entry) => (await journal()).take(entry),
    note: (record) => opened?.note(record),
    close: async () => (await opening)?.close(),
  }
}

interface FoundState {
  readonly state: JournalState
  readonly notices: readonly string[]
  readonly lines: number
  /** Up to the end of the last whole line. */
  readonly bytes: number
  /** False when it has to be written anew before anything is added. */
  readonly isAsItShould: boolean
}

async function readState(path: string, disk: JournalDisk): Promise<FoundState> {
  const bytes = await disk.read(path)
  const length = bytes?.byteLength ?? 0
  const anew = { state: emptyState(), notices: [], lines: 0, bytes: length, isAsItShould: false }
  if (bytes === null || bytes.byteLength === 0) return anew
  const found = await stateFrom(bytes)
  if (found === null) {
    const aside = await setAside(path, 'newer', bytes.toString('utf8'), disk)
    return { ...anew, notices: [newerNotice(aside)] }
  }
  const { state, damaged, loose, lines, torn } = found
  const isWhole = damaged.length === 0
  const aside = isWhole ? null : await setAside(path, 'damaged', `${damaged.join('\n')}\n`, disk)
  return {
    state,
    notices: isWhole ? [] : [damageNotice(damageOf(damaged, state, loose), aside)],
    lines,
    bytes: bytes.lastIndexOf(10) + 1,
    isAsItShould: isWhole && !torn,
  }
}

/** What the bytes of a journal say; null when a later version of Pail has written them. */
async function stateFrom(bytes: Buffer) {
  const { isOfLaterVersion, recordFrom } = await import('./journal-schema.ts')
  const state = emptyState()
  const found = await parseRecords(bytes)
  if (isOfLaterVersion(found.records[0])) return null
  const damaged = [...found.damaged]
  const loose: Extract<JournalRecord, { t: 'add' }>[] = []
  const turns = createTurns()
  for (const value of found.records) {
    const record = recordFrom(value)
    // What is not known any more, because it ended, is no damage; what is not understood is.
    if (record === null) damaged.push(JSON.stringify(value))
    else if (!takeRecord(state, record) && record.t === 'add') loose.push(record)
    await turns.next()
  }
  return { state, damaged, loose, lines: found.records.length, torn: found.torn }
}

/** Nothing that was set aside before is overwritten. */
async function setAside(path: string, why: string, text: string, disk: JournalDisk): Promise<string> {
  for (let number = 1; number <= 100; number++) {
    const aside = `${path}.${why}${number === 1 ? '' : `-${number}`}`
    if ((await disk.read(aside)) !== null) continue
    await disk.replace(aside, text)
    return basename(aside)
  }
  throw failure(
    'settings-corrupt',
    'The list of transfers is damaged, and too many of its kind are kept already.',
  )
}

/** A transfer of some process, as its journal tells it. */
export interface JournalledTransfer {
  /** The name of its journal. */
  readonly journal: string
  readonly entry: JournalEntry
}

/** What the journals of a folder hold, those of other processes as well. */
export interface ReadJournals {
  readonly transfers: readonly JournalledTransfer[]
  /** What cannot be read of them, or was set aside, for a person. */
  readonly notices: readonly string[]
}

/** Reads all journals of a folder, and changes nothing. Throws Failures. */
export async function readJournals(directory: string): Promise<ReadJournals> {
  const transfers: JournalledTransfer[] = []
  const notices: string[] = []
  const read = (path: string) =>
    realDisk.read(path).catch((error: unknown) => {
      throw toFailure(error)
    })
  for (const journal of await journalNames(directory)) {
    const bytes = await read(journalPath(directory, journal))
    const found = bytes === null || bytes.byteLength === 0 ? null : await stateFrom(bytes)
    if (found === null) continue
    const { state, damaged, loose } = found
    for (const entry of state.entries.values()) transfers.push({ journal, entry })
    if (damaged.length > 0) notices.push(damageNotice(damageOf(damaged, state, loose), null))
  }
  for (const name of await namesIn(directory)) {
    if (!/\.journal\.damaged(-\d+)?$/.test(name)) continue
    const lines = (await read(join(directory, name)))?.toString('utf8').split('\n') ?? []
    notices.push(
      asideNotice(
        name,
        damageOf(
          lines.filter((line) => line !== ''),
          emptyState(),
        ),
      ),
    )
  }
  return { transfers, notices }
}

/** The transfers of all journals in a folder, those of other processes as well. Throws Failures. */
export async function listJournalled(directory: string): Promise<readonly JournalledTransfer[]> {
  return (await readJournals(directory)).transfers
}

/** The names of the journals in a folder. */
export async function journalNames(directory: string): Promise<string[]> {
  const names = await namesIn(directory)
  return names.filter((name) => name.endsWith(extension)).map((name) => name.slice(0, -extension.length))
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw toFailure(error)
  })
}

/** The multipart uploads that some transfer is going to finish. */
export interface WantedUploads {
  isWanted(bucket: string, uploadId: string): boolean
}

/**
 * Reads which multipart uploads are still wanted by a transfer of this computer, of this or another process: those must
 * not be swept away. An upload stands in the journal before its first part is sent.
 */
export async function readWantedUploads(directory: string): Promise<WantedUploads> {
  const wanted = new Set<string>()
  for (const { entry } of await listJournalled(directory)) {
    if (entry.upload !== null) wanted.add(JSON.stringify([entry.batch.bucket, entry.upload.uploadId]))
  }
  return { isWanted: (bucket, uploadId) => wanted.has(JSON.stringify([bucket, uploadId])) }
}
