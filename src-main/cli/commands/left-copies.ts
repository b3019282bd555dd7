import { failure } from '../../../src-preload/contract/failure.ts'
import type { LeftCopy } from '../../../src-preload/contract/revocation.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { formatS3Url, parseObjectUrl, type S3Url } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'

/** Checks the arguments of `pail links remove-copy`. */
export function prepareRemoveCopy(given: Given): Run {
  const [, address] = given.positionals
  if (address === undefined)
    throw new UsageError('Say which copy: pail links remove-copy s3://bucket/key, as pail links names it.')
  if (['all', 'yes', 'dry-run'].some((name) => given.flag(name)) || given.text('search') !== undefined)
    throw new UsageError('pail links remove-copy takes the address of the copy and nothing else.')
  if (given.text('new-key') !== undefined) throw new UsageError('--new-key is for pail links revoke.')
  const copy = parseObjectUrl(address)
  return (context) => removeCopy(context, copy)
}

/** Says that a move may have left a copy, and how to be rid of it. */
export function sayLeftCopy({ output }: CommandContext, { bucket, key, newKey, at }: LeftCopy): void {
  const copy = plainText(formatS3Url({ bucket, key: newKey }))
  output.warn(
    `A move of ${plainText(formatS3Url({ bucket, key }))} at ${at} may have left a copy: pail links remove-copy ${copy}`,
  )
}

async function removeCopy(context: CommandContext, { bucket, key }: S3Url): Promise<ExitCode> {
  const { api, output, profileId } = context
  const left = (await ask(context, api.listLeftCopies({}))).find(
    (each) => each.bucket === bucket && each.newKey === key,
  )
  if (left === undefined)
    throw failure('not-found', 'No move of this computer is known to have left a copy there.', { key })
  const { outcome } = await ask(context, api.removeLeftCopy({ id: left.id, profileId }))
  await output.document({ copy: left, outcome })
  const old = plainText(formatS3Url({ bucket, key: left.key }))
  switch (outcome) {
    case 'removed':
      output.say(`The copy is removed. The object is at ${old}, and links to it go on working.`)
      break
    case 'gone':
      output.say('There is no copy.')
      break
    case 'moved':
      output.say(`It is no copy: nothing is at ${old} any more, so the object was moved, and it stays.`)
  }
  return exitCode.done
}
