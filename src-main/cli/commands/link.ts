import { failure } from '../../../src-preload/contract/failure.ts'
import { destinationOption, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import type { S3Url } from '../s3-url.ts'
import { UsageError } from '../usage-error.ts'

/** The options of `pail link`. */
export const linkOptions = {
  ...destinationOption,
  expires: {
    type: 'string',
    value: 'TIME',
    text: 'how long the link works: 300, 5m, 1h, 1d, 7d (default: 1h)',
  },
  'download-as': { type: 'string', value: 'NAME', text: 'browsers save the file under this name' },
  for: { type: 'string', value: 'TEXT', text: 'whom the link is for, as pail links shows it' },
  'no-test': { type: 'boolean', text: 'print the link without trying whether it works' },
  public: { type: 'boolean', text: 'the plain address, for an object that everybody can read' },
} as const

/** Checks the arguments of `pail link`. */
export function prepareLink(given: Given): Run {
  const [target = ''] = given.positionals
  const object = readObject(given, target)
  const expires = given.text('expires')
  const downloadAs = given.text('download-as') ?? null
  const note = given.text('for') ?? ''
  const selfTest = !given.flag('no-test')
  const isPublic = given.flag('public')
  if (isPublic && (expires !== undefined || downloadAs !== null))
    throw new UsageError(
      'A public address has neither an end nor a name of its own: leave --expires and --download-as out.',
    )
  if (downloadAs !== null && (downloadAs.length > 1024 || /[\u0000-\u001f\u007f]/.test(downloadAs)))
    throw new UsageError('--download-as takes one line of at most 1,024 characters.')
  if (note.length > 500) throw new UsageError('--for takes at most 500 characters.')
  const expiresInSeconds = expires === undefined ? null : parseDuration('--expires', expires)
  return (context) => {
    const { destination } = context
    if (destination === null)
      return link(context, object(context), {
        isPublic,
        expiresInSeconds: expiresInSeconds ?? 3600,
        downloadAs,
        note,
        selfTest,
        baseUrl: null,
      })
    // A public destination has plain addresses, unless something is asked for that only a signed one has.
    const isPlain =
      isPublic || (destination.visibility === 'public' && expires === undefined && downloadAs === null)
    const { baseUrl, stripPrefix, keyPairId = null } = destination
    return link(context, object(context), {
      isPublic: isPlain,
      expiresInSeconds: expiresInSeconds ?? destination.linkExpirySeconds,
      downloadAs,
      note,
      selfTest,
      baseUrl,
      ...(stripPrefix ? { servedPrefix: destination.prefix } : {}),
      ...(isPlain || keyPairId === null ? {} : { keyPairId }),
    })
  }
}

async function link(
  context: CommandContext,
  object: S3Url,
  wanted: {
    isPublic: boolean
    expiresInSeconds: number
    downloadAs: string | null
    note: string
    selfTest: boolean
    baseUrl: string | null
    /** What of the key the base URL stands for already. */
    servedPrefix?: string
    /** Signs for CloudFront. */
    keyPairId?: string
  },
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const made = await ask(
    context,
    api.createLink({
      profileId,
      bucket: object.bucket,
      key: object.key,
      kind: wanted.isPublic ? 'public' : 'presigned',
      expiresInSeconds: wanted.expiresInSeconds,
      downloadAs: wanted.downloadAs,
      baseUrl: wanted.baseUrl,
      ...(wanted.servedPrefix === undefined ? {} : { servedPrefix: wanted.servedPrefix }),
      ...(wanted.keyPairId === undefined ? {} : { keyPairId: wanted.keyPairId }),
      copy: false,
      selfTest: wanted.selfTest,
      ...(wanted.note === '' ? {} : { note: wanted.note }),
    }),
  )
  const { test } = made
  if (test?.outcome === 'failed' && test.problem !== null)
    throw failure(
      test.problem.code,
      `The link does not work: ${test.problem.message} --no-test prints it all the same.`,
      { key: object.key },
    )
  await output.line(made.url)
  await output.document({
    url: made.url,
    kind: made.kind,
    endsAt: made.endsAt,
    limitedBy: made.limitedBy,
    signingKey: made.signingKey,
    test: test === null ? null : { outcome: test.outcome, status: test.status },
  })
  if (made.recordId === null) output.warn('The link is not in the list of links, which cannot be written.')
  if (test?.outcome === 'not-tested' && test.problem !== null)
    output.warn(`Whether the link works could not be tried: ${test.problem.message}`)
  if (made.limitedBy === 'seven-days') output.warn('The link ends after 7 days: S3 allows no more.')
  if (made.limitedBy === 'policy')
    output.warn('The link ends earlier than asked: the bucket’s policy says so.')
  if (made.limitedBy === 'credentials') output.warn('The link ends when the temporary keys do.')
  if (made.signingKey?.isTemporary === true && made.signingKey.endsAt === null)
    output.warn('The keys are temporary and do not tell their end: the link dies with them, perhaps earlier.')
  if (made.atOwnAddress === true)
    output.say('It is at the bucket’s own address: at a custom domain S3 verifies no signature.')
  if (made.endsAt !== null) output.say(`Works until ${made.endsAt}.`)
  if (made.insecure) output.warn('The link is http: it can be read on the way.')
  return exitCode.done
}
