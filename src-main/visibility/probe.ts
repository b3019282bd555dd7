import type { LookupFunction } from 'node:net'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isAnswerToAnything } from './answer-to-anything.ts'
import type { UnsignedPace } from './unsigned-pace.ts'
import { type UnsignedAgents, type UnsignedAnswer, unsignedRequest } from './unsigned-request.ts'

/** Which object to ask for. `baseUrl` is a custom domain or CDN that serves the bucket. */
export interface ProbeOptions {
  readonly bucket: string
  readonly key: string
  readonly baseUrl?: string | null
  /** How long to wait for the answer, in milliseconds; 10 s unless given. */
  readonly timeoutMs?: number
  readonly lookup?: LookupFunction
  /** Connections that several questions share. */
  readonly agents?: UnsignedAgents
  /** Slows down for all questions that share it, and asks again, where the service has too much to do. */
  readonly pace?: UnsignedPace
  readonly signal?: AbortSignal
  readonly now?: () => Date
}

/**
 * What the public can read, asked as the public: a request without signature, cookie or referrer to the very URL that
 * would be handed out. 200 is public, 401 and 403 are private. Everything else (no answer, a redirect, 404, 5xx) is
 * unknown, with its status: nothing is inferred. Unknown, too, is a success of a `baseUrl` that answers so to anything, and
 * a refusal that is a question whether a person asks. Never rejects.
 */
export async function probeVisibility(session: S3Session, options: ProbeOptions): Promise<VisibilityCheck> {
  const { bucket, key, baseUrl = null } = options
  const urlOf = (one: string) => publicObjectUrl(session, bucket, one, baseUrl)
  const askFor = (one: string) => answerFor(urlOf(one), session, options)
  const answer = await askFor(key)
  const visibility = meaning(answer)
  const isProof =
    visibility !== 'public' ||
    baseUrl === null ||
    !(await isAnswerToAnything(session, { baseUrl, key, answer, askFor }))
  return {
    visibility: isProof ? visibility : 'unknown',
    checkedAt: (options.now?.() ?? new Date()).toISOString(),
    status: answer.status,
    url: urlOf(key),
    ...(isProof ? {} : { reason: answersAnything }),
  }
}

const answersAnything =
  'This address answers the same for an object that is not there, as the page of an application does in place of a refusal. Whether the public can read the object, that answer does not tell.'

function meaning(answer: UnsignedAnswer): VisibilityCheck['visibility'] {
  if (answer.status === null) return 'unknown'
  const { status, headers } = answer
  if (status === 200 || status === 206) return 'public'
  // Cloudflare asks whether it is a person: a browser may get through.
  if (headers['cf-mitigated'] !== undefined) return 'unknown'
  if (status === 401 || status === 403) return 'private'
  return 'unknown'
}

async function answerFor(url: string, session: S3Session, options: ProbeOptions): Promise<UnsignedAnswer> {
  const head = await ask('HEAD', url, session, options)
  // Some services and CDNs answer HEAD only when it is signed, or not at all: ask for one byte.
  if (head.status !== null && head.status !== 400 && head.status !== 405 && head.status !== 501) return head
  return ask('GET', url, session, options)
}

async function ask(
  method: 'HEAD' | 'GET',
  url: string,
  { findProxy }: Pick<S3Session, 'findProxy'>,
  options: ProbeOptions,
): Promise<UnsignedAnswer> {
  const send = options.pace?.ask ?? unsignedRequest
  const answer = await send({
    method,
    url,
    headers: { 'cache-control': 'no-cache' },
    findProxy,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    ...(options.agents ? { agents: options.agents } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  // 416 is the answer to a range of an empty object that may be read.
  return answer.status === 416 && method === 'GET' ? { ...answer, status: 200 } : answer
}
