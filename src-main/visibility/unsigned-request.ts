import type * as http from 'node:http'
import type { LookupFunction } from 'node:net'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { guardedLookup, isForbiddenLiteral } from '../s3/address-policy.ts'
import { type FindProxy, proxyHeader } from '../s3/find-proxy.ts'
import { toFailure } from '../s3/map-error.ts'
import { type Agents, httpRequest, httpsRequest } from '../s3/node-http.ts'
import { createSessionAgents, type SessionAgents } from '../s3/session-agents.ts'

/** Connections that several requests share. */
export type UnsignedAgents = Pick<SessionAgents, 'to' | 'destroy'>

/** What to ask for, as anybody could. */
export interface UnsignedRequest {
  /** GET asks for the first byte only. */
  readonly method: 'HEAD' | 'GET'
  readonly url: string
  /** In lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long to wait for the answer, in milliseconds; 10 s unless given. */
  readonly timeoutMs?: number
  readonly lookup?: LookupFunction
  readonly signal?: AbortSignal
  /** Without them each request has a connection of its own. */
  readonly agents?: UnsignedAgents
  /** Which proxy to go through; the agents have to have been made with it, too. */
  readonly findProxy?: FindProxy | undefined
  /** How much of the body of a refusal (4xx, 5xx) is read, in bytes; none unless given. */
  readonly errorBytes?: number
}

/** What came back: a status and headers, in lower case, or why there was no answer. */
export type UnsignedAnswer =
  | {
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      /** The beginning of a refusal, where it was asked for. */
      readonly body?: string
    }
  | { readonly status: null; readonly problem: ErrorCode }

/** What is still read of a body to use its connection again, in bytes. */
const readableBytes = 16 * 1024

/** Connections for many requests to one host, at most `atOnce` of them. */
export function createUnsignedAgents(atOnce: number, findProxy: FindProxy | undefined): UnsignedAgents {
  return createSessionAgents({ keepAlive: true, mostSockets: atOnce, findProxy })
}

/**
 * Asks as the public: without signature, cookie or referrer. A redirect is an answer and is not followed. Addresses that
 * Pail connects to for nobody are not connected to here either (S29). Never rejects.
 */
export async function unsignedRequest(asked: UnsignedRequest): Promise<UnsignedAnswer> {
  const answer = await sendOnce(asked)
  // The server may have closed a kept connection at this very moment.
  return answer === 'connection-was-old' ? freshly(asked) : answer
}

async function freshly(asked: UnsignedRequest): Promise<UnsignedAnswer> {
  const { agents: _, ...rest } = asked
  const answer = await sendOnce(rest)
  return answer === 'connection-was-old' ? { status: null, problem: 'unreachable' } : answer
}

async function sendOnce(asked: UnsignedRequest): Promise<UnsignedAnswer | 'connection-was-old'> {
  const { method, url, signal } = asked
  const nothing = (problem: ErrorCode) => Promise.resolve({ status: null, problem } as const)
  if (!URL.canParse(url)) return nothing('invalid-argument')
  const isAborted = () => signal?.aborted === true
  if (isAborted()) return nothing('cancelled')
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return nothing('invalid-argument')
  // Taken from the text: a URL object would resolve `./` and `../`, which are part of a key.
  const path = url.slice(url.indexOf('/', protocol.length + 2))
  // A space or the like in it is not an address that anybody could use.
  if (/[^\u0021-\u00ff]/.test(path)) return nothing('invalid-argument')
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isForbiddenLiteral(host)) return nothing('endpoint-refused')
  const secure = protocol === 'https:'
  let way: Agents | undefined
  try {
    way = await wayOf(asked)?.to(new URL(url))
  } catch (error) {
    return nothing(toFailure(error).error.code)
  }
  // A proxy may have been waited for.
  if (isAborted()) return nothing('cancelled')
  return new Promise((answer) => {
    let isRefused = false
    const request = (secure ? httpsRequest : httpRequest)(
      {
        method,
        hostname: host,
        ...(port === '' ? {} : { port }),
        path,
        agent: (secure ? way?.https : way?.http) ?? false,
        lookup: guardedLookup({ loopbackOnly: false, lookup: asked.lookup }),
        headers: { ...asked.headers, ...(method === 'GET' ? { range: 'bytes=0-0' } : {}) },
        ...(signal ? { signal } : {}),
      },
      (response) => {
        const { statusCode: status = 0 } = response
        const headers = headersOf(response)
        if (isOfProxy(status, headers)) {
          clearTimeout(timer)
          answer({ status: null, problem: 'proxy' })
          leave(response, method, asked.agents !== undefined)
          return
        }
        if (asked.errorBytes !== undefined && status >= 400) {
          // The time is still counted; what has come by then is the answer.
          isRefused = true
          void beginningOf(response, asked.errorBytes).then((body) => answer({ status, headers, body }))
          return
        }
        clearTimeout(timer)
        answer({ status, headers })
        leave(response, method, asked.agents !== undefined)
      },
    )
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT' })),
      asked.timeoutMs ?? 10_000,
    )
    request.on('error', (error) => {
      clearTimeout(timer)
      if (isRefused) return
      const { code } = toFailure(error).error
      if (code === 'unreachable' && request.reusedSocket) answer('connection-was-old')
      else answer({ status: null, problem: isAborted() ? 'cancelled' : code })
    })
    // An abort before any answer closes the request without an error event on some versions of Node.
    request.on('close', () => {
      clearTimeout(timer)
      if (!isRefused) answer({ status: null, problem: isAborted() ? 'cancelled' : 'unreachable' })
    })
    request.end()
  })
}

function wayOf({ agents, findProxy }: UnsignedRequest): UnsignedAgents | null {
  if (agents !== undefined) return agents
  return findProxy === undefined ? null : createSessionAgents({ keepAlive: false, findProxy })
}

/**
 * Whether a refusal may be that of a proxy which speaks for the service, as it can without TLS: what does not come from
 * S3 then says nothing about the object.
 */
function isOfProxy(status: number, headers: Readonly<Record<string, string>>): boolean {
  if (headers[proxyHeader] === undefined) return false
  return status === 407 || ((status === 401 || status === 403) && headers['x-amz-request-id'] === undefined)
}

function headersOf({ headers }: http.IncomingMessage): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) all[name] = Array.isArray(value) ? value.join(', ') : value
  return all
}

/** What comes of a body, at most so many bytes; a body that is cut off is what came of it. */
function beginningOf(response: http.IncomingMessage, mostBytes: number): Promise<string> {
  return new Promise((take) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = () => {
      take(Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8'))
      response.destroy()
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size >= mostBytes) end()
    })
    response.on('error', end)
    response.on('end', end)
    response.on('close', end)
  })
}

/** Reads a short body to its end, so that the connection can be used again; a long one is not waited for. */
function leave(response: http.IncomingMessage, method: string, keep: boolean): void {
  response.on('error', () => undefined)
  const announced = Number(response.headers['content-length'] ?? Number.NaN)
  if (keep && (method === 'HEAD' || announced <= readableBytes)) response.resume()
  else response.destroy()
}
