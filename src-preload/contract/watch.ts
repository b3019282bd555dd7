import { z } from 'zod'
import { appErrorSchema } from './app-error.ts'
import { prefixSchema } from './object.ts'
import { idSchema } from './profile.ts'

/** What a watch is doing. `paused` goes on by itself when what it waits for has come; `stopped` is the last. */
export const watchStateSchema = z.enum(['waiting', 'planning', 'applying', 'paused', 'stopped'])

/**
 * The closed list of reasons. Of a pause: `offline` (tried again, less and less often), `folder-missing`,
 * `deletes-not-confirmed` (there is something to remove, and removing was not confirmed), `too-many-deletes`, `opens`
 * (something in the bucket would become public, S44), `failing` (several rounds in a row had failures), `refused` (anything
 * else; the error says what). While it waits: `folder-replaced` (another folder has taken the place of the watched one, so
 * nothing is removed any more). Of an end: `asked`, `destination-changed`, `profile-deleted`, `closing`.
 */
export const watchReasonSchema = z.enum([
  'offline',
  'folder-missing',
  'folder-replaced',
  'deletes-not-confirmed',
  'too-many-deletes',
  'opens',
  'failing',
  'refused',
  'asked',
  'destination-changed',
  'profile-deleted',
  'closing',
])

/** What one round of a watch did. */
export const watchCountsSchema = z.strictObject({
  uploaded: z.number().int(),
  updatedHeaders: z.number().int(),
  deleted: z.number().int(),
  failed: z.number().int(),
  bytes: z.number(),
})

/** A watch at one moment. */
export const watchSchema = z.strictObject({
  watchId: idSchema,
  profileId: idSchema,
  bucket: z.string().max(255),
  prefix: prefixSchema,
  /** The destination by whose word it publishes; null without one. */
  destinationId: idSchema.nullable(),
  folderId: idSchema,
  folderName: z.string().max(4096),
  state: watchStateSchema,
  reason: watchReasonSchema.nullable(),
  /** The reason in words; null without one. */
  message: z.string().max(2000).nullable(),
  /** Whether the system tells of changes, or the folder is looked through from time to time. */
  hints: z.enum(['events', 'looking']),
  /** Why the folder is looked through; null when the system tells. */
  hintsMessage: z.string().max(500).nullable(),
  startedAt: z.iso.datetime(),
  /** Hints of changes since the start. They only say when to look; what has changed is found by comparing. */
  changesSeen: z.number().int().nonnegative(),
  /** Completed comparisons, and when the last one was. */
  rounds: z.number().int().nonnegative(),
  checkedAt: z.iso.datetime().nullable(),
  /** When it looks again without any hint; null while it looks. */
  nextCheckAt: z.iso.datetime().nullable(),
  /** The last round that changed something. */
  lastSync: z.strictObject({ at: z.iso.datetime(), counts: watchCountsSchema }).nullable(),
  /** Of the last round; null when it went well. */
  lastError: appErrorSchema.nullable(),
  /** While it applies. */
  progress: z
    .strictObject({
      filesDone: z.number().int(),
      filesTotal: z.number().int(),
      bytesDone: z.number(),
      bytesTotal: z.number(),
    })
    .nullable(),
})

export type WatchState = z.infer<typeof watchStateSchema>
export type WatchReason = z.infer<typeof watchReasonSchema>
export type WatchCounts = z.infer<typeof watchCountsSchema>
export type Watch = z.infer<typeof watchSchema>
