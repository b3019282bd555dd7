import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a script sees of a request. `key` is decoded and empty for the bucket itself. */
export interface SeenRequest {
  readonly method: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** An answer of the script's own. */
export interface ScriptedAnswer {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** A server in front of a playground that answers what its script wants to answer, and passes on the rest. */
export interface ScriptedProxy {
  readonly endpoint: string
  readonly seen: SeenRequest[]
  close(): Promise<void>
}

/** Starts one. The script returns an answer, or null to pass the request on; it may also wait, or change files. */
export async function startScriptedProxy(
  target: string,
  script: (request: SeenRequest) => ScriptedAnswer | null | Promise<ScriptedAnswer | null>,
): Promise<ScriptedProxy> {
  const seen: SeenRequest[] = []
  const server = createServer((message, response) => {
    const url = new URL(message.url ?? '/', 'http://proxy')
    const request = {
      method: message.method ?? 'GET',
      key: decodeURIComponent(url.pathname.split('/').slice(2).join('/')),
      query: url.searchParams,
      headers: message.headers,
    }
    seen.push(request)
    Promise.resolve(script(request)).then(
      (answer) => (answer === null ? passOn(target, message, response) : own(answer, message, response)),
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An S3 error. */
export function s3Error(status: number, code: string): ScriptedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>scripted</Message></Error>`,
  }
}

/** A page of ListObjectsV2; objects are `key` or `[key, eTag, sizeBytes]`. */
export function listPage(
  objects: readonly (string | readonly [string, string, number])[],
  nextToken: string | null = null,
): ScriptedAnswer {
  const contents = objects.map((object) => {
    const [key, eTag, size] = typeof object === 'string' ? [object, '0'.repeat(32), 1] : object
    return `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${eTag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  })
  const next = nextToken === null ? '' : `<NextContinuationToken>${nextToken}</NextContinuationToken>`
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><EncodingType>url</EncodingType><MaxKeys>1000</MaxKeys><KeyCount>${objects.length}</KeyCount><IsTruncated>${nextToken !== null}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  }
}

function own(answer: ScriptedAnswer, message: IncomingMessage, response: ServerResponse): void {
  // The body is read to its end, or the client would see a broken pipe in place of the answer.
  message.resume().once('end', () => {
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
}

function passOn(target: string, message: IncomingMessage, response: ServerResponse): void {
  const { hostname, port } = new URL(target)
  const onward = sendRequest(
    { hostname, port, method: message.method, path: message.url, headers: message.headers, setHost: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  onward.on('error', (error) => response.destroy(error))
  // A request that was cut is cut for the service as well.
  message.once('close', () => message.complete || onward.destroy())
  message.pipe(onward)
}
