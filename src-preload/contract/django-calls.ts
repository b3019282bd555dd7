import { z } from 'zod'
import type { BucketRef, Call, CallSchemas } from './call.ts'
import { bucketRef } from './call.ts'
import type { Destination } from './destination.ts'
import { destinationSchema } from './destination.ts'
import type { DjangoAccess, DjangoExport, DjangoForm, DjangoProject, DjangoSave } from './django.ts'
import {
  djangoAccessSchema,
  djangoExportSchema,
  djangoFormSchema,
  djangoProjectSchema,
  djangoSaveSchema,
} from './django.ts'
import type { Profile } from './profile.ts'
import { idSchema, profileSchema } from './profile.ts'
import type { ChosenFolder } from './selection.ts'
import { chosenFolderSchema } from './selection.ts'

/** Django projects: their settings read, and settings written for them. */
export interface DjangoCalls {
  /**
   * Reads a Django project's settings as text, without running anything: a proposal and questions, no secret (S16).
   * `answers` are values of environment variables, settings and storages' attributes. `not-found` where there are no settings, `invalid-argument` for an
   * answer to what looks like a secret.
   */
  readDjangoProject: Call<
    { folderId: string; settings: string | null; answers: { name: string; value: string }[] },
    DjangoProject
  >
  /**
   * Keeps what was read: all of it or nothing. `safety-refused` for prefixes that overlap, `already-exists` for names.
   * The command line leaves it for the application to take at its next start.
   */
  saveDjangoProject: Call<DjangoSave, { profile: Profile; destinations: Destination[] }>
  /** The settings with which a Django project uses the bucket's destinations. `not-found` when it has none. */
  exportDjango: Call<
    BucketRef & { form: DjangoForm; access: DjangoAccess; module: string; origins: string[] },
    DjangoExport
  >
  /** Writes the same into a folder. `already-exists`, with nothing written, unless files there may be replaced. */
  saveDjangoExport: Call<
    BucketRef & {
      form: DjangoForm
      access: DjangoAccess
      module: string
      origins: string[]
      folderId: string
      replace: boolean
    },
    { folder: ChosenFolder; files: string[] }
  >
}

const djangoExportInput = bucketRef.extend({
  form: djangoFormSchema,
  access: djangoAccessSchema,
  module: z.string().min(1).max(200),
  origins: z.array(z.string().max(1024)).max(100),
})

/** The shape of every argument and every answer of {@link DjangoCalls}. */
export const djangoCallSchemas: CallSchemas<DjangoCalls> = {
  readDjangoProject: {
    input: z.strictObject({
      folderId: idSchema,
      settings: z.string().min(1).max(1024).nullable(),
      answers: z
        .array(
          z.strictObject({
            name: z
              .string()
              .max(200)
              .regex(/^[A-Za-z_][A-Za-z0-9_.]*$/),
            value: z.string().max(4096),
          }),
        )
        .max(200),
    }),
    output: djangoProjectSchema,
  },
  saveDjangoProject: {
    input: djangoSaveSchema,
    output: z.strictObject({ profile: profileSchema, destinations: z.array(destinationSchema).max(200) }),
  },
  exportDjango: {
    input: djangoExportInput,
    output: djangoExportSchema,
  },
  saveDjangoExport: {
    input: djangoExportInput.extend({ folderId: idSchema, replace: z.boolean() }),
    output: z.strictObject({ folder: chosenFolderSchema, files: z.array(z.string().max(255)).max(10) }),
  },
}
