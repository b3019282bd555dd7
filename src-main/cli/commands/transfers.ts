import type { UnfinishedTransfer } from '../../../src-preload/contract/transfer.ts'
import type { CommandContext, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { formatBytes, plainText } from '../plain-text.ts'
import { formatS3Url } from '../s3-url.ts'

/** Checks the arguments of `pail transfers`: there are none. */
export function prepareTransfers(): Run {
  return listTransfers
}

async function listTransfers(context: CommandContext): Promise<ExitCode> {
  const { api, output } = context
  const { transfers, total, notices } = await ask(context, api.listUnfinishedTransfers({}))
  for (const transfer of transfers) await output.line(lineOf(transfer))
  for (const notice of notices) output.warn(`pail: ${plainText(notice)}`)
  await output.document({ transfers, total, notices })
  if (total === 0) output.say('Nothing is unfinished on this computer.')
  else if (total > transfers.length) output.say(`${total - transfers.length} more are not listed.`)
  return exitCode.done
}

function lineOf(transfer: UnfinishedTransfer): string {
  const { state, direction, movedBytes, sizeBytes, bucket, key, error } = transfer
  const size = `${formatBytes(movedBytes)} of ${formatBytes(sizeBytes)}`
  const why = error === null ? '' : `  ${plainText(error.message)}`
  const where = plainText(formatS3Url({ bucket, key }))
  return `${state.padEnd(11)}  ${direction.padEnd(8)}  ${size.padEnd(20)}  ${where}${why}`
}
