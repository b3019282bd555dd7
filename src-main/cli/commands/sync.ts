import { resolve } from 'node:path'
import { mostRules } from '../../../src-preload/contract/rule-limits.ts'
import type { SyncOutcome, SyncPlan } from '../../../src-preload/contract/sync-plan.ts'
import { confirming } from '../../../src-preload/contract/told-opens.ts'
import { unownedSync, unrecordedSync } from '../../../src-preload/contract/unrecorded-sync.ts'
import type { HeaderRule } from '../../../src-preload/contract/header-rule.ts'
import { recommendedRules } from '../../../src-preload/contract/recommended-rules.ts'
import { destinationOption } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, formatBytes } from '../plain-text.ts'
import { readRules } from '../read-rules.ts'
import { parsePlaceUrl } from '../s3-url.ts'
import { listenForVisibility, type ToldVisibility } from '../told-visibility.ts'
import { progressLine } from '../transfer-batch.ts'
import { runBefore } from '../run-before.ts'
import { type AfterDone, afterOptions, afterSync, readAfterWish } from '../sync-after.ts'
import { showInvalidation } from '../sync-invalidation.ts'
import { objectionTo } from '../sync-objection.ts'
import { toDestination, type WantedSync } from '../sync-wanted.ts'
import { checkOptions, readCheckScope, tellSyncVisibility } from '../sync-visibility.ts'
import { failingReasons, planRows, reasonWords, showPlan, tellingReasons, toldRows } from '../sync-rows.ts'
import { readWatchWish, watchFolder, watchOptions } from '../sync-watch.ts'
import { UsageError } from '../usage-error.ts'
import { readVisibility, visibilityOptions } from './visibility-option.ts'

/** The options of `pail sync`. */
export const syncOptions = {
  ...destinationOption,
  delete: { type: 'boolean', text: 'also remove what earlier syncs put there and the folder has no more' },
  'delete-foreign': {
    type: 'boolean',
    text: 'with --delete: also remove objects that no sync of Pail put there',
  },
  'max-delete': {
    type: 'string',
    value: 'N',
    text: 'refuse to remove more than this (default: 50, or 10 % of the objects)',
  },
  manifest: {
    type: 'boolean',
    text: 'keep the list of what syncs put there in the bucket, too, for other computers and CI',
  },
  'dry-run': { type: 'boolean', text: 'print the plan and change nothing' },
  'cache-control': { type: 'string', value: 'V', text: 'the Cache-Control header (default: max-age=86400)' },
  'long-cache': {
    type: 'boolean',
    text: 'cache fingerprinted files for a year, and pages not at all',
  },
  rules: { type: 'string', value: 'FILE', text: 'headers by path: a JSON file of rules' },
  precompress: {
    type: 'string',
    value: 'HOW',
    text: 'siblings: .gz and .br copies of all that gets smaller; gzip or br: stored so, for browsers only',
  },
  exclude: { type: 'string', multiple: true, value: 'GLOB', text: 'leave these files out; may be repeated' },
  'run-before': {
    type: 'string',
    value: 'CMD',
    text: 'run this command first, here; nothing is synced unless it ends with 0',
  },
  'keep-previous': {
    type: 'boolean',
    text: 'copy aside what is overwritten or removed, where the bucket keeps no versions',
  },
  yes: { type: 'boolean', text: 'remove, and make public what is there, without asking' },
  ...watchOptions,
  ...afterOptions,
  ...visibilityOptions,
  ...checkOptions,
} as const

interface Failed {
  readonly key: string | null
  readonly code: string
  readonly message: string
}

