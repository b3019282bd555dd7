import type {
  IncompleteUpload,
  LifecyclePlan,
  SweepOutcome,
  SweepPlan,
} from '../../../src-preload/contract/sweep.ts'
import { storagePrice } from '../../../src-preload/contract/storage-price.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted, valueOf } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { parseS3Url, type S3Url } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail sweep`. */
export const sweepOptions = {
  'older-than': { type: 'string', value: 'TIME', text: 'only uploads begun longer ago, such as 2d' },
  abort: { type: 'boolean', text: 'abort what Pail began on this computer and nothing will finish' },
  others: {
    type: 'boolean',
    text: 'with --abort and --older-than: those of others, too, who may still be sending',
  },
  lifecycle: {
    type: 'string',
    value: 'DAYS',
    text: 'show the rule that has the bucket abort uploads by itself; 0 is without it',
  },
  yes: { type: 'boolean', text: 'do not ask; with --lifecycle: write the rule' },
} as const

interface Wanted {
  readonly place: S3Url
  readonly olderThanSeconds: number | null
  readonly abort: boolean
  readonly others: boolean
  /** Null leaves the rules alone; 0 takes ours away. */
  readonly lifecycleDays: number | null
  readonly yes: boolean
}

/** Checks the arguments of `pail sweep`. */
export function prepareSweep(given: Given): Run {
  const olderThan = given.text('older-than')
  const days = given.text('lifecycle')
  if (days !== undefined && !(/^\d{1,4}$/.test(days) && Number(days) <= 3650))
    throw new UsageError(`--lifecycle takes a number of days up to 3650, not “${days}”.`)
  const wanted: Wanted = {
    place: parseS3Url(given.positionals[0] ?? ''),
    olderThanSeconds: olderThan === undefined ? null : parseDuration('--older-than', olderThan),
    abort: given.flag('abort'),
    others: given.flag('others'),
    lifecycleDays: days === undefined ? null : Number(days),
    yes: given.flag('yes'),
  }
  if (wanted.others && (!wanted.abort || wanted.olderThanSeconds === null))
    throw new UsageError(
      '--others needs --abort and --older-than: somebody may be sending an upload right now.',
    )
  if (wanted.lifecycleDays !== null && wanted.place.key !== '')
    throw new UsageError('--lifecycle is about a whole bucket: give it without a prefix.')
  return (context) => sweep(context, wanted)
}

async function allUploads(context: CommandContext, plan: SweepPlan): Promise<IncompleteUpload[]> {
  const uploads = [...plan.uploads]
  while (uploads.length < plan.totals.uploads) {
    const { planId } = plan
    const page = await ask(
      context,
      context.api.listSweepRows({ planId, offset: uploads.length, limit: 1000 }),
    )
    if (page.uploads.length === 0) break
    uploads.push(...page.uploads)
  }
  return uploads
}

async function sweep(context: CommandContext, wanted: Wanted): Promise<ExitCode> {
  const { api, output, profileId } = context
  const { bucket, key: prefix } = wanted.place
  output.progress('Listing incomplete uploads')
  const { olderThanSeconds } = wanted
  const plan = await ask(context, api.planSweep({ profileId, bucket, prefix, olderThanSeconds }))
  const uploads = await allUploads(context, plan)
  for (const { key, bytes, ageSeconds, whose, uploadId } of uploads)
    await output.line(
      `${whose.padEnd(9)}  ${ageWords(ageSeconds).padStart(5)}  ${String(bytes ?? '-').padStart(14)}  ${plainText(key)}  (${plainText(uploadId)})`,
    )
  for (const warning of plan.warnings) output.warn(`pail: ${warning}`)
  sayTotals(context, plan, wanted)

  const abortable = wanted.abort ? plan.abandoned + (wanted.others ? plan.unknown : 0) : 0
  const refusedAbort = await objectionTo(context, wanted, plan, abortable)
  const outcome =
    abortable > 0 && refusedAbort === null ? await apply(context, wanted, plan, abortable) : null
  if (outcome !== null) tellOutcome(context, outcome)
  const rule = wanted.lifecycleDays === null ? null : await lifecycle(context, wanted, wanted.lifecycleDays)
  if (refusedAbort !== null) output.warn(`pail: ${refusedAbort} (safety-refused)`)
  await output.document({
    bucket,
    prefix,
    uploads,
    totals: plan.totals,
    pricePerGbMonthUsd: plan.totals.monthlyUsd === null ? null : storagePrice.perGbMonthUsd,
    younger: plan.younger,
    isCut: plan.isCut,
    aborted: outcome?.aborted ?? 0,
    gone: outcome?.gone ?? [],
    failed: outcome?.failed.map(({ key, code, message }) => ({ key: key ?? null, code, message })) ?? [],
    remaining: outcome?.remaining ?? null,
    ...(rule === null ? {} : { lifecycle: rule }),
    ...(refusedAbort === null ? {} : { refused: refusedAbort }),
  })
  if (outcome?.cancelled === true) throw interrupted()
  if (refusedAbort !== null) return exitCode.refused
  return (outcome?.failedTotal ?? 0) > 0 ? exitCode.failed : exitCode.done
}

