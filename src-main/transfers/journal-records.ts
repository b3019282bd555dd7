import { z } from 'zod'
import { appErrorSchema } from '../../src-preload/contract/app-error.ts'
import { onConflictSchema } from '../../src-preload/contract/destination.ts'
import { linkFormatSchema } from '../../src-preload/contract/naming.ts'
import { keySchema } from '../../src-preload/contract/object.ts'
import { stripMetadataSchema } from '../../src-preload/contract/picture.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import { wantedVisibilitySchema } from '../../src-preload/contract/visibility.ts'
import type { FileIdentity } from '../s3/local-source.ts'

const text = z.string().max(4096)
const path = z.string().max(32_768)
const bytes = z.number().int().nonnegative()
const milliseconds = z.number()
const bigint = z.string().regex(/^\d{1,20}$/)

/** A {@link FileIdentity}; JSON has no big integers. */
const identitySchema = z.strictObject({
  dev: bigint,
  ino: bigint,
  sizeBytes: bytes,
  mtimeNs: z.string().regex(/^-?\d{1,20}$/),
  ctimeNs: z.string().regex(/^-?\d{1,20}$/),
})

/** The first line of a journal. */
const headSchema = z.strictObject({ t: z.literal('pail-transfers'), version: z.literal(1) })

const batchSchema = z.object({
  t: z.literal('batch'),
  id: idSchema,
  direction: z.enum(['upload', 'download']),
  profileId: idSchema,
  /** What stands for the service, to tell an environment's profile from another one's. */
  service: z.string().max(2048),
  bucket: z.string().max(255),
  visibility: wantedVisibilitySchema.nullable(),
  baseUrl: z.string().max(1024).nullable(),
  linkExpirySeconds: z.number().int().nullable(),
  prefix: z.string().max(2048).nullable().optional(),
  onConflict: onConflictSchema.nullable().optional(),
  linkFormat: linkFormatSchema.optional(),
  /** Milliseconds since 1970. */
  addedAt: milliseconds,
})

/** What an upload is to do. Unknown members are passed on, so that a later version finds what it wrote. */
const uploadWorkSchema = z.looseObject({
  direction: z.literal('upload'),
  wantedKey: z.string().max(4096),
  onConflict: onConflictSchema,
  cacheControl: z.string().max(512).nullable(),
  nameProblem: text.nullable().optional(),
  isNamedByContent: z.boolean().optional(),
  reuseIdentical: z.boolean().optional(),
  stripMetadata: stripMetadataSchema.nullable().optional(),
  file: z.looseObject({
    name: z.string().max(8192),
    path,
    sizeBytes: bytes,
    identity: identitySchema,
  }),
})

const downloadWorkSchema = z.looseObject({
  direction: z.literal('download'),
  folder: path,
  place: z.strictObject({ path, relative: path, changed: z.boolean() }),
  onTaken: z.enum(['number', 'fail', 'replace']).optional(),
})

const workSchema = z.discriminatedUnion('direction', [uploadWorkSchema, downloadWorkSchema])

const addSchema = z.object({
  t: z.literal('add'),
  id: idSchema,
  batch: idSchema,
  name: text,
  key: z.string().max(4096),
  sizeBytes: bytes,
  work: workSchema,
})

const partSchema = z.strictObject({
  number: z.number().int().min(1).max(10_000),
  eTag: z.string().max(256),
  /** In hex, of what was sent; absent where a CRC32 has proved it and the ETag is no MD5. */
  md5: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  /** In base64, of what was sent. */
  crc32: z
    .string()
    .regex(/^[A-Za-z0-9+/]{6}==$/)
    .optional(),
  sizeBytes: bytes,
})

/** A multipart upload that nobody wants any more and that could not be taken back yet. */
const leftoverSchema = z.strictObject({
  t: z.literal('leftover'),
  profileId: idSchema,
  service: z.string().max(2048),
  bucket: z.string().max(255),
  key: keySchema,
  uploadId: z.string().min(1).max(4096),
})

