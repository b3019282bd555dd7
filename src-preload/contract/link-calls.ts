import { z } from 'zod'
import type { BucketRef, Call, CallSchemas, Nothing, ObjectRef } from './call.ts'
import { bucketRef, expiresInSeconds, nothing, objectRef } from './call.ts'
import { keyPairIdSchema } from './cloudfront-key.ts'
import { mostCopiedLinks } from './format-links.ts'
import type { LinkFormat, Naming } from './naming.ts'
import { linkFormatSchema, namingSchema } from './naming.ts'
import { keySchema, prefixSchema } from './object.ts'
import type { PixelSize } from './picture.ts'
import { pixelSizeSchema } from './picture.ts'
import type { Arrival, CopiedLinks, CreatedLink, LinkFilter, LinkList } from './presigned-url.ts'
import {
  arrivalSchema,
  copiedLinksSchema,
  createdLinkSchema,
  linkFilterSchema,
  linkListSchema,
  linkNoteSchema,
} from './presigned-url.ts'
import type { CredentialState } from './profile.ts'
import { credentialStateSchema, idSchema } from './profile.ts'
import type { UploadRequest } from './upload-request.ts'
import { uploadRequestSchema, wantedTypeSchema } from './upload-request.ts'
import type { WantedSize } from './upload-size.ts'
import { wantedSizeSchema } from './wanted-size.ts'

/** Links to download and to upload with, and the key that those of CloudFront are signed with. */
export interface LinkCalls {
  createLink: Call<
    ObjectRef & {
      kind: 'public' | 'presigned'
      expiresInSeconds: number
      downloadAs: string | null
      baseUrl: string | null
      /** What of the key the base URL stands for already, when it serves a prefix and not the whole bucket. */
      servedPrefix?: string | undefined
      /**
       * With `presigned` and a base URL: the link is signed for CloudFront with the private key of this pair, unless there
       * is a name to save under, which only S3 sees to. `no-credentials` when this computer does not have the key.
       */
      keyPairId?: string | null | undefined
      copy: boolean
      /** Whom the link is for, in the person's own words. */
      note?: string | undefined
      /**
       * Tries the link first, for a few seconds at most. One that is shown not to work is answered with its test and
       * neither copied nor kept in the ledger: the person may want it all the same, and asks again without.
       */
      selfTest?: boolean | undefined
    },
    CreatedLink
  >
  /**
   * Makes links to objects of one bucket and puts all of them on the clipboard, one a line, and into the ledger. When one
   * cannot be made, or `selfTest`, which tries every one of them, shows any not to work, nothing is copied and nothing is
   * kept. With a `planId`, of the caller's own choice, `onSyncProgress` tells how many have been tried, and `cancelSync`
   * ends it with `cancelled`.
   */
  copyLinks: Call<
    BucketRef & {
      kind: 'public' | 'presigned'
      expiresInSeconds: number
      links: {
        key: string
        baseUrl: string | null
        servedPrefix?: string | undefined
        keyPairId?: string | null | undefined
        /** The size of the picture, for HTML. */
        pixels?: PixelSize | null | undefined
      }[]
      format: LinkFormat
      note?: string | undefined
      selfTest?: boolean | undefined
      planId?: string | undefined
    },
    CopiedLinks
  >
  /** The links that were handed out, by the application and the command line; never the links themselves (S41). */
  listLinks: Call<LinkFilter, LinkList>
  setLinkNote: Call<{ linkIds: string[]; note: string }, Nothing>
  /**
   * A link with which anybody may upload one file. Its key is the prefix with the name, or made of the name by `naming`.
   * `type`: a media type or a file's ending; null for that of the key. `size`: what is asked of the sender. `already-exists` and `not-supported` when nothing
   * may be replaced and that cannot be had.
   */
  createUploadRequest: Call<
    BucketRef & {
      prefix: string
      name: string
      naming?: Naming | undefined
      type: string | null
      mustNotReplace: boolean
      size?: WantedSize | null | undefined
      expiresInSeconds: number
    },
    UploadRequest
  >
  /**
   * What has come with the latest links to upload with for which a size was asked, of the profile's service: at most a
   * hundred. What cannot be looked at is left out.
   */
  listArrivals: Call<{ profileId: string }, Arrival[]>
  /**
   * Keeps the private key (PEM) of a key pair of CloudFront. The other way in for a secret (S17). With `keepForSession`,
   * memory only. `invalid-argument` for anything but RSA with 2,048 bits and ECDSA on P-256.
   */
  setCloudFrontKey: Call<
    { keyPairId: string; privateKey: string; keepForSession: boolean },
    { state: CredentialState }
  >
  /** Whether this computer has the private key of a key pair. */
  getCloudFrontKey: Call<{ keyPairId: string }, { state: CredentialState }>
}

/** The shape of every argument and every answer of {@link LinkCalls}. */
export const linkCallSchemas: CallSchemas<LinkCalls> = {
  createLink: {
    input: objectRef.extend({
      kind: z.enum(['public', 'presigned']),
      expiresInSeconds,
      downloadAs: z.string().max(1024).nullable(),
      baseUrl: z.string().max(1024).nullable(),
      servedPrefix: prefixSchema.optional(),
      keyPairId: keyPairIdSchema.nullable().optional(),
      copy: z.boolean(),
      note: linkNoteSchema.optional(),
      selfTest: z.boolean().optional(),
    }),
    output: createdLinkSchema,
  },
  copyLinks: {
    input: bucketRef.extend({
      kind: z.enum(['public', 'presigned']),
      expiresInSeconds,
      links: z
        .array(
          z.strictObject({
            key: keySchema,
            baseUrl: z.string().max(1024).nullable(),
            servedPrefix: prefixSchema.optional(),
            keyPairId: keyPairIdSchema.nullable().optional(),
            pixels: pixelSizeSchema.nullable().optional(),
          }),
        )
        .min(1)
        .max(mostCopiedLinks),
      format: linkFormatSchema,
      note: linkNoteSchema.optional(),
      selfTest: z.boolean().optional(),
      planId: idSchema.optional(),
    }),
    output: copiedLinksSchema,
  },
  listLinks: { input: linkFilterSchema, output: linkListSchema },
  setLinkNote: {
    input: z.strictObject({ linkIds: z.array(idSchema).min(1).max(mostCopiedLinks), note: linkNoteSchema }),
    output: nothing,
  },
  createUploadRequest: {
    input: bucketRef.extend({
      prefix: prefixSchema,
      name: keySchema,
      naming: namingSchema.optional(),
      type: wantedTypeSchema.nullable(),
      mustNotReplace: z.boolean(),
      size: wantedSizeSchema.nullable().optional(),
      expiresInSeconds,
    }),
    output: uploadRequestSchema,
  },
  listArrivals: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.array(arrivalSchema).max(100),
  },
  setCloudFrontKey: {
    input: z.strictObject({
      keyPairId: keyPairIdSchema,
      privateKey: z.string().min(1).max(16_384),
      keepForSession: z.boolean(),
    }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
  getCloudFrontKey: {
    input: z.strictObject({ keyPairId: keyPairIdSchema }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
}
