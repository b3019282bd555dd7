import type { LookupFunction } from 'node:net'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { UnsignedPace } from './unsigned-pace.ts'
import { type UnsignedAgents, type UnsignedAnswer, unsignedRequest } from './unsigned-request.ts'
import { whatProves } from './what-proves.ts'

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
 * would be handed out. {@link whatProves} says what its answer means; what it does not prove is unknown, with its status.
 * Never rejects.
 */
export async function probeVisibility(session: S3Session, options: ProbeOptions): Promise<VisibilityCheck> {
  const { bucket, key, baseUrl = null, signal } = options
  const urlOf = (one: string) => publicObjectUrl(session, bucket, one, baseUrl)
  const askFor = (one: string) => answerFor(urlOf(one), session, options)
  const answer = await askFor(key)
  const proven = await whatProves(session, {
    answer,
    bucket,
    key,
    baseUrl,
    signal,
    askFor,
    askForByte: () => ask('GET', urlOf(key), session, options, refusalBytes),
  })
  return {
    ...proven,
    checkedAt: (options.now?.() ?? new Date()).toISOString(),
    status: answer.status,
    url: urlOf(key),
  }
}

/** So much of a refusal is read; S3's are a few hundred bytes. */
const refusalBytes = 4096

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
  errorBytes?: number,
): Promise<UnsignedAnswer> {
  const send = options.pace?.ask ?? unsignedRequest
  const answer = await send({
    method,
    url,
    headers: { 'cache-control': 'no-cache' },
    findProxy,
    ...(errorBytes === undefined ? {} : { errorBytes }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    ...(options.agents ? { agents: options.agents } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  // 416 is the answer to a range of an empty object that may be read.
  return answer.status === 416 && method === 'GET' ? { ...answer, status: 200 } : answer
}
