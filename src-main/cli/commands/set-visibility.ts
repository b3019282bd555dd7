import type { Result } from '../../../src-preload/contract/result.ts'
import type {
  CheckedObject,
  VisibilityChange,
  VisibilityOutcome,
  VisibilityPlan,
} from '../../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../../src-preload/contract/visibility.ts'
import { confirming, needsBucketName, opensAnything } from '../../../src-preload/contract/told-opens.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import { destinationOption, readObject, readPlace } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, confirmOrRefuse, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { formatS3Url, parseBucketUrl, parseS3Url, type S3Url } from '../s3-url.ts'
import { countOf, switchWords, tellNames, tellOpens, tellPrefixes } from '../tell-opens.ts'
import { listenForVisibility } from '../told-visibility.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail set-visibility`. */
export const setVisibilityOptions = {
  ...destinationOption,
  'dry-run': { type: 'boolean', text: 'print what would be done and change nothing' },
  yes: { type: 'boolean', text: 'change it without asking' },
  domains: {
    type: 'boolean',
    text: 'on R2, switch the custom domains of a bucket off as well, so that it is private',
  },
} as const

interface Wanted {
  readonly keys: Set<string>
  readonly prefixes: Set<string>
}

/** Checks the arguments of `pail set-visibility`. */
export function prepareSetVisibility(given: Given): Run {
  const [word, ...addresses] = given.positionals
  const how = { isDryRun: given.flag('dry-run'), yes: given.flag('yes'), withDomains: given.flag('domains') }
  if (word === 'undo') {
    if (how.withDomains) throw new UsageError('--domains goes with private.')
    if (addresses.length !== (given.text('to') === undefined ? 1 : 0))
      throw new UsageError('The last change of one bucket is undone: say which, as s3://bucket or by --to.')
    const place = readPlace(given, addresses[0], (address) => ({ bucket: parseBucketUrl(address) }))
    return (context) => undoLast(context, place(context).bucket, how)
  }
  if (word !== 'public' && word !== 'private')
    throw new UsageError('Say public, private or undo first: pail set-visibility public s3://bucket/key.')
  if (how.withDomains && word !== 'private') throw new UsageError('--domains goes with private.')
  if (addresses.length === 0)
    throw new UsageError(
      'Say of which objects: their addresses, or with --to their keys. Everything below a folder is its name and a slash.',
    )
  const objects = addresses.map((address) => readObject(given, address, parseWanted))
  return (context) => {
    const byBucket = new Map<string, Wanted>()
    for (const object of objects) {
      const { bucket, key } = object(context)
      const wanted = byBucket.get(bucket) ?? { keys: new Set(), prefixes: new Set() }
      // A prefix ends where a name ends (S48).
      if (key === '' || key.endsWith('/')) wanted.prefixes.add(key)
      else wanted.keys.add(key)
      byBucket.set(bucket, wanted)
    }
    return setVisibility(context, word, byBucket, how)
  }
}

/** An object, or what is below a prefix; a bucket is not meant as a whole by its name alone. */
function parseWanted(address: string): S3Url {
  const { bucket, key } = parseS3Url(address)
  if (key === '' && !address.endsWith('/'))
    throw new UsageError(`“${address}” names a bucket. The whole of it is s3://${bucket}/.`)
  return { bucket, key }
}

interface ChangedBucket {
  readonly bucket: string
  readonly plan: VisibilityPlan
  readonly outcome: VisibilityOutcome | null
}

async function setVisibility(
  context: CommandContext,
  visibility: WantedVisibility,
  byBucket: ReadonlyMap<string, Wanted>,
  how: { readonly isDryRun: boolean; readonly yes: boolean; readonly withDomains: boolean },
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const results: ChangedBucket[] = []
  let code: ExitCode = exitCode.done
  for (const [bucket, { keys, prefixes }] of byBucket) {
    const wanted = { profileId, bucket, keys: [...keys], prefixes: [...prefixes], visibility }
    const first = await ask(context, api.planVisibility(wanted))
    const plan =
      how.withDomains && first.keptOpenBy.length > 0
        ? await ask(context, api.planVisibility({ ...wanted, customDomains: first.keptOpenBy }))
        : first
    explain(context, plan)
    if (plan.refusal !== null) {
      output.failed({ ...plan.refusal, key: `s3://${bucket}` })
      results.push({ bucket, plan, outcome: null })
      code = exitCode.failed
      continue
    }
    if (how.isDryRun) {
      results.push({ bucket, plan, outcome: null })
      continue
    }
    if (!how.yes) await confirmed(context, plan)
    // Not let go of: it is known to the end what was done.
    const outcome = await withAllAnswers(context, bucket, () =>
      api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }),
    )
    results.push({ bucket, plan, outcome })
    if (!(await report(context, plan, outcome))) code = exitCode.failed
  }
  await output.document({ visibility, results })
  return code
}