/** Checks the arguments of `pail sync`. */
export function prepareSync(given: Given): Run {
  const [folder = '', destination = ''] = given.positionals
  const isNamed = given.text('to') !== undefined
  const { bucket, prefix } = isNamed ? { bucket: '', prefix: '' } : parsePlaceUrl(destination)
  const maxDelete = given.text('max-delete')
  if (maxDelete !== undefined && !(/^\d{1,7}$/.test(maxDelete) && Number(maxDelete) <= 1_000_000))
    throw new UsageError(`--max-delete takes a number from 0 to 1000000, not “${maxDelete}”.`)
  const cacheControl = given.text('cache-control') ?? 'max-age=86400'
  if (!/^[\t\u0020-\u007e]{1,512}$/.test(cacheControl))
    throw new UsageError('--cache-control takes one line of plain text.')
  const exclude = [...given.list('exclude')]
  if (exclude.length > 100 || exclude.some((glob) => glob.length > 512))
    throw new UsageError('--exclude takes at most 100 patterns of at most 512 characters.')
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(folder))
    throw new UsageError(`The first argument is a folder on this computer, not “${folder}”.`)
  if (given.flag('delete-foreign') && !given.flag('delete'))
    throw new UsageError('--delete-foreign goes with --delete.')
  if (given.flag('delete-foreign') && given.flag('watch'))
    throw new UsageError(
      '--watch removes only what syncs have put there: --delete-foreign does not go with it.',
    )
  const wanted: WantedSync = {
    folder,
    folderId: null,
    destinationId: null,
    unrun: null,
    bucket,
    prefix,
    options: {
      cacheControl,
      rules: [
        ...precompressRule(given.text('precompress')),
        ...(given.flag('long-cache') ? recommendedRules : []),
      ],
      exclude,
      removeRemoteOnly: given.flag('delete'),
      removeForeign: given.flag('delete-foreign'),
      manifestInBucket: given.flag('manifest'),
      maxDelete: maxDelete === undefined ? null : Number(maxDelete),
      visibility: readVisibility(given),
      keepPrevious: given.flag('keep-previous'),
    },
    ownRules: 0,
    rulesFile: given.text('rules') ?? null,
    runBefore: readCommand(given.text('run-before')),
    watch: readWatchWish(given),
    after: readAfterWish(given),
    checks: readCheckScope(given),
    expected: given.flag('public') || given.flag('private') ? readVisibility(given) : null,
    dryRun: given.flag('dry-run'),
    yes: given.flag('yes'),
  }
  return (context) =>
    sync(context, context.destination === null ? wanted : toDestination(wanted, given, context.destination))
}

function precompressRule(how: string | undefined): HeaderRule[] {
  if (how === undefined) return []
  if (how !== 'siblings' && how !== 'gzip' && how !== 'br')
    throw new UsageError(`--precompress takes siblings, gzip or br, not “${how}”.`)
  return [{ glob: '*', precompress: how }]
}

function readCommand(command: string | undefined): string | null {
  if (command?.trim() === '') throw new UsageError('--run-before takes a command.')
  return command ?? null
}

