import type { ClientRequest, IncomingMessage, Agent as HttpAgent } from 'node:http'
import { request as httpRequest } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../../src-preload/contract/failure.ts'
import type { RetryLimits } from '../retry-strategy.ts'
import { createRetryStrategy } from '../retry-strategy.ts'
import type { Signing, SigningKeys } from './sigv4.ts'
import {
  canonicalQuery,
  createSigningKeys,
  emptyHash,
  hashOf,
  signHeaders,
  unsignedPayload,
} from './sigv4.ts'
import { classifyAttempt, retryAfterOf, WireError } from './wire-error.ts'

/** What a session lends to its requests: the same sockets, limits, keys and clock as the SDK's. */
export interface WireParts {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  readonly timeouts: {
    readonly connectionMs: number
    readonly socketMs: number
    /** While a body is sent; `socketMs` unless given. */
    readonly uploadMs?: number
  }
  readonly retries: RetryLimits
  credentials(): Promise<Pick<Signing, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>>
  clockOffsetMs(): number
  /** Learns from the date of an answer to a request that was sent at `sentAt`. */
  observe(headers: Readonly<Record<string, string>>, sentAt: number): void
}

/** One request; everything that is sent stands here. */
export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  /** Scheme, host and port. */
  readonly origin: URL
  /** Percent-encoded once. */
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly region: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent as it is; it can be sent again. */
  readonly body?: Uint8Array
  /** Whether a checksum among the headers protects the body, so that over https it need not be hashed as well. */
  readonly bodyIsChecked?: boolean
  readonly signal?: AbortSignal | undefined
}

/** An answer below 300. */
export interface WireResponse {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A lean way to send signed requests: `node:http` and nothing else between an operation and the socket. */
export interface Wire {
  /** Signing keys of this session. */
  readonly keys: SigningKeys
  /**
   * Signs, sends and, as often as the session's limits allow, sends again. Throws {@link WireError} for a refusal, and
   * the errors of sockets as they are; redirects are refusals (S30).
   */
  send(request: WireRequest): Promise<WireResponse>
}

/** No answer to one of these requests is longer. */
const longestAnswerBytes = 64 * 1024 * 1024

/** Only a clock that is off by more than this makes a service refuse; the SDK's threshold. */
const clockSkewMs = 240_000

/** Makes a session's wire. Nothing is sent or asked for before the first request. */
export function createWire(parts: WireParts): Wire {
  const keys = createSigningKeys()
  const strategy = createRetryStrategy(parts.retries)

  async function attempt(request: WireRequest, payloadHash: string): Promise<WireResponse> {
    const credentials = await parts.credentials()
    const offsetMs = parts.clockOffsetMs()
    const headers = signHeaders(
      { ...request, payloadHash, headers: { host: request.origin.host, ...request.headers } },
      { ...credentials, region: request.region, timeMs: Date.now() + offsetMs },
      keys,
    )
    headers['user-agent'] = 'pail'
    const sentAt = Date.now()
    const answer = await exchange(parts, request, headers, (received) => parts.observe(received, sentAt))
    if (answer.statusCode < 300) return answer
    const refusal = new WireError({ statusCode: answer.statusCode, headers: answer.headers }, answer.body)
    throw wasSkewed(refusal, offsetMs, parts.clockOffsetMs()) ? new SkewedRequest(refusal) : refusal
  }

  return {
    keys,
    async send(request) {
      const payloadHash = hashFor(request)
      let token = await strategy.acquireInitialRetryToken('')
      for (let attempts = 1; ; attempts++) {
        try {
          request.signal?.throwIfAborted()
          return await attempt(request, payloadHash)
        } catch (thrown) {
          const cause = thrown instanceof SkewedRequest ? thrown.refusal : thrown
          const error = cause instanceof Error ? cause : new Error('not an error')
          if (error instanceof WireError) error.$metadata.attempts = attempts
          if (request.signal?.aborted === true) throw abortError()
          const retryAfterHint = retryAfterOf(error)
          token = await strategy.refreshRetryTokenForRetry(token, {
            error: error as Error & { cause?: Error },
            errorType: thrown instanceof SkewedRequest ? 'TRANSIENT' : classifyAttempt(error),
            ...(retryAfterHint === undefined ? {} : { retryAfterHint }),
          })
          await sleep(token.getRetryDelay(), undefined, request.signal ? { signal: request.signal } : {})
        }
      }
    },
  }
}

/** A refusal by a clock that is known better now: worth one more attempt. */
class SkewedRequest extends Error {
  readonly refusal: WireError

  constructor(refusal: WireError) {
    super('clock')
    this.refusal = refusal
  }
}

function wasSkewed(refusal: WireError, usedOffsetMs: number, offsetMs: number): boolean {
  const status = refusal.$metadata.httpStatusCode
  return (
    (status === 400 || status === 401 || status === 403) && Math.abs(offsetMs - usedOffsetMs) >= clockSkewMs
  )
}

function hashFor(request: WireRequest): string {
  if (request.body === undefined || request.body.byteLength === 0) return emptyHash
  if (request.bodyIsChecked === true && request.origin.protocol === 'https:') return unsignedPayload
  return hashOf(request.body)
}

/** One request and its whole answer. */
function exchange(
  parts: WireParts,
  request: WireRequest,
  headers: Record<string, string>,
  received: (headers: Readonly<Record<string, string>>) => void,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const { origin, signal } = request
    const query = canonicalQuery(request.query)
    const isTls = origin.protocol === 'https:'
    const options = {
      method: request.method,
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: origin.port === '' ? (isTls ? 443 : 80) : Number(origin.port),
      path: query === '' ? request.path : `${request.path}?${query}`,
      headers,
      timeout: (request.body && parts.timeouts.uploadMs) ?? parts.timeouts.socketMs,
    }
    const sending: ClientRequest = isTls
      ? httpsRequest({ ...options, agent: parts.httpsAgent })
      : httpRequest({ ...options, agent: parts.httpAgent })
    let connecting: NodeJS.Timeout | undefined
    const onAbort = () => fail(abortError())
    const settled = () => {
      clearTimeout(connecting)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: Error) => {
      settled()
      sending.destroy()
      reject(error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    sending.once('socket', (socket) => {
      if (!socket.connecting) return
      connecting = setTimeout(() => fail(timeoutError()), parts.timeouts.connectionMs)
      socket.once('connect', () => clearTimeout(connecting))
    })
    sending.on('timeout', () => fail(timeoutError()))
    let isAnswered = false
    // A service may refuse before it has read the whole body: its answer counts, and not that the rest was not taken.
    sending.on('error', (error) => {
      if (!isAnswered) fail(error)
    })
    sending.once('response', (response) => {
      isAnswered = true
      const answered = headersOf(response)
      received(answered)
      readBody(response, fail, (body) => {
        settled()
        resolve({ statusCode: response.statusCode ?? 0, headers: answered, body })
      })
    })
    sending.end(request.body)
  })
}

function readBody(
  response: IncomingMessage,
  fail: (error: Error) => void,
  done: (body: string) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > longestAnswerBytes)
      fail(failure('integrity', 'The service’s answer does not come to an end.'))
  })
  response.on('error', fail)
  response.once('end', () => done(chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8')))
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' })
}

function abortError(): Error {
  return Object.assign(new Error('aborted'), { name: 'AbortError' })
}
