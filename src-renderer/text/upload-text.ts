import type { MediaDestination } from '../../src-preload/contract/destination.ts'
import type { LinkFormat, Naming, OverwriteGuard } from '../../src-preload/contract/naming.ts'
import type { UploadPlan, UploadTrouble } from '../../src-preload/contract/upload-plan.ts'
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