async function sync(context: CommandContext, wanted: WantedSync): Promise<ExitCode> {
  const { api, output, profileId, workingDirectory } = context
  // Before anything is asked of the bucket; the file's rules go before those of the options.
  const fileRules =
    wanted.rulesFile === null
      ? []
      : await readRules(resolve(workingDirectory, wanted.rulesFile), wanted.rulesFile, context.signal)
  const rules = [...fileRules, ...wanted.options.rules]
  if (fileRules.length + wanted.ownRules > mostRules)
    throw new UsageError(
      `--rules has ${fileRules.length} rules; with the ${wanted.ownRules} of the destination a sync takes at most ${mostRules}.`,
    )
  // A dry run changes nothing, and who knows what the command would.
  if (wanted.runBefore !== null && wanted.dryRun) output.say(`Not run (--dry-run): ${wanted.runBefore}`)
  else if (wanted.runBefore !== null) await runBefore(context, wanted.runBefore)
  if (wanted.unrun !== null)
    output.say(`Not run: ${wanted.unrun} (the destination’s own; --run-before runs a command here).`)
  const chosen =
    wanted.folder === '' && wanted.folderId !== null
      ? { folderId: wanted.folderId }
      : await ask(
          context,
          api.chooseFolder({ purpose: 'sync', typedPath: resolve(workingDirectory, wanted.folder) }),
        )
  if (!chosen) throw interrupted()
  if (wanted.watch)
    return watchFolder(context, {
      profileId,
      bucket: wanted.bucket,
      prefix: wanted.prefix,
      folderId: chosen.folderId,
      options: { ...wanted.options, rules },
      confirmDeletes: wanted.options.removeRemoteOnly && wanted.yes,
      ...(wanted.destinationId === null ? {} : { destinationId: wanted.destinationId }),
      expected: wanted.expected,
    })
  let plan: SyncPlan
  const listener = listenForVisibility(context)
  const unsubscribe = api.onSyncProgress((progress) => {
    const done = progress.filesDone
    if (progress.state === 'planning')
      output.progress(`Comparing ${done} of ${counted(progress.filesTotal, 'file')}`)
    else if (progress.state === 'running')
      output.progress(progressLine('Syncing', done, progress.filesTotal, progress))
  })
  try {
    output.progress('Comparing')
    plan = await ask(
      context,
      api.planSync({
        profileId,
        bucket: wanted.bucket,
        prefix: wanted.prefix,
        folderId: chosen.folderId,
        options: { ...wanted.options, rules },
        expected: wanted.expected,
      }),
    )
    await showPlan(context, plan)
    const blocked: Failed[] = []
    if (plan.counts.blocked > 0)
      for await (const { key, reason } of planRows(context, plan.planId, 'blocked')) {
        if (failingReasons.has(reason))
          blocked.push({ key, code: 'local-file', message: reasonWords[reason] })
        if (tellingReasons.has(reason)) output.say(`${key}: ${reasonWords[reason]}`)
      }
    const told = output.json ? await toldRows(context, plan.planId) : []
    const document = (
      outcome: SyncOutcome | null,
      failed: readonly Failed[],
      refused: string | null,
      after: AfterDone & { visibility?: ToldVisibility } = {},
    ) =>
      output.document({
        uploaded: outcome?.uploaded ?? 0,
        updatedHeaders: outcome?.updatedHeaders ?? 0,
        deleted: outcome?.deleted ?? 0,
        skipped: outcome?.skipped ?? plan.counts.skip,
        bytes: outcome?.bytes ?? 0,
        release: outcome?.releaseId ?? null,
        failed,
        failedTotal: blocked.length + (outcome?.failedTotal ?? 0),
        untried: outcome?.untried ?? 0,
        opens: plan.opens.objects,
        plan: told,
        ...(refused === null ? {} : { refused }),
        ...after,
      })

    // Before anything is done: what it would cost, and whether it can be done at all.
    const invalidation =
      wanted.after.invalidation === null
        ? {}
        : { invalidation: await showInvalidation(context, plan.planId, wanted.after.invalidation) }
    const objection = await objectionTo(context, wanted, plan)
    if (objection) {
      for (const problem of blocked) output.failed({ ...problem, code: 'local-file' })
      output.warn(`pail: ${objection.why} (safety-refused)`)
      await document(null, blocked, objection.why)
      return objection.exit
    }
    const { counts } = plan
    if (wanted.dryRun) {
      for (const problem of blocked) output.failed({ ...problem, code: 'local-file' })
      await document(null, blocked, null, invalidation)
      output.say(
        `Would upload ${counted(counts.upload, 'file')} (${formatBytes(counts.bytes)}), change the headers of ${counts.updateHeaders}, remove ${counts.delete}, and leave ${counts.skip} as they are.`,
      )
      return blocked.length ? exitCode.failed : exitCode.done
    }
    const outcome = await apply(context, plan, wanted)
    const failed: Failed[] = [
      ...blocked,
      ...outcome.failed.map(({ key, code, message }) => ({ key: key ?? null, code, message })),
    ]
    const failedTotal = blocked.length + outcome.failedTotal
    for (const problem of blocked) output.failed({ ...problem, code: 'local-file' })
    for (const problem of outcome.failed) output.failed(problem)
    for (const words of [outcome.deletesWithheld, unrecordedSync(outcome), unownedSync(outcome)])
      if (words !== null) output.warn(`pail: ${words}`)
    const after: AfterDone & { visibility?: ToldVisibility } = {}
    let isWell = false
    try {
      output.say(
        `${counted(outcome.uploaded, 'file')} uploaded (${formatBytes(outcome.bytes)}), ${counted(outcome.updatedHeaders, 'header')} changed, ${outcome.deleted} removed, ${outcome.skipped} left as they were${failedTotal ? `, ${failedTotal} failed` : ''}${outcome.untried ? `, ${outcome.untried} not tried` : ''}.`,
      )
      if (outcome.cancelled) throw interrupted()
      const { told, isWell: isAsAsked } = await tellSyncVisibility(context, listener, wanted.checks, outcome)
      after.visibility = told
      isWell = (await afterSync(context, plan.planId, wanted.after, after)) && isAsAsked
    } finally {
      // What was done is told also when nobody waits for the rest any more.
      await document(outcome, failed, outcome.deletesWithheld, after)
    }
    if (failedTotal > 0 || outcome.untried > 0 || !isWell) return exitCode.failed
    return outcome.deletesWithheld === null ? exitCode.done : exitCode.refused
  } finally {
    unsubscribe()
    listener.stop()
    output.endProgress()
  }
}

/** Applies the plan. Ctrl+C cancels it and waits until what was on its way has ended. */
async function apply(
  context: CommandContext,
  plan: SyncPlan,
  { checks, expected }: Pick<WantedSync, 'checks' | 'expected'>,
): Promise<SyncOutcome> {
  const { api, signal } = context
  // That the cancellation fails is told by the outcome, which is then that of the whole run.
  const cancel = () => void api.cancelSync({ planId: plan.planId }).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) throw interrupted()
    return valueOf(
      await api.applySync({
        planId: plan.planId,
        confirmedDeletes: plan.counts.delete,
        confirmedForeign: plan.foreignDeletes,
        ...confirming(plan.opens),
        checks,
        expected,
      }),
    )
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
