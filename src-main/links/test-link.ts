import type { LookupFunction } from 'node:net'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { LinkTest } from '../../src-preload/contract/presigned-url.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type UnsignedAgents, type UnsignedAnswer, unsignedRequest } from '../visibility/unsigned-request.ts'
import { isRefusalOfS3, leadsOn, whatProves } from '../visibility/what-proves.ts'
import type { TriedLink } from './tried-link.ts'

/** How a link is tried. `timeoutMs` is how long the person waits for it at most, 4 s unless given. */
export interface TestLinkOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly lookup?: LookupFunction
  /** Connections that several tests share. */
  readonly agents?: UnsignedAgents
}

/** So much of a refusal is read; S3's are a few hundred bytes. */
const refusalBytes = 4096

/**
 * Fetches the first byte of a link as whoever gets it would: nothing is sent but the URL. What cannot be reached from
 * here, is out of order for the moment, answers with a success that does not prove to be the object's, or refuses at the
 * bucket's own host without being S3, says nothing about the link and is `not-tested`. Never rejects.
 */
export async function testLink(
  session: S3Session,
  link: TriedLink,
  { timeoutMs = 4000, signal, lookup, agents }: TestLinkOptions = {},
): Promise<LinkTest> {
  const { url, kind, bucket, key, baseUrl } = link
  const ask = (asked: string): Promise<UnsignedAnswer> =>
    unsignedRequest({
      method: 'GET',
      url: asked,
      timeoutMs,
      errorBytes: refusalBytes,
      findProxy: session.findProxy,
      ...(signal === undefined ? {} : { signal }),
      ...(lookup === undefined ? {} : { lookup }),
      ...(agents === undefined ? {} : { agents }),
    })
  const answer = await ask(url)
  if (answer.status === null) return unanswered(answer.problem, timeoutMs)
  const { status } = answer
  if (isSuccess(answer)) {
    const { visibility } = await whatProves(session, {
      answer: found(answer),
      bucket,
      key,
      baseUrl,
      signal,
      askedWith: kind,
      askFor: (other) =>
        link
          .urlOf(other)
          .then(ask)
          .then(found, () => ({ status: null, problem: 'unreachable' })),
      askForByte: async () => found(answer),
    })
    if (visibility === 'public') return { outcome: 'works', status, problem: null }
    return notTested(status, 'unreachable', baseUrl === null ? notOfS3 : answersAnything)
  }
  if (status === 408 || status === 429 || status >= 500)
    return notTested(status, 'slow-down', `The service is out of order for the moment (${status}).`)
  // A network that wants a sign-in first, or a filter on the way, answers in place of the bucket with what it likes.
  if (baseUrl === null && !isRefusalOfS3(answer, status))
    return notTested(status, 'unreachable', leadsOn(answer) ?? notOfS3)
  switch (kind) {
    case 'public':
      return publicProblem(status)
    case 'cloudfront':
      return cloudFrontProblem(status, answer)
    case 'presigned':
      return signedProblem(status, answer)
  }
}

const notOfS3 =
  'What answered at the bucket’s address does not say that it is S3: it may be the sign-in page of a network, a proxy or another server.'

const answersAnything =
  'Its address answers the same for an object that is not there, as the page of an application or the sign-in page of a network does.'

function isSuccess({ status }: UnsignedAnswer): boolean {
  return status === 200 || status === 206 || status === 416
}

/** 416 is the answer to a range of an object without a byte, which is there. */
function found(answer: UnsignedAnswer): UnsignedAnswer {
  return answer.status === 416 ? { ...answer, status: 200 } : answer
}

function publicProblem(status: number): LinkTest {
  switch (status) {
    case 401:
    case 403:
      return failed(
        status,
        'access-denied',
        `Not everybody may read it: whoever opens it is refused (${status}).`,
      )
    case 404:
    case 410:
      return failed(status, 'no-such-key', `There is nothing at this address (${status}).`)
    default:
      // A site may lead its visitors on, which is not followed.
      return status < 400
        ? notTested(status, 'unreachable', `The address leads to another one (${status}).`)
        : failed(status, 'server-error', `What serves the address answers with ${status}.`)
  }
}

/** CloudFront names an unknown key pair, and answers everything else, its bucket's refusals too, with AccessDenied. */
function cloudFrontProblem(status: number, answer: Extract<UnsignedAnswer, { status: number }>): LinkTest {
  if (status !== 400 && status !== 401 && status !== 403) return publicProblem(status)
  return textOf(answer.body, 'Code') === 'InvalidKey'
    ? failed(
        status,
        'signature-mismatch',
        'The distribution does not know this key pair: look for it in the key group of its cache behaviour.',
      )
    : failed(
        status,
        'access-denied',
        `CloudFront refuses it (${status}): the private key may be another pair’s, this computer’s clock wrong, or the bucket not readable for CloudFront.`,
      )
}

function signedProblem(status: number, answer: Extract<UnsignedAnswer, { status: number }>): LinkTest {
  const code = textOf(answer.body, 'Code')
  const message = textOf(answer.body, 'Message')
  // Whose clock is wrong is not said, and it is the same for whoever gets the link.
  if (code === 'AccessDenied' && /expired|not yet valid|not valid yet/i.test(message))
    return failed(
      status,
      'clock-skew',
      'By the service’s clock the link has ended already, or has not begun. Check this computer’s clock.',
    )
  if (code === 'AuthorizationQueryParametersError' && /region/i.test(message))
    return failed(status, 'wrong-region', 'It is signed for another region than the bucket’s.')
  const refusal = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } })
  const { error } = toFailure(refusal, { key: 'the object' })
  return failed(status, error.code, error.message)
}

function unanswered(problem: ErrorCode, timeoutMs: number): LinkTest {
  switch (problem) {
    case 'tls':
      return failed(
        null,
        problem,
        'No secure connection can be made to it: whoever opens it is warned of its certificate.',
      )
    case 'invalid-argument':
      return failed(null, problem, 'It is not an address that a browser can open.')
    case 'timeout':
      return notTested(
        null,
        problem,
        `The service did not answer within ${Math.round(timeoutMs / 1000)} seconds.`,
      )
    case 'proxy':
      return notTested(null, problem, 'The proxy did not let the request through.')
    case 'endpoint-refused':
      return notTested(null, problem, 'Pail does not connect to its address.')
    default:
      return notTested(null, problem, 'The service cannot be reached from here.')
  }
}

function failed(status: number | null, code: ErrorCode, message: string): LinkTest {
  return { outcome: 'failed', status, problem: { code, message: message.slice(0, 1000) } }
}

function notTested(status: number | null, code: ErrorCode, message: string): LinkTest {
  return { outcome: 'not-tested', status, problem: { code, message } }
}

/** The text of an element of S3's error document; empty when there is none. */
function textOf(body: string | undefined, element: string): string {
  return new RegExp(`<${element}>([^<]{0,500})</${element}>`).exec(body ?? '')?.[1] ?? ''
}