/**
 * Makes a change and waits until every object that it was about has been asked for: the answer of the call has room for a
 * few, and the others are asked for in the background. Ctrl+C ends the waiting; what was not asked for then is counted.
 */
async function withAllAnswers(
  context: CommandContext,
  bucket: string,
  change: () => Promise<Result<VisibilityOutcome>>,
): Promise<VisibilityOutcome> {
  const listener = listenForVisibility(context)
  try {
    const outcome = valueOf(await change())
    const { visibilityReportId, checks, counts } = outcome
    if (visibilityReportId === undefined) return outcome
    await listener.ends([visibilityReportId])
    const known = new Set(checks.map(({ key }) => key))
    const all = [...checks, ...listener.answersIn(bucket).filter(({ key }) => !known.has(key))]
    const count = (wanted: CheckedObject['visibility']) =>
      all.filter(({ visibility }) => visibility === wanted).length
    return {
      ...outcome,
      checks: all,
      counts: {
        public: count('public'),
        private: count('private'),
        unknown: count('unknown'),
        notChecked: Math.max(0, counts.notChecked + checks.length - all.length),
      },
    }
  } finally {
    listener.stop()
  }
}

/** Says what would be done and to which objects, with the change of the policy exactly as it is. */
function explain({ output }: CommandContext, plan: VisibilityPlan): void {
  for (const reason of plan.refusal === null ? plan.reasons : []) output.say(reason)
  if (plan.refusal !== null) return
  if (plan.acls !== null)
    output.say(`The ACL of ${counted(plan.acls.objects, 'object')} becomes ${plan.acls.acl}.`)
  if (plan.policy !== null) {
    const { removed, added, before, after } = plan.policy
    output.say(
      after === null
        ? 'The bucket’s policy, which has nothing but Pail’s part in it, is removed:'
        : before === null
          ? 'The bucket has no policy. It gets this one:'
          : `Pail’s part of the bucket’s policy is changed; ${counted(plan.otherStatements, 'other statement')} ${plan.otherStatements === 1 ? 'stays as it is' : 'stay as they are'}:`,
    )
    for (const [sign, text] of [
      ['-', removed],
      ['+', added],
    ] as const)
      for (const line of text === '' ? [] : text.split('\n')) output.say(`  ${sign} ${line}`)
  }
  for (const each of plan.switches) output.say(switchWords(each, plan.bucket))
  if (plan.keptOpenBy.length > 0) output.say('With --domains they are switched off, too.')
  if (plan.acls === null && plan.policy === null && plan.switches.length === 0)
    output.say('Nothing has to be changed.')
  else nameObjects(output, plan)
}

/** Counts and names what is concerned (S44), also where nobody is asked. */
function nameObjects(
  output: CommandContext['output'],
  { bucket, visibility, objects, more, sample, prefixes }: VisibilityPlan,
): void {
  output.say(
    `${countOf({ objects, more })} in ${bucket} ${objects === 1 ? 'is' : 'are'} to become ${visibility}${sample.length > 0 ? ':' : '.'}`,
  )
  tellNames({ output }, bucket, { objects, more, sample })
  if (visibility === 'public') tellPrefixes({ output }, bucket, { prefixes })
}

/** Going public, and every change of a policy, is a second step (S44). */
async function confirmed(context: CommandContext, plan: VisibilityPlan): Promise<void> {
  const isWide = plan.policy !== null || plan.switches.length > 0
  if (!isWide && (plan.acls === null || plan.visibility === 'private')) return
  await confirmBy(
    context,
    plan.bucket,
    `${countOf(plan)} in ${plan.bucket} become ${plan.visibility}`,
    needsBucketName(plan),
  )
}

