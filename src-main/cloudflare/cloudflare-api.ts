import { setTimeout as sleep } from 'node:timers/promises'
import type * as http from 'node:http'
import { type Failure, failure } from '../../src-preload/contract/failure.ts'
import { guardedLookup, isForbiddenLiteral } from '../s3/address-policy.ts'
import { toFailure } from '../s3/map-error.ts'
import { httpRequest, httpsRequest } from '../s3/node-http.ts'
import { createSessionAgents } from '../s3/session-agents.ts'
import type { CloudflareService, R2Account } from './cloudflare-service.ts'

/** One request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'PUT'
  /** Below `/client/v4`, percent-encoded. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  readonly jurisdiction: R2Account['jurisdiction']
  readonly token: string
  readonly signal?: AbortSignal
}

/** What an answer was: its status, and its body where that was JSON. */
interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

/** No answer that is waited for is longer, in bytes. */
const mostBytes = 256 * 1024

/**
 * Sends a request, and again when it was not answered or is to be sent later: everything that is sent here may be sent
 * twice. Answers `result` of the envelope, unchecked. A redirect is not followed. Throws Failures: `access-denied` for a
 * token that may not, `no-credentials` for one that is none, `no-such-bucket`, `slow-down`, `server-error`, `integrity` for
 * what is no answer of the API, and those of the network; none of them holds the token.
 */
export async function askCloudflare(service: CloudflareService, request: ApiRequest): Promise<unknown> {
  for (let round = 0; ; round++) {
    try {
      return resultOf(await sendOnce(service, request), request.token)
    } catch (error) {
      const problem = toFailure(error)
      const pause = service.pausesMs[round]
      if (request.signal?.aborted === true) throw failure('cancelled', 'Cancelled.')
      if (!problem.error.retryable || pause === undefined) throw problem
      await sleep(pause, undefined, request.signal ? { signal: request.signal } : {}).catch(() => {
        throw failure('cancelled', 'Cancelled.')
      })
    }
  }
}

async function sendOnce(service: CloudflareService, request: ApiRequest): Promise<ApiAnswer> {
  const { origin, lookup, timeoutMs, findProxy } = service
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isForbiddenLiteral(host)) throw failure('endpoint-refused', 'Pail does not connect there.')
  const body = request.body === undefined ? null : Buffer.from(JSON.stringify(request.body))
  const agents = await createSessionAgents({ keepAlive: false, findProxy }).to(url)
  const patience = AbortSignal.timeout(timeoutMs)
  return new Promise((take, refuse) => {
    let hasAnswered = false
    const lost = (error: Error | null) => {
      if (hasAnswered) return
      hasAnswered = true
      refuse(
        request.signal?.aborted === true
          ? failure('cancelled', 'Cancelled.')
          : networkProblem(error, patience),
      )
    }
    const sent = (url.protocol === 'http:' ? httpRequest : httpsRequest)(
      {
        method: request.method,
        hostname: host,
        ...(url.port === '' ? {} : { port: url.port }),
        path: `/client/v4${request.path}`,
        agent: url.protocol === 'http:' ? agents.http : agents.https,
        lookup: guardedLookup({ loopbackOnly: url.protocol === 'http:', lookup }),
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          authorization: `Bearer ${request.token}`,
          'user-agent': 'pail',
          ...(request.jurisdiction === null ? {} : { 'cf-r2-jurisdiction': request.jurisdiction }),
          ...(body === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(body.byteLength) }),
        },
        signal: request.signal ? AbortSignal.any([request.signal, patience]) : patience,
      },
      (response) => {
        readAll(response).then(
          (text) => {
            if (hasAnswered) return
            hasAnswered = true
            take({ status: response.statusCode ?? 0, body: text === null ? undefined : jsonOf(text) })
          },
          (error: unknown) => lost(error instanceof Error ? error : null),
        )
      },
    )
    sent.on('error', lost)
    // An abort before any answer closes the request without an error event on some versions of Node.
    sent.on('close', () => setImmediate(lost, null))
    sent.end(body ?? undefined)
  })
}