function sayTotals(
  { output }: CommandContext,
  plan: SweepPlan,
  { lifecycleDays }: Pick<Wanted, 'lifecycleDays'>,
): void {
  const { totals, younger, isCut, bucket } = plan
  if (totals.uploads === 0) output.say(`No incomplete uploads in s3://${bucket}/${plan.prefix}.`)
  else {
    const size = `${totals.bytes} bytes${totals.sizesUnknown > 0 ? ` and ${totals.sizesUnknown} of unknown size` : ''}`
    const cost =
      totals.monthlyUsd === null
        ? ''
        : `; about $${totals.monthlyUsd.toFixed(2)} a month (estimate, $${storagePrice.perGbMonthUsd} for each GB)`
    output.say(
      `${counted(totals.uploads, 'incomplete upload')}: ${plan.abandoned} of Pail’s that nothing will finish, ${plan.wanted} that a transfer wants, ${plan.unknown} of others. ${size}${cost}.`,
    )
  }
  if (totals.uploads > 0 && lifecycleDays === null)
    output.say('With --lifecycle 7 the bucket aborts such uploads by itself, for ever.')
  if (younger > 0) output.say(`${counted(younger, 'younger upload')} left out.`)
  if (isCut)
    output.warn('pail: There are more uploads than are looked at in one go; run it again afterwards.')
}

/** Why nothing may be aborted; null when it may, or nothing is to be. */
async function objectionTo(
  context: CommandContext,
  wanted: Wanted,
  plan: SweepPlan,
  abortable: number,
): Promise<string | null> {
  // What is ours and lost is nobody's loss; what others have sent is gone for good.
  if (!wanted.others || plan.unknown === 0 || wanted.yes) return null
  const what = `This aborts ${counted(abortable, 'upload')} in s3://${plan.bucket}/${plan.prefix}, ${plan.unknown} of them of others`
  const answer = await context.confirm(`${what}. Type “${plan.bucket}” to go on: `, plan.bucket)
  if (answer === true) return null
  return answer === null ? `${what}, and there is nobody to ask: add --yes.` : 'Nothing was aborted.'
}

/** Aborts. Ctrl+C cancels and waits until what was on its way has ended. */
async function apply(
  { api, signal }: CommandContext,
  { others }: Wanted,
  { planId }: SweepPlan,
  confirmed: number,
): Promise<SweepOutcome> {
  // That the cancellation fails is told by the outcome, which is then that of the whole sweep.
  const cancel = () => void api.cancelSync({ planId }).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) throw interrupted()
    const choice = others ? 'abandoned-and-unknown' : 'abandoned'
    return valueOf(await api.applySweep({ planId, choice, confirmed }))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function tellOutcome({ output }: CommandContext, outcome: SweepOutcome): void {
  for (const problem of outcome.failed) output.failed(problem)
  for (const key of outcome.gone) output.say(`${key}: was completed or aborted meanwhile.`)
  const { aborted, freedBytes, nowWanted, failedTotal, remaining } = outcome
  const rest = [
    nowWanted > 0 ? `, ${nowWanted} left because a transfer wants them again` : '',
    failedTotal > 0 ? `, ${failedTotal} failed` : '',
  ].join('')
  output.say(`${counted(aborted, 'upload')} aborted, ${freedBytes} bytes freed${rest}.`)
  output.say(
    remaining === null
      ? 'What remains could not be listed.'
      : `${counted(remaining.uploads, 'incomplete upload')} remain.`,
  )
}

/** Shows the rule, and writes it with `--yes` or when the person says so. */
async function lifecycle(
  context: CommandContext,
  { place: { bucket }, yes }: Wanted,
  days: number,
): Promise<LifecyclePlan & { readonly written: boolean; readonly confirmed: boolean | null }> {
  const { api, output, profileId } = context
  const plan = await ask(context, api.planLifecycle({ profileId, bucket, days: days === 0 ? null : days }))
  for (const rule of plan.abortRules)
    output.say(
      `Rule “${rule.id}” aborts incomplete uploads after ${counted(rule.days, 'day')}${rule.coversAll ? '' : ', but not all'}${rule.isOurs ? ' (Pail’s)' : ''}.`,
    )
  if (plan.abortRules.length === 0) output.say('No rule aborts incomplete uploads in this bucket.')
  if (plan.change === 'none') {
    output.say(days === 0 ? 'There is no rule of Pail’s to take away.' : 'The rule is there already.')
    return { ...plan, written: false, confirmed: null }
  }
  if (plan.ruleJson !== null) {
    output.say('The rule:')
    for (const line of plan.ruleJson.split('\n')) output.say(line)
  }
  const kept = `${counted(plan.otherRules, 'other rule')} ${plan.otherRules === 1 ? 'stays as it is' : 'stay as they are'}`
  const what = plan.change === 'remove' ? 'Takes Pail’s rule away' : 'Writes this rule'
  const answer = yes || (await context.confirm(`${what}; ${kept}. Type “yes” to go on: `, 'yes'))
  if (answer !== true) {
    output.say(`Nothing was changed. ${what} with --yes; ${kept}.`)
    return { ...plan, written: false, confirmed: null }
  }
  const { confirmed } = valueOf(await api.applyLifecycle({ planId: plan.planId }))
  output.say(
    `${plan.change === 'remove' ? 'The rule is gone.' : `The rule is written; pail sweep s3://${bucket} --lifecycle 0 takes it away again.`}${confirmed ? '' : ' The service does not show it yet.'}`,
  )
  return { ...plan, written: true, confirmed }
}

function ageWords(seconds: number | null): string {
  if (seconds === null) return '-'
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)}d`
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 60)}m`
}
