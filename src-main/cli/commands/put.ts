import { resolve } from 'node:path'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { OnConflict } from '../../../src-preload/contract/destination.ts'
import { Failure } from '../../../src-preload/contract/failure.ts'
import type { HeaderRule } from '../../../src-preload/contract/header-rule.ts'
import { keyTemplateProblem } from '../../../src-preload/contract/key-template.ts'
import type { StripMetadata } from '../../../src-preload/contract/picture.ts'
import type { Naming, OverwriteGuard } from '../../../src-preload/contract/naming.ts'
import type { UploadOpening } from '../../../src-preload/contract/upload-plan.ts'
import type { Transfer, UploadReport } from '../../../src-preload/contract/transfer.ts'
import { exposingRefusal } from '../../backend/refuse-exposing.ts'
import { destinationOption, namingIn } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, formatBytes, plainText } from '../plain-text.ts'
import { formatS3Url, parseS3Url } from '../s3-url.ts'
import {
  listenForVisibility,
  sumOfVisibility,
  tellContradictions,
  toldAnswer,
  worstAnswer,
} from '../told-visibility.ts'
import { resumeHint, runBatch } from '../transfer-batch.ts'
import { collectReports } from '../upload-reports.ts'
import { UsageError } from '../usage-error.ts'
import { readVisibility, visibilityOptions } from './visibility-option.ts'

/** The options of `pail put`. */
export const putOptions = {
  ...destinationOption,
  ...visibilityOptions,
  'on-conflict': {
    type: 'string',
    value: 'keep-both|overwrite|skip|fail',
    text: 'what to do when the key exists (default: fail; the other files go on)',
  },
  'key-template': {
    type: 'string',
    value: 'TEMPLATE',
    text: 'how files get their keys, as {yyyy}/{mm}/{slug}.{ext}',
  },
  'clean-names': { type: 'boolean', text: 'clean names as Django does (get_valid_name)' },
  'strip-metadata': {
    type: 'boolean',
    text: 'remove location and other metadata from pictures before everybody can read them',
  },
  'send-unstripped': {
    type: 'boolean',
    text: 'send what --strip-metadata cannot remove them from (HEIC, video, …) as it is',
  },
  'reuse-identical': { type: 'boolean', text: 'send nothing when the same bytes are at the key already' },
} as const

const onConflicts: Readonly<Record<string, OnConflict>> = {
  'keep-both': 'keep-both',
  // What it was called at first.
  rename: 'keep-both',
  overwrite: 'overwrite',
  skip: 'skip',
  fail: 'fail',
}

/** So many arguments are handed over at once: few enough that the end of each file is in a snapshot. */
const filesPerBatch = 500

/** So many are looked at together before the first is sent. */
const filesLookedAtAtOnce = 10_000

interface Failed {
  readonly key: string
  readonly code: AppError['code']
  readonly message: string
  readonly s3Code?: string
}

/** Checks the arguments of `pail put`. */
export function preparePut(given: Given): Run {
  const isNamed = given.text('to') !== undefined
  const files = isNamed ? given.positionals : given.positionals.slice(0, -1)
  if (isNamed && files.some((file) => file.startsWith('s3://')))
    throw new UsageError('--to says where: leave the address out.')
  const { bucket, key: prefix } = isNamed
    ? { bucket: '', key: '' }
    : parseS3Url(given.positionals.at(-1) ?? '')
  if (prefix !== '' && !prefix.endsWith('/'))
    throw new UsageError(
      `Files keep their names: end the destination with a slash, as in s3://${bucket}/${prefix}/`,
    )
  const chosen = given.text('on-conflict')
  const onConflict = chosen === undefined ? 'fail' : Object.hasOwn(onConflicts, chosen) && onConflicts[chosen]
  if (!onConflict) throw new UsageError('--on-conflict takes keep-both, overwrite, skip or fail.')
  const template = given.text('key-template') ?? null
  const problem = template === null ? null : keyTemplateProblem(template)
  if (problem !== null) throw new UsageError(`--key-template: ${problem}`)
  const naming: Naming = { template, clean: given.flag('clean-names') ? 'django' : 'as-is' }
  const reuseIdentical = given.flag('reuse-identical')
  const visibility = readVisibility(given)
  const strips = given.flag('strip-metadata')
  if (strips && (given.flag('private') || (!isNamed && visibility === 'private')))
    throw new UsageError('--strip-metadata goes with --public: private uploads stay as they are.')
  if (given.flag('send-unstripped') && !strips && !isNamed)
    throw new UsageError('--send-unstripped goes with --strip-metadata.')
  const how: StripMetadata = given.flag('send-unstripped') ? 'where-possible' : 'always'
  return (context) => {
    const { destination } = context
    if (destination === null)
      return put(context, {
        files,
        bucket,
        prefix,
        onConflict,
        visibility,
        isExplicit: given.flag('private') || given.flag('public'),
        naming,
        reuseIdentical,
        stripMetadata: strips ? how : null,
        cacheControl: null,
        rules: [],
      })
    // What the command line says goes before what the destination says. There is nobody to ask. What is sent to a place
    // that syncs fill replaces what is there, as a sync does.
    const media = destination.kind === 'media' ? destination : null
    const own = namingIn(destination)
    const rule = media === null ? 'overwrite' : media.onConflict === 'ask' ? 'fail' : media.onConflict
    return put(context, {
      files,
      bucket: destination.bucket,
      prefix: destination.prefix,
      onConflict: chosen === undefined ? rule : onConflict,
      visibility: given.flag('public') || given.flag('private') ? visibility : destination.visibility,
      isExplicit: true,
      naming: {
        template: template ?? own.template,
        clean: given.flag('clean-names') ? 'django' : own.clean,
      },
      reuseIdentical: reuseIdentical || media?.reuseIdentical === true,
      stripMetadata: strips || media?.stripMetadata === true ? how : null,
      cacheControl: destination.cacheControl,
      rules: destination.rules ?? [],
    })
  }
}

