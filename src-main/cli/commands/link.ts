import { failure, Failure } from '../../../src-preload/contract/failure.ts'
import { formatLinks, type NamedLink } from '../../../src-preload/contract/format-links.ts'
import type { LinkFormat } from '../../../src-preload/contract/naming.ts'
import type { CreatedLink } from '../../../src-preload/contract/presigned-url.ts'
import { inParallel } from '../../s3/in-parallel.ts'
import { destinationOption, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { formatS3Url, type S3Url } from '../s3-url.ts'
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
  const objects = given.positionals.map((target) => readObject(given, target))
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
      return linksTo(
        context,
        objects.map((object) => object(context)),
        {
          isPublic,
          expiresInSeconds: expiresInSeconds ?? 3600,
          downloadAs,
          note,
          selfTest,
          baseUrl: null,
          format: 'url',
        },
      )
    // A public destination has plain addresses, unless something is asked for that only a signed one has.
    const isPlain =
      isPublic || (destination.visibility === 'public' && expires === undefined && downloadAs === null)
    const { baseUrl, stripPrefix, keyPairId = null, linkFormat = 'url' } = destination
    return linksTo(
      context,
      objects.map((object) => object(context)),
      {
        isPublic: isPlain,
        expiresInSeconds: expiresInSeconds ?? destination.linkExpirySeconds,
        downloadAs,
        note,
        selfTest,
        baseUrl,
        format: linkFormat,
        ...(stripPrefix ? { servedPrefix: destination.prefix } : {}),
        ...(isPlain || keyPairId === null ? {} : { keyPairId }),
      },
    )
  }
}

interface WantedLink {
  readonly isPublic: boolean
  readonly expiresInSeconds: number
  readonly downloadAs: string | null
  readonly note: string
  readonly selfTest: boolean
  readonly baseUrl: string | null
  /** What of the key the base URL stands for already. */
  readonly servedPrefix?: string
  /** Signs for CloudFront. */
  readonly keyPairId?: string
  /** How it is printed; `--json` has URLs all the same. */
  readonly format: LinkFormat
}

/** So many are made and tried at once. */
const linksAtOnce = 16

/** So many pictures are measured by one question. */
const mostMeasured = 500

/** Links as they are printed, one a line. In HTML a picture has its size, where it can be measured. */
async function printed(
  context: CommandContext,
  links: readonly { readonly object: S3Url; readonly url: string }[],
  format: LinkFormat,
): Promise<string> {
  const { api, profileId } = context
  const sizes: NamedLink['pixels'][] = []
  const sized = format === 'html' ? links : []
  for (let from = 0; from < sized.length; from += mostMeasured) {
    const some = sized.slice(from, from + mostMeasured).map(({ object }) => object)
    const { bucket } = some[0]!
    const keys = some.map(({ key }) => key)
    const asked = ask(context, api.measurePictures({ profileId, bucket, keys }))
    const measured = await asked.catch((error: unknown) => {
      if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
      return null
    })
    sizes.push(...(measured?.sizes ?? some.map(() => null)))
  }
  return formatLinks(
    links.map(({ object: { key }, url }, index) => ({
      url,
      name: key.slice(key.lastIndexOf('/') + 1),
      pixels: sizes[index] ?? null,
    })),
    format,
  )
}

