import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { failure } from '../../src-preload/contract/failure.ts'
import { createLineFile, extendLineFile, readLineFile } from './sealed-lines.ts'

/** So many changes of one kind are remembered, and so many bytes of them; the latest is kept in any case. */
const mostRecords = 50
const mostBytes = 32 * 1024 * 1024

/** What a kind of change writes down: once at its beginning, and for each thing before it is changed. */
export interface RecordForm<Head extends { readonly at: string }, Line> {
  readonly head: z.ZodType<Head>
  readonly line: z.ZodType<Line>
}

/** A change as it was found on the disk. */
export interface ChangeRecord<Head, Line> {
  readonly id: string
  readonly head: Head
  /** What was noted before each thing was changed; after a crash the last of them may not have been changed. */
  readonly lines: readonly Line[]
  /** False when the process ended before the change did. */
  readonly hasEnded: boolean
}

/** Writes a change down while it is made. */
export interface ChangeWriter<Line> {
  /** Returns when the line is with the system, so that a crash of the process keeps it. */
  note(line: Line): Promise<void>
  /** False when something could not be written: the change cannot be taken back for sure. */
  end(): Promise<boolean>
}

/** Changes of one kind that can be taken back, also by a later process. */
export interface ChangeRecords<Head, Line> {
  /** Rejects when it cannot be written. */
  begin(id: string, head: Head): Promise<ChangeWriter<Line>>
  /** Goes on with one that is there, as when a part of it has been taken back. */
  extend(id: string): Promise<ChangeWriter<Line>>
  /** Newest first. What is damaged is set aside. */
  list(): Promise<ChangeRecord<Head, Line>[]>
  /** Throws `not-found`. */
  open(id: string): Promise<ChangeRecord<Head, Line>>
  forget(id: string): Promise<void>
  /** Forgets those that are about something which is gone. */
  forgetAll(isGone: (head: Head) => boolean): Promise<void>
}

/**
 * Keeps changes in a folder, a file of JSON lines each, readable by its owner only. What was there before has to be kept
 * to be put back; keys and signatures are no part of that (S16, S41). Its form is loaded when there is something to read.
 */
export function createChangeRecords<Head extends { readonly at: string }, Line>(
  directory: string,
  loadForm: () => Promise<RecordForm<Head, Line>>,
): ChangeRecords<Head, Line> {
  const path = (id: string) => join(directory, `${id}.jsonl`)

  async function read(id: string): Promise<ChangeRecord<Head, Line> | null> {
    const found = await readLineFile(path(id)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 'gone' as const
      throw failure('local-file', `A change that was kept cannot be read (${error.code}).`)
    })
    if (found === 'gone') return null
    const form = await loadForm()
    const values = found?.lines.map(parsed) ?? []
    const head = form.head.safeParse(values[0])
    const lines = values.slice(1).map((value) => form.line.safeParse(value))
    if (found === null || !head.success || lines.some(({ success }) => !success)) {
      // One that has just begun has no line yet.
      if (found === null || values.length > 0)
        await rename(path(id), `${path(id)}.damaged`).catch(() => undefined)
      return null
    }
    return {
      id,
      head: head.data,
      lines: lines.flatMap(({ data }) => (data === undefined ? [] : [data])),
      hasEnded: found.proved === values.length,
    }
  }

  async function list(): Promise<ChangeRecord<Head, Line>[]> {
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw failure('local-file', `The changes that were kept cannot be read (${error.code}).`)
    })
    const records: ChangeRecord<Head, Line>[] = []
    for (const name of names) {
      const id = /^([\w-]{1,100})\.jsonl$/.exec(name)?.[1]
      const record = id === undefined ? null : await read(id)
      if (record !== null) records.push(record)
    }
    return records.toSorted((a, b) => (a.head.at < b.head.at ? 1 : -1))
  }

  /** Forgets the oldest beyond the bounds. */
  async function prune(): Promise<void> {
    let bytes = 0
    for (const [index, { id }] of (await list()).entries()) {
      bytes += await stat(path(id)).then(
        ({ size }) => size,
        () => 0,
      )
      if (index > 0 && (index >= mostRecords || bytes > mostBytes)) await rm(path(id), { force: true })
    }
  }

  async function writerTo(id: string, first: unknown, isNew: boolean): Promise<ChangeWriter<Line>> {
    const writer = await (isNew ? createLineFile(path(id)) : extendLineFile(path(id)))
    if (isNew) writer.write(first)
    if (!(await writer.written())) {
      // Nothing but the first line was to be in it.
      await writer.close()
      await rm(path(id), { force: true }).catch(() => undefined)
      throw failure('local-file', 'What is to be changed cannot be written down. Is the disk full?')
    }
    return {
      note: async (line) => {
        writer.write(line)
        await writer.written()
      },
      end: () => writer.seal(),
    }
  }

  return {
    async begin(id, head) {
      const writer = await writerTo(id, head, true)
      await prune().catch(() => undefined)
      return writer
    },
    extend: (id) => writerTo(id, null, false),
    list,
    async open(id) {
      const record = /^[\w-]{1,100}$/.test(id) ? await read(id) : null
      if (record === null) throw failure('not-found', 'This change is not known any more.')
      return record
    },
    forget: (id) => rm(path(id), { force: true }),
    async forgetAll(isGone) {
      for (const { id, head } of await list()) if (isGone(head)) await rm(path(id), { force: true })
    },
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
