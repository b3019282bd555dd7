import type { Destination, DestinationInput } from '../../src-preload/contract/destination.ts'
import {
  isOverlapping,
  normalisedPrefix,
  overlapText,
} from '../../src-preload/contract/destination-overlap.ts'
import {
  defaultKeyTemplate,
  fillKeyTemplate,
  keyTemplateProblem,
} from '../../src-preload/contract/key-template.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import type { DestinationPreset } from './view-store.ts'

/** The destination dialog's fields, as text where the person types. */
export interface DestinationForm {
  readonly preset: DestinationPreset
  readonly name: string
  readonly prefix: string
  readonly baseUrl: string
  /** The key pair of CloudFront for links at the base URL; empty for none. */
  readonly keyPairId: string
  readonly cacheControl: string
  readonly onConflict: DestinationInput['onConflict']
  readonly linkExpirySeconds: number
  readonly folder: ChosenFolder | null
  /** One pattern a line. */
  readonly exclude: string
  /** Whether fingerprinted files are cached for a year; chosen with the options of the sync. */
  readonly longCache: boolean
  /** Empty: files keep their names. */
  readonly keyTemplate: string
  readonly cleanNames: boolean
  readonly reuseIdentical: boolean
  readonly linkFormat: LinkFormat
  /** Whether location and other metadata of pictures are removed before a public upload. */
  readonly stripMetadata: boolean
}

/** The fields that can be wrong. */
export type DestinationProblems = Partial<
  Record<'name' | 'prefix' | 'baseUrl' | 'keyPairId' | 'folder' | 'keyTemplate', string>
>

/** The tutorial's Cache-Control for static files. */
export const defaultCacheControl = 'max-age=86400'

/** The three presets with their explanations. */
export const presetChoices: readonly {
  readonly value: DestinationPreset
  readonly label: string
  readonly hint: string
}[] = [
  {
    value: 'static',
    label: 'Static',
    hint: 'A folder of this computer is published: CSS, scripts, images of the site.',
  },
  {
    value: 'public-media',
    label: 'Public media',
    hint: 'Files that are dropped here can be read by anyone; names are never overwritten.',
  },
  {
    value: 'private-media',
    label: 'Private media',
    hint: 'Files that are dropped here are shared only by expiring links.',
  },
]

/** A new destination of a kind. */
export function formOfPreset(preset: DestinationPreset): DestinationForm {
  const common = {
    baseUrl: '',
    keyPairId: '',
    linkExpirySeconds: 3600,
    folder: null,
    exclude: '',
    longCache: false,
    keyTemplate: '',
    cleanNames: false,
    reuseIdentical: false,
    linkFormat: 'url',
    stripMetadata: false,
  } as const
  switch (preset) {
    case 'static':
      return {
        ...common,
        preset,
        name: 'Static',
        prefix: 'static/',
        cacheControl: defaultCacheControl,
        longCache: true,
        onConflict: 'overwrite',
      }
    case 'public-media':
      return {
        ...common,
        preset,
        name: 'Public media',
        prefix: 'media/public/',
        cacheControl: '',
        onConflict: 'keep-both',
      }
    case 'private-media':
      return {
        ...common,
        preset,
        name: 'Private media',
        prefix: 'media/private/',
        cacheControl: '',
        onConflict: 'keep-both',
      }
  }
}

/** A saved destination as fields. */
export function formOfDestination(destination: Destination): DestinationForm {
  return {
    preset:
      destination.kind === 'static'
        ? 'static'
        : destination.visibility === 'public'
          ? 'public-media'
          : 'private-media',
    name: destination.name,
    prefix: destination.prefix,
    baseUrl: destination.baseUrl ?? '',
    keyPairId: destination.keyPairId ?? '',
    cacheControl: destination.cacheControl ?? '',
    onConflict: destination.onConflict,
    linkExpirySeconds: destination.linkExpirySeconds,
    folder: destination.folder,
    exclude: destination.exclude.join('\n'),
    longCache: destination.longCache ?? false,
    keyTemplate: destination.keyTemplate ?? '',
    cleanNames: destination.cleanNames ?? false,
    reuseIdentical: destination.reuseIdentical ?? false,
    linkFormat: destination.linkFormat ?? 'url',
    stripMetadata: destination.stripMetadata ?? false,
  }
}

/**
 * What is wrong with the fields; empty when they can be saved. `hasPrivateKey` says whether a private key was entered,
 * which is kept by the ID of its pair and would be lost without one.
 */
