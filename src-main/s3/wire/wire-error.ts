import { scanXml, XmlError } from './xml-scanner.ts'

/** What an answer was, of which nothing is kept that a request has said. */
export interface WireAnswer {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * A refusal of the service, in the shape of the SDK's errors, so that `map-error.ts` reads both alike: `name` is S3's
 * code (`NotFound` or `Unknown` where it gave none). It never holds the request, and so no signature (S24).
 */
export class WireError extends Error {
  readonly $metadata: {
    httpStatusCode: number
    attempts: number
    requestId?: string
    extendedRequestId?: string
  }
  readonly $response: WireAnswer

  constructor(answer: WireAnswer, body: string) {
    const said = readError(body)
    super(said.message ?? 'UnknownError')
    this.name = said.code ?? (answer.statusCode === 404 ? 'NotFound' : 'Unknown')
    const requestId = answer.headers['x-amz-request-id'] ?? said.requestId
    const extendedRequestId = answer.headers['x-amz-id-2']
    this.$metadata = {
      httpStatusCode: answer.statusCode,
      attempts: 1,
      ...(requestId === undefined ? {} : { requestId }),
      ...(extendedRequestId === undefined ? {} : { extendedRequestId }),
    }
    this.$response = answer
  }
}

/** What has to be known of a failed attempt to decide on another one; the SDK's classes of errors. */
export type FailedAttempt = 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR'

const throttling = new Set([
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
])

const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Whether asking again can help, by the rules of the SDK's standard mode. */
export function classifyAttempt(error: unknown): FailedAttempt {
  if (!(error instanceof Error) || error.name === 'AbortError') return 'CLIENT_ERROR'
  if (error instanceof WireError) {
    const status = error.$metadata.httpStatusCode
    if (status === 429 || throttling.has(error.name)) return 'THROTTLING'
    if (error.name === 'RequestTimeout' || error.name === 'RequestTimeoutException') return 'TRANSIENT'
    if (status === 500 || status === 502 || status === 503 || status === 504) return 'TRANSIENT'
    return status >= 500 ? 'SERVER_ERROR' : 'CLIENT_ERROR'
  }
  // What says so of itself, as a proxy's failure does.
  if ('$retryable' in error) return 'TRANSIENT'
  return error.name === 'TimeoutError' || hasTransientCode(error) ? 'TRANSIENT' : 'CLIENT_ERROR'
}

function hasTransientCode(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false
  const code: unknown = 'code' in error ? error.code : undefined
  return (typeof code === 'string' && transientCodes.has(code)) || hasTransientCode(error.cause, depth + 1)
}

/** When the service wants to be asked again (`retry-after` in seconds or as a date), if it says so. */
export function retryAfterOf(error: unknown): Date | undefined {
  if (!(error instanceof WireError)) return undefined
  const hint = error.$response.headers['retry-after']
  if (hint === undefined) return undefined
  const at = /^\d+(\.\d+)?$/.test(hint) ? Date.now() + Number(hint) * 1000 : Date.parse(hint)
  return Number.isNaN(at) ? undefined : new Date(at)
}

/** Code, message and request id of an error document, wherever a gateway puts them; nothing of any other page. */
function readError(body: string): { code?: string; message?: string; requestId?: string } {
  const found: { code?: string; message?: string; requestId?: string } = {}
  try {
    scanXml(body, {
      close(name, _depth, text) {
        if (text === null || text === '') return
        if (name === 'Code') found.code ??= text
        else if (name === 'Message' || name === 'message') found.message ??= text
        else if (name === 'RequestId') found.requestId ??= text
      },
    })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    return {}
  }
  return found
}
