import { bucketNameProblem, bucketNameWarning } from '../../../src-preload/contract/bucket-name.ts'
import { builtInPresetIds } from '../../../src-preload/contract/built-in-presets.ts'
import type { SetupInput, SetupOutcome, SetupPlan } from '../../../src-preload/contract/bucket-setup.ts'
import { newPlaces } from '../../../src-preload/contract/setup-destination.ts'
import type { Opens } from '../../../src-preload/contract/opens.ts'
import { confirming, needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import type { Result } from '../../../src-preload/contract/result.ts'
import { Failure, failure } from '../../../src-preload/contract/failure.ts'
import { environmentProfileId } from '../../backend/backend-parts.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, confirmOrRefuse, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { parseBucketUrl } from '../s3-url.ts'
import { tellOpens } from '../tell-opens.ts'
import {
  listenForVisibility,
  sumOfVisibility,
  tellContradictions,
  type ToldVisibility,
} from '../told-visibility.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail setup`. */
export const setupOptions = {
  static: { type: 'boolean', text: 'for static files, below static/, that everybody can read' },
  'public-media': { type: 'boolean', text: 'for media below media/public/, that everybody can read' },
  'private-media': { type: 'boolean', text: 'for media below media/private/, that nobody can read' },
  preset: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    text: 'for what an own preset of the application says; may be repeated',
  },
  versioning: { type: 'boolean', text: 'keep what is overwritten or removed' },
  origin: {
    type: 'string',
    multiple: true,
    value: 'URL',
    text: 'an origin of the site, for CORS; may be repeated',
  },
  existing: {
    type: 'boolean',
    text: 'set up a bucket that is there: only what it lacks, and what others have set stays',
  },
  'dry-run': { type: 'boolean', text: 'print every call with what is sent, and make none' },
  yes: { type: 'boolean', text: 'make the calls without asking' },
} as const

interface How {
  readonly isDryRun: boolean
  readonly yes: boolean
}

/** Checks the arguments of `pail setup`. */
export function prepareSetup(given: Given): Run {
  const how = { isDryRun: given.flag('dry-run'), yes: given.flag('yes') }
  const chosen = builtInPresetIds.filter((kind) => given.flag(kind))
  const presets = [...given.list('preset')]
  const [first = '', second] = given.positionals
  if (first === 'undo') {
    if (second === undefined) throw new UsageError('Say which: pail setup undo s3://bucket.')
    if (
      chosen.length + presets.length > 0 ||
      given.flag('versioning') ||
      given.flag('existing') ||
      given.list('origin').length > 0
    )
      throw new UsageError('pail setup undo takes back what was made: only --dry-run and --yes go with it.')
    const bucket = parseBucketUrl(second)
    return (context) => undo(context, bucket, how)
  }
  if (second !== undefined) throw new UsageError('One bucket is set up at a time.')
  const bucket = parseBucketUrl(first)
  const problem = bucketNameProblem(bucket)
  if (problem) throw new UsageError(problem)
  if (chosen.length + presets.length === 0)
    throw new UsageError(
      'Say what it is for: --static, --public-media, --private-media, --preset NAME, or several.',
    )
  const region = given.text('region')
  const wanted = {
    bucket,
    kinds: [...chosen],
    versioning: given.flag('versioning'),
    origins: [...given.list('origin')],
    existing: given.flag('existing'),
  }
  return async (context) =>
    setUp(
      context,
      { ...wanted, presets: await presetIds(context, presets), region: region ?? context.region },
      how,
    )
}

/** The ids of own presets by their names. Throws a {@link UsageError} for a name that none has. */
async function presetIds(context: CommandContext, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const all = await ask(context, context.api.listDestinationPresets({}))
  return names.map((wanted) => {
    const preset = all.find(({ id, name }) => name === wanted || id === wanted)
    if (preset !== undefined) return preset.id
    throw new UsageError(
      `There is no preset “${wanted}”. ${all.length > 0 ? `There are: ${all.map(({ name }) => name).join(', ')}.` : 'The application has none of your own.'}`,
    )
  })
}

