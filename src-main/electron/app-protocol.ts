import type { Protocol } from 'electron'
import { readPageFile } from '../page/page-file.ts'
import { pageHeaders } from '../page/page-headers.ts'
import { appOrigin, appScheme, isAppUrl } from './app-origin.ts'

/**
 * Makes `app://` a standard, secure scheme and nothing more (S5): it bypasses no policy, has no CORS and no service
 * workers. Must be called before the application is ready.
 */
export function registerAppScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true } }])
}

/**
 * The path of a request for our page, or null when it is refused: another method's or another origin's.
 * The path is taken from the text, since parsing it would quietly resolve `..` and `%2e%2e` before they can be refused.
 */
export function pagePathOf(method: string, url: string): string | null {
  if (method !== 'GET' && method !== 'HEAD') return null
  if (!isAppUrl(url)) return null
  const path = url.slice(appOrigin.length).replace(/[?#].*$/s, '')
  return path === '' ? '/' : path
}

/** Answers one request for the page: a file of the build or 404, with the same headers in either case. */
export async function answerPageRequest(
  pageDirectory: string,
  request: { readonly method: string; readonly url: string },
): Promise<Response> {
  const path = pagePathOf(request.method, request.url)
  const file = path === null ? null : await readPageFile(pageDirectory, path)
  if (file === null) {
    return new Response('Not found', {
      status: 404,
      headers: { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' },
    })
  }
  return new Response(request.method === 'HEAD' ? null : file.body, {
    status: 200,
    headers: { ...pageHeaders, 'Content-Type': file.contentType },
  })
}

/** Serves the built page as `app://bundle/` within one session. */
export function servePage(protocol: Pick<Protocol, 'handle'>, pageDirectory: string): void {
  protocol.handle(appScheme, (request) => answerPageRequest(pageDirectory, request))
}
