import { setTimeout as sleep } from 'node:timers/promises'
import type { Pace } from '../pace.ts'
import { smallBodyBytes } from '../pace.ts'
import type { RetryLimits } from '../retry-strategy.ts'
import { createRetryStrategy } from '../retry-strategy.ts'
import type { Agents } from '../node-http.ts'
import type { SessionAgents } from '../session-agents.ts'
import type { ExchangeParts, Reading, WholeReading } from './exchange.ts'
import {
  abortError,
  exchange,
  isSentAtOnce,
  readAsItComes,
  readThrough,
  readWhole,
  wholly,
} from './exchange.ts'
import { quickExchange } from './quick-exchange.ts'
import type { Signing, SigningKeys } from './sigv4.ts'
import { createSigningKeys, signHeaders } from './sigv4.ts'
import { classifyAttempt, retryAfterOf, WireError } from './wire-error.ts'
import type { ParsedResponse, WireRequest, WireResponse, WireStream } from './wire-request.ts'
import { payloadHashOf } from './wire-request.ts'

/** What a session lends to its requests: the same sockets, limits, keys and clock as the SDK's. */
export interface WireParts extends ExchangeParts {
  readonly agents: Pick<SessionAgents, 'to'>
  readonly retries: RetryLimits
  credentials(): Promise<Pick<Signing, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>>
  clockOffsetMs(): number
  /** Learns from the date of an answer to a request that was sent at `sentAt`. */
  observe(headers: Readonly<Record<string, string>>, sentAt: number): void
  /** Learns from how long an answer took, and from those that ask to go slower. */
  readonly pace: Pick<Pace, 'answered' | 'throttled'>
}

/** A lean way to send signed requests: little but the socket, or `node:http`, beneath an operation. */
export interface Wire {
  /** Signing keys of this session. */
  readonly keys: SigningKeys
  /**
   * Signs, sends and, as often as the session's limits allow, sends again. Throws {@link WireError} for a refusal, and
   * the errors of sockets as they are; redirects are refusals (S30).
   */
  send(request: WireRequest): Promise<WireResponse>
  /**
   * As {@link Wire.send}, with `parse` in place of text: it is given the bytes of the body for as long as it runs, and
   * should not throw, since that would count as an answer that did not arrive.
   */
  read<T>(request: WireRequest, parse: (body: Buffer) => T): Promise<ParsedResponse<T>>
  /** As {@link Wire.send}, but only to the head of the answer: what befalls its body is for the caller to mend. */
  open(request: WireRequest): Promise<WireStream>
}

/** How an answer is read. */
type Ways<T> = { readonly whole: WholeReading<T> } | { readonly stream: Reading<T> }

/** Only a clock that is off by more than this makes a service refuse; the SDK's threshold. */
const clockSkewMs = 240_000

/** Makes a session's wire. Nothing is sent or asked for before the first request. */
export function createWire(parts: WireParts): Wire {
  const keys = createSigningKeys()
  const strategy = createRetryStrategy(parts.retries, () => parts.pace.throttled())

  /** One way or the other, by what is asked for and where it goes. */
  function exchanged<T>(
    agents: Agents,
    request: WireRequest,
    headers: Record<string, string>,
    read: Ways<T>,
    received: (headers: Readonly<Record<string, string>>) => void,
  ): Promise<T> {
    const { body } = request
    const { bandwidth } = parts
    const isHeldBack = body !== undefined && bandwidth !== undefined && !isSentAtOnce(body, bandwidth)
    if ('whole' in read && agents.connections !== undefined && !isHeldBack)
      return quickExchange(parts, agents.connections, request, headers, read.whole, received)
    const reading = 'whole' in read ? wholly(read.whole) : read.stream
    return exchange(parts, agents, request, headers, reading, received)
  }

  async function attempt<T>(request: WireRequest, payloadHash: string, read: Ways<T>): Promise<T> {
    const credentials = await parts.credentials()
    const way = parts.agents.to(request.origin)
    const agents = way instanceof Promise ? await way : way
    const offsetMs = parts.clockOffsetMs()
    const headers = signHeaders(
      {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: { host: request.origin.host, ...request.headers },
        payloadHash,
      },
      {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        sessionToken: credentials.sessionToken,
        region: request.region,
        service: request.service,
        timeMs: Date.now() + offsetMs,
      },
      keys,
    )
    headers['user-agent'] = 'pail'
    const sentAt = Date.now()
    try {
      const answer = await exchanged(agents, request, headers, read, (received) =>
        parts.observe(received, sentAt),
      )
      if ((request.body?.byteLength ?? 0) <= smallBodyBytes)
        parts.pace.answered(request.method, Date.now() - sentAt)
      return answer
    } catch (error) {
      throw error instanceof WireError && wasSkewed(error, offsetMs, parts.clockOffsetMs())
        ? new SkewedRequest(error)
        : error
    }
  }

  async function untilAnswered<T>(request: WireRequest, read: Ways<T>): Promise<T> {
    const payloadHash = request.payloadHash ?? payloadHashOf(request)
    let token = await strategy.acquireInitialRetryToken('')
    for (let attempts = 1; ; attempts++) {
      try {
        request.signal?.throwIfAborted()
        return await attempt(request, payloadHash, read)
      } catch (thrown) {
        const cause = thrown instanceof SkewedRequest ? thrown.refusal : thrown
        const error = cause instanceof Error ? cause : new Error('not an error')
        if (error instanceof WireError) error.$metadata.attempts = attempts
        if (request.signal?.aborted === true) throw abortError()
        if (request.isTriedOnce === true) throw error
        const retryAfterHint = retryAfterOf(error)
        token = await strategy.refreshRetryTokenForRetry(token, {
          error: error as Error & { cause?: Error },
          errorType: thrown instanceof SkewedRequest ? 'TRANSIENT' : classifyAttempt(error),
          ...(retryAfterHint === undefined ? {} : { retryAfterHint }),
        })
        await sleep(token.getRetryDelay(), undefined, request.signal ? { signal: request.signal } : {})
      }
    }
  }

  return {
    keys,
    send: (request) => untilAnswered(request, { whole: readWhole }),
    read: (request, parse) => untilAnswered(request, { whole: readThrough(parse) }),
    open: (request) => untilAnswered(request, { stream: readAsItComes }),
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
