import type {
  DjangoDestination,
  DjangoProject,
  DjangoSave,
  DjangoSource,
} from '../../src-preload/contract/django.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'

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
  readonly onConflict: DjangoDestination['onConflict']
  readonly baseUrl: string
}

/** What is wrong with a destination; empty when it can be kept. */
export type DjangoProblems = Partial<Record<'name' | 'bucket' | 'prefix' | 'baseUrl', string>>

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
      onConflict: destination.onConflict,
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

/** The environment variables that have answers, each once, with what is asked. */
export function askedVariables({
  questions,
}: DjangoProject): readonly { readonly variable: string; readonly text: string; readonly where: string }[] {
  const asked = new Map<string, { variable: string; text: string; where: string }>()
  for (const { variable, text, file, line } of questions)
    if (variable !== null && !asked.has(variable))
      asked.set(variable, { variable, text, where: `${file}:${line}` })
  return [...asked.values()]
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

/** What keeps a destination from being kept, but for {@link missingVariables}. */
export function destinationFormProblems(
  form: DjangoForm,
  index: number,
  project: DjangoProject,
): DjangoProblems {
  const one = form.destinations[index]
  if (one === undefined || !one.wanted) return {}
  const problems: DjangoProblems = {}
  const bucket = one.bucket.trim()
  if (one.name.trim() === '') problems.name = 'Type a name.'
  const isAsked = project.destinations[index]?.sources.some(
    ({ fact, isOpen, variable }) => fact === 'bucket' && isOpen && variable !== null,
  )
  if (bucket === '' && isAsked !== true) problems.bucket = 'Type the bucket’s name.'
  if (one.prefix.trim().startsWith('/')) problems.prefix = 'Without a slash at the beginning.'
  if (one.baseUrl.trim() !== '' && !/^https?:\/\/[^/\s?#@]+(\/[^\s?#]*)?$/.test(one.baseUrl.trim()))
    problems.baseUrl = 'An address such as https://static.example.org.'
  const profile = project.destinations[index]?.profile
  const isTwin = (other: DjangoDestinationForm, at: number) =>
    at < index &&
    other.wanted &&
    project.destinations[at]?.profile === profile &&
    other.bucket.trim() === bucket &&
    other.name.trim() === one.name.trim()
  if (form.destinations.some(isTwin)) problems.name = 'Another destination has this name.'
  return problems
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
      return [{ ...destination, ...answered(one) }]
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

function answered(one: DjangoDestinationForm) {
  const prefix = one.prefix.trim().replace(/^\/+/, '')
  return {
    name: one.name.trim(),
    bucket: one.bucket.trim(),
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    visibility: one.visibility,
    onConflict: one.onConflict,
    // A private file has a presigned link, at the bucket’s own address.
    baseUrl: one.visibility === 'private' || one.baseUrl.trim() === '' ? null : one.baseUrl.trim(),
  }
}
