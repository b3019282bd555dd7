import { z } from 'zod'
import { appErrorSchema } from '../../src-preload/contract/app-error.ts'
import { onConflictSchema } from '../../src-preload/contract/destination.ts'
import { linkFormatSchema } from '../../src-preload/contract/naming.ts'
import { keySchema } from '../../src-preload/contract/object.ts'
import { stripMetadataSchema } from '../../src-preload/contract/picture.ts'
import { idSchema } from '../../src-preload/contract/profile.ts'
import { wantedVisibilitySchema } from '../../src-preload/contract/visibility.ts'

const text = z.string().max(4096)
const header = z.string().max(1024)
const path = z.string().max(32_768)
const bytes = z.number().int().nonnegative()
const milliseconds = z.number()
const bigint = z.string().regex(/^\d{1,20}$/)

/** A {@link FileIdentity}; JSON has no big integers. */
export const identitySchema = z.strictObject({
  dev: bigint,
  ino: bigint,
  sizeBytes: bytes,
  mtimeNs: z.string().regex(/^-?\d{1,20}$/),
  ctimeNs: z.string().regex(/^-?\d{1,20}$/),
})

/** The first line of a journal. */
const headSchema = z.strictObject({ t: z.literal('pail-transfers'), version: z.literal(1) })

/** What belongs to all transfers of a batch. */
export const batchSchema = z.object({
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
  headers: z
    .object({
      contentType: header.optional(),
      cacheControl: header.optional(),
      contentEncoding: header.optional(),
      contentDisposition: header.optional(),
      contentLanguage: header.optional(),
    })
    .optional(),
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

/** What a transfer is to do. */
export const workSchema = z.discriminatedUnion('direction', [uploadWorkSchema, downloadWorkSchema])

const addSchema = z.object({
  t: z.literal('add'),
  id: idSchema,
  batch: idSchema,
  name: text,
  key: z.string().max(4096),
  sizeBytes: bytes,
  work: workSchema,
})

/** A part that has arrived. */
export const partSchema = z.strictObject({
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
export const leftoverSchema = z.strictObject({
  t: z.literal('leftover'),
  profileId: idSchema,
  service: z.string().max(2048),
  bucket: z.string().max(255),
  key: keySchema,
  uploadId: z.string().min(1).max(4096),
})

/** One line of a journal. */
export const recordSchema = z.discriminatedUnion('t', [
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

/** A record out of what was read; null when it is none that this version knows. */
export function recordFrom(value: unknown): z.infer<typeof recordSchema> | null {
  const parsed = recordSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** Whether this is the first line of a journal that a later version of Pail has written. */
export function isOfLaterVersion(value: unknown): boolean {
  const parsed = z.looseObject({ t: z.literal('pail-transfers'), version: z.number() }).safeParse(value)
  return parsed.success && parsed.data.version > 1
}