/** The whole body; null when it is longer than any answer. Rejects when it is cut off. */
function readAll(response: http.IncomingMessage): Promise<string | null> {
  return new Promise((take, refuse) => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= mostBytes) return
      take(null)
      response.destroy()
    })
    response.on('error', refuse)
    response.on('close', () => refuse(new Error('aborted')))
    response.on('end', () => (response.complete ? take(Buffer.concat(chunks).toString('utf8')) : undefined))
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function networkProblem(error: Error | null, patience: AbortSignal): Failure {
  if (patience.aborted)
    return failure('timeout', 'Cloudflare’s API did not answer in time.', { retryable: true })
  const told = error === null ? null : toFailure(error)
  // It names the proxy.
  if (told?.error.code === 'proxy') return told
  const { code, retryable } = told?.error ?? ({ code: 'unreachable', retryable: true } as const)
  const known = code === 'bug' ? 'unreachable' : code
  const words = {
    dns: 'Cloudflare’s API could not be found (api.cloudflare.com). Is this computer online?',
    tls: 'No secure connection to Cloudflare’s API could be made.',
  }
  const message =
    known === 'dns' || known === 'tls' ? words[known] : 'The connection to Cloudflare’s API was cut.'
  return failure(known, message, { retryable: retryable || code === 'bug' })
}

/** The `result` of an answer that says that it succeeded. */
function resultOf({ status, body }: ApiAnswer, token: string): unknown {
  const envelope =
    typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : null
  if (status >= 200 && status < 300) {
    if (envelope !== null && envelope['success'] === true && 'result' in envelope) return envelope['result']
    throw failure(
      'integrity',
      `Cloudflare’s API answered something that Pail does not understand (${status}).`,
    )
  }
  const said = errorOf(envelope, token)
  const quoted = said === null ? ` (${status})` : ` (${status}; ${said.code}: ${said.message})`
  const s3Code = said === null ? `HTTP ${status}` : `Cloudflare ${said.code}`
  const refuse = (...[code, message, retryable = false]: [Failure['error']['code'], string, boolean?]) =>
    failure(code, `${message}${quoted}`, { retryable, s3Code })
  // Authorization header of a wrong form; invalid token; invalid access token.
  if (
    said !== null &&
    [6003, 6111, 1000, 9109].includes(said.code) &&
    (status === 400 || status === 401 || status === 403)
  )
    return fail(
      refuse('no-credentials', 'Cloudflare does not know this API token. Enter it again in the profile.'),
    )
  if (status === 401 || status === 403)
    return fail(
      refuse(
        'access-denied',
        'Cloudflare refused: the API token needs “Workers R2 Storage: Edit” for the account that the endpoint names.',
      ),
    )
  if (said?.code === 10006)
    return fail(refuse('no-such-bucket', 'Cloudflare knows no such bucket in this account.'))
  if (status === 404 || said?.code === 7003)
    return fail(refuse('not-found', 'Cloudflare knows no such account, bucket or domain.'))
  if (status === 429)
    return fail(refuse('slow-down', 'Cloudflare’s API is asked too often. Try again in a few minutes.', true))
  if (status >= 500) return fail(refuse('server-error', 'Cloudflare’s API has a problem of its own.', true))
  if (status >= 300 && status < 400)
    return fail(refuse('server-error', 'Cloudflare’s API sent on to another address, which is not followed.'))
  return fail(refuse('invalid-argument', 'Cloudflare’s API did not accept the request.'))
}

function fail(problem: Failure): never {
  throw problem
}

/** The first error that an answer names, its text short, on one line, and without the token. */
function errorOf(
  envelope: Readonly<Record<string, unknown>> | null,
  token: string,
): { code: number; message: string } | null {
  const errors = envelope?.['errors']
  const first: unknown = Array.isArray(errors) ? errors[0] : null
  if (typeof first !== 'object' || first === null) return null
  const { code, message } = first as Readonly<Record<string, unknown>>
  if (typeof code !== 'number' || typeof message !== 'string') return null
  return {
    code,
    message: message
      .replaceAll(token, '…')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .slice(0, 300),
  }
}
