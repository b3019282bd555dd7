import type { LookupFunction } from 'node:net'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { UnsignedPace } from './unsigned-pace.ts'
import { type UnsignedAgents, unsignedRequest } from './unsigned-request.ts'

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
 * unknown, with its status: nothing is inferred. Never rejects.
 */
export async function probeVisibility(session: S3Session, options: ProbeOptions): Promise<VisibilityCheck> {
  const url = publicObjectUrl(session, options.bucket, options.key, options.baseUrl ?? null)
  const status = await unsignedStatus(url, session, options)
  return {
    visibility: meaning(status),
    checkedAt: (options.now?.() ?? new Date()).toISOString(),
    status,
    url,
  }
}

function meaning(status: number | null): VisibilityCheck['visibility'] {
  if (status === 200 || status === 206) return 'public'
  if (status === 401 || status === 403) return 'private'
  return 'unknown'
}

async function unsignedStatus(
  url: string,
  session: S3Session,
  options: ProbeOptions,
): Promise<number | null> {
  const head = await ask('HEAD', url, session, options)
  // Some services and CDNs answer HEAD only when it is signed, or not at all: ask for one byte.
  if (head !== null && head !== 400 && head !== 405 && head !== 501) return head
  return ask('GET', url, session, options)
}

async function ask(
  method: 'HEAD' | 'GET',
  url: string,
  { findProxy }: Pick<S3Session, 'findProxy'>,
  options: ProbeOptions,
): Promise<number | null> {
  const send = options.pace?.ask ?? unsignedRequest
  const { status } = await send({
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
  return status === 416 && method === 'GET' ? 200 : status
}
