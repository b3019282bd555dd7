import { type Failure, failure } from '../../src-preload/contract/failure.ts'
import { isLoopbackHost } from './address-policy.ts'

/** A proxy that requests go through. */
export interface HttpProxy {
  /** Scheme, host and port, without user and password: what people and the log may see. */
  readonly origin: string
  /** The value of `Proxy-Authorization`, for nobody but the proxy; null where it wants none. */
  readonly authorization: string | null
  readonly saidBy: 'profile' | 'system' | 'environment' | 'command-line'
}

/**
 * Which proxy requests to a URL go through; null for none. Not asked for loopback addresses. Rejects with the Failures of
 * a proxy's setting and of the keychain.
 */
export type FindProxy = (url: Readonly<URL>) => HttpProxy | null | Promise<HttpProxy | null>

/**
 * The value of `Proxy-Authorization` for a user (RFC 7617, in UTF-8). `onSecret` is told, before it is used, what the log
 * must never show (S25).
 */
export function proxyAuthorization(
  userName: string,
  password: string,
  onSecret: (value: string) => void,
): string {
  const encoded = Buffer.from(`${userName}:${password}`).toString('base64')
  if (password !== '') onSecret(password)
  onSecret(encoded)
  return `Basic ${encoded}`
}

/** What {@link FindProxy} says of a URL; for this computer it is not asked. */
export function proxyTo(findProxy: FindProxy | undefined, url: Readonly<URL>): ReturnType<FindProxy> {
  return findProxy === undefined || isLoopbackHost(url.hostname) ? null : findProxy(url)
}

/** What another attempt may mend, in the form in which the SDK is told so. */
const mayPass = { $retryable: {} }

/** A failure of a proxy, or of its setting. One that `mayPass` is tried again by both ways of sending. */
export function proxyFailure(
  message: string,
  more: { readonly mayPass?: boolean; readonly s3Code?: string } = {},
): Failure {
  const { s3Code } = more
  const retryable = more.mayPass ?? false
  const made = failure('proxy', message, { retryable, ...(s3Code === undefined ? {} : { s3Code }) })
  return retryable ? Object.assign(made, mayPass) : made
}

/** The header in which an answer that came by way of a proxy, in the clear, carries that proxy's origin. */
export const proxyHeader = 'pail-proxy'

/** The proxy that stands behind an error or an answer, for a sentence; null where there was none. */
export function proxyNamed(origin: unknown): string | null {
  // A service can send the header, too: it is no way to say something else.
  return typeof origin === 'string' && /^https?:\/\/[\w.:[\]-]{1,300}$/.test(origin) ? origin : null
}
