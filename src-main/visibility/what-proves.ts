import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { bareETag } from '../s3/e-tag.ts'
import { headObject } from '../s3/head-object.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isAnswerToAnything } from './answer-to-anything.ts'
import type { UnsignedAnswer } from './unsigned-request.ts'

type Answered = Extract<UnsignedAnswer, { status: number }>

/** An unsigned answer, and how more can be learnt about it. */
export interface Evidence {
  readonly answer: UnsignedAnswer
  readonly bucket: string
  readonly key: string
  /** A custom domain or CDN that was asked; null for the bucket's own host. */
  readonly baseUrl: string | null
  readonly signal?: AbortSignal | undefined
  /** What the address was asked with, where that was a signature of some kind. */
  readonly askedWith?: string
  /** Asks the same address for another key, in the same way. */
  readonly askFor: (key: string) => Promise<UnsignedAnswer>
  /** Asks for the first byte of the object, and for the beginning of a refusal. */
  readonly askForByte: () => Promise<UnsignedAnswer>
}

/**
 * What an answer proves that was asked for with nothing but a URL; the one place where that is decided. 200 and 206 speak for public, 401 and 403 for
 * private, and everything else (no answer, a redirect, 404, 5xx) is unknown: nothing is inferred. They prove it
 * - at the bucket's own host, when it is S3 that answers: by its request id, by an error document of S3's, or by the ETag or
 *   size that the object has when it is asked for with a signature. A network that shows a sign-in page, and a server that
 *   is none of S3, know none of them;
 * - at a custom domain or CDN, which may hide all that, when it does not answer so to anything, and the refusal is not a
 *   question whether a person asks.
 * Never rejects.
 */
export async function whatProves(
  session: S3Session,
  evidence: Evidence,
): Promise<Pick<VisibilityCheck, 'visibility' | 'reason'>> {
  const { answer, baseUrl } = evidence
  if (answer.status === null) return { visibility: 'unknown' }
  const said = saidBy(answer)
  if (said === 'unknown') return { visibility: said, ...redirectReason(answer) }
  if (baseUrl !== null) {
    const { key, askFor, askedWith } = evidence
    if (
      said === 'private' ||
      !(await isAnswerToAnything(session, { baseUrl, key, answer, askFor, askedWith }))
    )
      return { visibility: said }
    return { visibility: 'unknown', reason: answersAnything }
  }
  if (isOfS3(answer)) return { visibility: said }
  const proven =
    said === 'public'
      ? await isTheObject(session, evidence)
      : isRefusalOfS3(await evidence.askForByte(), answer.status)
  return proven ? { visibility: said } : { visibility: 'unknown', reason: notS3 }
}

/** What an unsigned answer to the question for the keys proves, at the bucket's own host. */
export function whatListingProves(answer: UnsignedAnswer): Pick<VisibilityCheck, 'visibility' | 'reason'> {
  if (answer.status === null) return { visibility: 'unknown' }
  const said = saidBy(answer)
  if (said === 'unknown') return { visibility: said, ...redirectReason(answer) }
  return isOfS3(answer) ? { visibility: said } : { visibility: 'unknown', reason: notS3 }
}

/** Whether S3, or a service that speaks it, answered: whatever else comes from its host has none of these headers. */
export function isOfS3({ headers }: Pick<Answered, 'headers'>): boolean {
  // CloudFront has its own.
  return Object.keys(headers).some((name) => name.startsWith('x-amz-') && !name.startsWith('x-amz-cf-'))
}

const notS3 =
  'What answered at the bucket’s address does not say that it is S3: it may be the sign-in page of a network, a proxy or another server. Whether the public can read the object, that answer does not tell.'

const answersAnything =
  'This address answers the same for an object that is not there, as the page of an application does in place of a refusal. Whether the public can read the object, that answer does not tell.'

function saidBy({ status, headers }: Answered): VisibilityCheck['visibility'] {
  if (status === 200 || status === 206) return 'public'
  // Cloudflare asks whether it is a person: a browser may get through.
  if (headers['cf-mitigated'] !== undefined) return 'unknown'
  return status === 401 || status === 403 ? 'private' : 'unknown'
}

function redirectReason(answer: Answered): Pick<VisibilityCheck, 'reason'> {
  const leads = leadsOn(answer)
  return leads === null
    ? {}
    : { reason: `${leads} Whether the public can read the object, that answer does not tell.` }
}

/** Where a redirect leads, in a sentence; null for any other answer. It is not followed: what is there may be anything. */
export function leadsOn({ status, headers }: Answered): string | null {
  const { location = '' } = headers
  if (status < 300 || status > 399 || !URL.canParse(location)) return null
  return `The address leads on to ${new URL(location).host.slice(0, 253)}, which is not followed.`
}

/** Whether an answer is about the object, as it is told to whoever signs: that may be answered with the same page, too. */
async function isTheObject(
  session: S3Session,
  { bucket, key, answer, signal, askFor, askForByte, askedWith }: Evidence,
): Promise<boolean> {
  const host = publicObjectUrl(session, bucket, '')
  if (await isAnswerToAnything(session, { baseUrl: host, key, answer, askFor, askedWith })) return false
  const known = await headObject(session, { bucket, key, ...(signal ? { signal } : {}) }).catch(() => null)
  if (known === null) return false
  const isIt = (one: UnsignedAnswer) => {
    if (one.status === null) return false
    const { etag, 'content-range': range = '' } = one.headers
    if (etag !== undefined) return known.eTag !== null && bareETag(etag) === bareETag(known.eTag)
    return /^bytes (?:0-0|\*)\/(\d{1,16})$/.exec(range)?.[1] === String(known.sizeBytes)
  }
  return isIt(answer) || isIt(await askForByte())
}

/** Whether it is S3 that refused with this status: by its headers or, where a service hides them, by its error document. */
export function isRefusalOfS3(answer: UnsignedAnswer, status: number): boolean {
  if (answer.status !== status) return false
  return isOfS3(answer) || /<Error>\s*<Code>[A-Za-z]+<\/Code>/.test(answer.body ?? '')
}
