import type {
  Destination,
  DestinationInput,
  MediaDestination,
  StaticDestination,
} from '../../src-preload/contract/destination.ts'
import type { DestinationPreset, PresetInput } from '../../src-preload/contract/destination-preset.ts'
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
import { excludeProblem, headerLineProblem } from '../text/option-text.ts'

/** The destination dialog's fields, as text where the person types: those of both kinds, so that none is lost on the way. */
export interface DestinationForm {
  readonly kind: Destination['kind']
  readonly visibility: Destination['visibility']
  readonly name: string
  readonly prefix: string
  readonly baseUrl: string
  /** The key pair of CloudFront for links at the base URL; empty for none. */
  readonly keyPairId: string
  readonly cacheControl: string
  readonly linkExpirySeconds: number
  readonly linkFormat: LinkFormat
  readonly folder: ChosenFolder | null
  /** One pattern a line. */
  readonly exclude: string
  /** Whether fingerprinted files are cached for a year; chosen with the options of the sync. */
  readonly longCache: boolean
  readonly onConflict: MediaDestination['onConflict']
  /** Empty: files keep their names. */
  readonly keyTemplate: string
  readonly cleanNames: boolean
  readonly reuseIdentical: boolean
  /** Whether location and other metadata of pictures are removed before a public upload. */
  readonly stripMetadata: boolean
}

/** The fields that can be wrong. */
export type DestinationProblems = Partial<
  Record<
    'name' | 'prefix' | 'baseUrl' | 'keyPairId' | 'cacheControl' | 'exclude' | 'folder' | 'keyTemplate',
    string
  >
>

/** What the fields of the other kind start with, should it be chosen. */
const ofNoKind = {
  folder: null,
  exclude: '',
  longCache: false,
  onConflict: 'keep-both',
  keyTemplate: '',
  cleanNames: false,
  reuseIdentical: false,
  stripMetadata: false,
} as const

/** A new destination as a preset has it. */
export function formOfPreset(preset: DestinationPreset): DestinationForm {
  return formOf(
    preset.kind === 'static' ? { ...preset, baseUrl: null, folder: null } : { ...preset, baseUrl: null },
  )
}

/** What a person types, or chooses on this computer. */
const typedFields = [
  'name',
  'prefix',
  'baseUrl',
  'keyPairId',
  'cacheControl',
  'folder',
  'exclude',
  'keyTemplate',
] as const satisfies readonly (keyof DestinationForm)[]

/**
 * The fields when another preset is chosen: what was typed since the one `before` stays, so that looking through the
 * presets costs nobody their words; everything else is as the preset has it.
 */
export function formOfOtherPreset(
  form: DestinationForm,
  before: DestinationPreset,
  preset: DestinationPreset,
): DestinationForm {
  const untouched = formOfPreset(before)
  const typed = typedFields.filter((name) => form[name] !== untouched[name])
  return { ...formOfPreset(preset), ...Object.fromEntries(typed.map((name) => [name, form[name]])) }
}

/** A saved destination as fields. */
export function formOfDestination(destination: Destination): DestinationForm {
  return formOf(destination)
}

type Shown =
  | Omit<StaticDestination, 'id' | 'profileId' | 'bucket' | 'folderId'>
  | Omit<MediaDestination, 'id' | 'profileId' | 'bucket'>

function formOf(shown: Shown): DestinationForm {
  const shared = {
    visibility: shown.visibility,
    name: shown.name,
    prefix: shown.prefix,
    baseUrl: shown.baseUrl ?? '',
    keyPairId: shown.keyPairId ?? '',
    cacheControl: shown.cacheControl ?? '',
    linkExpirySeconds: shown.linkExpirySeconds,
    linkFormat: shown.linkFormat ?? 'url',
  }
  return shown.kind === 'static'
    ? {
        ...ofNoKind,
        ...shared,
        kind: 'static',
        folder: shown.folder,
        exclude: shown.exclude.join('\n'),
        longCache: shown.longCache ?? false,
      }
    : {
        ...ofNoKind,
        ...shared,
        kind: 'media',
        onConflict: shown.onConflict,
        keyTemplate: shown.keyTemplate ?? '',
        cleanNames: shown.cleanNames ?? false,
        reuseIdentical: shown.reuseIdentical ?? false,
        stripMetadata: shown.stripMetadata ?? false,
      }
}

/** What is wrong with a base URL as it was typed; null when it can be used, or is empty. */
export function baseUrlProblem(typed: string): string | null {
  return typed.trim() === '' || /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(typed.trim())
    ? null
    : 'Write the whole address, such as https://static.example.org, without ? and #.'
}