async function put(
  context: CommandContext,
  wanted: {
    files: readonly string[]
    bucket: string
    prefix: string
    onConflict: OnConflict
    visibility: 'public' | 'private'
    /** Whether it was asked for in so many words, and not only left at the default. */
    isExplicit: boolean
    naming: Naming
    reuseIdentical: boolean
    stripMetadata: StripMetadata | null
    cacheControl: string | null
    rules: HeaderRule[]
  },
): Promise<ExitCode> {
  const { api, output, profileId, signal, workingDirectory } = context
  const failed: Failed[] = []
  const done: Transfer[] = []
  const all: Transfer[] = []
  const total = { done: 0, failed: 0, skipped: 0, bytes: 0, stripped: 0, reused: 0 }
  let guard: OverwriteGuard | null = null
  const listener = listenForVisibility(context)
  const asked: string[] = []
  let publicCanRead: UploadReport['publicCanRead'] | null = null
  if (wanted.isExplicit && wanted.visibility === 'private' && wanted.files.length > filesPerBatch)
    await refuseExposingAny(context, wanted)
  const isWrong = () => publicCanRead === (wanted.visibility === 'public' ? 'no' : 'yes')
  for (let from = 0; from < wanted.files.length && !signal.aborted; from += filesPerBatch) {
    const sources = wanted.files
      .slice(from, from + filesPerBatch)
      .map((file) => ({ path: resolve(workingDirectory, file) }))
    const selection = await ask(context, api.registerDrop({ sources }))
    for (const { name, reason } of selection.problems)
      failed.push({ key: `${wanted.prefix}${name}`, code: 'local-file', message: reason })
    total.failed += selection.problems.length
    if (selection.files === 0) continue
    const reports = collectReports(context)
    const { batchId, ended, counts, bytes } = await runBatch(context, 'Uploading', () =>
      api.startUpload({
        profileId,
        bucket: wanted.bucket,
        prefix: wanted.prefix,
        selectionId: selection.selectionId,
        visibility: wanted.visibility,
        onConflict: wanted.onConflict,
        cacheControl: wanted.cacheControl,
        ...(wanted.rules.length > 0 ? { rules: wanted.rules } : {}),
        baseUrl: null,
        linkExpirySeconds: 3600,
        naming: wanted.naming,
        reuseIdentical: wanted.reuseIdentical,
        // Nobody has said who is to read it: it is told who can.
        ...(wanted.isExplicit ? {} : { sendIfOpen: true }),
        ...(wanted.stripMetadata === null ? {} : { stripMetadata: wanted.stripMetadata }),
      }),
    ).catch((error: unknown) => {
      reports.stop()
      throw error
    })
    const report = await reports.of(batchId)
    reports.stop()
    guard = weaker(guard, report?.overwriteGuard ?? null)
    if (!isWrong()) publicCanRead = report?.publicCanRead ?? publicCanRead
    if (report?.visibilityReportId !== undefined) asked.push(report.visibilityReportId)
    total.stripped += report?.stripped ?? 0
    const { reused = 0, reusedBytes = 0 } = report ?? {}
    total.reused += reused
    total.done += counts.done
    total.failed += counts.failed
    total.skipped += counts.skipped
    total.bytes += Math.max(0, bytes - reusedBytes)
    all.push(...ended)
    for (const transfer of ended) {
      if (transfer.state === 'done') done.push(transfer)
      if (transfer.state === 'failed' && transfer.error)
        failed.push({
          key: transfer.key,
          code: transfer.error.code,
          message: transfer.error.message,
          ...(transfer.error.s3Code === undefined ? {} : { s3Code: transfer.error.s3Code }),
        })
    }
  }
  // They are asked for while the next ones are sent.
  const visibility = sumOfVisibility(await listener.ends(asked), total.done)
  listener.stop()
  publicCanRead = worstAnswer(publicCanRead, wanted.visibility, visibility)
  for (const { key, note } of done) {
    await output.line(plainText(formatS3Url({ bucket: wanted.bucket, key })))
    if (note !== null) output.say(`${key}: ${note}`)
  }
  for (const problem of failed) output.failed(problem)
  // A folder may hold more files than a snapshot has room for: they are counted all the same.
  if (total.done > done.length)
    output.say(`${total.done - done.length} more were uploaded and are not listed.`)
  if (total.failed > failed.length) output.warn(`pail: ${total.failed - failed.length} more failed.`)
  await output.document({
    uploaded: total.done - total.reused,
    ...(wanted.reuseIdentical ? { reused: total.reused } : {}),
    skipped: total.skipped,
    bytes: total.bytes,
    failed: failed.map(({ key, code, message }) => ({ key, code, message })),
    // What a database stores is relative to the location, as a FileField of Django has it.
    objects: done.map(({ key, sizeBytes, note }) => ({
      key,
      value: key.slice(wanted.prefix.length),
      bytes: sizeBytes,
      note,
      visibility: toldAnswer(listener.answerOf(wanted.bucket, key)),
    })),
    overwriteGuard: guard,
    publicCanRead,
    visibility,
    ...(wanted.stripMetadata === null ? {} : { metadataRemoved: total.stripped }),
  })
  if (!tellContradictions(context, visibility) && isWrong())
    output.warn(
      wanted.visibility === 'public'
        ? 'What was uploaded as public cannot be read without signing: the bucket does not let the public in.'
        : `Everybody can read what is uploaded there: the bucket lets them, as an unsigned request shows.`,
    )
  if (signal.aborted) throw interrupted()
  const parts = [`${counted(total.done - total.reused, 'file')} uploaded (${formatBytes(total.bytes)})`]
  if (total.stripped > 0)
    parts.push(`location and other metadata removed from ${counted(total.stripped, 'picture')}`)
  if (total.reused) parts.push(`${total.reused} not sent because the very same bytes are there`)
  if (total.skipped) parts.push(`${total.skipped} skipped because they are there already`)
  if (total.failed) parts.push(`${total.failed} failed`)
  output.say(`${parts.join(', ')}.`)
  const hint = resumeHint(all)
  if (hint !== null) output.say(hint)
  return total.failed || (isWrong() && wanted.isExplicit) ? exitCode.failed : exitCode.done
}

