import { requireObject, versionHeader } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checkReadConditions, namesEtag } from './conditions.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { objectHeaders } from './object-headers.ts'
import type { ObjectRecord } from './records.ts'

const responseOverrides = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
} as const

interface Stretch {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

function invalidRange(range: string, size: number): S3Error {
  return new S3Error('InvalidRange', undefined, {
    elements: { RangeRequested: range, ActualObjectSize: String(size) },
    headers: { 'Content-Range': `bytes */${size}` },
  })
}

/**
 * Reads a Range header: one range of bytes. S3 ignores several ranges and what it cannot read, and answers
 * with the whole object; a range that begins past the end is 416.
 */
export function parseRange(range: string | undefined, size: number): Stretch | undefined {
  const match = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)$/.exec(range ?? '')
  if (range === undefined || !match) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Number(last)
    if (length === 0 || size === 0) throw invalidRange(range, size)
    return { start: Math.max(0, size - length), end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw invalidRange(range, size)
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

function partStretch(call: Call, object: ObjectRecord): Stretch | undefined {
  const text = call.query.get('partNumber')
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text)
  if (call.header('range') !== undefined)
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  const before = object.segments.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0)
  const part = object.segments[number - 1]
  if (!part)
    throw new S3Error('InvalidPartNumber', undefined, {
      elements: { PartNumberRequested: text, ActualPartCount: String(object.segments.length) },
    })
  return { start: before, end: before + part.size }
}

function overriddenHeaders(call: Call): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [parameter, header] of Object.entries(responseOverrides)) {
    const value = call.query.get(parameter)
    if (value === undefined) continue
    if (call.authentication.method === 'anonymous')
      throw new S3Error(
        'InvalidRequest',
        'Request specific response headers cannot be used for anonymous GET requests.',
      )
    if (/[^\t\x20-\x7e\u0080-\u{10ffff}]/u.test(value))
      throw invalidArgument('The value cannot be sent as a header', parameter, value)
    headers[header] = Buffer.from(value, 'utf8').toString('latin1')
  }
  return headers
}

function requestedStretch(call: Call, object: ObjectRecord): { stretch: Stretch; status: 200 | 206 } {
  const ifRange = call.header('if-range')
  const rangeCounts =
    ifRange === undefined ||
    namesEtag(ifRange, object.etag) ||
    Date.parse(ifRange) === Date.parse(object.lastModified)
  const stretch =
    partStretch(call, object) ?? parseRange(rangeCounts ? call.header('range') : undefined, object.size)
  return stretch ? { stretch, status: 206 } : { stretch: { start: 0, end: object.size }, status: 200 }
}

function describe(call: Call): {
  object: ObjectRecord
  stretch: Stretch
  status: 200 | 206
  headers: Record<string, string>
} {
  const bucket = targetBucket(call)
  const overrides = overriddenHeaders(call)
  const object = requireObject(call, 's3:GetObject', bucket, targetKey(call))
  checkReadConditions(call, object)
  const { stretch, status } = requestedStretch(call, object)
  // The checksum is that of the whole object: with a range it would only mislead the client.
  const withChecksum = call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && status === 200
  const headers = { ...objectHeaders(object, withChecksum), ...versionHeader(bucket, object), ...overrides }
  headers['Content-Length'] = String(stretch.end - stretch.start)
  if (status === 206) headers['Content-Range'] = `bytes ${stretch.start}-${stretch.end - 1}/${object.size}`
  if (call.query.has('partNumber') && object.etag.includes('-'))
    headers['x-amz-mp-parts-count'] = String(object.segments.length)
  return { object, stretch, status, headers }
}

/** HeadObject: what GetObject would say, without the bytes. */
export async function headObject(call: Call): Promise<Reply> {
  const { status, headers } = describe(call)
  return { status, headers }
}

/** GetObject. */
export async function getObject(call: Call): Promise<Reply> {
  const { object, stretch, status, headers } = describe(call)
  const content = call.store.readContent(
    call.target.bucket ?? '',
    object.segments,
    stretch.start,
    stretch.end,
  )
  return { status, headers, content: { ...content, length: stretch.end - stretch.start } }
}