/**
 * What is wrong with the fields; empty when they can be saved. `hasPrivateKey` says whether a private key was entered,
 * which is kept by the ID of its pair and would be lost without one.
 */
export function destinationProblems(form: DestinationForm, hasPrivateKey = false): DestinationProblems {
  const problems: DestinationProblems = {}
  if (form.name.trim() === '') problems.name = 'Give the destination a name.'
  if (/(^|\/)\.\.?(\/|$)/.test(form.prefix)) problems.prefix = 'A folder has no . or .. in it.'
  const wrongBaseUrl = baseUrlProblem(form.baseUrl)
  if (wrongBaseUrl !== null) problems.baseUrl = wrongBaseUrl
  const keyPairId = form.keyPairId.trim()
  // Without a base URL there is no such field, and nothing of it is kept.
  if (form.baseUrl.trim() !== '' && keyPairId === '' && hasPrivateKey)
    problems.keyPairId = 'The private key is kept under the ID of its pair, such as K2JCJMDEHXQW5F.'
  else if (form.baseUrl.trim() !== '' && keyPairId !== '' && !/^[A-Z0-9]{10,32}$/.test(keyPairId))
    problems.keyPairId = 'The ID that CloudFront shows for the public key, such as K2JCJMDEHXQW5F.'
  const template = form.keyTemplate.trim()
  const cacheControl = headerLineProblem(form.cacheControl.trim())
  if (cacheControl !== null) problems.cacheControl = cacheControl
  const exclude = form.kind === 'static' ? excludeProblem(patternsOf(form.exclude)) : null
  if (exclude !== null) problems.exclude = exclude
  const templateProblem = template === '' || form.kind === 'static' ? null : keyTemplateProblem(template)
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
}

/** What the fields say of a destination wherever it is; what the dialog does not show stays as it was in `kept`. */
function templateOf(form: DestinationForm, kept: Destination | DestinationPreset | null): PresetInput {
  const cacheControl = form.cacheControl.trim()
  const keyTemplate = form.keyTemplate.trim()
  const shared = {
    name: form.name.trim(),
    prefix: cleanPrefix(form.prefix),
    visibility: form.visibility,
    cacheControl: cacheControl === '' ? null : cacheControl,
    linkExpirySeconds: form.linkExpirySeconds,
    ...(form.linkFormat === 'url' ? {} : { linkFormat: form.linkFormat }),
    ...(kept?.rules === undefined ? {} : { rules: kept.rules }),
  }
  if (form.kind === 'media')
    return {
      ...shared,
      kind: 'media',
      onConflict: form.onConflict,
      keyTemplate: keyTemplate === '' ? null : keyTemplate,
      cleanNames: form.cleanNames,
      reuseIdentical: form.reuseIdentical,
      stripMetadata: form.stripMetadata,
    }
  const { manifestInBucket, keepPrevious } = kept?.kind === 'static' ? kept : {}
  return {
    ...shared,
    kind: 'static',
    exclude: patternsOf(form.exclude),
    ...(form.longCache ? { longCache: true } : {}),
    ...(manifestInBucket === undefined ? {} : { manifestInBucket }),
    ...(keepPrevious === undefined ? {} : { keepPrevious }),
  }
}

/** The fields as a preset with a name of its own. What belongs to the bucket or to this computer is not in it. */
export function presetInputOf(
  form: DestinationForm,
  name: string,
  kept: Destination | DestinationPreset | null = null,
): PresetInput {
  return { ...templateOf(form, kept), name: name.trim() }
}

/**
 * The fields as the contract has them; what the dialog does not show stays as it was `before`, or is as the preset that
 * was chosen has it.
 */
export function destinationInputOf(
  form: DestinationForm,
  profileId: string,
  bucket: string,
  before: Destination | DestinationPreset | null = null,
): DestinationInput {
  const baseUrl = form.baseUrl.trim().replace(/\/+$/, '')
  const keyPairId = form.keyPairId.trim()
  const saved = before !== null && 'bucket' in before ? before : null
  const placed = {
    profileId,
    bucket,
    baseUrl: baseUrl === '' ? null : baseUrl,
    ...(baseUrl === '' || keyPairId === '' ? {} : { keyPairId }),
    ...(saved?.stripPrefix === undefined ? {} : { stripPrefix: saved.stripPrefix }),
  }
  const template = templateOf(form, before)
  if (template.kind === 'media') return { ...template, ...placed }
  const { runBefore, distributionId } = saved?.kind === 'static' ? saved : {}
  return {
    ...template,
    ...placed,
    folderId: form.folder?.folderId ?? null,
    ...(runBefore === undefined ? {} : { runBefore }),
    ...(distributionId === undefined ? {} : { distributionId }),
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
