// An S3 that stores nothing but names, sizes and MD5s, as fast as Node can: what is measured against it is the client.
// In a process of its own; the first line on stdout is its port. `GET /-/stats` tells, `POST /-/reset` forgets.
// Usage: node null-server.mjs [--latency MS]
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { latency: { type: 'string', default: '0' } } })
const latencyMs = Number(values.latency)

const kept =
  /^(content-type|cache-control|content-encoding|content-disposition|content-language|expires|x-amz-meta-.*)$/

/** Per bucket: key to what is told of it. */
let buckets = new Map()
let counts = {}
let receivedBytes = 0
let cpuAtReset = process.cpuUsage()

const escapeXml = (text) =>
  text.replace(/[&<>"]/g, (character) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[character]};`)

const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))

function objectsOf(bucket) {
  const found = buckets.get(bucket) ?? { objects: new Map(), sorted: null }
  buckets.set(bucket, found)
  return found
}

function sortedKeys(bucket) {
  const { objects, sorted } = objectsOf(bucket)
  if (sorted) return sorted
  const keys = [...objects.keys()].sort(byBytes)
  objectsOf(bucket).sorted = keys
  return keys
}

/** ListObjects and ListObjectsV2. */
function list(bucket, query) {
  const isV2 = query.get('list-type') === '2'
  const encode =
    query.get('encoding-type') === 'url' ? (key) => encodeURIComponent(key).replaceAll('%2F', '/') : escapeXml
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const limit = Math.min(1000, Number(query.get('max-keys') || 1000))
  const after = isV2
    ? Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString() ||
      (query.get('start-after') ?? '')
    : (query.get('marker') ?? '')
  const { objects } = objectsOf(bucket)
  const contents = []
  const folders = new Set()
  let last = ''
  let isTruncated = false
  for (const key of sortedKeys(bucket)) {
    if (!key.startsWith(prefix) || (after !== '' && byBytes(key, after) <= 0)) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const folder = cut === -1 ? null : key.slice(0, cut + delimiter.length)
    if (folder !== null && (folders.has(folder) || after.startsWith(folder))) {
      last = key
      continue
    }
    if (contents.length + folders.size === limit) {
      isTruncated = true
      break
    }
    last = key
    if (folder !== null) folders.add(folder)
    else {
      const { size, md5, at } = objects.get(key)
      contents.push(
        `<Contents><Key>${encode(key)}</Key><LastModified>${at.toISOString()}</LastModified><ETag>&quot;${md5}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      )
    }
  }
  const more = !isTruncated
    ? ''
    : isV2
      ? `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
      : `<NextMarker>${encode(last)}</NextMarker>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix>${query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : ''}<KeyCount>${contents.length + folders.size}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${more}${contents.join('')}${[...folders].map((folder) => `<CommonPrefixes><Prefix>${encode(folder)}</Prefix></CommonPrefixes>`).join('')}</ListBucketResult>`
}

/** The content of an aws-chunked body. */
function withoutChunks(body) {
  const parts = []
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

function answer(request, body) {
  const url = new URL(request.url, 'http://x')
  const [, bucket = '', ...rest] = url.pathname.split('/')
  const key = decodeURIComponent(rest.join('/'))
  const query = url.searchParams
  const xml = (status, document, operation) => ({
    status,
    headers: { 'content-type': 'application/xml' },
    body: document,
    operation,
  })
  const problem = (status, code) =>
    xml(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`, code)
  const subresource = [...query.keys()].find((name) =>
    /^(acl|policy|policyStatus|versioning|versions|uploads|uploadId|ownershipControls|publicAccessBlock|tagging|cors|website|lifecycle|encryption|object-lock)$/.test(
      name,
    ),
  )
  if (query.has('location'))
    return xml(
      200,
      '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
      'GetBucketLocation',
    )
  if (query.has('delete')) {
    const { objects } = objectsOf(bucket)
    for (const [, name] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(name)
    objectsOf(bucket).sorted = null
    return xml(200, '<DeleteResult/>', 'DeleteObjects')
  }
  if (subresource !== undefined) return problem(501, 'NotImplemented')
  if (bucket === '')
    return xml(200, '<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>', 'ListBuckets')
  if (key === '') {
    if (request.method === 'GET') return xml(200, list(bucket, query), 'ListObjects')
    return {
      status: 200,
      headers: { 'x-amz-bucket-region': 'us-east-1' },
      body: '',
      operation: `${request.method} bucket`,
    }
  }
  const { objects } = objectsOf(bucket)
  if (request.method === 'PUT') {
    const isChunked = String(request.headers['x-amz-content-sha256']).startsWith('STREAMING')
    const content = isChunked ? withoutChunks(body) : body
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => kept.test(name)))
    const md5 = createHash('md5').update(content).digest('hex')
    if (!objects.has(key)) objectsOf(bucket).sorted = null
    objects.set(key, { size: content.length, md5, at: new Date(), headers })
    receivedBytes += content.length
    return { status: 200, headers: { etag: `"${md5}"` }, body: '', operation: 'PutObject' }
  }
  const found = objects.get(key)
  if (request.method === 'DELETE') {
    objects.delete(key)
    objectsOf(bucket).sorted = null
    return { status: 204, headers: {}, body: '', operation: 'DeleteObject' }
  }
  const operation = request.method === 'HEAD' ? 'HeadObject' : 'GetObject'
  if (!found) return { ...problem(404, 'NoSuchKey'), operation }
  return {
    status: 200,
    headers: {
      ...found.headers,
      etag: `"${found.md5}"`,
      'last-modified': found.at.toUTCString(),
      'content-length': found.size,
    },
    body: request.method === 'HEAD' ? '' : Buffer.alloc(found.size),
    operation,
  }
}

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url === '/-/stats') {
      const { user, system } = process.cpuUsage(cpuAtReset)
      response.end(JSON.stringify({ counts, receivedBytes, cpuSeconds: (user + system) / 1e6 }))
      return
    }
    if (request.url === '/-/reset' || request.url === '/-/recount') {
      if (request.url === '/-/reset') buckets = new Map()
      counts = {}
      receivedBytes = 0
      cpuAtReset = process.cpuUsage()
      response.end()
      return
    }
    const { status, headers, body, operation } = answer(request, Buffer.concat(chunks))
    counts[operation] = (counts[operation] ?? 0) + 1
    const send = () => {
      response.writeHead(status, {
        'content-length': Buffer.byteLength(body),
        ...headers,
        'x-amz-request-id': 'null',
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    if (latencyMs > 0) setTimeout(send, latencyMs)
    else send()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.on('SIGTERM', () => process.exit(0))
