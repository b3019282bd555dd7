// An S3 that stores nothing but names, sizes and ETags, as fast as Node can: what is measured against it is the client.
// In a process of its own; the first line on stdout is its port. Below `/-/` it tells what it saw, see start-null-server.
// Usage: node null-server.ts [--latency MS] [--without-checksums]
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { NullBucket } from './null-bucket.ts'
import { type NullAnswer, answerNull, eTagOfZeros } from './null-operations.ts'

const { values } = parseArgs({
  options: {
    latency: { type: 'string', default: '0' },
    'without-checksums': { type: 'boolean', default: false },
  },
})
const latencyMs = Number(values.latency)

/** Bodies up to this size are kept until their MD5 is known; longer ones are only counted. */
const keptBytes = 1024 * 1024

const buckets = new Map<string, NullBucket>()
let counts: Record<string, number> = {}
let receivedBytes = 0
let inFlight = 0
let mostInFlight = 0
let cpuAtStart = process.cpuUsage()

/** The content of an aws-chunked body: what stands between the lines with its lengths. */
function withoutFrame(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

function answerS3(request: IncomingMessage, chunks: Buffer[] | null, bodyBytes: number): NullAnswer {
  const { headers, method = 'GET', url = '/' } = request
  if (values['without-checksums'])
    for (const name of Object.keys(headers)) if (name.startsWith('x-amz-checksum-')) delete headers[name]
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const slash = path.indexOf('/', 1)
  const key = slash === -1 ? '' : path.slice(slash + 1)
  const declared = headers['x-amz-decoded-content-length']
  const body = chunks === null ? null : chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)
  const content = body !== null && declared !== undefined ? withoutFrame(body) : body
  const sizeBytes = content?.length ?? Number(declared ?? bodyBytes)
  // A frame is shorter than its content: what was announced has come.
  if (sizeBytes > bodyBytes) throw new Error(`${sizeBytes} bytes were announced and ${bodyBytes} came`)
  receivedBytes += sizeBytes
  return answerNull(buckets, {
    method,
    bucket: slash === -1 ? path.slice(1) : path.slice(1, slash),
    key: key.includes('%') ? decodeURIComponent(key) : key,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    headers,
    content,
    sizeBytes,
  })
}

function send(response: ServerResponse, { status, headers, body }: NullAnswer): void {
  response.writeHead(status, {
    'content-length':
      typeof body === 'number'
        ? body
        : typeof body === 'string'
          ? Buffer.byteLength(body)
          : body.reduce((sum, { byteLength }) => sum + byteLength, 0),
    ...headers,
    'x-amz-request-id': 'null',
  })
  if (typeof body === 'number') sendZeros(response, body)
  else if (typeof body === 'string') response.end(body)
  else {
    for (const piece of body) response.write(piece)
    response.end()
  }
}

const zeros = Buffer.alloc(1024 * 1024)

function sendZeros(response: ServerResponse, sizeBytes: number): void {
  let left = sizeBytes
  const more = () => {
    while (left > 0) {
      const piece = zeros.subarray(0, left)
      left -= piece.byteLength
      if (!response.write(piece)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}

/** What the harness asks; each answer is JSON. */
const harness: Record<string, (query: URLSearchParams, body: string) => unknown> = {
  '/-/stats': () => {
    const { user, system } = process.cpuUsage(cpuAtStart)
    return { counts, receivedBytes, mostInFlight, cpuSeconds: (user + system) / 1e6 }
  },
  '/-/recount': () => {
    counts = {}
    receivedBytes = 0
    mostInFlight = 0
    cpuAtStart = process.cpuUsage()
    return {}
  },
  '/-/reset': () => {
    buckets.clear()
    return {}
  },
  /** One line for each object: its size in bytes, a space, its key. With `part`, they were sent in parts of so many bytes. */
  '/-/fill': (query, body) => {
    const bucket = new NullBucket()
    const modified = new Date()
    const partSizeBytes = Number(query.get('part') ?? 0)
    for (const line of body.split('\n')) {
      const space = line.indexOf(' ')
      const sizeBytes = Number(line.slice(0, space))
      const sent =
        partSizeBytes > 0
          ? { eTag: eTagOfZeros(sizeBytes, partSizeBytes), partSizeBytes }
          : { eTag: 'd41d8cd98f00b204e9800998ecf8427e' }
      if (space > 0) bucket.put(line.slice(space + 1), { sizeBytes, ...sent, modified, headers: {} })
    }
    buckets.set(query.get('bucket') ?? '', bucket)
    // The first listing must not pay for sorting, nor for the XML.
    const page = { prefix: '', delimiter: '', after: '', maxKeys: 1 }
    for (const urlEncoded of [false, true]) bucket.list({ ...page, urlEncoded })
    return { keys: bucket.keys().length }
  },
  '/-/objects': (query) => {
    const bucket = buckets.get(query.get('bucket') ?? '')
    return bucket?.keys().map((key) => [key, bucket.get(key)?.sizeBytes]) ?? []
  },
}

function answerHarness(url: string, body: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://harness')
  const found = harness[pathname]
  const document = JSON.stringify(found?.(searchParams, body) ?? null)
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(document)
}

const server = createServer((request, response) => {
  const { url = '/' } = request
  const isHarness = url.startsWith('/-/')
  if (!isHarness) mostInFlight = Math.max(mostInFlight, ++inFlight)
  const isKept =
    isHarness || request.method !== 'PUT' || Number(request.headers['content-length'] ?? 0) <= keptBytes
  const chunks: Buffer[] | null = isKept ? [] : null
  let bodyBytes = 0
  request.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length
    chunks?.push(chunk)
  })
  request.on('end', () => {
    if (isHarness) {
      answerHarness(url, Buffer.concat(chunks ?? []).toString(), response)
      return
    }
    const answer = answerS3(request, chunks, bodyBytes)
    counts[answer.operation] = (counts[answer.operation] ?? 0) + 1
    const sendNow = () => {
      inFlight--
      send(response, answer)
    }
    if (latencyMs > 0) setTimeout(sendNow, latencyMs)
    else sendNow()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.on('SIGTERM', () => process.exit(0))
