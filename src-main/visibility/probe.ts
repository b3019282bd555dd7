import { type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { classifyAddress, guardedLookup } from '../s3/address-policy.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** Which object to ask for. `baseUrl` is a custom domain or CDN that serves the bucket. */
export interface ProbeOptions {
  readonly bucket: string
  readonly key: string
  readonly baseUrl?: string | null
  /** How long to wait for the answer, in milliseconds; 10 s unless given. */
  readonly timeoutMs?: number
  readonly lookup?: LookupFunction
  readonly now?: () => Date
}

/**
 * What the public can read, asked as the public: a request without signature, cookie or referrer to the very URL that
 * would be handed out. 200 is public, 401 and 403 are private. Everything else (no answer, a redirect, 404, 5xx) is
 * unknown, with its status: nothing is inferred. Never rejects.
 */
export async function probeVisibility(session: S3Session, options: ProbeOptions): Promise<VisibilityCheck> {
  const url = publicObjectUrl(session, options.bucket, options.key, options.baseUrl ?? null)
  const status = await unsignedStatus(url, options)
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

async function unsignedStatus(url: string, options: ProbeOptions): Promise<number | null> {
  const head = await ask('HEAD', url, options)
  // Some services and CDNs answer HEAD only when it is signed, or not at all: ask for one byte.
  if (head !== null && head !== 400 && head !== 405 && head !== 501) return head
  return ask('GET', url, options)
}

function ask(method: 'HEAD' | 'GET', url: string, options: ProbeOptions): Promise<number | null> {
  if (!URL.canParse(url)) return Promise.resolve(null)
  return new Promise((answer) => {
    const { protocol, hostname, port } = new URL(url)
    // Taken from the text: a URL object would resolve `./` and `../`, which are part of a key.
    const path = url.slice(url.indexOf('/', protocol.length + 2))
    const host = hostname.replace(/^\[|\]$/g, '')
    // A literal address is connected to without the lookup below.
    if (isIP(host) !== 0 && classifyAddress(host) === 'forbidden') return answer(null)
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(
      {
        method,
        hostname: host,
        ...(port === '' ? {} : { port }),
        path,
        agent: false,
        lookup: guardedLookup({ loopbackOnly: false, ...(options.lookup ? { lookup: options.lookup } : {}) }),
        headers: { 'cache-control': 'no-cache', ...(method === 'GET' ? { range: 'bytes=0-0' } : {}) },
      } satisfies RequestOptions,
      (response: IncomingMessage) => {
        clearTimeout(timer)
        // 416 is the answer to a range of an empty object that may be read.
        const status = response.statusCode === 416 && method === 'GET' ? 200 : (response.statusCode ?? null)
        response.destroy()
        answer(status)
      },
    )
    const timer = setTimeout(() => request.destroy(), options.timeoutMs ?? 10_000)
    request.on('error', () => {
      clearTimeout(timer)
      answer(null)
    })
    // An abort before any answer closes the request without an error event on some versions of Node.
    request.on('close', () => {
      clearTimeout(timer)
      answer(null)
    })
    request.end()
  })
}
