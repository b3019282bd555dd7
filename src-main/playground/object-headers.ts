import type { Call } from './call.ts'
import { checksumHeaders } from './checksums.ts'
import { S3Error, invalidArgument, notImplemented } from './errors.ts'
import type { ObjectRecord, Tag } from './records.ts'

const keptHeaders = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const

const largestUserMetadataBytes = 2048

/** The standard headers a writer sent that go with the object. */
export function describedHeaders(call: Call): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = call.header(name)
    if (value !== undefined && value !== '') headers[name] = value
  }
  // aws-chunked is about the transfer only; it is not an encoding of the object.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((item) => item.trim())
  const lasting = encodings.filter((item) => item !== '' && item !== 'aws-chunked')
  if (lasting.length > 0) headers['content-encoding'] = lasting.join(',')
  else delete headers['content-encoding']
  headers['content-type'] ??= 'binary/octet-stream'
  return headers
}

/** x-amz-meta-* of a writer; 400 MetadataTooLarge above 2 KB of names and values. */
export function describedUserMetadata(call: Call): Record<string, string> {
  const metadata: Record<string, string> = {}
  let size = 0
  for (const header of call.headerNames())
    if (header.startsWith('x-amz-meta-')) {
      const name = header.slice('x-amz-meta-'.length)
      const value = call.header(header) ?? ''
      // In a presigned query the name may be anything; it has to go out as a header later.
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
        throw invalidArgument('Invalid metadata name', header, value)
      metadata[name] = value
      size += Buffer.byteLength(name) + Buffer.byteLength(value)
    }
  if (size > largestUserMetadataBytes)
    throw new S3Error('MetadataTooLarge', undefined, {
      elements: { Size: String(size), MaxSizeAllowed: String(largestUserMetadataBytes) },
    })
  return metadata
}

/** Checks a set of tags as S3 does: ten at most, unique keys, lengths. */
export function checkTags(tags: readonly Tag[]): readonly Tag[] {
  const invalid = (message: string) => new S3Error('InvalidTag', message)
  if (tags.length > 10) throw new S3Error('InvalidTag', 'Object tags cannot be greater than 10')
  if (new Set(tags.map(({ key }) => key)).size !== tags.length)
    throw invalid('Cannot provide multiple Tags with the same key')
  for (const { key, value } of tags) {
    if (key.length < 1 || key.length > 128) throw invalid('The TagKey you have provided is invalid')
    if (value.length > 256) throw invalid('The TagValue you have provided is invalid')
    if (/^aws:/i.test(key)) throw invalid('System tags cannot be added/updated by requester')
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value))
      throw invalid('The TagKey or TagValue you have provided is invalid')
  }
  return tags
}

/** x-amz-tagging: tags in the form of a query. */
export function taggingHeader(call: Call): readonly Tag[] {
  const header = call.header('x-amz-tagging')
  if (header === undefined || header === '') return []
  return checkTags([...new URLSearchParams(header)].map(([key, value]) => ({ key, value })))
}

/** Storage classes other than STANDARD are not simulated. */
export function refuseStorageClass(call: Call): void {
  const storageClass = call.header('x-amz-storage-class')
  if (storageClass !== undefined && storageClass !== 'STANDARD')
    throw notImplemented(`the storage class ${storageClass}`)
}

// Header values go out as bytes; Node wants those as latin1. User metadata outside ASCII is sent
// as RFC 2047 encoded words, as S3 does.
function metadataValue(value: string): string {
  // oxlint-disable-next-line no-control-regex -- the range is exactly what may stand in a header as it is
  return /^[\t\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

/** An ETag as it is sent. */
export function quotedEtag(etag: string): string {
  return `"${etag}"`
}

/** The response headers that describe an object. */
export function objectHeaders(object: ObjectRecord, withChecksum: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'Last-Modified': new Date(object.lastModified).toUTCString(),
    ETag: quotedEtag(object.etag),
    'Accept-Ranges': 'bytes',
  }
  for (const [name, value] of Object.entries(object.headers))
    headers[name] = Buffer.from(value, 'utf8').toString('latin1')
  for (const [name, value] of Object.entries(object.userMetadata))
    headers[`x-amz-meta-${name}`] = metadataValue(value)
  if (object.tags.length > 0) headers['x-amz-tagging-count'] = String(object.tags.length)
  if (withChecksum) Object.assign(headers, checksumHeaders(object.checksum))
  return headers
}