export function destinationProblems(form: DestinationForm, hasPrivateKey = false): DestinationProblems {
  const problems: DestinationProblems = {}
  if (form.name.trim() === '') problems.name = 'Give the destination a name.'
  if (/(^|\/)\.\.?(\/|$)/.test(form.prefix)) problems.prefix = 'A folder has no . or .. in it.'
  if (form.baseUrl.trim() !== '' && !/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(form.baseUrl.trim())) {
    problems.baseUrl = 'An address such as https://static.example.org.'
  }
  const keyPairId = form.keyPairId.trim()
  // Without a base URL there is no such field, and nothing of it is kept.
  if (form.baseUrl.trim() !== '' && keyPairId === '' && hasPrivateKey)
    problems.keyPairId = 'The private key is kept under the ID of its pair, such as K2JCJMDEHXQW5F.'
  else if (form.baseUrl.trim() !== '' && keyPairId !== '' && !/^[A-Z0-9]{10,32}$/.test(keyPairId))
    problems.keyPairId = 'The ID that CloudFront shows for the public key, such as K2JCJMDEHXQW5F.'
  const template = form.keyTemplate.trim()
  const templateProblem = template === '' || form.preset === 'static' ? null : keyTemplateProblem(template)
  if (templateProblem !== null) problems.keyTemplate = templateProblem
  return problems
}

/**
 * What the folder has in common with that of another destination of the bucket; null when nothing. `before` is what is
 * edited: where it is it may stay.
 */
export function overlapProblem(
  form: Pick<DestinationForm, 'prefix'>,
  place: Pick<DestinationInput, 'profileId' | 'bucket'>,
  destinations: readonly Destination[],
  before: Destination | null,
): string | null {
  const { profileId, bucket } = place
  const wanted = { profileId, bucket, prefix: cleanPrefix(form.prefix) }
  if (before !== null && normalisedPrefix(before.prefix) === wanted.prefix) return null
  const other = destinations.find((each) => each.id !== before?.id && isOverlapping(wanted, each))
  return other === undefined ? null : overlapText(wanted, other)
}

/** A prefix as the contract has it: no leading slash, one at the end, empty for the whole bucket. */
export function cleanPrefix(typed: string): string {
  const inner = typed
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\/+|\/+$/g, '')
  return inner === '' ? '' : `${inner}/`
}

/** One pattern a line, without empty lines. */
export function patternsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 100)
}

/** The fields as the contract has them; what the dialog does not show stays as it was `before`. */
export function destinationInputOf(
  form: DestinationForm,
  profileId: string,
  bucket: string,
  before: Destination | null = null,
): DestinationInput {
  const { id: _id, folder: _folder, longCache: _longCache, keyPairId: _keyPairId, ...kept } = before ?? {}
  const keyTemplate = form.keyTemplate.trim()
  const baseUrl = form.baseUrl.trim().replace(/\/+$/, '')
  const keyPairId = form.keyPairId.trim()
  const cacheControl = form.cacheControl.trim()
  return {
    ...kept,
    profileId,
    bucket,
    name: form.name.trim(),
    kind: form.preset === 'static' ? 'static' : 'media',
    prefix: cleanPrefix(form.prefix),
    visibility: form.preset === 'private-media' ? 'private' : 'public',
    cacheControl: cacheControl === '' ? null : cacheControl,
    onConflict: form.onConflict,
    baseUrl: baseUrl === '' ? null : baseUrl,
    ...(baseUrl === '' || keyPairId === '' ? {} : { keyPairId }),
    linkExpirySeconds: form.linkExpirySeconds,
    folderId: form.folder?.folderId ?? null,
    exclude: patternsOf(form.exclude),
    ...(form.longCache ? { longCache: true } : {}),
    ...(form.preset === 'static'
      ? {}
      : {
          keyTemplate: keyTemplate === '' ? null : keyTemplate,
          cleanNames: form.cleanNames,
          reuseIdentical: form.reuseIdentical,
          linkFormat: form.linkFormat,
          stripMetadata: form.stripMetadata,
        }),
  }
}

/** What a template makes of a file, for the hint below it; empty while the template cannot be used. */
export function templateExample(template: string, at: Date): string {
  const wanted = template.trim() === '' ? defaultKeyTemplate : template.trim()
  if (keyTemplateProblem(wanted) !== null) return ''
  return fillKeyTemplate(wanted, {
    folder: '',
    fileName: 'Team photo.jpg',
    at,
    hash8: '55e7cbb9',
    uuid: '0c6b2f1e-8d9f-4d51-9a2b-0a1b2c3d4e5f',
  })
}
