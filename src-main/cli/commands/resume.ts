import type { CommandContext, Run } from '../command.ts'
import { interrupted, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, formatBytes, plainText } from '../plain-text.ts'
import { formatS3Url } from '../s3-url.ts'
import { listenForVisibility, sumOfVisibility, tellContradictions, toldAnswer } from '../told-visibility.ts'
import { resumeHint, runBatch } from '../transfer-batch.ts'
import { collectReports } from '../upload-reports.ts'

/** Checks the arguments of `pail resume`: there are none. */
export function prepareResume(): Run {
  return resume
}

async function resume(context: CommandContext): Promise<ExitCode> {
  const { api, output, profileId, signal } = context
  let inUse = 0
  const listener = listenForVisibility(context)
  const reports = collectReports(context)
  const { ended, counts, bytes } = await runBatch(context, 'Resuming', async () => {
    const taken = await api.resumeUnfinishedTransfers({ profileId })
    if (!taken.ok) return taken
    inUse = taken.value.inUse
    for (const notice of taken.value.notices) output.warn(`pail: ${plainText(notice)}`)
    // Also what was given up or paused before: it is asked for now.
    valueOf(await api.retryTransfers({ ids: 'failed' }))
    valueOf(await api.resumeTransfers({ ids: 'all' }))
    return { ok: true, value: { transfers: taken.value.transfers } }
  })
  const done = ended.filter(({ state }) => state === 'done')
  const uploads = done.filter(({ direction }) => direction === 'upload')
  const asked: string[] = []
  for (const batchId of new Set(uploads.map((each) => each.batchId))) {
    const report = await reports.of(batchId)
    if (report?.visibilityReportId !== undefined) asked.push(report.visibilityReportId)
  }
  const told = await listener.ends(asked)
  const visibility = sumOfVisibility(
    told,
    told.reduce((sum, { objects }) => sum + objects, 0),
  )
  reports.stop()
  listener.stop()
  const failed = ended.flatMap(({ key, error, state }) =>
    state === 'failed' && error !== null ? [{ key, code: error.code, message: error.message }] : [],
  )
  for (const { bucket, key } of done) await output.line(plainText(formatS3Url({ bucket, key })))
  for (const problem of failed) output.failed(problem)
  await output.document({
    done: counts.done,
    failed,
    skipped: counts.skipped,
    bytes,
    inUse,
    objects: done.map(({ bucket, key, sizeBytes, direction }) => ({
      bucket,
      key,
      bytes: sizeBytes,
      ...(direction === 'upload' ? { visibility: toldAnswer(listener.answerOf(bucket, key)) } : {}),
    })),
    ...(uploads.length === 0 ? {} : { visibility }),
  })
  const isContradicted = tellContradictions(context, visibility)
  if (signal.aborted) throw interrupted()
  if (inUse > 0) output.say(`${counted(inUse, 'transfer')} of a running Pail left to it.`)
  output.say(
    counts.done + counts.failed + counts.skipped === 0
      ? 'There was nothing to go on with.'
      : `${counted(counts.done, 'transfer')} finished (${formatBytes(bytes)}), ${counts.failed} failed.`,
  )
  const hint = resumeHint(ended)
  if (hint !== null) output.say(hint)
  return counts.failed > 0 || isContradicted ? exitCode.failed : exitCode.done
}
