import { z } from 'zod'
import { noticesSchema } from './app-info.ts'
import type { BucketRef, Call, CallSchemas, Nothing } from './call.ts'
import { bucketRef, expiresInSeconds, keys, nothing, prefixes } from './call.ts'
import type { OnConflict } from './destination.ts'
import { onConflictSchema } from './destination.ts'
import type { LinkFormat, Naming } from './naming.ts'
import { type HeaderRule, headerRulesSchema } from './header-rule.ts'
import { linkFormatSchema, namingSchema } from './naming.ts'
import { keySchema, prefixSchema } from './object.ts'
import type { StripMetadata } from './picture.ts'
import { stripMetadataSchema } from './picture.ts'
import { idSchema } from './profile.ts'
import type { TransferSnapshot, UnfinishedTransfer } from './transfer.ts'
import { transferSnapshotSchema, unfinishedTransferSchema } from './transfer.ts'
import type { UploadPlan } from './upload-plan.ts'
import { uploadPlanSchema } from './upload-plan.ts'
import type { WantedVisibility } from './visibility.ts'
import { wantedVisibilitySchema } from './visibility.ts'

/** Uploads and downloads, from what they would do to how far they are. */
export interface TransferCalls {
  /** Which of the keys that a selection would be uploaded to are there already. */
  findConflicts: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      naming?: Naming | undefined
      /** Whether the upload would have metadata removed: a key of the bytes is then another one. */
      stripMetadata?: boolean | undefined
    },
    { keys: string[]; total: number }
  >
  /**
   * The keys that a selection would get and what is wrong with them, before anything is sent. With `lookForExisting` it
   * is asked which of them are there already.
   */
  planUpload: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      naming: Naming
      leaveOutEmpty: boolean
      lookForExisting: boolean
      /** Whether the upload would have metadata removed: then it is looked at what the files are. */
      stripMetadata?: boolean | undefined
      /** The object that a selection of one file would take the place of: there is nothing to say of its key then. */
      replaceKey?: string | undefined
      /** With `private` it is looked whether the bucket's policy lets everybody read the keys. */
      visibility?: WantedVisibility | undefined
      /** With `keep-both` also of the keys that files get whose own ones are taken. */
      onConflict?: OnConflict | undefined
    },
    UploadPlan
  >
  /**
   * `safety-refused`, with nothing sent, when it is to be private and the bucket's policy lets everybody read one of the
   * keys for certain, unless `sendIfOpen` says that it goes there all the same.
   */
  startUpload: Call<
    BucketRef & {
      prefix: string
      selectionId: string
      visibility: WantedVisibility
      onConflict: OnConflict
      cacheControl: string | null
      /** Its destination's own header rules: they go before what is usual and before `cacheControl`. */
      rules?: HeaderRule[] | undefined
      /** Where the copied link points (a destination's base URL), and for how long when it is private. */
      baseUrl: string | null
      linkExpirySeconds: number
      /** Files keep their names without it. */
      naming?: Naming | undefined
      /** Whether a file whose very bytes are at its key already is not sent again. */
      reuseIdentical?: boolean | undefined
      linkFormat?: LinkFormat | undefined
      /** Whether metadata of pictures are removed from what everybody can read; never from a private upload. */
      stripMetadata?: StripMetadata | undefined
      /** Whether files without a byte stay out. */
      leaveOutEmpty?: boolean | undefined
      /** The object that a selection of one file takes the place of, whatever the file is called. */
      replaceKey?: string | undefined
      sendIfOpen?: boolean | undefined
    },
    { batchId: string; transfers: number }
  >
  /** With `as`, which is for the command line only, of one key: under this name (null: the key's), or not at all; and whether a later start may go on with it. */
  startDownload: Call<
    BucketRef & {
      keys: string[]
      prefixes: string[]
      folderId: string
      as?: { fileName: string | null; onTaken: 'fail' | 'replace'; isKept: boolean } | undefined
    },
    { batchId: string; transfers: number }
  >
  listTransfers: Call<Nothing, TransferSnapshot>
  cancelTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  retryTransfers: Call<{ ids: string[] | 'failed' }, Nothing>
  /** With `keepsRetryable`, what failed and may be tried again by a later start stays on the list that is kept on disk. */
  clearTransfers: Call<{ keepsRetryable?: boolean | undefined }, Nothing>
  pauseTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  resumeTransfers: Call<{ ids: string[] | 'all' }, Nothing>
  /** Puts waiting transfers before all others that wait, in this order. */
  moveTransfersFirst: Call<{ ids: string[] }, Nothing>
  /**
   * What is kept of all transfers of this computer that have not ended, at most 10,000. `notices` say what of that could
   * not be read, which transfers are lost with it, and what to do.
   */
  listUnfinishedTransfers: Call<
    Nothing,
    { transfers: UnfinishedTransfer[]; total: number; notices: string[] }
  >
  /**
   * Goes on with the transfers of a profile that an earlier process has left unfinished; those of one that is running
   * are left to it. `notices` are as those of `listUnfinishedTransfers`.
   */
  resumeUnfinishedTransfers: Call<
    { profileId: string },
    { transfers: number; inUse: number; notices: string[] }
  >
  /** For all transfers together, at once; null for as fast as it goes. */
  setBandwidthLimit: Call<{ bytesPerSecond: number | null }, Nothing>
}