/**
 * Throws `safety-refused` when everybody could read any of the files: what is sent in several batches is refused before the
 * first of them, and not with a later one. No more are looked at together than a selection may have.
 */
async function refuseExposingAny(
  context: CommandContext,
  wanted: Pick<Parameters<typeof put>[1], 'files' | 'bucket' | 'prefix' | 'naming' | 'onConflict'>,
): Promise<void> {
  const { api, profileId, workingDirectory, output } = context
  const { files, bucket, prefix, naming, onConflict } = wanted
  let found: Omit<UploadOpening, 'files'> | null = null
  let keys = 0
  let atOnce = filesLookedAtAtOnce
  output.progress(`Looking whether ${counted(files.length, 'file')} would be private`)
  for (let from = 0; from < files.length;) {
    const sources = files
      .slice(from, from + atOnce)
      .map((file) => ({ path: resolve(workingDirectory, file) }))
    const selection = await ask(context, api.registerDrop({ sources })).catch((error: unknown) => {
      // Folders among them hold more than that together; a batch of its own has to be small enough all the same.
      const isTooMany = error instanceof Failure && error.error.code === 'too-many'
      if (!isTooMany || atOnce === filesPerBatch) throw error
      return null
    })
    if (selection === null) {
      atOnce = filesPerBatch
      continue
    }
    from += sources.length
    if (selection.files === 0) continue
    const how = { naming, onConflict, leaveOutEmpty: false, lookForExisting: false } as const
    const { selectionId } = selection
    const plan = await ask(
      context,
      api.planUpload({ profileId, bucket, prefix, selectionId, visibility: 'private', ...how }),
    )
    found ??= plan.opened ?? null
    keys += plan.opened?.files ?? 0
  }
  output.endProgress()
  if (found !== null) throw exposingRefusal({ ...found, keys })
}

/** What can be said of two batches together. */
function weaker(a: OverwriteGuard | null, b: OverwriteGuard | null): OverwriteGuard | null {
  const order = ['checked-first', 'not-known', 'by-service'] as const
  return order.find((guard) => guard === a || guard === b) ?? null
}
