import { requireAccess } from './access.ts'
import { ownerId, ownerName } from './acl.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { invalidArgument } from './errors.ts'
import { compareKeys } from './key-index.ts'
import { listingEncoder, listingLimit } from './list-objects.ts'
import { quotedEtag } from './object-headers.ts'
import type { Bucket } from './object-store.ts'
import type { StoredVersion } from './records.ts'
import { isDeleteMarker, isVersionId, versionIdOf } from './version-stack.ts'
import { element, optionalElement, s3Document } from './xml.ts'
import type { XmlFragment } from './xml.ts'

/** One line: a version of a key, or a group of keys up to the delimiter. */
type Line = { readonly version: StoredVersion; readonly isLatest: boolean } | { readonly prefix: string }

interface Asked {
  readonly prefix: string
  readonly delimiter: string
  readonly keyMarker: string
  readonly idMarker: string
  readonly limit: number
}

/** Walks objects without a history and keys with one together, in the order of the keys. */
function* keysFrom(bucket: Bucket, prefix: string): Generator<readonly StoredVersion[]> {
  const { objects, stacks } = bucket
  let object = objects.positionOf(prefix)
  let stack = stacks.positionOf(prefix)
  for (;;) {
    const one = objects.at(object)
    const many = stacks.at(stack)
    const order = !one ? 1 : !many ? -1 : compareKeys(one.key, many.key)
    const found = order < 0 ? one : many
    if (!found?.key.startsWith(prefix)) return
    if (order <= 0) object += 1
    if (order >= 0) stack += 1
    yield order < 0 && one ? [one.value] : (many?.value ?? [])
  }
}

/** Versions after the markers. `next` is the last line given, when more would follow. */
function walkVersions(bucket: Bucket, asked: Asked): { lines: Line[]; truncated: boolean } {
  const { prefix, delimiter, keyMarker, idMarker, limit } = asked
  const lines: Line[] = []
  let group: string | undefined
  for (const stack of keysFrom(bucket, prefix)) {
    const key = stack[0]?.key ?? ''
    if (group !== undefined && key.startsWith(group)) continue
    const order = keyMarker === '' ? 1 : compareKeys(key, keyMarker)
    if (order < 0 || (order === 0 && idMarker === '')) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (end >= 0) {
      group = key.slice(0, end + delimiter.length)
      // A group that was the marker has been given whole.
      if (keyMarker === group) continue
      if (lines.length === limit) return { lines, truncated: limit > 0 }
      lines.push({ prefix: group })
      continue
    }
    const seen = order === 0 ? stack.findIndex((version) => versionIdOf(version) === idMarker) : -1
    // A marker that is gone meanwhile stands for the end of its key.
    const rest = order === 0 ? (seen < 0 ? [] : stack.slice(seen + 1)) : stack
    for (const version of rest) {
      if (lines.length === limit) return { lines, truncated: limit > 0 }
      lines.push({ version, isLatest: version === stack[0] })
    }
  }
  return { lines, truncated: false }
}

function lineElement(line: Line, encode: (text: string) => string): XmlFragment {
  if ('prefix' in line) return element('CommonPrefixes', [element('Prefix', encode(line.prefix))])
  const { version, isLatest } = line
  const owner = element('Owner', [element('ID', ownerId), element('DisplayName', ownerName)])
  const common = [
    element('Key', encode(version.key)),
    element('VersionId', versionIdOf(version)),
    element('IsLatest', isLatest),
    element('LastModified', version.lastModified),
  ]
  if (isDeleteMarker(version)) return element('DeleteMarker', [...common, owner])
  return element('Version', [
    ...common,
    element('ETag', quotedEtag(version.etag)),
    element('ChecksumAlgorithm', version.checksum.algorithm),
    element('ChecksumType', version.checksum.type),
    element('Size', version.size),
    element('StorageClass', 'STANDARD'),
    owner,
  ])
}

/** ListObjectVersions: every version and delete marker, by key and then newest first. */
export async function listObjectVersions(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:ListBucketVersions', bucket)
  const { query } = call
  const encode = listingEncoder(query)
  const asked: Asked = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    keyMarker: query.get('key-marker') ?? '',
    idMarker: query.get('version-id-marker') ?? '',
    limit: listingLimit(query, 'max-keys'),
  }
  if (asked.idMarker !== '' && (asked.keyMarker === '' || !isVersionId(asked.idMarker)))
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      asked.idMarker,
    )
  const { lines, truncated } = walkVersions(bucket, asked)
  const last = lines.at(-1)
  const next = !truncated || !last ? [] : nextMarkers(last, encode)
  return {
    status: 200,
    body: s3Document('ListVersionsResult', [
      element('Name', bucket.record.name),
      element('Prefix', encode(asked.prefix)),
      element('KeyMarker', encode(asked.keyMarker)),
      element('VersionIdMarker', asked.idMarker),
      ...next,
      element('MaxKeys', asked.limit),
      ...(asked.delimiter === '' ? [] : [element('Delimiter', encode(asked.delimiter))]),
      ...optionalElement('EncodingType', query.get('encoding-type')),
      element('IsTruncated', truncated),
      ...lines.map((line) => lineElement(line, encode)),
    ]),
  }
}

function nextMarkers(last: Line, encode: (text: string) => string): XmlFragment[] {
  if ('prefix' in last) return [element('NextKeyMarker', encode(last.prefix))]
  return [
    element('NextKeyMarker', encode(last.version.key)),
    element('NextVersionIdMarker', versionIdOf(last.version)),
  ]
}