const recordSchema = z.discriminatedUnion('t', [
  headSchema,
  batchSchema,
  addSchema,
  /** The key that is tried now, where it is not the one before. */
  z.object({ t: z.literal('key'), id: idSchema, key: keySchema }),
  /** The file was looked at again: what had been sent of it before does not count any more. */
  z.object({ t: z.literal('file'), id: idSchema, identity: identitySchema }),
  /** A multipart upload was begun. */
  z.object({
    t: z.literal('begun'),
    id: idSchema,
    key: keySchema,
    uploadId: z.string().min(1).max(4096),
    partSizeBytes: bytes.min(1),
    startedAt: milliseconds,
    /** Whether its parts are sent with a CRC32; absent in older journals. */
    withCrc32: z.boolean().optional(),
  }),
  z.object({ t: z.literal('part'), id: idSchema, part: partSchema }),
  /** The multipart upload was taken back, or is gone. */
  z.object({ t: z.literal('dropped'), id: idSchema }),
  /** How far a download has come; its shape is the download's own. */
  z.object({ t: z.literal('received'), id: idSchema, received: z.looseObject({}) }),
  /** A person has paused it, or let it go on. */
  z.object({ t: z.literal('paused'), id: idSchema, paused: z.boolean() }),
  /** It was given up, or, with null, is tried again. */
  z.object({ t: z.literal('failed'), id: idSchema, error: appErrorSchema.nullable() }),
  /** These go before all others, in this order. */
  z.object({ t: z.literal('first'), ids: z.array(idSchema).max(1000) }),
  /**
   * Nothing is to be done about it any more. A multipart upload that it has begun and that was not completed is still to
   * be taken back.
   */
  z.object({ t: z.literal('ended'), id: idSchema, isCompleted: z.boolean() }),
  leftoverSchema,
  /** A multipart upload that was left over is gone. */
  z.object({ t: z.literal('swept'), bucket: z.string().max(255), uploadId: z.string().max(4096) }),
])

/** One line of a journal. */
export type JournalRecord = z.infer<typeof recordSchema>

/** What belongs to all transfers of a batch. */
export type JournalBatch = z.infer<typeof batchSchema>

/** A part that has arrived. */
export type JournalPart = z.infer<typeof partSchema>

/** What a transfer is to do. */
export type JournalWork = z.infer<typeof workSchema>

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
  readonly error: z.infer<typeof appErrorSchema> | null
}

/** See {@link leftoverSchema}. */
export type JournalLeftover = z.infer<typeof leftoverSchema>

/** All that a journal says, in the order in which it is to be done. */
export interface JournalState {
  readonly batches: Map<string, JournalBatch>
  readonly entries: Map<string, JournalEntry>
  readonly leftovers: Map<string, JournalLeftover>
}

/** The first line of every journal. */
export const journalHead: JournalRecord = { t: 'pail-transfers', version: 1 }

/** A record out of what was read; null when it is none that this version knows. */
export function recordFrom(value: unknown): JournalRecord | null {
  const parsed = recordSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** Whether this is the first line of a journal that a later version of Pail has written. */
export function isOfLaterVersion(value: unknown): boolean {
  const parsed = z.looseObject({ t: z.literal('pail-transfers'), version: z.number() }).safeParse(value)
  return parsed.success && parsed.data.version > 1
}

/** An identity as JSON can say it. */
export function identityRecord(identity: FileIdentity): z.infer<typeof identitySchema> {
  return {
    dev: String(identity.dev),
    ino: String(identity.ino),
    sizeBytes: identity.sizeBytes,
    mtimeNs: String(identity.mtimeNs),
    ctimeNs: String(identity.ctimeNs),
  }
}

/** The identity that a record tells. */
export function identityFrom(record: z.infer<typeof identitySchema>): FileIdentity {
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
