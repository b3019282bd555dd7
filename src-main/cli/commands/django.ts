import { resolve } from 'node:path'
import { writeFiles } from '../../destinations/django/write-files.ts'
import type { UnplacedDestination } from '../../../src-preload/contract/destination.ts'
import {
  type DestinationPlace,
  overlapsIn,
  overlapText,
} from '../../../src-preload/contract/destination-overlap.ts'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import { Failure, failure } from '../../../src-preload/contract/failure.ts'
import { placeOpeningText } from '../../../src-preload/contract/place-opening.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { formatS3Url, parseBucketUrl } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail django import` and `pail django export`. */
export const djangoOptions = {
  only: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    text: 'import: save this destination and not the others; may be repeated',
  },
  save: { type: 'boolean', text: 'import: keep the profile and its destinations in the application' },
  settings: { type: 'string', value: 'MODULE', text: 'import: the settings to read (default: found)' },
  set: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    text: 'import: what an environment variable or a setting is that was asked for; may be repeated',
  },
  out: { type: 'string', value: 'DIR', text: 'export: the folder to write to' },
  force: { type: 'boolean', text: 'export: replace files that are there' },
  older: { type: 'boolean', text: 'export: the settings of Django before 4.2, in place of STORAGES' },
  acl: { type: 'boolean', text: 'export: objects get ACLs, in place of a policy of the bucket' },
  module: {
    type: 'string',
    value: 'NAME',
    text: 'export: what Django finds storage_backends.py as, as mysite.storage_backends',
  },
  origin: { type: 'string', multiple: true, value: 'URL', text: 'export: an origin of the site, for CORS' },
} as const

const importOnly = ['save', 'only', 'settings', 'set']
const exportOnly = ['out', 'force', 'older', 'acl', 'module', 'origin']

/** Checks the arguments of `pail django`. */
export function prepareDjango(given: Given): Run {
  const [action = '', target = ''] = given.positionals
  if (action !== 'import' && action !== 'export')
    throw new UsageError('Say pail django import DIR, or pail django export s3://bucket --out DIR.')
  const extra = (action === 'import' ? exportOnly : importOnly).find(
    (option) => given.flag(option) || given.text(option) !== undefined || given.list(option).length > 0,
  )
  if (extra !== undefined) throw new UsageError(`--${extra} does not go with pail django ${action}.`)
  if (action === 'import') {
    const answers = given.list('set').map((text) => {
      const [, name, value] = /^([A-Za-z_][\w.]*)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined)
        throw new UsageError('--set takes NAME=VALUE, as in --set AWS_STORAGE_BUCKET_NAME=assets.')
      return { name, value }
    })
    const settings = given.text('settings') ?? null
    const save = given.flag('save')
    const only = [...given.list('only')]
    if (only.length > 0 && !save) throw new UsageError('--only says what --save keeps.')
    return (context) => importProject(context, { folder: target, settings, answers, save, only })
  }
  const bucket = parseBucketUrl(target)
  const out = given.text('out') ?? null
  if (out === null && !given.flag('json'))
    throw new UsageError('Say where to: --out DIR. With --json the files can be had without.')
  const wanted = {
    bucket,
    out,
    force: given.flag('force'),
    form: given.flag('older') ? ('older' as const) : ('storages' as const),
    access: given.flag('acl') ? ('acl' as const) : ('policy' as const),
    module: given.text('module') ?? 'storage_backends',
    origins: [...given.list('origin')],
  }
  return (context) => exportSettings(context, wanted)
}

async function importProject(
  context: CommandContext,
  wanted: {
    folder: string
    settings: string | null
    answers: { name: string; value: string }[]
    save: boolean
    only: readonly string[]
  },
): Promise<ExitCode> {
  const { api, output, workingDirectory } = context
  const chosen = await ask(
    context,
    api.chooseFolder({ purpose: 'sync', typedPath: resolve(workingDirectory, wanted.folder) }),
  )
  if (!chosen) throw interrupted()
  const project = await ask(
    context,
    api.readDjangoProject({ folderId: chosen.folderId, settings: wanted.settings, answers: wanted.answers }),
  )
  output.say(`Read ${project.settingsFile}, and of ${counted(project.files.length, 'file')} in all.`)
  for (const { destination, storage, sources } of project.destinations) {
    const { name, kind, visibility, bucket, prefix } = destination
    const where = formatS3Url({ bucket: bucket ?? '?', key: prefix ?? '?' })
    await output.line(plainText(`${name}  ${kind}  ${visibility}  ${where}  ${storage}`))
    for (const { fact, setting, file, line } of sources)
      if (file !== null) output.say(plainText(`  ${fact}: ${setting}, ${file}:${line}`))
  }
  for (const note of project.notes) output.say(note)
  for (const { name, file, line, text, variable } of project.questions)
    output.warn(plainText(`${file}:${line}: ${text}${answerWith(variable ?? name)}`))
  for (const [one, other] of overlapsIn(project.destinations.flatMap(placeOf)))
    output.warn(
      plainText(`“${one.name}” and “${other.name}” overlap: ${overlapText(one, other)} ${eitherOne}`),
    )
  const opened = await findOpened(context, chosenOf(project, wanted.only))
  const saved = wanted.save ? await save(context, chosenOf(project, wanted.only)) : null
  await output.document({ ...project, opened, saved })
  if (saved !== null)
    output.say(
      `${counted(saved.destinations.length, 'destination')} saved. Pail shows them when it is started the next time, and asks for the keys.`,
    )
  return exitCode.done
}

