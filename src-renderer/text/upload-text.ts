import type { MediaDestination } from '../../src-preload/contract/destination.ts'
import type { LinkFormat, Naming, OverwriteGuard } from '../../src-preload/contract/naming.ts'
import type { UploadOpening, UploadPlan, UploadTrouble } from '../../src-preload/contract/upload-plan.ts'
import { formatCount } from './format.ts'
import { visibleName } from './visible-name.ts'

/** What is wrong with one file, in a word or two. */
export const troubleLabels: { readonly [Kind in UploadTrouble]: string } = {
  'no-key': 'Cannot be sent',
  empty: 'Empty',
  twin: 'Same name twice',
  exists: 'There already',
  case: 'Differs in case only',
  windows: 'Not for Windows',
  address: 'Odd in an address',
  invisible: 'Invisible characters',
  long: 'Long name',
  'metadata-stays': 'May tell where it was taken',
}

/** How links are copied after an upload. */
export const linkFormatChoices: readonly {
  readonly value: LinkFormat
  readonly label: string
  /** After “Copy as”. */
  readonly short: string
}[] = [
  { value: 'url', label: 'URL', short: 'URL' },
  { value: 'markdown', label: 'Markdown', short: 'Markdown' },
  { value: 'html', label: 'HTML, with the size of pictures', short: 'HTML' },
  { value: 'list', label: 'List of names and URLs', short: 'list of names and URLs' },
]

/** What a plan's troubles come to, in one line; null when there are none. */
export function planTitle(plan: UploadPlan): string | null {
  const { counts } = plan
  const blocked = counts['no-key'] ?? 0
  if (blocked > 0)
    return `${formatCount(blocked, 'file')} cannot be sent as ${blocked === 1 ? 'it is' : 'they are'}`
  const kinds = (Object.keys(counts) as UploadTrouble[]).filter(
    (kind) => kind !== 'exists' && kind !== 'empty' && kind !== 'metadata-stays',
  )
  const named = kinds.map((kind) => counts[kind] ?? 0).filter((count) => count > 0)
  // One name may have several kinds of trouble, so they cannot be added up.
  if (named.length > 1) return 'Some names may cause trouble'
  if (named[0] !== undefined) return `${formatCount(named[0], 'name')} may cause trouble`
  const empty = counts.empty ?? 0
  if (empty > 0) return `${formatCount(empty, 'file')} ${empty === 1 ? 'is' : 'are'} empty`
  return null
}

/** How files will be named, in a line; null when they keep their names. */
export function namingText({ template, clean }: Naming): string | null {
  const parts = [
    ...(template === null ? [] : [`Named ${template}`]),
    ...(clean === 'as-is' ? [] : ['names cleaned as Django does']),
  ]
  const text = parts.join(', ')
  return text === '' ? null : text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** What becomes of names that are there already, by a destination's rule, in a line. */
export const conflictTexts: { readonly [Rule in MediaDestination['onConflict']]: string } = {
  'keep-both': 'A name that is there already gets another one: both are kept',
  overwrite: 'A name that is there already is replaced',
  skip: 'A name that is there already is skipped',
  ask: 'You are asked about names that are there already',
}

/** What becomes of the metadata of pictures, in a line; null while they stay or there is no picture. */
export function strippedText(plan: UploadPlan): string | null {
  const { stripped = 0 } = plan
  return stripped === 0
    ? null
    : `Location and other metadata will be removed from ${formatCount(stripped, 'picture')}`
}

/** What becomes of pictures that may keep their metadata where it is to be removed; null when there are none. */
export function metadataStaysText(plan: UploadPlan): string | null {
  const { 'metadata-stays': staying = 0 } = plan.counts
  if (staying === 0) return null
  return `${formatCount(staying, 'file')} may tell everybody where ${staying === 1 ? 'it was' : 'they were'} taken`
}

/** How long an old file is seen; `cacheControl` is undefined while nobody has asked for its headers. */
export function cacheText(cacheControl: string | null | undefined): string {
  if (cacheControl === undefined)
    return 'Browsers and CDNs that have it keep it as long as its Cache-Control says.'
  return cacheControl === null
    ? 'It has no Cache-Control, so browsers and CDNs decide by themselves how long they keep it.'
    : `Browsers and CDNs that have it keep it as its Cache-Control says: ${visibleName(cacheControl)}.`
}

/** What to add to the end of an upload where overwriting was not ruled out; empty where it was. */
export function guardText(guard: OverwriteGuard | null | undefined): string {
  return guard === 'checked-first'
    ? 'This service may let two uploads of one name at the same moment replace each other.'
    : ''
}

/** Who will be able to read what is sent as private, as far as that is known before it is sent. */
export function privateText(plan: UploadPlan | null, files: number): string {
  const [it, is] = files === 1 ? ['it', 'It is'] : ['them', 'They are']
  if (plan?.opened === null) return `Only you can read ${it}.`
  if (plan === null || plan.opened !== undefined) return `${is} not sent if everybody could read ${it}.`
  return `${is} sent as private. Pail could not read whom the bucket lets in, and asks afterwards who can read ${it}.`
}

/** That the policy lets everybody read what is to be private, in a line. */
export function openedTitle({ files }: UploadOpening, all: number): string {
  if (all === 1) return 'Everybody could read it'
  return files === all
    ? 'Everybody could read these files'
    : `Everybody could read ${formatCount(files, 'file')} of ${all.toLocaleString()}`
}

/** What lets everybody read it, and what to do. */
export function openedText({ key, by, isWhole }: UploadOpening): string {
  if (isWhole)
    return `The bucket is public as a whole (${by}), so nothing is sent as private. Make the bucket private first, choose another one, or upload as public.`
  const way = 'Make the folder private first, choose another place, or upload as public.'
  return `The bucket’s policy opens ${visibleName(key)} (${by}), so nothing is sent as private. ${way}`
}
