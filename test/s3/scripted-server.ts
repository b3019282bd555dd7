import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { S3SessionOptions } from '../../src-main/s3/create-s3-session.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'

/** A request as it came in, body and all. */
export interface SeenRequest {
  readonly method: string
  /** Path and query as they were sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server on loopback that does what a test tells it, right or wrong. */
export interface ScriptedServer {
  readonly endpoint: string
  readonly port: number
  readonly requests: SeenRequest[]
  close(): Promise<void>
}

/** Answers one request; `count` is how many came before it. */
export type Script = (request: SeenRequest, response: ServerResponse, count: number) => void

/** Starts it on a free port of 127.0.0.1; with `tls`, over https. */
export async function startScriptedServer(
  script: Script,
  tls?: { key: string; cert: string },
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(seen)
      // As S3 does in each answer; by that its own are told from those of whatever else answers at its host.
      response.setHeader('x-amz-request-id', 'R1')
      script(seen, response, requests.length - 1)
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

/** Sends an S3 error document. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message = 'Said by the script.',
): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>R1</RequestId></Error>`,
  )
}

/** Sends an XML body with 200. */
export function sendXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`)
}

/** HeadBucket, which a session asks once for each bucket. */
export function isHeadBucket(request: SeenRequest): boolean {
  return request.method === 'HEAD' && /^\/[^/?]+\/?(\?|$)/.test(request.url)
}

/** Keys that are recognised in whatever they leak into. */
export const testKeys = {
  accessKeyId: 'AKIATESTTESTTEST1234',
  secretAccessKey: 'canarySecret/aB+cD1234567890abcdefghijkl',
}

let transport: S3SessionOptions['transport']

/** Lets the sessions that {@link testSession} makes from now on use one of the two transports. */
export function useTransport(name: NonNullable<S3SessionOptions['transport']>): void {
  transport = name
}

/** A session with quick retries. */
export function testSession(endpoint: string | null, options: Partial<S3SessionOptions> = {}): S3Session {
  return createS3Session({
    profileId: 'test',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    credentials: () => Promise.resolve(testKeys),
    insecureAllowed: false,
    retries: { baseDelayMs: 1, maxDelayMs: 5 },
    ...(transport === undefined ? {} : { transport }),
    ...options,
  })
}
