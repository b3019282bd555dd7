import { bucketNameProblem, bucketNameWarning } from '../../../src-preload/contract/bucket-name.ts'
import type { BucketAccessChoice } from '../../../src-preload/contract/bucket.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { plainText } from '../plain-text.ts'
import { parseBucketUrl } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail mb`. */
export const mbOptions = {
  access: {
    type: 'string',
    value: 'private|per-object',
    text: 'private: the public is blocked; per-object: each upload may be public (default: private)',
  },
} as const

/** `pail buckets` takes nothing to check. */
export function prepareBuckets(): Run {
  return buckets
}

async function buckets(context: CommandContext): Promise<ExitCode> {
  const { api, output, profileId } = context
  const list = await ask(context, api.listBuckets({ profileId }))
  for (const { name, createdAt } of list.buckets)
    await output.line(`${(createdAt ?? '-').replace(/\.\d+Z$/, 'Z').padEnd(20)}  ${plainText(name)}`)
  await output.document({
    listed: list.listed,
    buckets: list.buckets.map(({ name, createdAt, region }) => ({ name, createdAt, region })),
  })
  if (!list.listed) output.warn('These keys may not list buckets: only names that were typed in are shown.')
  return exitCode.done
}

/** Checks the arguments of `pail mb`. */
export function prepareMb(given: Given): Run {
  const bucket = parseBucketUrl(given.positionals[0] ?? '')
  const problem = bucketNameProblem(bucket)
  if (problem) throw new UsageError(problem)
  const access = given.text('access') ?? 'private'
  if (access !== 'private' && access !== 'per-object')
    throw new UsageError('--access takes private or per-object.')
  const region = given.text('region')
  return (context) => mb(context, bucket, access, region ?? context.region)
}

async function mb(
  context: CommandContext,
  bucket: string,
  access: BucketAccessChoice,
  region: string,
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const warning = bucketNameWarning(bucket)
  if (warning) output.warn(warning)
  const made = await ask(context, api.createBucket({ profileId, bucket, region, access }))
  await output.document({ name: made.name, region: made.region })
  output.say(`s3://${bucket} created${made.region ? ` in ${made.region}` : ''}.`)
  return exitCode.done
}

/** Checks the arguments of `pail rb`. */
export function prepareRb(given: Given): Run {
  const bucket = parseBucketUrl(given.positionals[0] ?? '')
  return (context) => rb(context, bucket)
}

async function rb(context: CommandContext, bucket: string): Promise<ExitCode> {
  const { api, output, profileId } = context
  await ask(context, api.deleteBucket({ profileId, bucket }))
  await output.document({ deleted: bucket })
  output.say(`s3://${bucket} removed.`)
  return exitCode.done
}
