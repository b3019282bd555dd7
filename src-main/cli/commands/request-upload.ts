import { fileEndingPattern, mediaTypePattern } from '../../../src-preload/contract/media-type.ts'
import { uploadCommand } from '../../../src-preload/contract/upload-command.ts'
import type { UploadRequest } from '../../../src-preload/contract/upload-request.ts'
import { bytesOf, wantedSizeWords, type WantedSize } from '../../../src-preload/contract/upload-size.ts'
import { destinationOption, namingIn, refuseOutside } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { parseObjectUrl } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'
import { linkOptions } from './link.ts'

/** The options of `pail request-upload`. */
export const requestUploadOptions = {
  ...destinationOption,
  type: {
    type: 'string',
    value: 'TYPE',
    text: 'the type that the file must have: image/jpeg, or an ending as jpg (default: that of the key)',
  },
  expires: linkOptions.expires,
  'must-not-replace': { type: 'boolean', text: 'refuse the upload when there is an object of the name' },
  'max-size': {
    type: 'string',
    value: 'SIZE',
    text: 'ask for at most so much, as 20MB: told to the sender, checked by --curl, not enforced by S3',
  },
  size: {
    type: 'string',
    value: 'BYTES',
    text: 'take a file of exactly so many bytes: signed, the service refuses every other one',
  },
  curl: { type: 'boolean', text: 'print the curl command that uploads, and not the link alone' },
} as const

/** Checks the arguments of `pail request-upload`. */
export function prepareRequestUpload(given: Given): Run {
  const [target = ''] = given.positionals
  const to = given.text('to')
  const object = to === undefined ? parseObjectUrl(target) : null
  if (object?.key.endsWith('/'))
    throw new UsageError('A link takes one file: end the address with its name and not with a slash.')
  // The destination makes the key of the name, so that it is not just put after the prefix.
  if (to !== undefined) refuseOutside(to, target)
  const type = given.text('type') ?? null
  if (type !== null && !mediaTypePattern.test(type) && !fileEndingPattern.test(type))
    throw new UsageError('--type takes a media type such as image/jpeg, or the ending of a file such as jpg.')
  const expires = given.text('expires')
  const expiresInSeconds = expires === undefined ? null : parseDuration('--expires', expires)
  const mustNotReplace = given.flag('must-not-replace')
  const curl = given.flag('curl')
  const size = sizeOf(given)
  return (context) => {
    const { destination } = context
    const place =
      object !== null || destination === null
        ? { ...onlyKey(object ?? parseObjectUrl(target)), expiresInSeconds: expiresInSeconds ?? 3600 }
        : {
            bucket: destination.bucket,
            prefix: destination.prefix,
            name: target,
            naming: namingIn(destination),
            expiresInSeconds: expiresInSeconds ?? destination.linkExpirySeconds,
          }
    return requestUpload(
      context,
      { ...place, type, mustNotReplace, ...(size === null ? {} : { size }) },
      curl,
    )
  }
}

/** What is asked of the sender. Throws a {@link UsageError}. */
function sizeOf(given: Given): WantedSize | null {
  const most = given.text('max-size')
  const exact = given.text('size')
  if (most !== undefined && exact !== undefined)
    throw new UsageError('--size says how large the file is: leave --max-size out.')
  const text = most ?? exact
  if (text === undefined) return null
  const bytes = bytesOf(text)
  if (bytes === null)
    throw new UsageError(
      `${most === undefined ? '--size' : '--max-size'} takes a size such as 20MB, 512KiB or 4096, of at most 5GiB, not “${text}”.`,
    )
  return { kind: most === undefined ? 'exactly' : 'at-most', bytes }
}

function onlyKey({ bucket, key }: { bucket: string; key: string }) {
  return { bucket, prefix: '', name: key }
}

async function requestUpload(
  context: CommandContext,
  wanted: Omit<Parameters<CommandContext['api']['createUploadRequest']>[0], 'profileId'>,
  curl: boolean,
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const request = await ask(context, api.createUploadRequest({ profileId, ...wanted }))
  const command = uploadCommand(request, 'posix')
  await output.line(curl ? command : request.url)
  const { url, key, headers, size, endsAt, limitedBy, exists, overwriteGuard } = request
  await output.document({
    url,
    method: 'PUT',
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    bucket: wanted.bucket,
    key,
    size,
    endsAt,
    limitedBy,
    exists,
    overwriteGuard,
    curl: command,
  })
  for (const warning of warnings(request)) output.warn(warning)
  output.say(
    `Takes one file for s3://${wanted.bucket}/${key} until ${endsAt}, of ${wantedSizeWords(size)}${
      size === null
        ? ': S3 cannot limit it'
        : size.kind === 'at-most'
          ? ', which is asked for: S3 cannot limit it. pail links names a larger one'
          : ''
    }.`,
  )
  if (!curl) for (const { name, value } of headers) output.say(`The upload has to send ${name}: ${value}`)
  return exitCode.done
}

function warnings(request: UploadRequest): string[] {
  const { limitedBy, overwriteGuard, exists, insecure, recordId } = request
  return [
    ...(limitedBy === 'seven-days' ? ['The link ends after 7 days: S3 allows no more.'] : []),
    ...(limitedBy === 'policy' ? ['The link ends earlier than asked: the bucket’s policy says so.'] : []),
    ...(limitedBy === 'credentials' ? ['The link ends when the temporary keys do.'] : []),
    ...(overwriteGuard === null && exists === 'yes'
      ? ['There is an object of this name: it is replaced.']
      : []),
    ...(overwriteGuard === 'not-known'
      ? ['Whether this service refuses to replace an object is not known: it has not shown it yet.']
      : []),
    ...(overwriteGuard === 'checked-first'
      ? ['Two uploads at the same moment may replace each other at this service.']
      : []),
    ...(recordId === null ? ['The link is not in the list of links, which cannot be written.'] : []),
    ...(insecure ? ['The link is http: it can be read on the way.'] : []),
  ]
}