async function setUp(context: CommandContext, wanted: SetupInput, how: How): Promise<ExitCode> {
  const { api, output, profileId } = context
  const warning = bucketNameWarning(wanted.bucket)
  if (warning && wanted.existing !== true) output.warn(warning)
  const plan = await ask(context, api.planBucketSetup({ profileId, ...wanted })).catch((error: unknown) => {
    if (error instanceof Failure && error.error.code === 'bucket-owned-by-you')
      output.say('--existing sets it up as it is: only what it lacks is added.')
    throw error
  })
  explain(context, plan, how.isDryRun)
  if (how.isDryRun) {
    for (const { call, request } of plan.steps) await output.line(`${call}  ${plainText(request)}`)
    await output.document({ plan, outcome: null, saved: null })
    return exitCode.done
  }
  if (plan.opens !== undefined) tellOpens(context, plan.bucket, plan.opens)
  if (plan.steps.length === 0) output.say('The bucket has all of it already.')
  else
    await confirmed(
      context,
      how,
      plan.existing === true
        ? `The settings of ${plan.bucket} become as shown`
        : `${plan.bucket} is made in ${plan.region}`,
      expectedFor(plan.bucket, plan.opens),
    )
  // Not let go of: it is known to the end what was made.
  const { outcome, visibility } = await withAnswers(context, () =>
    api.applyBucketSetup({ planId: plan.planId, ...confirming(plan.opens) }),
  )
  await report(context, outcome)
  const isAsWanted = tellVisibility(context, visibility)
  const saved = outcome.isWhole ? await save(context, plan) : null
  await output.document({ plan, outcome, visibility, saved })
  if (outcome.isWhole) {
    const isSeen = outcome.steps.every(({ state }) => state !== 'not-shown')
    const how = !isSeen
      ? 'made, but not all of it is seen'
      : isAsWanted
        ? 'ready'
        : 'set up, but not everything in it can be read by whom it should'
    output.say(`s3://${plan.bucket} is ${how}.`)
    return isAsWanted ? exitCode.done : exitCode.failed
  }
  if (outcome.undoable) output.say(`pail setup undo s3://${plan.bucket} takes back what was made.`)
  return exitCode.failed
}

/** So long, in milliseconds, a command waits for the answers about what is in the bucket. */
const waitedForMs = 60_000

/**
 * Makes a change of the bucket, and waits for what unsigned requests then find of the objects in it; null where none is
 * asked for. What was not asked for in time, or because of Ctrl+C, is counted.
 */
async function withAnswers<Outcome extends { readonly visibilityReportId?: string | undefined }>(
  context: CommandContext,
  change: () => Promise<Result<Outcome>>,
): Promise<{ outcome: Outcome; visibility: ToldVisibility | null }> {
  const listener = listenForVisibility(context)
  try {
    const outcome = valueOf(await change())
    const { visibilityReportId: id } = outcome
    if (id === undefined) return { outcome, visibility: null }
    const reports = await listener.ends([id], waitedForMs)
    if (reports.length === 0) context.output.warn('Who can read what is in the bucket was not known in time.')
    const objects = reports.reduce((sum, report) => sum + report.objects, 0)
    return { outcome, visibility: sumOfVisibility(reports, objects) }
  } finally {
    listener.stop()
  }
}

/** Says who can read what is in the bucket; false where that is not as it should be. */
function tellVisibility(context: CommandContext, visibility: ToldVisibility | null): boolean {
  if (visibility === null) return true
  const { notAsked, ...counts } = visibility
  const asked = counts.public + counts.private + counts.unknown
  if (asked > 0)
    context.output.say(
      `Of ${counted(asked, 'object')} in it everybody can read ${counts.public}, and ${counts.private} are private, as unsigned requests show.`,
    )
  if (tellContradictions(context, visibility)) return false
  if (notAsked > 0) context.output.say(`${counted(notAsked, 'object')} were not asked for.`)
  return true
}

