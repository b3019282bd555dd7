import { S3Error } from './errors.ts'

/** RFC 3986 percent-encoding of everything but unreserved characters, as SigV4 asks; `/` can be kept. */
export function encodeUri(text: string, keepSlash = false): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded
}

/** Percent-decodes; 400 InvalidURI when what comes out is not UTF-8. */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

/** What `encoding-type=url` does to a key in a listing: form encoding that keeps `/` (a space is `+`). */
export function encodeForListing(text: string): string {
  return encodeUri(text, true).replaceAll('%20', '+').replaceAll('%2A', '*')
}

/** The query of a request in the order sent, names and values decoded. */
export class Query {
  readonly entries: readonly (readonly [name: string, value: string])[]

  constructor(raw: string) {
    this.entries = raw
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=')
        const name = equals < 0 ? pair : pair.slice(0, equals)
        const value = equals < 0 ? '' : pair.slice(equals + 1)
        return [decodeUri(name.replaceAll('+', ' ')), decodeUri(value.replaceAll('+', ' '))] as const
      })
  }

  /** The first value of that exact name. */
  get(name: string): string | undefined {
    return this.entries.find(([entryName]) => entryName === name)?.[1]
  }

  has(name: string): boolean {
    return this.entries.some(([entryName]) => entryName === name)
  }
}

/** Where a request is aimed: nothing (the service), a bucket, or an object. */
export interface Target {
  /** The path as sent, percent-encoded. */
  readonly rawPath: string
  readonly query: Query
  readonly bucket?: string
  readonly key?: string
}

const ownHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

// Virtual-host style is `bucket.localhost:port`; any other name is refused, because a page on the web
// could point its own host name at the loopback address (DNS rebinding).
function bucketOfHost(host: string, alsoNamed: string | undefined): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '')
  if (ownHosts.has(name) || name === alsoNamed) return undefined
  if (name.endsWith('.localhost') && name.length > '.localhost'.length)
    return name.slice(0, -'.localhost'.length)
  throw new S3Error(
    'InvalidRequest',
    'The playground answers to 127.0.0.1, localhost and bucket.localhost only.',
  )
}

/** Splits a request target into bucket, key and query, for path style and virtual-host style alike. */
export function parseTarget(requestTarget: string, host: string, alsoNamed?: string): Target {
  const withoutOrigin = requestTarget.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = withoutOrigin.indexOf('?')
  const rawPath = (mark < 0 ? withoutOrigin : withoutOrigin.slice(0, mark)) || '/'
  const query = new Query(mark < 0 ? '' : withoutOrigin.slice(mark + 1))
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI')
  const hostBucket = bucketOfHost(host, alsoNamed)
  if (hostBucket !== undefined) return withKey({ rawPath, query, bucket: hostBucket }, rawPath.slice(1))
  const slash = rawPath.indexOf('/', 1)
  const bucket = decodeUri(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash))
  if (bucket === '') {
    if (rawPath !== '/') throw new S3Error('InvalidBucketName')
    return { rawPath, query }
  }
  return withKey({ rawPath, query, bucket }, slash < 0 ? '' : rawPath.slice(slash + 1))
}

function withKey(target: Target, rawKey: string): Target {
  if (rawKey === '') return target
  const key = decodeUri(rawKey)
  if (Buffer.byteLength(key) > 1024)
    throw new S3Error('KeyTooLongError', undefined, {
      elements: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: '1024' },
    })
  return { ...target, key }
}
