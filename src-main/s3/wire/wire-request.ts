import type { Readable } from 'node:stream'
import { digestAside } from '../digest-aside.ts'
import type { AwsService } from './sigv4.ts'
import { emptyHash, hashOf, unsignedPayload } from './sigv4.ts'

/** One request; everything that is sent stands here. */
export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Scheme, host and port. */
  readonly origin: URL
  /** Percent-encoded once. */
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly region: string
  /** Whom it goes to; S3 unless given. */
  readonly service?: AwsService
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent as it is; it can be sent again. */
  readonly body?: Uint8Array
  /** Whether a checksum among the headers protects the body, so that over https it need not be hashed as well. */
  readonly bodyIsChecked?: boolean
  /** What {@link payloadHashOf} gave for the same body, so that it is not hashed again. */
  readonly payloadHash?: string | undefined
  /** Throws a {@link WireError} for an answer below 300 that is a refusal all the same (F9); it counts as one. */
  readonly check?: (answer: WireResponse) => void
  readonly signal?: AbortSignal | undefined
  /** Sent once, whatever comes of it. */
  readonly isTriedOnce?: boolean
}

/** An answer below 300. */
export interface WireResponse {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer below 300 whose body has been made into something else than text. */
export interface ParsedResponse<T> {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly parsed: T
}

/** An answer below 300 whose body is read as it arrives. */
export interface WireStream {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Ends with an error when the connection is cut, is silent for too long or the request is cancelled. */
  readonly body: Readable
}

/** What stands for a body in its signature: its SHA-256 in hex, unless a checksum protects it over https. */
export function payloadHashOf(request: HashedRequest): string {
  return hashWithoutWork(request) ?? hashOf(request.body ?? '')
}

/** As {@link payloadHashOf}, of a body that may be long and holds still until then. Never rejects. */
export async function payloadHashAside(request: HashedRequest): Promise<string> {
  return (
    hashWithoutWork(request) ??
    (await digestAside('sha256', request.body ?? new Uint8Array(0))).toString('hex')
  )
}

type HashedRequest = Pick<WireRequest, 'body' | 'bodyIsChecked' | 'origin'>

function hashWithoutWork({ body, bodyIsChecked, origin }: HashedRequest): string | null {
  if (body === undefined || body.byteLength === 0) return emptyHash
  return bodyIsChecked === true && origin.protocol === 'https:' ? unsignedPayload : null
}
