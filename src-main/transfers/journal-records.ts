import type { z } from 'zod'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import type * as schema from './journal-schema.ts'

/** One line of a journal. */
export type JournalRecord = z.infer<typeof schema.recordSchema>

/** What belongs to all transfers of a batch. */
export type JournalBatch = z.infer<typeof schema.batchSchema>

/** A part that has arrived. */
export type JournalPart = z.infer<typeof schema.partSchema>

/** What a transfer is to do. */
export type JournalWork = z.infer<typeof schema.workSchema>

/** A multipart upload as the journal knows it. */
export interface JournalUpload {
  readonly key: string
  readonly uploadId: string
  readonly partSizeBytes: number
  /** Milliseconds since 1970, by this computer's clock. */
  readonly startedAt: number
  readonly withCrc32?: boolean | undefined
  readonly parts: Map<number, JournalPart>
}

/** One transfer that has not come to its end. */
export interface JournalEntry {
  readonly id: string
  readonly batch: JournalBatch
  readonly name: string
  readonly key: string
  readonly sizeBytes: number
  readonly work: JournalWork
  readonly upload: JournalUpload | null
  readonly received: Readonly<Record<string, unknown>> | null
  readonly paused: boolean
  readonly error: AppError | null
}

/** See {@link schema.leftoverSchema}. */
export type JournalLeftover = z.infer<typeof schema.leftoverSchema>

/** All that a journal says, in the order in which it is to be done. */
export interface JournalState {
  readonly batches: Map<string, JournalBatch>
  readonly entries: Map<string, JournalEntry>
  readonly leftovers: Map<string, JournalLeftover>
}

/** The first line of every journal. */
export const journalHead: JournalRecord = { t: 'pail-transfers', version: 1 }

/** An identity as JSON can say it. */
export function identityRecord(identity: FileIdentity): z.infer<typeof schema.identitySchema> {
  return {
    dev: String(identity.dev),
    ino: String(identity.ino),
    sizeBytes: identity.sizeBytes,
    mtimeNs: String(identity.mtimeNs),
    ctimeNs: String(identity.ctimeNs),
  }
}

/** The identity that a record tells. */
export function identityFrom(record: z.infer<typeof schema.identitySchema>): FileIdentity {
  return {
    dev: BigInt(record.dev),
    ino: BigInt(record.ino),
    sizeBytes: record.sizeBytes,
    mtimeNs: BigInt(record.mtimeNs),
    ctimeNs: BigInt(record.ctimeNs),
  }
}

/** Nothing to be done. */
export function emptyState(): JournalState {
  return { batches: new Map(), entries: new Map(), leftovers: new Map() }
}

/**
 * Takes a record into the state. A record that was written twice changes nothing the second time, and one about a
 * transfer that is not known changes nothing at all: false.
 */
export function takeRecord(state: JournalState, record: JournalRecord): boolean {
  const { batches, entries, leftovers } = state
  switch (record.t) {
    case 'pail-transfers':
      return true
    case 'batch':
      if (!batches.has(record.id)) batches.set(record.id, record)
      return true
    case 'add': {
      const batch = batches.get(record.batch)
      if (batch === undefined) return false
      const { id, name, key, sizeBytes, work } = record
      const fresh = { upload: null, received: null, paused: false, error: null }
      if (!entries.has(id)) entries.set(id, { id, batch, name, key, sizeBytes, work, ...fresh })
      return true
    }
    case 'first':
      moveFirst(entries, record.ids)
      return true
    case 'ended': {
      const entry = entries.get(record.id)
      if (entry !== undefined && !record.isCompleted) leaveBehind(state, entry)
      return entries.delete(record.id)
    }
    case 'leftover':
      leftovers.set(leftoverName(record), record)
      return true
    case 'swept':
      return leftovers.delete(leftoverName(record))
    default: {
      const entry = entries.get(record.id)
      if (entry === undefined) return false
      if (record.t === 'begun' && record.uploadId !== entry.upload?.uploadId) leaveBehind(state, entry)
      entries.set(record.id, changed(entry, record))
      return true
    }
  }
}

type Change = Exclude<
  JournalRecord,
  { t: 'pail-transfers' | 'batch' | 'add' | 'first' | 'ended' | 'leftover' | 'swept' }
>

function leftoverName({ bucket, uploadId }: Pick<JournalLeftover, 'bucket' | 'uploadId'>): string {
  return JSON.stringify([bucket, uploadId])
}

function leaveBehind({ leftovers }: JournalState, { batch, upload }: JournalEntry): void {
  if (upload === null) return
  const { profileId, service, bucket } = batch
  const { key, uploadId } = upload
  const leftover = { t: 'leftover', profileId, service, bucket, key, uploadId } as const
  leftovers.set(leftoverName(leftover), leftover)
}

function changed(entry: JournalEntry, record: Change): JournalEntry {
  switch (record.t) {
    case 'key':
      return { ...entry, key: record.key }
    case 'file': {
      const { identity } = record
      if (entry.work.direction !== 'upload') return entry
      const file = { ...entry.work.file, identity, sizeBytes: identity.sizeBytes }
      return { ...entry, sizeBytes: identity.sizeBytes, work: { ...entry.work, file } }
    }
    case 'begun': {
      const { t: _t, id: _id, ...upload } = record
      if (entry.upload?.uploadId === upload.uploadId) return entry
      return { ...entry, key: upload.key, upload: { ...upload, parts: new Map() } }
    }
    case 'part':
      entry.upload?.parts.set(record.part.number, record.part)
      return entry
    case 'dropped':
      return { ...entry, upload: null }
    case 'received':
      return { ...entry, received: record.received }
    case 'paused':
      return { ...entry, paused: record.paused }
    case 'failed':
      return { ...entry, error: record.error }
    default:
      return record satisfies never
  }
}

function moveFirst(entries: Map<string, JournalEntry>, ids: readonly string[]): void {
  const chosen = new Set(ids)
  const moved = ids.flatMap((id) => entries.get(id) ?? [])
  const others = [...entries.values()].filter(({ id }) => !chosen.has(id))
  entries.clear()
  for (const entry of [...moved, ...others]) entries.set(entry.id, entry)
}

/** The fewest records that make a state; batches without a transfer are left out. */
export function* recordsOf(state: JournalState): Generator<JournalRecord> {
  yield journalHead
  yield* state.leftovers.values()
  const told = new Set<string>()
  for (const {
    id,
    batch,
    name,
    key,
    sizeBytes,
    work,
    upload,
    received,
    paused,
    error,
  } of state.entries.values()) {
    if (!told.has(batch.id)) yield batch
    told.add(batch.id)
    yield { t: 'add', id, batch: batch.id, name, key, sizeBytes, work }
    if (upload !== null) {
      const { parts, ...begun } = upload
      yield { t: 'begun', id, ...begun }
      for (const part of parts.values()) yield { t: 'part', id, part }
    }
    if (received !== null) yield { t: 'received', id, received }
    if (paused) yield { t: 'paused', id, paused }
    if (error !== null) yield { t: 'failed', id, error }
  }
}
