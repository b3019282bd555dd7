import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { NamedLink } from '../../src-preload/contract/format-links.ts'
import { formatLinks } from '../../src-preload/contract/format-links.ts'
import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { createLink, earliestEnd, type CreateLinkOptions, type MadeLink } from '../links/create-link.ts'
import { measureImage } from '../links/measure-image.ts'
import { serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { testLinks, toldTests } from '../links/test-links.ts'
import { type TriedLink, triedLink } from '../links/tried-link.ts'
import { publicBaseUrl } from '../s3/public-base-url.ts'
import { overwriteGuard } from '../s3/conditional-write.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { EndedBatch } from '../transfers/batch.ts'
import { checkVisibility, type HandedOutThrough } from '../visibility/handed-out.ts'
import { probeVisibility } from '../visibility/probe.ts'
import type { Clipboard } from './backend-parts.ts'

/** More links than this are not put on the clipboard by themselves; each can be copied from the list. */
const mostLinks = 500

/** So many values for the database are told; the rest are in the list of objects. */
const mostValues = 1000

interface LinkParts {
  readonly session: (profileId: string) => Promise<S3Session>
  readonly clipboard: Clipboard | null
  readonly ledger: Pick<LinkLedger, 'add'>
  /** By which address an object is handed out. */
  readonly throughOf?: (object: ObjectRef) => HandedOutThrough | null
  /** How links to a private object are signed for CloudFront, where they are. */
  readonly cloudFrontOf?: (object: ObjectRef) => CloudFrontPlace | null
  /** Hears what the public was answered for an object at the address at which it is handed out. */
  readonly onAnswer?: (key: string, check: VisibilityCheck) => void
}

/** Where CloudFront serves an object, and who signs its links there. */
export type CloudFrontPlace = Required<Pick<CreateLinkOptions, 'baseUrl' | 'servedPrefix' | 'cloudFront'>>

/**
 * What a batch of uploads came to, with its links on the clipboard: public URLs when the public can read what was
 * uploaded publicly, expiring links when it cannot. That is asked, not assumed: a bucket may accept the wish and block
 * it. In both cases that are not what was asked for (blocked, or not to be found out) `linkError` says so beside the
 * link. Of what was uploaded as private it is asked, too, because the bucket's policy may open it all the same.
 */
export async function reportUploads(batch: EndedBatch, parts: LinkParts): Promise<UploadReport> {
  const report: UploadReport = {
    batchId: batch.batchId,
    bucket: batch.bucket,
    uploaded: batch.done - batch.reused,
    failed: batch.failed,
    skipped: batch.skipped,
    cancelled: batch.cancelled,
    link: null,
    linkError: null,
    overwriteGuard: null,
    ...(batch.visibility === null ? {} : { visibility: batch.visibility }),
    stripped: batch.stripped,
    reused: batch.reused,
    reusedBytes: batch.reusedBytes,
    databaseValues: batch.keys.slice(0, mostValues).map((key) => key.slice((batch.prefix ?? '').length)),
  }
  if (batch.keys.length === 0) return report
  try {
    const session = await parts.session(batch.profileId)
    if (batch.onConflict !== 'overwrite') report.overwriteGuard = overwriteGuard(session, batch.bucket)
    const readable = await publicCanRead(session, batch, parts)
    report.publicCanRead = readable
    if (parts.clipboard === null) return report
    const isPublic = batch.visibility === 'public'
    const kind = isPublic && readable !== 'no' ? 'public' : 'presigned'
    const links = await makeLinks(session, batch, kind, parts)
    // Where nobody could say whether the public gets in, neither can a public URL: that is told below.
    const isTried = kind === 'presigned' || readable === 'yes'
    const tests = isTried
      ? await testLinks(
          session,
          links.map(({ tried }) => tried),
        )
      : []
    const told = toldTests(tests, (index) => links[index]!.key)
    const dead = deadLinks(told, links.length)
    const copied = links.filter((_, index) => tests[index]?.outcome !== 'failed')
    if (copied.length === 0) {
      report.linkError = dead
      return report
    }
    await parts.clipboard.writeText(formatLinks(await named(copied, batch.linkFormat), batch.linkFormat))
    const { profileId, bucket } = batch
    const records = await parts.ledger.add(
      copied.map(({ key, link: { endsAt, signingKey, kind: made } }) => ({
        profileId,
        service: serviceName(session),
        bucket,
        key,
        kind: made,
        note: '',
        endsAt,
        signingKey,
      })),
    )
    report.link = { kind, count: copied.length, endsAt: earliestEnd(copied.map(({ link }) => link)) }
    const remarks = [
      ...(dead === null ? [] : [dead]),
      ...untriedLinks(told, copied.length),
      ...(records === null ? [unlisted.error] : []),
      ...(isPublic && readable === 'no' ? [blocked.error] : []),
      ...(isPublic && readable === 'unknown' ? [unchecked.error] : []),
    ]
    const [main] = remarks
    if (main !== undefined)
      report.linkError = { ...main, message: remarks.map(({ message }) => message).join(' ') }
  } catch (error) {
    report.linkError = asAppError(error)
  }
  return report
}

type ToldTests = ReturnType<typeof toldTests>

/** What is said of the links that were shown not to work, and so were not copied; null where there are none. */
function deadLinks({ dead }: ToldTests, links: number): AppError | null {
  const [first] = dead
  if (first === undefined) return null
  const { key, code, message } = first
  const others = dead.length > 1 ? ` And ${dead.length - 1} more.` : ''
  const all = `${dead.length} of ${links} links do not work and were not copied. ${key}: ${message}${others}`
  return { code, key, retryable: false, message: links === 1 ? message : all.slice(0, 2000) }
}

/** What is said of links that were copied although nobody can say whether they work: nothing where there are none. */
function untriedLinks({ untested }: ToldTests, copied: number): AppError[] {
  if (untested === null) return []
  const which =
    copied === 1 ? 'The link' : untested.links === copied ? 'The links' : `${untested.links} of them`
  const message = `${which} could not be tried: ${untested.reason}`.slice(0, 1000)
  return [{ code: 'unreachable', retryable: true, message }]
}

/** A link of a batch, to which object it leads, and of which file that is. */
interface BatchLink {
  readonly key: string
  readonly file: EndedBatch['files'][number] | undefined
  readonly link: MadeLink
  readonly tried: TriedLink
}

/** The links with what they lead to; pictures are measured only where their size is written. */
async function named(links: readonly BatchLink[], format: EndedBatch['linkFormat']): Promise<NamedLink[]> {
  const found: NamedLink[] = []
  await inParallel(links, 4, async ({ key, file, link: { url } }, index) => {
    const pixels = format === 'html' && file !== undefined ? await measureImage(file) : null
    found[index] = { url, name: key.slice(key.lastIndexOf('/') + 1), pixels }
  })
  return found
}

const blocked = failure(
  'public-access-blocked',
  'Without a signature they are refused, so the links are signed, and end.',
)

const unlisted = failure('local-file', 'It could not be added to the list of links, which cannot be written.')

const unchecked = failure(
  'unreachable',
  'The files were uploaded as public, but it could not be checked whether the public can read them. Open a link to see.',
  { retryable: true },
)

/** Where an object is handed out: as its destination says by now, else as the batch did. */
function handedOut(
  { profileId, bucket, baseUrl }: EndedBatch,
  { throughOf }: LinkParts,
  key: string,
): HandedOutThrough | null {
  const through = throughOf?.({ profileId, bucket, key }) ?? null
  return through !== null || baseUrl === null ? through : { baseUrl, path: key }
}

/**
 * Asks for the first and the last one, because a link is waited for; the others are asked for in the background. What is
 * to be private is asked for at the bucket's own address as well as where its links lead: one that lets everybody read is
 * enough.
 */
async function publicCanRead(
  session: S3Session,
  batch: EndedBatch,
  parts: LinkParts,
): Promise<'yes' | 'no' | 'unknown'> {
  const { bucket, keys, visibility } = batch
  await session.bucketRegion(bucket)
  const served = await publicBaseUrl(session, bucket)
  const ask = async (key: string) => {
    const through = handedOut(batch, parts, key)
    if (visibility !== 'public') {
      const check = await checkVisibility(session, { bucket, key, through, timeoutMs: 4000 })
      parts.onAnswer?.(key, check)
      return check
    }
    // Of a public URL it counts whether it works itself.
    const { path = key, baseUrl = served } = through ?? {}
    const check = await probeVisibility(session, { bucket, key: path, baseUrl })
    if (baseUrl === null) parts.onAnswer?.(key, check)
    return check
  }
  const samples = [...new Set([keys[0]!, keys.at(-1)!])]
  const answers = await Promise.all(samples.map(async (key) => (await ask(key)).visibility))
  const worst = visibility === 'public' ? 'private' : 'public'
  if (answers.includes(worst)) return worst === 'public' ? 'yes' : 'no'
  if (answers.includes('unknown')) return 'unknown'
  return worst === 'public' ? 'no' : 'yes'
}

async function makeLinks(
  session: S3Session,
  batch: EndedBatch,
  kind: 'public' | 'presigned',
  parts: LinkParts,
): Promise<BatchLink[]> {
  const links: BatchLink[] = []
  const keys = batch.keys.slice(0, mostLinks)
  await inParallel([...keys.keys()], 8, async (index) => {
    const { profileId, bucket } = batch
    const key = keys[index]!
    const { baseUrl = null, path = key } = handedOut(batch, parts, key) ?? {}
    const options: CreateLinkOptions = {
      bucket,
      key,
      kind,
      expiresInSeconds: batch.linkExpirySeconds ?? 3600,
      downloadAs: null,
      baseUrl,
      servedPrefix: key.slice(0, key.length - path.length),
      ...(kind === 'public' ? {} : parts.cloudFrontOf?.({ profileId, bucket, key })),
    }
    const link = await createLink(session, options)
    const tried = await triedLink(session, options, link)
    links[index] = { key, file: batch.files[index], link, tried }
  })
  return links
}

function asAppError(error: unknown): AppError {
  if (error instanceof Failure) return error.error
  return { code: 'bug', message: 'The link could not be copied.', retryable: false }
}
