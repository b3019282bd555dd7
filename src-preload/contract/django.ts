import { z } from 'zod'
import { mediaDestinationSchema, staticDestinationSchema, unplacedDestinationSchema } from './destination.ts'
import { prefixSchema } from './object.ts'
import { idSchema, profileInputSchema } from './profile.ts'

const projectFile = z.string().max(4096)

/** A destination that a Django project's storage comes to. Bucket and prefix are null where they have to be asked. */
const asked = { bucket: z.string().min(1).max(255).nullable(), prefix: prefixSchema.nullable() }
export const djangoDestinationSchema = z.discriminatedUnion('kind', [
  staticDestinationSchema.omit({ profileId: true }).extend(asked),
  mediaDestinationSchema.omit({ profileId: true }).extend(asked),
])

/** What a storage tells of a destination and its service. */
export const djangoFacts = [
  'bucket',
  'region',
  'endpoint',
  'prefix',
  'visibility',
  'baseUrl',
  'onConflict',
  'linkExpirySeconds',
  'cacheControl',
] as const

/** Where a fact is told: by a setting, or by an attribute or option of the storage. */
export const djangoSourceSchema = z.strictObject({
  fact: z.enum(djangoFacts),
  setting: z.string().max(400),
  /** Relative to the project; null when nothing says it and django-storages' own default holds. */
  file: projectFile.nullable(),
  line: z.number().int().min(0),
  /** Whether its value could not be told, so that it has to be asked; and the environment variable that has it. */
  isOpen: z.boolean(),
  variable: z.string().max(200).nullable(),
})

/** What reading the project could not find out, and where it stands. */
export const djangoQuestionSchema = z.strictObject({
  /** The setting or attribute, such as `AWS_LOCATION` or `MediaStorage.location`. */
  name: z.string().max(400),
  /** Relative to the project. */
  file: projectFile,
  line: z.number().int().min(0),
  /** The environment variable that has the answer; null when it is not one's value as it stands. */
  variable: z.string().max(200).nullable(),
  /** The question in one sentence. */
  text: z.string().max(1000),
})

/** A Django project read as text: profiles without keys, destinations, and what is left to ask. */
export const djangoProjectSchema = z.strictObject({
  /** The settings that were read, relative to the project. */
  settingsFile: projectFile,
  /** Every file that was read. */
  files: z.array(projectFile).max(1000),
  /** One for each service and region that the storages use. */
  profiles: z.array(profileInputSchema).max(50),
  destinations: z
    .array(
      z.strictObject({
        /** Which of the profiles. */
        profile: z.number().int().min(0),
        /** The dotted name of the storage class. */
        storage: z.string().max(400),
        /** What settings use it for: `default`, `staticfiles`, or another alias of `STORAGES`. */
        aliases: z.array(z.string().max(200)).max(100),
        destination: djangoDestinationSchema,
        sources: z.array(djangoSourceSchema).max(djangoFacts.length),
      }),
    )
    .max(200),
  questions: z.array(djangoQuestionSchema).max(500),
  /** What was guessed, and what has no counterpart here, in sentences. */
  notes: z.array(z.string().max(1000)).max(500),
})

/** Which form the settings have: `STORAGES` of Django 4.2 and later, or the older settings. */
export const djangoFormSchema = z.enum(['storages', 'older'])

/** How public objects become readable: by a policy on their prefix, or by the ACL of each. */
export const djangoAccessSchema = z.enum(['policy', 'acl'])

/** One file of an export. */
export const djangoFileSchema = z.strictObject({
  name: z.enum([
    's3_settings.py',
    'storage_backends.py',
    '.env.example',
    'iam-policy.json',
    'bucket-policy.json',
    'cors.json',
  ]),
  /** What it is for, in one sentence. */
  purpose: z.string().max(500),
  text: z.string().max(200_000),
})

/** The settings with which a Django project uses the destinations of a bucket. */
export const djangoExportSchema = z.strictObject({
  files: z.array(djangoFileSchema).max(10),
  /** What Django cannot be told, in sentences. */
  notes: z.array(z.string().max(1000)).max(200),
})

/** What to keep of a project that was read: a profile without keys, new or there already, and its destinations. */
export const djangoSaveSchema = z.strictObject({
  profile: z.union([profileInputSchema, z.strictObject({ profileId: idSchema })]),
  destinations: z.array(unplacedDestinationSchema).max(200),
})

export type DjangoDestination = z.infer<typeof djangoDestinationSchema>
export type DjangoSource = z.infer<typeof djangoSourceSchema>
export type DjangoQuestion = z.infer<typeof djangoQuestionSchema>
export type DjangoProject = z.infer<typeof djangoProjectSchema>
export type DjangoForm = z.infer<typeof djangoFormSchema>
export type DjangoAccess = z.infer<typeof djangoAccessSchema>
export type DjangoExport = z.infer<typeof djangoExportSchema>
export type DjangoSave = z.infer<typeof djangoSaveSchema>
