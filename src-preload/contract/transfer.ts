import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { overwriteGuardSchema } from './naming.ts'
import { keySchema } from './object.ts'
import { idSchema } from './profile.ts'
import { wantedVisibilitySchema } from './visibility.ts'

/** The states of one transfer; the last four are terminal. `paused` goes on when {@link pausedBySchema} says. */
export const transferStateSchema = z.enum([
  'queued',
  'running',
  'paused',
  'waiting-to-retry',
  'done',
  'failed',
  'cancelled',
  'skipped',
])

/**
 * Why a transfer is paused: by the person, who resumes it; because the service cannot be reached, until it can; because
 * the credentials have ended, until the person has signed in again and resumes it.
 */
export const pausedBySchema = z.enum(['person', 'offline', 'sign-in'])

/** One file on its way up or down. */
export const transferSchema = z.strictObject({
  id: idSchema,
  batchId: idSchema,
  direction: z.enum(['upload', 'download']),
  profileId: idSchema,
  bucket: z.string().max(255),
  key: keySchema,
  /** The local file's name, without its folder. */
  name: z.string().max(4096),
  sizeBytes: z.number().int().nonnegative(),
  movedBytes: z.number().int().nonnegative(),
  state: transferStateSchema,
  /** Only of a paused one. */
  pausedBy: pausedBySchema.optional(),
  visibility: wantedVisibilitySchema.nullable(),
  error: appErrorSchema.nullable(),
  /** Something true and worth saying about a finished transfer, such as a name that was changed. */
  note: z.string().max(1000).nullable(),
  /** Of a download that is done: whether its bytes were proved by a checksum or ETag, and not by their length alone. */
  verified: z.boolean().optional(),
})

/**
 * All transfers at one moment. Crosses at most ten times a second, and at once when a transfer ends.
 * `transfers` holds at most 1,000 rows: running and failed ones first; the totals count all.
 */
export const transferSnapshotSchema = z.strictObject({
  transfers: z.array(transferSchema).max(1000),
  counts: z.strictObject({
    queued: z.number().int(),
    running: z.number().int(),
    paused: z.number().int(),
    done: z.number().int(),
    failed: z.number().int(),
    cancelled: z.number().int(),
    skipped: z.number().int(),
  }),
  totalBytes: z.number(),
  movedBytes: z.number(),
  bytesPerSecond: z.number(),
  /** Null while it cannot be told. */
  secondsLeft: z.number().nullable(),
  /** For all transfers together; null for as fast as it goes. */
  bandwidthLimitBytesPerSecond: z.number().int().positive().nullable(),
})

/** A transfer that is kept on this computer until it has come to its end, by the application or the command line. */
export const unfinishedTransferSchema = z.strictObject({
  id: idSchema,
  direction: z.enum(['upload', 'download']),
  profileId: idSchema,
  bucket: z.string().max(255),
  key: z.string().max(4096),
  /** The local file's name, without its folder. */
  name: z.string().max(4096),
  sizeBytes: z.number().int().nonnegative(),
  /** Of an upload in parts: what the service is known to have. */
  movedBytes: z.number().int().nonnegative(),
  /** `interrupted`: the process that ran it has ended. */
  state: z.enum(['running', 'interrupted', 'paused', 'failed']),
  error: appErrorSchema.nullable(),
  /** ISO 8601. */
  addedAt: z.string().max(40),
})

/** What a batch of uploads came to, told once when its last file has ended. */
export const uploadReportSchema = z.strictObject({
  batchId: idSchema,
  bucket: z.string().max(255),
  uploaded: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  cancelled: z.number().int(),
  /** What is on the clipboard now; null when nothing was put there. */
  link: z
    .strictObject({
      kind: z.enum(['public', 'presigned']),
      count: z.number().int(),
      /** ISO 8601; null for a public URL. */
      endsAt: z.string().max(40).nullable(),
    })
    .nullable(),
  /**
   * With a link: why it is not the one that was asked for, or what could not be checked about it. Without: why none
   * could be copied.
   */
  linkError: appErrorSchema.nullable(),
  /**
   * Whether the public can read what was uploaded, as unsigned requests for the first and the last file were answered;
   * absent when nothing was uploaded.
   */
  publicCanRead: z.enum(['yes', 'no', 'unknown']).optional(),
  /** Of the `onVisibilityReport` that tells it of every one of them; absent when nothing was uploaded. */
  visibilityReportId: idSchema.optional(),
  visibility: wantedVisibilitySchema.optional(),
  /** Pictures from which location and other metadata were removed. */
  stripped: z.number().int().nonnegative().optional(),
  /** Files that were not sent, and their bytes, because the very same were there; not among `uploaded`. */
  reused: z.number().int().nonnegative().optional(),
  reusedBytes: z.number().int().nonnegative().optional(),
  /** How sure it is that nothing was overwritten; null when overwriting was asked for, or nothing was uploaded. */
  overwriteGuard: overwriteGuardSchema.nullable().optional(),
  /** The first keys that arrived, relative to the prefix: what a database stores (a FileField's value). */
  databaseValues: z.array(z.string().max(2048)).max(1000).optional(),
})

export type PausedBy = z.infer<typeof pausedBySchema>
export type TransferState = z.infer<typeof transferStateSchema>
export type Transfer = z.infer<typeof transferSchema>
export type TransferSnapshot = z.infer<typeof transferSnapshotSchema>
export type UnfinishedTransfer = z.infer<typeof unfinishedTransferSchema>
export type UploadReport = z.infer<typeof uploadReportSchema>
