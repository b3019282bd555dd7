import { requireAccess } from './access.ts'
import { ownerId, ownerName } from './acl.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { invalidArgument } from './errors.ts'
import type { KeyIndex } from './key-index.ts'
import { compareKeys } from './key-index.ts'
import { quotedEtag } from './object-headers.ts'
import type { ObjectRecord } from './records.ts'
import type { Query } from './uri.ts'
import { encodeForListing } from './uri.ts'
import { element, optionalElement, s3Document } from './xml.ts'
import type { XmlFragment } from './xml.ts'

/** One line of a listing: a key with its value, or a group of keys up to the delimiter. */
export type ListingEntry<Value> =
  | { readonly kind: 'key'; readonly key: string; readonly value: Value }
  | { readonly kind: 'prefix'; readonly prefix: string }

/** Where a listing begins and how it groups. */
export interface ListingRequest {
  readonly prefix: string
  readonly delimiter: string
  /** Only what sorts after this; it may be a common prefix, whose keys are then all left out. */
  readonly after: string
  readonly limit: number
}

/** Walks an index as ListObjects does. `next` is the last line given, when more would follow. */
export function walkListing<Value>(
  index: KeyIndex<Value>,
  request: ListingRequest,
): { readonly entries: readonly ListingEntry<Value>[]; readonly next: string | undefined } {
  const { prefix, delimiter, after, limit } = request
  const entries: ListingEntry<Value>[] = []
  let position = index.positionOf(prefix)
  if (after !== '' && compareKeys(after, prefix) >= 0) {
    const grouped =
      delimiter !== '' && after.startsWith(prefix) && after.endsWith(delimiter) && after !== prefix
    const start = grouped ? index.positionAfterPrefix(after) : index.positionOf(after)
    position = Math.max(position, index.at(start)?.key === after ? start + 1 : start)
  }
  let last: string | undefined
  if (limit === 0) return { entries, next: undefined }
  for (;;) {
    const found = index.at(position)
    if (!found?.key.startsWith(prefix)) return { entries, next: undefined }
    if (entries.length === limit) return { entries, next: last }
    const end = delimiter === '' ? -1 : found.key.indexOf(delimiter, prefix.length)
    if (end < 0) {
      entries.push({ kind: 'key', key: found.key, value: found.value })
      last = found.key
      position += 1
    } else {
      const group = found.key.slice(0, end + delimiter.length)
      entries.push({ kind: 'prefix', prefix: group })
      last = group
      position = index.positionAfterPrefix(group)
    }
  }
}

/** An opaque continuation token that stands for a key. */
export function encodeToken(key: string): string {
  return `1${Buffer.from(key).toString('base64url')}`
}

/** The key a token stands for; 400 InvalidArgument for one this server did not make. */
export function decodeToken(token: string): string {
  const key = Buffer.from(token.slice(1), 'base64url')
  if (key.length === 0 || encodeToken(key.toString()) !== token)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
  return key.toString()
}

/** Reads a limit such as max-keys: 1000 unless given, never more. */
export function listingLimit(query: Query, name: string): number {
  const text = query.get(name)
  if (text === undefined || text === '') return 1000
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647)
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text)
  return Math.min(Number(text), 1000)
}

/** Reads encoding-type: how keys are to be written. */
export function listingEncoder(query: Query): (text: string) => string {
  const encoding = query.get('encoding-type')
  if (encoding === undefined) return (text) => text
  if (encoding !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding)
  return encodeForListing
}

const ownerFragment = element('Owner', [element('ID', ownerId), element('DisplayName', ownerName)])

function contents(
  entries: readonly ListingEntry<ObjectRecord>[],
  encode: (text: string) => string,
  withOwner: boolean,
): XmlFragment[] {
  return entries.map((entry) => {
    if (entry.kind === 'prefix') return element('CommonPrefixes', [element('Prefix', encode(entry.prefix))])
    const { key, value } = entry
    return element('Contents', [
      element('Key', encode(key)),
      element('LastModified', value.lastModified),
      element('ETag', quotedEtag(value.etag)),
      element('ChecksumAlgorithm', value.checksum.algorithm),
      element('ChecksumType', value.checksum.type),
      element('Size', value.size),
      ...(withOwner ? [ownerFragment] : []),
      element('StorageClass', 'STANDARD'),
    ])
  })
}

/** ListObjectsV2. */
export async function listObjectsV2(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:ListBucket', bucket)
  const { query } = call
  const encode = listingEncoder(query)
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const limit = listingLimit(query, 'max-keys')
  const { entries, next } = walkListing(bucket.objects, {
    prefix,
    delimiter,
    limit,
    after: token === undefined ? (startAfter ?? '') : decodeToken(token),
  })
  return {
    status: 200,
    body: s3Document('ListBucketResult', [
      element('Name', bucket.record.name),
      element('Prefix', encode(prefix)),
      ...optionalElement('ContinuationToken', token),
      ...(next === undefined ? [] : [element('NextContinuationToken', encodeToken(next))]),
      ...(startAfter === undefined ? [] : [element('StartAfter', encode(startAfter))]),
      element('KeyCount', entries.length),
      element('MaxKeys', limit),
      ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
      ...optionalElement('EncodingType', query.get('encoding-type')),
      element('IsTruncated', next !== undefined),
      ...contents(entries, encode, query.get('fetch-owner') === 'true'),
    ]),
  }
}

/** ListObjects, the older version with markers. */
export async function listObjectsV1(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:ListBucket', bucket)
  const { query } = call
  const encode = listingEncoder(query)
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const marker = query.get('marker') ?? ''
  const limit = listingLimit(query, 'max-keys')
  const { entries, next } = walkListing(bucket.objects, { prefix, delimiter, limit, after: marker })
  return {
    status: 200,
    body: s3Document('ListBucketResult', [
      element('Name', bucket.record.name),
      element('Prefix', encode(prefix)),
      element('Marker', encode(marker)),
      // Without a delimiter the last key of the page serves as the next marker.
      ...(next === undefined || delimiter === '' ? [] : [element('NextMarker', encode(next))]),
      element('MaxKeys', limit),
      ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
      ...optionalElement('EncodingType', query.get('encoding-type')),
      element('IsTruncated', next !== undefined),
      ...contents(entries, encode, true),
    ]),
  }
}
