import { destinationOption, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import type { S3Url } from '../s3-url.ts'

/** The options of `pail check`. */
export const checkOptions = destinationOption

/** Checks the arguments of `pail check`. */
export function prepareCheck(given: Given): Run {
  const object = readObject(given, given.positionals[0] ?? '')
  return (context) => check(context, object(context))
}

/** Says what an unsigned request is answered. An answer of neither kind is told as `unknown`, and fails. */
async function check(context: CommandContext, object: S3Url): Promise<ExitCode> {
  const { api, output, profileId } = context
  const { visibility, status, url, checkedAt, reason } = await ask(
    context,
    api.checkVisibility({ profileId, bucket: object.bucket, key: object.key }),
  )
  await output.line(visibility)
  await output.document({ visibility, status, url, checkedAt, ...(reason === undefined ? {} : { reason }) })
  const answer = status === null ? 'nothing was answered' : `the answer was ${status}`
  output.say(`Asked ${url} without signing at ${checkedAt}: ${answer}.`)
  if (reason !== undefined) output.say(reason)
  return visibility === 'unknown' ? exitCode.failed : exitCode.done
}
