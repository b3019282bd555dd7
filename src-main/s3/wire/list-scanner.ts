import { failure } from '../../../src-preload/contract/failure.ts'
import { scanXml, XmlError } from './xml-scanner.ts'

/** One page as the document tells it; `list-objects.ts` says what the members mean. */
export interface ScannedListing {
  readonly folders: string[]
  readonly objects: ScannedObject[]
  readonly continuationToken: string | null
}

/** One object of a page. */
export interface ScannedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly lastModified: Date | null
  readonly eTag: string | null
  readonly storageClass: string | null
}

interface Fields {
  Key?: string
  Size?: string
  LastModified?: string
  ETag?: string
  StorageClass?: string
}

const objectFields = new Set(['Key', 'Size', 'LastModified', 'ETag', 'StorageClass'])

/**
 * Reads the answer to ListObjectsV2 (S3 API reference, "ListBucketResult"): keys decoded exactly once when the service
 * says that they are encoded. What cannot be understood to the end throws `integrity`: a listing that was half read
 * must not become a deletion.
 */
export function scanListing(xml: string): ScannedListing {
  const found: Fields[] = []
  const folders: string[] = []
  let fields: Fields = {}
  let folder: string | undefined
  let encoded = false
  let truncated = ''
  let token = ''
  try {
    scanXml(xml, {
      open(name, depth) {
        if (depth > 2) return
        if (depth === 1 && name !== 'ListBucketResult') throw new XmlError('not a listing')
        if (name === 'Contents') fields = {}
        else if (name === 'CommonPrefixes') folder = undefined
      },
      close(name, depth, text) {
        if (depth === 3) {
          // Which of the two it belongs to shows when its parent is closed.
          if (objectFields.has(name)) setField(fields, name as keyof Fields, text)
          else if (name === 'Prefix') folder = textOf(text)
        } else if (depth === 2) {
          if (name === 'Contents') found.push(fields)
          else if (name === 'CommonPrefixes') {
            if (folder !== undefined) folders.push(folder)
          } else if (name === 'EncodingType') encoded = text === 'url'
          else if (name === 'IsTruncated') truncated = textOf(text)
          else if (name === 'NextContinuationToken') token = textOf(text)
        }
      },
    })
  } catch (error) {
    if (error instanceof XmlError) throw unreadable()
    throw error
  }
  if (truncated !== '' && truncated !== 'true' && truncated !== 'false') throw unreadable()
  if (truncated === 'true' && token === '') {
    throw failure(
      'integrity',
      'The service says that the listing goes on, but not where. Nothing was concluded.',
    )
  }
  const decode = encoded ? decodeListedKey : (key: string) => key
  const objects: ScannedObject[] = []
  for (const object of found) {
    if (object.Key !== undefined) objects.push(objectOf(object, object.Key, decode))
  }
  return {
    folders: folders.map(decode),
    objects,
    continuationToken: truncated === 'true' ? token : null,
  }
}

function setField(fields: Fields, name: keyof Fields, text: string | null): void {
  if (fields[name] !== undefined) throw new XmlError('a value twice')
  fields[name] = textOf(text)
}

function textOf(text: string | null): string {
  if (text === null) throw new XmlError('elements where a value belongs')
  return text
}

function objectOf(fields: Fields, key: string, decode: (key: string) => string): ScannedObject {
  const size = fields.Size ?? '0'
  const sizeBytes = Number(size)
  if (!/^\d+$/.test(size) || !Number.isSafeInteger(sizeBytes)) throw unreadable()
  const lastModified = fields.LastModified === undefined ? null : new Date(fields.LastModified)
  return {
    key: decode(key),
    sizeBytes,
    lastModified: lastModified === null || Number.isNaN(lastModified.getTime()) ? null : lastModified,
    eTag: fields.ETag ?? null,
    storageClass: fields.StorageClass ?? null,
  }
}

function unreadable() {
  return failure('integrity', 'The service’s listing cannot be read to its end. Nothing was concluded.', {
    retryable: true,
  })
}

/** Undoes `encoding-type=url`; bytes that are not UTF-8 become U+FFFD rather than an error. */
export function decodeListedKey(encoded: string): string {
  if (!/[%+]/.test(encoded)) return encoded
  const text = encoded.replaceAll('+', ' ')
  try {
    return decodeURIComponent(text)
  } catch {
    const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
}
