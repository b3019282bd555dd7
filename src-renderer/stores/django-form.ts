import type {
  DjangoDestination,
  DjangoProject,
  DjangoSave,
  DjangoSource,
} from '../../src-preload/contract/django.ts'
import type { Destination, MediaDestination } from '../../src-preload/contract/destination.ts'
import { isOverlapping, overlapText } from '../../src-preload/contract/destination-overlap.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import { baseUrlProblem } from './destination-form.ts'

/** What a person says of a project that was read: what to keep, and what its files do not tell. */
export interface DjangoForm {
  /** For each profile of the project the id of one that is there, or null for a new one. */
  readonly profileIds: readonly (string | null)[]
  /** For each profile of the project its region, where that has to be asked. */
  readonly regions: readonly string[]
  /** For each destination of the project. */
  readonly destinations: readonly DjangoDestinationForm[]
}

/** One destination of the project. */
export interface DjangoDestinationForm {
  readonly wanted: boolean
  readonly name: string
  readonly bucket: string
  readonly prefix: string
  readonly visibility: DjangoDestination['visibility']
  readonly onConflict: MediaDestination['onConflict']
  readonly baseUrl: string
}

/** What is wrong with a destination; empty when it can be kept. */
export type DjangoProblems = Partial<Record<'name' | 'bucket' | 'prefix' | 'baseUrl' | 'overlap', string>>

/** A fact that a field asks for. */
export type AskedFact = Extract<
  DjangoSource['fact'],
  'bucket' | 'prefix' | 'visibility' | 'baseUrl' | 'onConflict'
>

const askedFacts: readonly string[] = ['bucket', 'prefix', 'visibility', 'baseUrl', 'onConflict']

/** The form of a project as it was read. A profile that is there and reaches the same service is taken before a new one. */
export function formOfProject(project: DjangoProject, profiles: readonly Profile[]): DjangoForm {
  return {
    profileIds: project.profiles.map(
      (wanted) => profiles.find((profile) => isSameService(profile, wanted))?.id ?? null,
    ),
    regions: project.profiles.map(({ region }) => region),
    destinations: project.destinations.map(({ destination }) => ({
      wanted: true,
      name: destination.name,
      bucket: destination.bucket ?? '',
      prefix: destination.prefix ?? '',
      visibility: destination.visibility,
      onConflict: destination.kind === 'media' ? destination.onConflict : 'overwrite',
      baseUrl: destination.baseUrl ?? '',
    })),
  }
}

/** Whether a profile reaches the service that a project uses. */
export function isSameService(
  profile: Profile,
  wanted: Pick<Profile, 'endpoint' | 'region' | 'provider'>,
): boolean {
  return (
    profile.credentialSource.type !== 'playground' &&
    profile.provider === wanted.provider &&
    profile.endpoint === wanted.endpoint &&
    profile.region === wanted.region
  )
}

/** The facts of a destination that neither the project's files nor a variable tell: a field asks for each. */
export function openFacts({ sources }: DjangoProject['destinations'][number]): readonly AskedFact[] {
  return sources
    .filter(({ fact, isOpen, variable }) => isOpen && variable === null && askedFacts.includes(fact))
    .map(({ fact }) => fact as AskedFact)
}

/** A value that is answered by its name before the project is read again: a variable, a setting or an attribute. */
export interface AskedAnswer {
  readonly name: string
  readonly text: string
  readonly where: string
}

/** What has to be answered by name, each once: what no field of a destination or of a profile asks for. */
export function askedAnswers(project: DjangoProject): readonly AskedAnswer[] {
  const asked = new Map<string, AskedAnswer>()
  for (const { name, variable, text, file, line } of project.questions) {
    const key = variable ?? name
    // A part of STORAGES is no value that could be typed.
    if (variable === null && (isField(project, name) || name.startsWith('STORAGES['))) continue
    if (!asked.has(key)) asked.set(key, { name: key, text, where: `${file}:${line}` })
  }
  return [...asked.values()]
}

/** Why a destination's field asks for a fact; null where nothing more is known. */
export function whyAsked(project: DjangoProject, index: number, fact: AskedFact): AskedAnswer | null {
  const setting = project.destinations[index]?.sources.find((each) => each.fact === fact)?.setting
  const question = project.questions.find(({ name, variable }) => variable === null && name === setting)
  if (question === undefined) return null
  const { name, text, file, line } = question
  return { name, text, where: `${file}:${line}` }
}

/** Whether a question is about a fact for which there is a field. */
export function isField(project: DjangoProject, name: string): boolean {
  return project.destinations.some(({ sources }) =>
    sources.some(
      ({ fact, setting, isOpen, variable }) =>
        isOpen && variable === null && setting === name && (askedFacts.includes(fact) || fact === 'region'),
    ),
  )
}

/** The variables without which nobody knows where a destination is: they have to be said before anything is kept. */
export function missingVariables(project: DjangoProject, form: DjangoForm): ReadonlySet<string> {
  const missing = new Set<string>()
  for (const [index, { sources }] of project.destinations.entries()) {
    if (form.destinations[index]?.wanted !== true) continue
    for (const { fact, isOpen, variable } of sources)
      if (isOpen && variable !== null && (fact === 'bucket' || fact === 'prefix')) missing.add(variable)
  }
  return missing
}

