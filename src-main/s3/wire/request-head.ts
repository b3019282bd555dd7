import { canonicalQuery } from './sigv4.ts'
import type { WireRequest } from './wire-request.ts'

/** Where a request goes: what a socket is connected to, and the target of its request line. */
export interface RequestTarget {
  readonly isTls: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** Percent-encoded path and query. */
  readonly path: string
}

/** Where a request goes. */
export function targetOf({
  origin,
  path,
  query,
}: Pick<WireRequest, 'origin' | 'path' | 'query'>): RequestTarget {
  const isTls = origin.protocol === 'https:'
  const text = canonicalQuery(query)
  return {
    isTls,
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port === '' ? (isTls ? 443 : 80) : Number(origin.port),
    path: text === '' ? path : `${path}?${text}`,
  }
}

const sayALengthWithoutBody = new Set(['PUT', 'POST'])
const unescaped = /[^\x21-\xff]/
const notInNames = /[^!#$%&'*+.^_`|~0-9A-Za-z-]/
const notInValues = /[^\t\x20-\x7e\x80-\xff]/

/**
 * The head of a request of HTTP/1.1, with the empty line at its end, in Latin 1. Throws, as Node does, for what would
 * begin a header or a request of its own.
 */
export function requestHead(
  { method, body }: Pick<WireRequest, 'method' | 'body'>,
  path: string,
  headers: Readonly<Record<string, string>>,
): string {
  if (unescaped.test(path))
    throw invalid('ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters')
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (const name in headers) {
    const value = headers[name] ?? ''
    if (name === '' || notInNames.test(name))
      throw invalid('ERR_INVALID_HTTP_TOKEN', 'Header name must be a token')
    if (notInValues.test(value))
      throw invalid('ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`)
    head += `${name}: ${value}\r\n`
  }
  if (headers['content-length'] === undefined && (body !== undefined || sayALengthWithoutBody.has(method)))
    head += `content-length: ${body?.byteLength ?? 0}\r\n`
  return `${head}connection: keep-alive\r\n\r\n`
}

function invalid(code: string, message: string): Error {
  return Object.assign(new TypeError(message), { code })
}
