import type { UndoOutcome, UndoPlan, UndoRow } from '../../../src-preload/contract/undo.ts'
import { confirming, needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import { unrecordedUndo } from '../../../src-preload/contract/unrecorded-sync.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { parsePlaceUrl, type SyncPlaceUrl } from '../s3-url.ts'
import { changedHeaders } from '../sync-rows.ts'
import { tellOpens } from '../tell-opens.ts'
import {
  listenForVisibility,
  sumOfVisibility,
  tellContradictions,
  type ToldVisibility,
  type VisibilityListener,
} from '../told-visibility.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail undo`. */
export const undoOptions = {
  release: {
    type: 'string',
    value: 'ID',
    text: 'the sync to undo, as pail history names it (default: the last)',
  },
  'dry-run': { type: 'boolean', text: 'print what would be done and change nothing' },
  yes: { type: 'boolean', text: 'undo without asking' },
} as const

const reasonWords: Readonly<Record<UndoRow['reason'], string>> = {
  overwritten: 'as it was before',
  deleted: 'was removed',
  'headers-changed': 'as they were before',
  created: 'was not there before',
  'as-before': 'is as it was before',
  'may-be-needed': 'It stays, because something that refers to it may stay.',
  changed: 'The object was changed after the sync; it is left alone.',
  gone: 'The object was removed after the sync.',
  'created-again': 'There is a new object since; it is left alone.',
  'not-recorded': 'The sync was cut off, and whether it wrote this object is not known; it is left alone.',
  'not-kept': 'The version from before the sync was not kept.',
  'version-gone': 'The version from before the sync is not there any more.',
  'copy-gone': 'The copy from before the sync is not there any more.',
  'versions-not-readable': 'The key may not list the bucket’s versions.',
  'not-readable': 'The key may not look at the object.',
}

const actionWords: Partial<Record<UndoRow['action'], string>> = {
  restore: 'restore',
  'restore-headers': 'restore-headers',
  remove: 'remove',
}

/** Whether it does not become what it was before the sync, which a person has to hear of. */
function isLeft({ action, reason }: UndoRow): boolean {
  return action === 'impossible' || action === 'changed-since' || reason === 'may-be-needed'
}

interface Wanted {
  readonly place: SyncPlaceUrl
  readonly releaseId: string | null
  readonly dryRun: boolean
  readonly yes: boolean
}

/** Checks the arguments of `pail undo`. */
export function prepareUndo(given: Given): Run {
  const releaseId = given.text('release') ?? null
  if (releaseId !== null && !/^[A-Za-z0-9_-]{1,64}$/.test(releaseId))
    throw new UsageError(`“${releaseId}” is no sync’s id: pail history shows them.`)
  const wanted: Wanted = {
    place: parsePlaceUrl(given.positionals[0] ?? ''),
    releaseId,
    dryRun: given.flag('dry-run'),
    yes: given.flag('yes'),
  }
  return (context) => undo(context, wanted)
}

/** The newest sync that has not been undone. Throws `not-found` when there is none. */
async function lastRelease(context: CommandContext, place: SyncPlaceUrl): Promise<string> {
  const { api, profileId } = context
  const releases = await ask(context, api.listReleases({ profileId, ...place }))
  const last = releases.find(({ undone }) => undone !== 'whole')
  if (last) return last.id
  const where = `s3://${place.bucket}/${place.prefix}`
  throw failure(
    'not-found',
    releases.length === 0
      ? `This computer knows of no sync to ${where}.`
      : `Every sync to ${where} has been undone.`,
  )
}

async function allRows(context: CommandContext, plan: UndoPlan): Promise<UndoRow[]> {
  const rows = [...plan.rows]
  while (rows.length < plan.total) {
    const page = await ask(
      context,
      context.api.listUndoRows({ planId: plan.planId, offset: rows.length, limit: 1000 }),
    )
    if (page.rows.length === 0) break
    rows.push(...page.rows)
  }
  return rows
}

async function showPlan(context: CommandContext, plan: UndoPlan, rows: readonly UndoRow[]): Promise<void> {
  const { output } = context
  for (const { key, action, reason, headers, bytes } of rows) {
    const words = actionWords[action]
    if (words === undefined) continue
    const why =
      headers.length > 0
        ? headers.map(({ header, from, to }) => `${header}: ${from ?? 'none'} → ${to ?? 'none'}`).join('; ')
        : reasonWords[reason]
    await output.line(
      `${words.padEnd(15)}  ${String(bytes ?? '-').padStart(12)}  ${plainText(key)}  (${plainText(why)})`,
    )
  }
  for (const warning of plan.warnings) output.warn(warning)
  if (plan.opens.objects > 0) tellOpens(context, plan.bucket, plan.opens, 'public again')
}

async function undo(context: CommandContext, wanted: Wanted): Promise<ExitCode> {
  const { api, output, profileId } = context
  const { place } = wanted
  const releaseId = wanted.releaseId ?? (await lastRelease(context, place))
  const unsubscribe = api.onSyncProgress(({ state, filesDone, filesTotal }) => {
    if (state !== 'planning' && state !== 'running') return
    output.progress(
      `${state === 'planning' ? 'Looking at' : 'Undoing'} ${filesDone} of ${counted(filesTotal, 'object')}`,
    )
  })
  const listener = listenForVisibility(context)
  try {
    output.progress('Reading the history')
    const plan = await ask(context, api.planUndo({ profileId, ...place, releaseId }))
    const rows = await allRows(context, plan)
    await showPlan(context, plan, rows)
    const left = rows.filter(isLeft)
    for (const { key, reason } of left) output.warn(`pail: ${key}: ${reasonWords[reason]} (${reason})`)
    const document = (outcome: UndoOutcome | null, refused: string | null, visibility?: ToldVisibility) =>
      output.document({
        release: plan.releaseId,
        startedAt: plan.startedAt,
        restored: outcome?.restored ?? 0,
        headersRestored: outcome?.headersRestored ?? 0,
        removed: outcome?.removed ?? 0,
        undone: outcome?.undone ?? 'no',
        left: left.map(({ key, action, reason }) => ({ key, action, reason })),
        failed: outcome?.failed.map(({ key, code, message }) => ({ key: key ?? null, code, message })) ?? [],
        opens: plan.opens.objects,
        plan: rows.map(({ key, action, reason, bytes, headers }) => ({
          key,
          action,
          reason,
          bytes,
          ...changedHeaders(headers),
        })),
        ...(visibility === undefined ? {} : { visibility }),
        ...(refused === null ? {} : { refused }),
      })
    const { restore, restoreHeaders, remove } = plan.counts
    const changes = restore + restoreHeaders + remove
    if (wanted.dryRun || (changes === 0 && left.length > 0)) {
      await document(null, null)
      if (changes === 0 && left.length > 0) output.say(await nothingLeft(context, place, releaseId))
      else
        output.say(
          `Would bring back ${counted(restore, 'object')}, change back the headers of ${restoreHeaders}, and remove ${remove}.`,
        )
      return left.length ? exitCode.failed : exitCode.done
    }
    const objection = await objectionTo(context, wanted, plan)
    if (objection !== null) {
      output.warn(`pail: ${objection} (safety-refused)`)
      await document(null, objection)
      return exitCode.refused
    }
    const outcome = await apply(context, plan)
    for (const problem of outcome.failed) output.failed(problem)
    for (const words of [outcome.removalsWithheld, unrecordedUndo(outcome)])
      if (words !== null) output.warn(`pail: ${words}`)
    const visibility = await whatIsRead(listener, outcome)
    await document(outcome, outcome.removalsWithheld, visibility)
    const isAsPromised = !tellContradictions(context, visibility)
    const done = `${counted(outcome.restored, 'object')} brought back, the headers of ${outcome.headersRestored} changed back, ${outcome.removed} removed${outcome.failed.length ? `, ${outcome.failed.length} failed` : ''}.`
    output.say(outcome.cancelled ? `Until the undo was stopped: ${done}` : done)
    if (outcome.cancelled) throw interrupted()
    return outcome.failed.length + left.length > 0 || !isAsPromised ? exitCode.failed : exitCode.done
  } finally {
    unsubscribe()
    listener.stop()
    output.endProgress()
  }
}

/**
 * What is said of a sync of which nothing can be undone any more. The one before it is named and not taken instead: who
 * asks again after a failure means the same sync.
 */
async function nothingLeft(context: CommandContext, place: SyncPlaceUrl, releaseId: string): Promise<string> {
  const { api, profileId } = context
  const words = 'Nothing of this sync can be undone any more.'
  const releases = await ask(context, api.listReleases({ profileId, ...place }))
  const older = releases.slice(releases.findIndex(({ id }) => id === releaseId) + 1)
  const before = older.find(({ undone, state }) => undone !== 'whole' && state !== 'unreadable')
  return before === undefined ? words : `${words} The sync before it is undone with --release ${before.id}.`
}

/** Waits for what unsigned requests are answered for what was brought back or changed. */
async function whatIsRead(
  listener: VisibilityListener,
  { restored, headersRestored, visibilityReportId }: UndoOutcome,
): Promise<ToldVisibility> {
  const reports = await listener.ends(visibilityReportId === undefined ? [] : [visibilityReportId])
  return sumOfVisibility(reports, restored + headersRestored)
}

/** Why it may not be done; null when it may. */
async function objectionTo(context: CommandContext, wanted: Wanted, plan: UndoPlan): Promise<string | null> {
  const { restore, restoreHeaders, remove } = plan.counts
  if (wanted.yes || restore + restoreHeaders + remove === 0) return null
  const where = `s3://${plan.bucket}/${plan.prefix}`
  const opens = plan.opens.objects
  const opening =
    opens === 0 ? '' : `; ${counted(opens, 'object')} ${opens === 1 ? 'becomes' : 'become'} public again`
  const what = `This brings back ${counted(restore, 'object')}, changes the headers of ${restoreHeaders} and removes ${remove} in ${where}${opening}`
  // The whole bucket is at stake, or many objects become public: its name is asked for, not a habit (S44, S48).
  const expected = (plan.prefix === '' && remove > 0) || needsBucketName(plan.opens) ? plan.bucket : 'yes'
  const answer = await context.confirm(`${what}. Type “${expected}” to go on: `, expected)
  if (answer === true) return null
  return answer === null ? `${what}, and there is nobody to ask: add --yes.` : 'Nothing was changed.'
}

/** Applies the plan. Ctrl+C cancels it and waits until what was on its way has ended. */
async function apply(context: CommandContext, plan: UndoPlan): Promise<UndoOutcome> {
  const { api, signal } = context
  const { planId, counts, opens } = plan
  // That the cancellation fails is told by the outcome, which is then that of the whole undo.
  const cancel = () => void api.cancelSync({ planId }).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) throw interrupted()
    return valueOf(
      await api.applyUndo({
        planId,
        confirmedRemovals: counts.remove,
        ...confirming(opens),
      }),
    )
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