/** Says what would be sent; with `isWhole` all of it. */
function explain({ output }: CommandContext, plan: SetupPlan, isWhole: boolean): void {
  for (const { call, purpose, request, before, body, inverse, notHere } of plan.steps) {
    if (notHere !== null) {
      output.say(`${call}: not here. ${notHere}`)
      continue
    }
    output.say(`${call}: ${purpose}`)
    if (!isWhole) continue
    if (before !== undefined) output.say(before === null ? '  Now: none.' : '  Now:')
    for (const line of before == null ? [] : before.split('\n')) output.say(`    ${plainText(line)}`)
    output.say(`  ${plainText(request)}`)
    for (const line of body === null ? [] : body.split('\n')) output.say(`  ${plainText(line)}`)
    output.say(`  Undone by ${inverse}`)
  }
  for (const note of plan.notes) output.warn(note)
  if (!isWhole) return
  output.say('What the site’s own key has to be allowed, and no more:')
  for (const line of plan.iamPolicy.trimEnd().split('\n')) output.say(`  ${line}`)
}

const stateWords: { readonly [State in SetupOutcome['steps'][number]['state']]: string } = {
  done: 'done',
  already: 'as it was',
  'not-here': 'not here',
  'not-shown': 'not shown',
  failed: 'failed',
  'not-made': 'not made',
}

async function report({ output }: CommandContext, outcome: SetupOutcome): Promise<void> {
  for (const { call, state, problem } of outcome.steps) {
    await output.line(`${stateWords[state].padEnd(9)}  ${call}`)
    if (problem !== null)
      output.failed({
        code: problem.code,
        message: `${call}: ${problem.message}`,
        key: `s3://${outcome.bucket}`,
      })
    if (state === 'not-shown') output.warn(`${call} was sent and taken, but the service does not show it.`)
  }
}

/** Keeps the destinations where a profile of the application is used; names them else. */
async function save(context: CommandContext, plan: SetupPlan): Promise<string[] | null> {
  const { api, output, profileId } = context
  if (profileId === environmentProfileId) {
    for (const { name, prefix } of plan.places) output.say(`${name}: s3://${plan.bucket}/${prefix}`)
    return null
  }
  const there = plan.existing === true ? valueOf(await api.listDestinations({})) : []
  const destinations = newPlaces(plan, profileId, there)
  if (destinations.length === 0) return []
  const kept = valueOf(await api.saveDjangoProject({ profile: { profileId }, destinations }))
  output.say('The destinations are saved. Pail shows them when it is started the next time.')
  return kept.destinations.map(({ name }) => name)
}

async function undo(context: CommandContext, bucket: string, how: How): Promise<ExitCode> {
  const { api, output, profileId } = context
  const [setup] = await ask(context, api.listBucketSetups({ profileId, bucket }))
  if (setup === undefined)
    throw failure('not-found', `This computer knows of no set-up of ${bucket} that it could take back.`)
  output.say(`${setup.at}: ${setup.calls.join(', ')}.`)
  if (setup.opens !== undefined) tellOpens(context, bucket, setup.opens)
  if (how.isDryRun) {
    await output.document({ bucket, setup, outcome: null })
    return exitCode.done
  }
  await confirmed(
    context,
    how,
    setup.calls.includes('CreateBucket')
      ? `This is taken back, and ${bucket} deleted if it is empty`
      : 'This is taken back',
    expectedFor(bucket, setup.opens),
  )
  const { outcome, visibility } = await withAnswers(context, () =>
    api.undoBucketSetup({ setupId: setup.setupId, profileId, ...confirming(setup.opens) }),
  )
  for (const { call, state, message } of outcome.steps)
    await output.line(`${state.padEnd(9)}  ${call}  ${plainText(message)}`)
  tellVisibility(context, visibility)
  await output.document({ bucket, setup, outcome, visibility })
  return outcome.steps.every(({ state }) => state === 'undone') ? exitCode.done : exitCode.failed
}

/** Several objects, and whole prefixes, need the bucket's name. */
function expectedFor(bucket: string, opens: Opens | undefined): string {
  return opens !== undefined && needsBucketName(opens) ? bucket : 'yes'
}

async function confirmed(
  context: CommandContext,
  { yes }: How,
  what: string,
  expected: string,
): Promise<void> {
  if (!yes) await confirmOrRefuse(context, `${what}. Type “${expected}” to go on: `, expected)
}