async function confirmBy(
  context: CommandContext,
  bucket: string,
  what: string,
  byName: boolean,
): Promise<void> {
  const question = `${what}. Type ${byName ? 'the bucket’s name' : '“yes”'} to go on: `
  await confirmOrRefuse(context, question, byName ? bucket : 'yes')
}

/** Takes back the last change of a bucket from this computer. Throws `not-found` when there is none. */
async function undoLast(
  context: CommandContext,
  bucket: string,
  how: { readonly isDryRun: boolean; readonly yes: boolean },
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const [change] = await ask(context, api.listVisibilityChanges({ profileId, bucket }))
  if (change === undefined)
    throw failure('not-found', `This computer knows of no change in ${bucket} that it could take back.`)
  output.say(changeWords(change))
  const opens = await ask(context, api.planUndoVisibility({ planId: change.planId, profileId }))
  const opensAny = opensAnything(opens)
  if (opensAny) tellOpens(context, bucket, opens, 'public again')
  if (how.isDryRun) {
    await output.document({ bucket, change, opens, outcome: null })
    return exitCode.done
  }
  if (!how.yes) {
    const what = opensAny ? `${countOf(opens)} become public again` : 'It is taken back'
    await confirmBy(context, bucket, `${what} in ${bucket}`, needsBucketName(opens))
  }
  const outcome = await withAllAnswers(context, bucket, () =>
    api.undoVisibility({ planId: change.planId, profileId, ...confirming(opens) }),
  )
  for (const { key, visibility } of outcome.checks)
    await output.line(`${visibility.padEnd(7)}  ${plainText(formatS3Url({ bucket, key }))}`)
  for (const failed of outcome.failed) output.failed(failed)
  const isSwitched = switchesAreAsWanted(context, bucket, outcome)
  if (outcome.counts.notChecked > 0)
    output.say(`${counted(outcome.counts.notChecked, 'object')} were not asked for.`)
  await output.document({ bucket, change, opens, outcome })
  return outcome.failed.length === 0 && isSwitched ? exitCode.done : exitCode.failed
}

function changeWords(change: VisibilityChange): string {
  const { at, visibility, objects, acls, policy, switches = 0, hasEnded } = change
  const what = [
    ...(acls > 0 ? [counted(acls, 'ACL')] : []),
    ...(policy ? ['the bucket’s policy'] : []),
    ...(switches > 0 ? ['the service’s own switch'] : []),
  ].join(' and ')
  const cut = hasEnded ? '' : ' It was cut off, so that some of it may not have been made.'
  return `${at}: ${counted(objects, 'object')} ${visibility}, by ${what || 'nothing'}.${cut}`
}

/** Tells which of the service's switches are not as they should be; whether there is none. */
function switchesAreAsWanted(
  { output }: CommandContext,
  bucket: string,
  outcome: VisibilityOutcome,
): boolean {
  const problems = (outcome.switches ?? []).flatMap(({ problem }) => problem ?? [])
  for (const problem of problems) output.failed({ ...problem, key: `s3://${bucket}` })
  return problems.length === 0
}

/** Prints the unsigned truth of each object; false when it is not what was wanted. */
async function report(
  context: CommandContext,
  plan: VisibilityPlan,
  outcome: VisibilityOutcome,
): Promise<boolean> {
  const { output } = context
  for (const { key, visibility } of outcome.checks)
    await output.line(`${visibility.padEnd(7)}  ${plainText(formatS3Url({ bucket: plan.bucket, key }))}`)
  for (const failed of outcome.failed) output.failed(failed)
  const wrong = outcome.checks.filter(({ visibility }) => visibility !== outcome.visibility).length
  if (wrong > 0)
    output.warn(
      `${counted(wrong, 'object')} ${wrong === 1 ? 'is' : 'are'} not ${outcome.visibility}, as unsigned requests show.`,
    )
  if (outcome.counts.notChecked > 0)
    output.warn(`${counted(outcome.counts.notChecked, 'object')} were not asked for.`)
  if (plan.more)
    output.warn(
      `Of the objects the first ${plan.objects.toLocaleString('en-GB')} were counted and asked for: there are more.`,
    )
  if (outcome.hint !== undefined) output.say(outcome.hint)
  return switchesAreAsWanted(context, plan.bucket, outcome) && wrong === 0 && outcome.failed.length === 0
}
