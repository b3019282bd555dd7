import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { toFailure } from '../s3/map-error.ts'
import { syncFolder } from '../s3/target-folder.ts'
import { createTurns } from '../s3/turns.ts'

/** A file that only grows, as far as a journal needs it. */
export interface GrowingFile {
  append(text: string): Promise<void>
  /** Returns when everything appended is on the disk. */
  sync(): Promise<void>
  /** Cuts the file back to a length in bytes. */
  truncate(bytes: number): Promise<void>
  close(): Promise<void>
}

/** What a journal does with the disk; tests put faults into it (F30, F31). */
export interface JournalDisk {
  /** Null when there is no such file. */
  read(path: string): Promise<Buffer | null>
  /** Opens for appending and makes what is missing, readable by its owner only. */
  open(path: string): Promise<GrowingFile>
  /** Puts a whole file in the place of another in one step, on the disk when it returns. */
  replace(path: string, text: string): Promise<void>
  remove(path: string): Promise<void>
}

/** Lines as they were found in a journal. */
export interface FoundRecords {
  readonly records: readonly unknown[]
  /** Lines whose checksum does not fit, as they are. What a crash cut off at the end is none of them. */
  readonly damaged: readonly string[]
  /** Whether the file ends in the middle of a line. */
  readonly torn: boolean
}

/** A file of JSON lines with a checksum each. */
export interface JournalFile {
  /** Lines in the file. */
  readonly lines: number
  /** Returns when the records are on the disk; those of several callers share one flush. Throws Failures. */
  append(records: readonly unknown[]): Promise<void>
  /** Hands a record over that goes to the disk with the next ones, at the latest a moment later. Never throws. */
  note(record: unknown): void
  /** Puts these records in the place of all others, in one step. Throws Failures. */
  rewrite(records: Iterable<unknown>): Promise<void>
  /** Flushes what was noted and closes. Never throws. */
  close(): Promise<void>
}

/** What was only noted is written after so many milliseconds. */
const noteDelayMs = 250

/** The file system of this computer. */
export const realDisk: JournalDisk = {
  async read(path) {
    try {
      return await readFile(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  },
  async open(path) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a', 0o600)
    return {
      append: (text) => file.appendFile(text, 'utf8'),
      sync: () => file.datasync(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
    }
  },
  async replace(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const temporary = `${path}.new`
    await rm(temporary, { force: true })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text, 'utf8')
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  },
  remove: (path) => rm(path, { force: true }),
}

/** A record as its line: `["<the first 16 digits of the SHA-256>",<the record>]`. */
function lineOf(record: unknown): string {
  const json = JSON.stringify(record)
  return `["${sumOf(json)}",${json}]\n`
}

function sumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16)
}

/** Reads the lines of a journal, in turns. */
export async function parseRecords(bytes: Buffer): Promise<FoundRecords> {
  const turns = createTurns()
  const records: unknown[] = []
  const damaged: string[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const line = bytes.toString('utf8', start, end)
    start = end + 1
    if (line === '') continue
    const record = recordOf(line)
    if (record === undefined) damaged.push(line)
    else records.push(record)
    await turns.next()
  }
  return { records, damaged, torn: start < bytes.byteLength }
}

function recordOf(line: string): unknown {
  const match = /^\["([0-9a-f]{16})",(.*)\]$/s.exec(line)
  const json = match?.[2]
  if (json === undefined || sumOf(json) !== match?.[1]) return undefined
  return JSON.parse(json)
}

/**
 * Opens a journal for appending. `known` is what {@link parseRecords} found in it; a line that a crash cut off is cut
 * off whole. Throws Failures.
 */
export async function openJournalFile(
  path: string,
  known: { readonly lines: number; readonly bytes: number },
  disk: JournalDisk = realDisk,
): Promise<JournalFile> {
  let file = await opened()
  let lines = known.lines
  let bytes = known.bytes
  let waiting: { readonly records: readonly unknown[]; done(error?: unknown): void }[] = []
  /** Since the last group; with thousands at once, one group of them all. */
  let noted: unknown[] = []
  let writing: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let isWhole = true

  async function opened(): Promise<GrowingFile> {
    try {
      const made = await disk.open(path)
      try {
        await made.truncate(known.bytes)
      } catch (error) {
        await made.close().catch(() => undefined)
        throw error
      }
      return made
    } catch (error) {
      throw toFailure(error)
    }
  }

  async function textOf(records: Iterable<unknown>): Promise<{ text: string; count: number }> {
    const turns = createTurns()
    const parts: string[] = []
    for (const record of records) {
      parts.push(lineOf(record))
      await turns.next()
    }
    return { text: parts.join(''), count: parts.length }
  }

  /** All that waits, in the order in which it came. */
  function takeWaiting(): typeof waiting {
    gather()
    const group = waiting
    waiting = []
    return group
  }

  function gather(): void {
    if (noted.length > 0) waiting.push({ records: noted, done: () => undefined })
    noted = []
  }

  async function writeAll(): Promise<void> {
    while (waiting.length + noted.length > 0) {
      const group = takeWaiting()
      try {
        const { text, count } = await textOf(group.flatMap(({ records }) => records))
        // What an append that failed has left there would spoil the line after it.
        if (!isWhole) await file.truncate(bytes)
        isWhole = false
        await file.append(text)
        await file.sync()
        isWhole = true
        bytes += Buffer.byteLength(text)
        lines += count
        for (const { done } of group) done()
      } catch (error) {
        for (const { done } of group) done(error)
      }
    }
    writing = null
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    // With nothing to write it would end before it is remembered, and then be remembered for ever.
    if (waiting.length + noted.length > 0) writing ??= writeAll()
  }

  return {
    get lines() {
      return lines
    },
    append(records) {
      return new Promise<void>((resolve, reject) => {
        const done = (error?: unknown) => (error === undefined ? resolve() : reject(toFailure(error)))
        gather()
        waiting.push({ records, done })
        flush()
      })
    },
    note(record) {
      noted.push(record)
      timer ??= setTimeout(flush, noteDelayMs)
    },
    async rewrite(records) {
      if (timer !== null) clearTimeout(timer)
      timer = null
      for (let turn = writing; turn !== null; turn = writing) await turn
      // From here on others wait, as behind any group.
      const work = (async () => {
        // All that is waiting is part of what is written now.
        const group = takeWaiting()
        try {
          const { text, count } = await textOf(records)
          await disk.replace(path, text)
          await file.close()
          file = await disk.open(path)
          bytes = Buffer.byteLength(text)
          lines = count
          isWhole = true
          for (const { done } of group) done()
        } catch (error) {
          for (const { done } of group) done(error)
          throw toFailure(error)
        }
      })()
      writing = work.then(
        () => writeAll(),
        () => writeAll(),
      )
      await work
    },
    async close() {
      flush()
      if (timer !== null) clearTimeout(timer)
      // One that was waiting to be written anew begins when this one has ended, and opens another file.
      for (let turn = writing; turn !== null; turn = writing) await turn
      await file.close().catch(() => undefined)
    },
  }
}