/** One link, or one a line: those that do not work are named and left out. */
async function linksTo(
  context: CommandContext,
  objects: readonly S3Url[],
  wanted: WantedLink,
): Promise<ExitCode> {
  const { output } = context
  const [only, ...others] = objects
  if (only !== undefined && others.length === 0) {
    const made = await makeLink(context, only, wanted)
    await output.line(await printed(context, [{ object: only, url: made.url }], wanted.format))
    await output.document(documentOf(made))
    warn(context, [made])
    return exitCode.done
  }
  const links: (CreatedLink | Failure)[] = []
  let ended = 0
  await inParallel(objects, linksAtOnce, async (object, index) => {
    links[index] = await makeLink(context, object, wanted).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
      return error
    })
    output.progress(`${++ended} of ${objects.length} tried`)
  })
  output.endProgress()
  const made = links.flatMap((each, index) =>
    each instanceof Failure ? [] : [{ ...each, object: objects[index]! }],
  )
  if (made.length > 0) await output.line(await printed(context, made, wanted.format))
  const failed = links.flatMap((each, index) =>
    each instanceof Failure ? [{ ...objects[index]!, ...each.error, key: objects[index]!.key }] : [],
  )
  for (const { bucket, key, ...error } of failed)
    output.failed({ ...error, key: formatS3Url({ bucket, key }) })
  await output.document({
    links: links.flatMap((each, index) =>
      each instanceof Failure ? [] : [{ ...objects[index]!, ...documentOf(each) }],
    ),
    failed: failed.map(({ bucket, key, code, message }) => ({ bucket, key, code, message })),
  })
  warn(context, made)
  return failed.length > 0 ? exitCode.failed : exitCode.done
}

/** Makes a link and tries it. Throws a Failure for one that does not work. */
async function makeLink(
  context: CommandContext,
  { bucket, key }: S3Url,
  wanted: WantedLink,
): Promise<CreatedLink> {
  const { api, profileId } = context
  const made = await ask(
    context,
    api.createLink({
      profileId,
      bucket,
      key,
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
      { key },
    )
  return made
}

function documentOf({ url, kind, endsAt, limitedBy, signingKey, test }: CreatedLink) {
  return {
    url,
    kind,
    endsAt,
    limitedBy,
    signingKey,
    test: test === null ? null : { outcome: test.outcome, status: test.status },
  }
}

/** Says of links what is to be known of them: once, where it is the same of all. */
function warn({ output }: CommandContext, links: readonly CreatedLink[]): void {
  const many = links.length > 1
  const any = (of: (link: CreatedLink) => boolean) => links.some(of)
  if (any(({ recordId }) => recordId === null))
    output.warn(`${many ? 'Links are' : 'The link is'} not in the list of links, which cannot be written.`)
  const untested = links.flatMap(({ test }) => (test?.outcome === 'not-tested' ? (test.problem ?? []) : []))
  if (untested[0] !== undefined)
    output.warn(
      `${many ? `Whether ${untested.length} of them work` : 'Whether the link works'} could not be tried: ${untested[0].message}`,
    )
  if (any(({ limitedBy }) => limitedBy === 'seven-days'))
    output.warn(`${theLink(many)} after 7 days: S3 allows no more.`)
  if (any(({ limitedBy }) => limitedBy === 'policy'))
    output.warn(`${theLink(many)} earlier than asked: the bucket’s policy says so.`)
  if (any(({ limitedBy }) => limitedBy === 'credentials'))
    output.warn(`${theLink(many)} when the temporary keys do.`)
  if (any(({ signingKey }) => signingKey?.isTemporary === true && signingKey.endsAt === null))
    output.warn(
      `The keys are temporary and do not tell their end: ${many ? 'the links die' : 'the link dies'} with them, perhaps earlier.`,
    )
  if (any(({ atOwnAddress }) => atOwnAddress === true))
    output.say(
      `${many ? 'They are' : 'It is'} at the bucket’s own address: at a custom domain S3 verifies no signature.`,
    )
  const [ends] = links.flatMap(({ endsAt }) => endsAt ?? []).toSorted()
  if (ends !== undefined) output.say(`${many ? 'All work' : 'Works'} until ${ends}.`)
  if (any(({ insecure }) => insecure))
    output.warn(
      `${many ? 'The links are' : 'The link is'} http: ${many ? 'they' : 'it'} can be read on the way.`,
    )
}

function theLink(many: boolean): string {
  return many ? 'The links end' : 'The link ends'
}
