import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../../src-preload/contract/failure.ts'
import { eventNames, methodNames } from '../../src-preload/contract/methods.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { failed, ok } from '../../src-preload/contract/result.ts'
import type { Log } from '../logging/log.ts'
import { readPageFile } from '../page/page-file.ts'
import { pageHeaders } from '../page/page-headers.ts'
import type { AccessGate } from './access.ts'
import { createAccessGate } from './access.ts'
import type { EventStream } from './event-stream.ts'
import type { Uploads } from './uploads.ts'

/** What the server is made of. */
export interface HttpHostParts {
  /** The built page. */
  readonly pageDirectory: string
  /** The script that makes `window.api` out of fetch. */
  readonly bridgeScript: string
  readonly dispatch: (name: string, input: unknown) => Promise<Result<unknown>>
  readonly uploads: Uploads
  readonly events: EventStream
  readonly log: Log
  /** 0 lets the system choose. */
  readonly port: number
}

/** A running server. */
export interface HttpHost {
  /** With the one-time token. */
  readonly address: string
  readonly origin: string
  close(): Promise<void>
}

/** The largest argument that a method takes, with its JSON around it. */
const maxCallBytes = 48 * 1024 * 1024

/** Nothing that a call may have; the page gets a 413. */
class BodyTooLarge extends Error {}

async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new BodyTooLarge()
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { ...pageHeaders, 'Content-Type': type })
  response.end(body)
}

function answerText(response: ServerResponse, status: number, text: string): void {
  answer(response, status, 'text/plain; charset=utf-8', text)
}

function answerResult(response: ServerResponse, result: Result<unknown>): void {
  answer(response, 200, 'application/json', JSON.stringify(result))
}

/** Runs a step of an upload; what fails on purpose crosses as a value, as in the dispatcher. */
async function asResult(step: () => Promise<unknown>, log: Log): Promise<Result<unknown>> {
  try {
    await step()
    return ok({})
  } catch (error) {
    if (error instanceof Failure) return failed(error.error)
    log.error('An upload failed unexpectedly.', error)
    return failed({
      code: 'bug',
      message: 'The dropped file did not arrive. Drop it again.',
      retryable: true,
    })
  }
}

function textField(input: unknown, name: string): string {
  const value = typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[name] : null
  return typeof value === 'string' ? value : ''
}

/** The bridge goes before the page's own script, which runs after it because modules wait. */
function withBridge(html: string): string {
  return html.replace(/<head>/i, '<head>\n    <script src="/bridge.js"></script>')
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>

function createRoutes(parts: HttpHostParts): Route {
  const { pageDirectory, bridgeScript, dispatch, uploads, events, log } = parts
  const names = JSON.stringify({ methods: methodNames, events: eventNames })
  // Assigned before the bridge runs, so that names are written in the contract alone.
  const bridge = `globalThis.pailBridgeNames = ${names};\n${bridgeScript}`

  const call: Route = async (request, response, url) => {
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
      return answerText(response, 415, 'A call is JSON.')
    }
    const name = url.pathname.slice('/api/'.length)
    const input = await readJson(request, maxCallBytes)
    if (name !== 'registerDrop') return answerResult(response, await dispatch(name, input))
    // A page cannot name a file of this computer, only what it has uploaded itself (S15).
    let sources: unknown
    const found = await asResult(async () => {
      sources = await uploads.sources(textField(input, 'batch'))
    }, log)
    answerResult(response, found.ok ? await dispatch(name, { sources }) : found)
  }

  const upload: Route = async (request, response, url) => {
    const place = {
      batch: url.searchParams.get('batch') ?? '',
      group: Number(url.searchParams.get('group') ?? 'none'),
      name: url.searchParams.get('name') ?? '',
    }
    const result = await asResult(
      () =>
        url.searchParams.get('kind') === 'folder'
          ? uploads.makeFolder(place)
          : uploads.receive(place, request as AsyncIterable<Buffer>),
      log,
    )
    // Read to its end, so that the page hears the answer instead of a broken connection.
    request.resume()
    answerResult(response, result)
  }

  return async (request, response, url) => {
    const { method } = request
    const path = url.pathname
    if (method === 'POST' && path.startsWith('/api/')) return call(request, response, url)
    if (method === 'POST' && path === '/upload') return upload(request, response, url)
    if (method === 'POST' && path === '/clipboard-written') {
      const written = (await readJson(request, 1024)) as { id?: unknown; written?: unknown } | null
      if (typeof written?.id === 'number') events.clipboardWritten(written.id, written.written === true)
      return answerResult(response, ok({}))
    }
    if (method !== 'GET') return answerText(response, 405, 'This is not how Pail is called.')
    if (path === '/events') {
      response.writeHead(200, { ...pageHeaders, 'Content-Type': 'text/event-stream; charset=utf-8' })
      return events.open(response)
    }
    if (path === '/bridge.js') return answer(response, 200, 'text/javascript; charset=utf-8', bridge)
    if (path === '/favicon.ico') {
      response.writeHead(204, pageHeaders)
      response.end()
      return
    }
    // The text of the request, not the parsed path: parsing resolves `..` before it can be refused (S5).
    const file = await readPageFile(pageDirectory, (request.url ?? '').replace(/[?#].*$/s, ''))
    if (file === null) return answerText(response, 404, 'Not found')
    const isHtml = file.contentType.startsWith('text/html')
    answer(response, 200, file.contentType, isHtml ? withBridge(file.body.toString('utf8')) : file.body)
  }
}

function createListener(parts: HttpHostParts, gate: () => AccessGate) {
  const route = createRoutes(parts)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const url = new URL(request.url ?? '', 'http://127.0.0.1')
      const access = gate().decide({
        method: request.method ?? '',
        path: url.pathname,
        token: url.searchParams.get('token'),
        headers: request.headers,
      })
      if (!access.granted) {
        response.setHeader('Connection', 'close')
        return answerText(response, access.status, access.reason)
      }
      if (access.setCookie !== null) response.setHeader('Set-Cookie', access.setCookie)
      await route(request, response, url)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else if (error instanceof BodyTooLarge) answerText(response, 413, 'That is too much for one call.')
      else if (error instanceof SyntaxError) answerText(response, 400, 'That is not JSON.')
      else {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_URL') {
          parts.log.error('A request failed unexpectedly.', error)
        }
        answerText(response, 400, 'That request cannot be answered.')
      }
    }
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Serves the page and the backend on 127.0.0.1, to whoever opens the one-time address and to nobody else. */
export async function startHttpHost(parts: HttpHostParts): Promise<HttpHost> {
  let gate: AccessGate | null = null
  const listener = createListener(parts, () => {
    if (gate === null) throw new Error('a request came before the server knew its port')
    return gate
  })
  const server = createServer(
    { maxHeaderSize: 32 * 1024 },
    (request, response) => void listener(request, response),
  )
  // An upload takes as long as it takes; headers do not.
  server.requestTimeout = 0
  server.headersTimeout = 30_000
  const port = await listen(server, parts.port)
  const authority = `127.0.0.1:${port}`
  const created = createAccessGate(authority)
  gate = created
  return {
    origin: `http://${authority}`,
    address: `http://${authority}/?token=${created.token}`,
    close: () =>
      new Promise((resolve) => {
        parts.events.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
