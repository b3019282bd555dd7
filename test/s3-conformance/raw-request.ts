import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

/** A request sent byte for byte as it is written: no URL parsing, no normalising. */
export interface RawRequest {
  readonly method: string
  /** Request target, percent-encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What came back. */
export interface RawResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The Code of an S3 error document, or an empty string. */
  readonly code: string
}

/** Sends a raw request to an endpoint. */
export function sendRaw(endpoint: string, raw: RawRequest): Promise<RawResponse> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method: raw.method, path: raw.path, headers: raw.headers ?? {}, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            code: /<Code>([^<]*)<\/Code>/.exec(body.toString())?.[1] ?? '',
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(raw.body)
  })
}
