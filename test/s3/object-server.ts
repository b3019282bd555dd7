import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { ScriptedServer, SeenRequest } from './scripted-server.ts'
import { isHeadBucket, sendError, startScriptedServer } from './scripted-server.ts'

/** The one object of an {@link ObjectServer}. */
export interface ServedObject {
  /** Only asked for what is sent, where there is an ETag. */
  readonly bytes: Pick<Buffer, 'byteLength' | 'subarray'>
  /** With its quotes; the MD5 unless given. */
  readonly eTag?: string
  /** Of its parts, in bytes; without them `partNumber` is not understood. */
  readonly partSizes?: readonly number[]
  readonly headers?: Readonly<Record<string, string>>
}

/** A request for bytes, and what was asked for. */
export interface AskedRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly count: number
  readonly request: SeenRequest
  readonly response: ServerResponse
  /** The answer that S3 would give, without its body. */
  answer(): void
}

/** A server with one object that answers HEAD, ranges, conditions and part numbers as S3 does. */
export interface ObjectServer extends ScriptedServer {
  object: ServedObject
  /** Asked before each GET; true when it has answered, or is going to. */
  onGet: (asked: AskedRange) => boolean
  /** What was asked for by GET, in order. */
  readonly asked: AskedRange[]
}

/** The ETag that S3 gives an object of these parts. */
export function eTagOfParts(bytes: Buffer, partSizes: readonly number[]): string {
  const whole = createHash('md5')
  let at = 0
  for (const size of partSizes) {
    whole.update(
      createHash('md5')
        .update(bytes.subarray(at, at + size))
        .digest(),
    )
    at += size
  }
  return `"${whole.digest('hex')}-${partSizes.length}"`
}

/** Starts one. */
export async function startObjectServer(object: ServedObject): Promise<ObjectServer> {
  const asked: AskedRange[] = []
  const scripted = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else respond(server, request, response)
  })
  const server: ObjectServer = { ...scripted, object, onGet: () => false, asked }
  return server
}

function respond(server: ObjectServer, request: SeenRequest, response: ServerResponse): void {
  const { bytes, partSizes, headers = {} } = server.object
  const eTag = server.object.eTag ?? `"${createHash('md5').update(bytes.subarray()).digest('hex')}"`
  const ifMatch = request.headers['if-match']
  if (ifMatch !== undefined && ifMatch !== eTag) return sendError(response, 412, 'PreconditionFailed')
  if (request.method === 'HEAD') {
    const part = Number(new URL(request.url, 'http://x').searchParams.get('partNumber') ?? 0)
    const partSize = partSizes?.[part - 1]
    const size = partSize ?? bytes.byteLength
    response.writeHead(partSize === undefined ? 200 : 206, {
      ...(part === 0 ? headers : {}),
      etag: eTag,
      'content-length': size,
    })
    response.end()
    return
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const from = Number(range?.[1] ?? 0)
  const to = range?.[2] ? Number(range[2]) + 1 : bytes.byteLength
  const ask: AskedRange = {
    from,
    to,
    count: server.asked.length,
    request,
    response,
    answer() {
      response.writeHead(range === null ? 200 : 206, {
        ...(range === null ? headers : { 'content-range': `bytes ${from}-${to - 1}/${bytes.byteLength}` }),
        etag: eTag,
        'content-length': to - from,
      })
    },
  }
  server.asked.push(ask)
  if (server.onGet(ask)) return
  ask.answer()
  response.end(bytes.subarray(from, to))
}
