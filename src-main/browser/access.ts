import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What of a request decides whether it is answered. */
export interface AccessRequest {
  readonly method: string
  readonly path: string
  readonly token: string | null
  readonly headers: IncomingHttpHeaders
}

/** Answered; answered and given a session; or refused with a status and a sentence. */
export type Access =
  | { readonly granted: true; readonly setCookie: string | null }
  | { readonly granted: false; readonly status: 401 | 403 | 421; readonly reason: string }

/** Decides about every request before anything else looks at it. */
export interface AccessGate {
  /** The one-time token of the printed address. */
  readonly token: string
  decide(request: AccessRequest): Access
}

/** Equal in constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(given), digest(expected))
}

function cookieValue(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name) return value?.trim() ?? null
  }
  return null
}

/**
 * The gate of the browser host. `authority` is `127.0.0.1:PORT`, and a request for any other host is refused, so that a
 * name which resolves to this computer leads nowhere (DNS rebinding). A request from another page, also of another
 * port, is refused by Origin and Sec-Fetch-Site. The token is exchanged once for a session cookie; without either,
 * nothing is answered.
 */
export function createAccessGate(authority: string): AccessGate {
  const origin = `http://${authority}`
  const token = randomBytes(32).toString('base64url')
  const session = randomBytes(32).toString('base64url')
  // Cookies know no ports: the name keeps two running Pails apart.
  const cookieName = `pail-${authority.slice(authority.lastIndexOf(':') + 1)}`
  let tokenUsed = false

  return {
    token,
    decide({ method, path, token: givenToken, headers }) {
      if (headers.host !== authority) {
        return { granted: false, status: 421, reason: 'This is not the address that Pail listens on.' }
      }
      if (headers.origin !== undefined && headers.origin !== origin) {
        return { granted: false, status: 403, reason: 'Another page may not call Pail.' }
      }
      if (method !== 'GET' && method !== 'HEAD' && headers.origin !== origin) {
        return { granted: false, status: 403, reason: 'This call does not say which page it comes from.' }
      }
      const isPage = method === 'GET' && path === '/'
      const site = headers['sec-fetch-site']
      // The page itself may be opened from anywhere, such as a link in a terminal; everything else only by the page.
      if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isPage) {
        return { granted: false, status: 403, reason: 'Another page may not call Pail.' }
      }
      const cookie = cookieValue(headers.cookie, cookieName)
      if (cookie !== null && isSame(cookie, session)) return { granted: true, setCookie: null }
      if (isPage && givenToken !== null && !tokenUsed && isSame(givenToken, token)) {
        tokenUsed = true
        return {
          granted: true,
          setCookie: `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`,
        }
      }
      return {
        granted: false,
        status: 401,
        reason:
          'Open the address that Pail printed. It works once; if it was opened before, start Pail again for a new one.',
      }
    },
  }
}
