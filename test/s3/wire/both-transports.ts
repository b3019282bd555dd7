import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { S3SessionOptions } from '../../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import type { Script, ScriptedServer, SeenRequest } from '../scripted-server.ts'
import { isHeadBucket, startScriptedServer, testSession } from '../scripted-server.ts'

/** Run after each test. */
export const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** The two ways of sending. */
export const transports = ['wire', 'sdk'] as const

/** A server whose buckets exist and which otherwise follows the script, until the test ends. */
export async function serve(script: Script, tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const server = await startScriptedServer((request, response, count) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else script(request, response, count)
  }, tls)
  closers.push(() => server.close())
  return server
}

/** A session that ends with the test. */
export function open(endpoint: string | null, options: Partial<S3SessionOptions> = {}): S3Session {
  const session = testSession(endpoint, options)
  closers.push(() => session.destroy())
  return session
}

/** What each transport makes of the same answers, and the requests that it sent for them. */
export async function both<T>(
  script: Script,
  work: (session: S3Session) => Promise<T>,
  options: Partial<S3SessionOptions> = {},
) {
  const outcomes = []
  for (const transport of transports) {
    const server = await serve(script)
    const session = open(server.endpoint, { ...options, transport })
    const outcome = await work(session).then(
      (value) => ({ value }),
      (error: { error?: unknown; cause?: unknown }) => ({ error: error.error, cause: error.cause }),
    )
    const requests = server.requests.filter((request) => !isHeadBucket(request))
    outcomes.push({ outcome, requests })
  }
  const [wire, sdk] = outcomes
  if (!wire || !sdk) throw new Error('two transports')
  return { wire, sdk }
}

/** What a request says to a service; the SDK's notes about itself are left out. */
export function essence({ method, url, headers, body }: SeenRequest) {
  const own = /^(amz-sdk-|user-agent|x-amz-user-agent|authorization|x-amz-date|connection|host|accept|expect)/
  const kept = Object.entries(headers).filter(([name]) => !own.test(name))
  const [path, query = ''] = url.split('?')
  const parameters = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('x-id='))
  return { method, path, parameters: parameters.toSorted(), headers: Object.fromEntries(kept), body }
}

/** A certificate for 127.0.0.1, or other names, that nobody has signed; needs `openssl`. */
export function makeCertificate(names = 'IP:127.0.0.1'): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pail-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${names}`]
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')
    execFileSync('openssl', request.concat(subject, '-keyout', key, '-out', cert), { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