/** The shape of every argument and every answer of {@link TransferCalls}. */
export const transferCallSchemas: CallSchemas<TransferCalls> = {
  findConflicts: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      naming: namingSchema.optional(),
      stripMetadata: z.boolean().optional(),
    }),
    output: z.strictObject({ keys: z.array(keySchema).max(1000), total: z.number().int() }),
  },
  planUpload: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      naming: namingSchema,
      leaveOutEmpty: z.boolean(),
      lookForExisting: z.boolean(),
      stripMetadata: z.boolean().optional(),
      replaceKey: keySchema.optional(),
      visibility: wantedVisibilitySchema.optional(),
      onConflict: onConflictSchema.optional(),
    }),
    output: uploadPlanSchema,
  },
  startUpload: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      selectionId: idSchema,
      visibility: wantedVisibilitySchema,
      onConflict: onConflictSchema,
      cacheControl: z.string().max(512).nullable(),
      rules: headerRulesSchema.optional(),
      baseUrl: z.string().max(1024).nullable(),
      linkExpirySeconds: expiresInSeconds,
      naming: namingSchema.optional(),
      reuseIdentical: z.boolean().optional(),
      linkFormat: linkFormatSchema.optional(),
      stripMetadata: stripMetadataSchema.optional(),
      leaveOutEmpty: z.boolean().optional(),
      replaceKey: keySchema.optional(),
      sendIfOpen: z.boolean().optional(),
    }),
    output: z.strictObject({ batchId: idSchema, transfers: z.number().int() }),
  },
  startDownload: {
    input: bucketRef.extend({
      keys,
      prefixes,
      folderId: idSchema,
      as: z
        .strictObject({
          fileName: z.string().min(1).max(1024).nullable(),
          onTaken: z.enum(['fail', 'replace']),
          isKept: z.boolean(),
        })
        .optional(),
    }),
    output: z.strictObject({ batchId: idSchema, transfers: z.number().int() }),
  },
  listTransfers: { input: nothing, output: transferSnapshotSchema },
  cancelTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  retryTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('failed')]) }),
    output: nothing,
  },
  clearTransfers: { input: z.strictObject({ keepsRetryable: z.boolean().optional() }), output: nothing },
  pauseTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  resumeTransfers: {
    input: z.strictObject({ ids: z.union([z.array(idSchema).max(10_000), z.literal('all')]) }),
    output: nothing,
  },
  moveTransfersFirst: { input: z.strictObject({ ids: z.array(idSchema).max(1000) }), output: nothing },
  listUnfinishedTransfers: {
    input: nothing,
    output: z.strictObject({
      transfers: z.array(unfinishedTransferSchema).max(10_000),
      total: z.number().int(),
      notices: noticesSchema,
    }),
  },
  resumeUnfinishedTransfers: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.strictObject({ transfers: z.number().int(), inUse: z.number().int(), notices: noticesSchema }),
  },
  setBandwidthLimit: {
    input: z.strictObject({ bytesPerSecond: z.number().int().min(1024).max(1e12).nullable() }),
    output: nothing,
  },
}
