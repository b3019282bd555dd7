import { z } from 'zod'
import type { BucketRef, Call, CallSchemas, Nothing, ObjectRef } from './call.ts'
import { bucketRef, keys, nothing, objectRef, prefixes } from './call.ts'
import type { DeleteOutcome, DeletePlan, ObjectDetails, ObjectPage } from './object.ts'
import {
  deleteOutcomeSchema,
  deletePlanSchema,
  keySchema,
  objectDetailsSchema,
  objectPageSchema,
  prefixSchema,
} from './object.ts'
import type { Picture, PixelSize } from './picture.ts'
import { pictureSchema, pixelSizeSchema } from './picture.ts'
import { idSchema } from './profile.ts'

/** Looking at objects, naming them anew and deleting them. */
export interface ObjectCalls {
  listObjects: Call<
    BucketRef & { prefix: string; recursive: boolean; continuationToken: string | null },
    ObjectPage
  >
  getObjectDetails: Call<ObjectRef, ObjectDetails>
  /** A raster picture of at most 1 MiB, to be shown small; null for everything else. */
  getPicture: Call<ObjectRef, Picture | null>
  /** The sizes of pictures in pixels, in the order of the keys; null for what is none or could not be read. */
  measurePictures: Call<BucketRef & { keys: string[] }, { sizes: (PixelSize | null)[] }>
  createFolder: Call<BucketRef & { prefix: string }, Nothing>
  /**
   * Server-side copy, then delete. Never overwrites: `already-exists`. `safety-refused` when everybody can read it at the
   * new key only, and that is not confirmed.
   */
  renameObject: Call<ObjectRef & { newKey: string; confirmedPublic?: boolean | undefined }, Nothing>
  planDelete: Call<BucketRef & { keys: string[]; prefixes: string[] }, DeletePlan>
  applyDelete: Call<{ planId: string }, DeleteOutcome>
}

/** The shape of every argument and every answer of {@link ObjectCalls}. */
export const objectCallSchemas: CallSchemas<ObjectCalls> = {
  listObjects: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      recursive: z.boolean(),
      continuationToken: z.string().max(4096).nullable(),
    }),
    output: objectPageSchema,
  },
  getObjectDetails: { input: objectRef, output: objectDetailsSchema },
  getPicture: { input: objectRef, output: pictureSchema.nullable() },
  measurePictures: {
    input: bucketRef.extend({ keys: z.array(keySchema).min(1).max(500) }),
    output: z.strictObject({ sizes: z.array(pixelSizeSchema.nullable()).max(500) }),
  },
  createFolder: { input: bucketRef.extend({ prefix: prefixSchema.min(1) }), output: nothing },
  renameObject: {
    input: objectRef.extend({ newKey: keySchema, confirmedPublic: z.boolean().optional() }),
    output: nothing,
  },
  planDelete: { input: bucketRef.extend({ keys, prefixes }), output: deletePlanSchema },
  applyDelete: { input: z.strictObject({ planId: idSchema }), output: deleteOutcomeSchema },
}
