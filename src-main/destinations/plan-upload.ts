import type {
  UploadOpening,
  UploadPlan,
  UploadPlanRow,
  UploadTrouble,
} from '../../src-preload/contract/upload-plan.ts'
import { keyProblem } from '../s3/object-key.ts'
import { findNameTrouble, nameTroubleWarnings } from '../sync/name-trouble.ts'
import type { PictureKind } from '../pictures/picture-kind.ts'
import type { UploadName } from './upload-name.ts'

/** A chosen file and the key that it is to get. */
export interface NamedFile {
  /** Relative, as it was chosen. */
  readonly name: string
  readonly sizeBytes: number
  readonly wanted: UploadName
  /** What it is, where metadata are to be removed. */
  readonly picture?: PictureKind
}

/** What an upload is planned from. */
export interface UploadPlanInput {
  readonly prefix: string
  readonly files: readonly NamedFile[]
  /** Whether the one file takes the place of an object under its key: its name is nothing new then. */
  readonly isReplacement?: boolean
  /** The same files with tidied names, in the same order; null when they are tidied already. */
  readonly tidied: readonly UploadName[] | null
  /** The keys that are there already; null when nobody looked. */
  readonly existing: ReadonlySet<string> | null
  /** What of it everybody could read that is to be private; null for nothing, absent where that is not known. */
  readonly opened?: UploadOpening | null
}

const mostRows = 200

/** What tidying names can put right. */
const ofNames: ReadonlySet<UploadTrouble> = new Set([
  'no-key',
  'twin',
  'case',
  'windows',
  'address',
  'invisible',
  'long',
])

/** Says for each file which key it gets and what is wrong with that. Pure: it decides, and does nothing. */
export function planUpload(input: UploadPlanInput): UploadPlan {
  const { prefix, files, tidied, existing, isReplacement = false, opened } = input
  const { troubles, warnings } = isReplacement
    ? { troubles: [], warnings: [] }
    : troublesOf(
        prefix,
        files.map((file) => file.wanted),
      )
  const rows = files.map((file, index): UploadPlanRow => {
    const own = [...(troubles[index] ?? [])]
    if (file.sizeBytes === 0) own.push('empty')
    const whyMetadataStay = metadataReason(file.picture)
    if (whyMetadataStay !== null) own.push('metadata-stays')
    if (existing?.has(file.wanted.key) === true) own.push('exists')
    const reason = file.wanted.problem ?? keyProblem(file.wanted.key) ?? whyMetadataStay
    return {
      name: file.name.slice(0, 4096),
      key: file.wanted.key.slice(0, 2048),
      sizeBytes: file.sizeBytes,
      troubles: own,
      reason: reason === null ? null : reason.slice(0, 500),
    }
  })
  const counts: Partial<Record<UploadTrouble, number>> = {}
  for (const row of rows) for (const kind of row.troubles) counts[kind] = (counts[kind] ?? 0) + 1
  const shown = [
    ...rows.filter((row) => row.troubles.length > 0),
    ...rows.filter((row) => row.troubles.length === 0),
  ].slice(0, mostRows)
  return {
    files: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    rows: shown,
    counts,
    warnings,
    fixable: tidied !== null && nameTroubles(troublesOf(prefix, tidied).troubles) < nameTroubles(troubles),
    stripped: files.filter((file) => file.picture?.kind === 'strippable').length,
    ...(opened === undefined ? {} : { opened }),
    lookedForExisting: existing !== null,
  }
}

/** Why metadata would stay in a file while they are to be removed, or null. */
function metadataReason(picture: PictureKind | undefined): string | null {
  if (picture?.kind === 'unstrippable') return `Pail cannot remove the metadata of ${picture.what}.`
  if (picture?.kind === 'mistaken')
    return `It is called a ${picture.format}, but is none. It will not be sent.`
  if (picture?.kind === 'broken')
    return `It is a damaged ${picture.format}: Pail cannot tell where its metadata are. It will not be sent.`
  return null
}

/** The troubles of each name, and what they mean. */
function troublesOf(
  prefix: string,
  names: readonly UploadName[],
): { troubles: readonly UploadTrouble[][]; warnings: string[] } {
  const usable = names.map(({ key, problem }) =>
    problem === null && keyProblem(key) === null ? key.slice(prefix.length) : null,
  )
  const linted = findNameTrouble(usable.filter((name) => name !== null))
  const holders = new Map<string, number>()
  for (const name of usable) if (name !== null) holders.set(name, (holders.get(name) ?? 0) + 1)
  const affected = linted.map(({ kind, names: ones }) => ({ kind, files: new Set(ones) }))
  const troubles = usable.map((name): UploadTrouble[] => {
    if (name === null) return ['no-key']
    const own: UploadTrouble[] = (holders.get(name) ?? 0) > 1 ? ['twin'] : []
    for (const { kind, files } of affected) if (isAmong(files, name)) own.push(kind)
    return own
  })
  return { troubles, warnings: nameTroubleWarnings(linted) }
}

/** A folder's trouble is that of every file in it. */
function isAmong(names: ReadonlySet<string>, name: string): boolean {
  if (names.has(name)) return true
  for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1))
    if (names.has(name.slice(0, slash + 1))) return true
  return false
}

function nameTroubles(troubles: readonly (readonly UploadTrouble[])[]): number {
  return troubles.reduce((sum, own) => sum + own.filter((kind) => ofNames.has(kind)).length, 0)
}