/**
 * Warns of private destinations of which everybody can read what is put there; with a profile alone, whose keys can read the
 * bucket's policy. What could not be read is not known.
 */
async function findOpened(
  context: CommandContext,
  project: DjangoProject,
): Promise<{ name: string; place: string; by: string }[]> {
  const { api, output, profileId } = context
  const found: { name: string; place: string; by: string }[] = []
  if (profileId === '') return found
  for (const { destination } of project.destinations) {
    const { name, bucket, prefix, visibility } = destination
    if (visibility !== 'private' || bucket === null || prefix === null) continue
    const { opening = null } = await ask(context, api.findPlaceOpening({ profileId, bucket, prefix }))
    if (opening === null) continue
    found.push({ name, place: opening.place, by: opening.by })
    output.warn(plainText(`“${name}”: ${placeOpeningText(opening, prefix)}`))
  }
  return found
}

/** How a question is answered; nothing for one about a part of a setting. */
function answerWith(name: string): string {
  return /^[A-Za-z_][\w.]*$/.test(name) ? ` Answer with --set ${name}=….` : ''
}

/** What somebody can do whose project has locations that overlap, as with a default storage without one. */
const eitherOne =
  'Pail keeps one of the two (--only NAME); the site goes on using both, and what it writes elsewhere is left alone.'

type FoundDestination = DjangoProject['destinations'][number]

/** Where a destination would be; nothing for one of which that is not known yet. */
function placeOf({ profile, destination }: FoundDestination): (DestinationPlace & { name: string })[] {
  const { name, bucket, prefix } = destination
  return bucket === null || prefix === null ? [] : [{ profileId: String(profile), bucket, prefix, name }]
}

/** The project with the destinations that were named; all without any. Throws `not-found` for a name that it has not. */
function chosenOf(project: DjangoProject, only: readonly string[]): DjangoProject {
  const names = project.destinations.map(({ destination }) => destination.name)
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw failure(
      'not-found',
      `The project comes to no destination “${unknown}”, but to ${names.map((name) => `“${name}”`).join(', ')}.`,
    )
  return only.length === 0
    ? project
    : {
        ...project,
        destinations: project.destinations.filter((each) => only.includes(each.destination.name)),
      }
}

/** Keeps what was read. Throws `invalid-argument` while a bucket or a prefix is not known: nothing is kept then. */
async function save(
  context: CommandContext,
  project: DjangoProject,
): Promise<{ profiles: string[]; destinations: string[] }> {
  const { api, profileId } = context
  if (project.destinations.length === 0)
    throw failure('not-found', 'There is nothing to save: no files are kept in S3.')
  const open = project.destinations.find(
    ({ destination }) => destination.bucket === null || destination.prefix === null,
  )
  if (open)
    throw failure(
      'invalid-argument',
      `Nothing was saved: where “${open.destination.name}” is has to be known first. See the questions above.`,
    )
  const [overlap] = overlapsIn(project.destinations.flatMap(placeOf))
  if (overlap !== undefined)
    throw failure('safety-refused', `Nothing was saved: ${overlapText(...overlap)} ${eitherOne}`)
  if (profileId !== '' && project.profiles.length > 1)
    throw failure('invalid-argument', 'The project uses several services, and --profile is one of them.')
  const saved = { profiles: [] as string[], destinations: [] as string[] }
  for (const [index, profile] of project.profiles.entries()) {
    const destinations = project.destinations
      .filter((each) => each.profile === index)
      .map(({ destination }) => destination as UnplacedDestination)
    if (destinations.length === 0) continue
    const kept = await ask(
      context,
      api.saveDjangoProject({ profile: profileId === '' ? profile : { profileId }, destinations }),
    )
    saved.profiles.push(kept.profile.name)
    saved.destinations.push(...kept.destinations.map(({ name }) => name))
  }
  return saved
}

async function exportSettings(
  context: CommandContext,
  wanted: {
    bucket: string
    out: string | null
    force: boolean
    form: 'storages' | 'older'
    access: 'policy' | 'acl'
    module: string
    origins: string[]
  },
): Promise<ExitCode> {
  const { api, output, profileId, workingDirectory } = context
  const { bucket, out, force, ...how } = wanted
  const all = await ask(context, api.listDestinations({}))
  const profiles = new Set(
    all
      .filter((each) => each.bucket === bucket && (profileId === '' || each.profileId === profileId))
      .map((each) => each.profileId),
  )
  const [first, ...others] = profiles
  if (first === undefined)
    throw failure('not-found', `The bucket ${bucket} has no destinations to make settings from.`)
  if (others.length > 0)
    throw new UsageError(`Several profiles have destinations in ${bucket}: say which with --profile.`)
  const exported = await ask(context, api.exportDjango({ profileId: first, bucket, ...how }))
  if (out !== null) {
    await writeFiles(resolve(workingDirectory, out), exported.files, force).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.error.code !== 'already-exists') throw error
      throw failure('already-exists', `${error.error.message} Add --force to replace.`)
    })
    for (const { name, purpose } of exported.files) {
      await output.line(name)
      output.say(`  ${purpose}`)
    }
  }
  for (const note of exported.notes) output.warn(plainText(note))
  await output.document({ ...exported, written: out !== null })
  return exitCode.done
}
