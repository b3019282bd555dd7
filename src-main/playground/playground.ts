import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { authenticate } from './authenticate.ts'
import { headerLookup } from './call.ts'
import type { Call, Reply } from './call.ts'
import { corsHeaders } from './cors.ts'
import { claimDirectory, instanceHeader, refuseClaimedDirectory } from './directory-claim.ts'
import { S3Error, errorDocument } from './errors.ts'
import { ObjectStore } from './object-store.ts'
import { findOperation } from './router.ts'
import { parseTarget } from './uri.ts'

/** What to start a playground with. */
export interface PlaygroundOptions {
  /** Where buckets and objects are kept. Made when it is missing. */
  directory: string
  /** 0, the default, takes a free one. */
  port?: number
  /** The one key pair accepted; random unless given, and never written to the directory. */
  accessKeyId?: string
  secretAccessKey?: string
  /** us-east-1 unless given. */
  region?: string
  /** The server's clock, for tests of skew and expiry. */
  now?: () => Date
  /** Of all parts but the last: 5 MiB, as in S3, unless given; for tests to which megabytes are slow. */
  smallestPartBytes?: number
  /** A host name that it answers to beside its own, in path style: for tests that reach it by way of a proxy. */
  alsoNamed?: string
  /** Told after every answer. `path` is without the query, so that no signature gets into a log. */
  onRequest?: (request: { method: string; path: string; operation: string; status: number }) => void
}

/** A running playground. */
export interface Playground {
  /** http://127.0.0.1:PORT */
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** Stops the server and cuts its connections. Nothing that was answered is lost. */
  close(): Promise<void>
}

/**
 * Starts a local S3 server that behaves as AWS does today, on 127.0.0.1 only. Rejects when the port is taken
 * or the directory holds records that cannot be read, or another playground is running on it.
 */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const region = options.region ?? 'us-east-1'
  const accessKeyId =
    options.accessKeyId ?? `AKIAPLAY${randomBytes(8).toString('hex').toUpperCase().slice(0, 12)}`
  const secretAccessKey = options.secretAccessKey ?? randomBytes(30).toString('base64url')
  const instance = randomUUID()
  await refuseClaimedDirectory(options.directory)
  const answer = requestHandler({
    instance,
    store: new ObjectStore(options.directory),
    region,
    credentials: { accessKeyId, secretAccessKey },
    now: options.now ?? (() => new Date()),
    smallestPartBytes: options.smallestPartBytes ?? 5 * 1024 * 1024,
    onRequest: options.onRequest ?? (() => undefined),
    alsoNamed: options.alsoNamed,
  })
  const handle = (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    answer(message, response, expectsContinue).catch((error: unknown) => {
      console.error('The playground could not answer a request:', error)
      response.destroy()
    })
  }
  const server = createServer(
    // A long upload is nothing unusual; a head that never ends is.
    { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 20_000, maxHeaderSize: 64 * 1024 },
    (message, response) => handle(message, response, false),
  )
  server.on('checkContinue', (message, response) => handle(message, response, true))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const giveBack = claimDirectory(options.directory, { endpoint, instance })
  return {
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    close: async () => {
      await new Promise<void>((resolve) => {
        // The callback's only error is that the server is closed already, which is what is wanted.
        server.close(() => resolve())
        server.closeAllConnections()
      })
      giveBack()
    },
  }
}

interface Environment {
  readonly instance: string
  readonly store: ObjectStore
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly now: () => Date
  readonly smallestPartBytes: number
  readonly onRequest: NonNullable<PlaygroundOptions['onRequest']>
  readonly alsoNamed: string | undefined
}

type Handler = (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => Promise<void>

function requestHandler(environment: Environment): Handler {
  return async (message, response, expectsContinue) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    const hostId = randomBytes(32).toString('base64')
    const path = (message.url ?? '/').split('?')[0] ?? '/'
    let operation = 'Unknown'
    response.setHeader('x-amz-request-id', requestId)
    response.setHeader('x-amz-id-2', hostId)
    response.setHeader('Server', 'PailPlayground')
    response.setHeader(instanceHeader, environment.instance)
    response.setHeader('Date', environment.now().toUTCString())
    let reply: Reply
    try {
      const target = parseTarget(message.url ?? '/', message.headers.host ?? '', environment.alsoNamed)
      const now = environment.now()
      const authentication = authenticate(message, target, { ...environment, now })
      const call: Call = {
        message,
        target,
        query: target.query,
        authentication,
        store: environment.store,
        region: environment.region,
        smallestPartBytes: environment.smallestPartBytes,
        now,
        ...headerLookup(message, target.query, authentication.method === 'presigned'),
        acceptBody: () => {
          if (expectsContinue) response.writeContinue()
        },
      }
      const found = findOperation(call)
      operation = found.name
      reply = await found.handle(call)
      reply = { ...reply, headers: { ...corsHeaders(call), ...reply.headers } }
    } catch (cause) {
      const error = cause instanceof S3Error ? cause : internalError(cause)
      reply = {
        status: error.status,
        headers: error.headers,
        ...(error.status === 304 ? {} : { body: errorDocument(error, path, requestId, hostId) }),
      }
    }
    try {
      await send(message, response, reply)
    } finally {
      environment.onRequest({ method: message.method ?? 'GET', path, operation, status: reply.status })
    }
  }
}

// A bug of the playground itself: the client learns 500, the person at the terminal the reason.
function internalError(cause: unknown): S3Error {
  console.error('The playground failed on a request:', cause)
  return new S3Error('InternalError')
}

async function send(message: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const isHead = message.method === 'HEAD'
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  // An answer before the body has come: the rest is not wanted, and the connection cannot be used again.
  if (!message.complete && message.headers.expect !== undefined && reply.status >= 300)
    response.setHeader('Connection', 'close')
  if (reply.body !== undefined && !isHead) {
    if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/xml')
    response.setHeader('Content-Length', Buffer.byteLength(reply.body))
  } else if (reply.content === undefined && !isHead && reply.status !== 204 && reply.status !== 304)
    response.setHeader('Content-Length', 0)
  response.writeHead(reply.status)
  try {
    if (reply.content && !isHead)
      for await (const chunk of reply.content.chunks) {
        if (response.destroyed) return
        if (!response.write(chunk)) await drained(response)
      }
    else if (reply.body !== undefined && !isHead) response.write(reply.body)
    response.end()
  } catch (error) {
    // The head is out already; a broken connection is the only way left to say that the body is not whole.
    console.error('The playground could not send a body to its end:', error)
    response.destroy()
  } finally {
    reply.content?.release()
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