/**
 * What keeps a destination from being kept beside those that are `there`, but for {@link missingVariables}. A folder that
 * overlaps is said with the first of the two.
 */
export function destinationFormProblems(
  form: DjangoForm,
  index: number,
  project: DjangoProject,
  there: readonly Destination[] = [],
): DjangoProblems {
  const one = form.destinations[index]
  if (one === undefined || !one.wanted) return {}
  const problems: DjangoProblems = {}
  const bucket = one.bucket.trim()
  if (one.name.trim() === '') problems.name = 'Type a name.'
  if (bucket === '' && !isVariable(project, index, 'bucket')) problems.bucket = 'Type the bucket’s name.'
  if (one.prefix.trim().startsWith('/')) problems.prefix = 'Without a slash at the beginning.'
  const wrongBaseUrl = baseUrlProblem(one.baseUrl)
  if (wrongBaseUrl !== null) problems.baseUrl = wrongBaseUrl
  const profile = project.destinations[index]?.profile
  const isTwin = (other: DjangoDestinationForm, at: number) =>
    at < index &&
    other.wanted &&
    project.destinations[at]?.profile === profile &&
    other.bucket.trim() === bucket &&
    other.name.trim() === one.name.trim()
  if (form.destinations.some(isTwin)) problems.name = 'Another destination has this name.'
  const overlap = overlapOf(form, index, project, there)
  if (overlap !== null) problems.overlap = overlap
  return problems
}

/** With which destination one overlaps, of those that are there and those wanted before it; null when with none. */
function overlapOf(
  form: DjangoForm,
  index: number,
  project: DjangoProject,
  there: readonly Destination[],
): string | null {
  const placed = (at: number) => {
    const { wanted = false, bucket = '', prefix = '', name = '' } = form.destinations[at] ?? {}
    const { profile = -1, destination } = project.destinations[at] ?? {}
    // What depends on a variable is not known yet; it is looked at when the project has been read again.
    const isKnown =
      wanted && bucket.trim() !== '' && (destination?.prefix !== null || !isVariable(project, at, 'prefix'))
    // A new profile has no destinations yet, and no id.
    const profileId = form.profileIds[profile] ?? `new ${profile}`
    return isKnown ? { profileId, bucket: bucket.trim(), prefix: prefix.trim(), name } : null
  }
  const own = placed(index)
  if (own === null) return null
  const before = form.destinations.slice(0, index).map((_, at) => placed(at))
  const other = [...there, ...before].find((each) => each !== null && isOverlapping(own, each))
  return other === undefined || other === null ? null : overlapText(own, other)
}

function isVariable(project: DjangoProject, at: number, wanted: AskedFact): boolean {
  const { sources = [] } = project.destinations[at] ?? {}
  return sources.some(({ fact, isOpen, variable }) => fact === wanted && isOpen && variable !== null)
}

/** What is to be kept, for each profile that has something, by its place among them: nothing of it is a secret. */
export function savesOf(
  project: DjangoProject,
  form: DjangoForm,
): { readonly profile: number; readonly save: DjangoSave }[] {
  return project.profiles.flatMap((wanted, profile) => {
    const destinations = project.destinations.flatMap(({ profile: of, destination }, at) => {
      const one = form.destinations[at]
      if (of !== profile || one === undefined || !one.wanted) return []
      const { keyPairId = null, ...found } = destination
      const { onConflict, ...said } = answered(one, keyPairId !== null)
      const signed = keyPairId === null || said.baseUrl === null ? {} : { keyPairId }
      // Of static files nobody is asked: a sync replaces what the folder has anew.
      return [
        found.kind === 'static'
          ? { ...found, ...said, ...signed }
          : { ...found, ...said, ...signed, onConflict },
      ]
    })
    if (destinations.length === 0) return []
    const profileId = form.profileIds[profile] ?? null
    const region = form.regions[profile]?.trim() || wanted.region
    const bucketNames = [...new Set([...wanted.bucketNames, ...destinations.map(({ bucket }) => bucket)])]
    const save = {
      profile: profileId === null ? { ...wanted, region, bucketNames } : { profileId },
      destinations,
    }
    return [{ profile, save }]
  })
}

/** The form after some of the profiles have been kept: their destinations are not kept twice. */
export function withoutSaved(
  form: DjangoForm,
  project: DjangoProject,
  saved: ReadonlySet<number>,
): DjangoForm {
  return {
    ...form,
    destinations: form.destinations.map((one, index) =>
      saved.has(project.destinations[index]?.profile ?? -1) ? { ...one, wanted: false } : one,
    ),
  }
}

function answered(one: DjangoDestinationForm, isSignedByCloudFront: boolean) {
  const prefix = one.prefix.trim().replace(/^\/+/, '')
  return {
    name: one.name.trim(),
    bucket: one.bucket.trim(),
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    visibility: one.visibility,
    onConflict: one.onConflict,
    // A private file has a presigned link, at the bucket’s own address, unless CloudFront's key signs it.
    baseUrl:
      (one.visibility === 'private' && !isSignedByCloudFront) || one.baseUrl.trim() === ''
        ? null
        : one.baseUrl.trim(),
  }
}
