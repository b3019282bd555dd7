import { compareKeys } from '../../src-main/s3/object-key.ts'

/** What is kept of an object: everything but its content. */
export interface NullObject {
  readonly sizeBytes: number
  /** Without quotes. */
  readonly eTag: string
  readonly modified: Date
  /** Of an object that was sent in parts. */
  readonly partSizeBytes?: number
  /** What a GET answers besides the usual: Content-Type, metadata, … */
  readonly headers: Readonly<Record<string, string>>
}

/** What a listing asks for; `after` is a key or a folder of the page before. */
export interface NullListing {
  readonly prefix: string
  readonly delimiter: string
  readonly after: string
  readonly maxKeys: number
  readonly urlEncoded: boolean
}

/** One page, as XML in pieces. `last` is where the next one begins. */
export interface NullPage {
  readonly xml: readonly Uint8Array[]
  readonly keyCount: number
  readonly isTruncated: boolean
  readonly last: string
}

interface Entry {
  readonly object: NullObject
  /** The `<Contents>` of it, once it has been listed. */
  xml: string | null
  urlEncoded: boolean
}

/** The XML of all objects in their order, and where that of each begins. */
interface WrittenBucket {
  readonly bytes: Buffer
  readonly starts: Uint32Array
}

/** What XML cannot have as it is. */
export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\r]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? '&#13;',
  )
}

/** A key as `EncodingType=url` has it. */
export function encodeKey(key: string, urlEncoded: boolean): string {
  return urlEncoded ? encodeURIComponent(key).replaceAll('%2F', '/') : escapeXml(key)
}

/**
 * The names of a bucket, made for listing fast: keys are sorted once after a change and found by halving, the XML of an
 * object is written once, and so is that of a bucket with more than one page.
 */
export class NullBucket {
  readonly uploads = new Map<string, NullUpload>()
  private readonly entries = new Map<string, Entry>()
  private sorted: string[] | null = []
  /** Only keys outside the BMP sort otherwise in UTF-8 than in JavaScript. */
  private hasSurrogates = false
  /** By whether its keys are encoded. */
  private readonly written = new Map<boolean, WrittenBucket>()

  get(key: string): NullObject | undefined {
    return this.entries.get(key)?.object
  }

  put(key: string, object: NullObject): void {
    if (!this.entries.has(key)) {
      this.sorted = null
      this.hasSurrogates ||= /[\ud800-\udfff]/.test(key)
    }
    this.written.clear()
    this.entries.set(key, { object, xml: null, urlEncoded: false })
  }

  delete(key: string): void {
    if (!this.entries.delete(key)) return
    this.sorted = null
    this.written.clear()
  }

  /** All keys, in the order of their UTF-8 bytes. */
  keys(): readonly string[] {
    this.sorted ??= [...this.entries.keys()].sort(this.hasSurrogates ? compareKeys : undefined)
    return this.sorted
  }

  list({ prefix, delimiter, after, maxKeys, urlEncoded }: NullListing): NullPage {
    const keys = this.keys()
    const contents: string[] = []
    const folders: string[] = []
    let at = this.firstFrom(prefix)
    if (after >= prefix && after !== '') {
      const isFolder = delimiter !== '' && after.endsWith(delimiter)
      at = Math.max(at, isFolder ? this.firstFrom(successor(after)) : this.firstAfter(after))
    }
    const end = at + maxKeys
    const isWhole = delimiter === '' && end < keys.length && (keys[end] ?? '').startsWith(prefix)
    if (isWhole) {
      // A page from the midst of a long listing: its bytes lie there already.
      const { bytes, starts } = this.writtenBucket(urlEncoded)
      const xml = [bytes.subarray(starts[at], starts[end])]
      return { xml, keyCount: maxKeys, isTruncated: true, last: keys[end - 1] ?? '' }
    }
    let last = after
    let isTruncated = false
    while (at < keys.length) {
      const key = keys[at] ?? ''
      if (!key.startsWith(prefix)) break
      if (contents.length + folders.length >= maxKeys) {
        isTruncated = true
        break
      }
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (cut === -1) {
        contents.push(this.xmlOf(key, urlEncoded))
        last = key
        at++
      } else {
        last = key.slice(0, cut + delimiter.length)
        folders.push(`<CommonPrefixes><Prefix>${encodeKey(last, urlEncoded)}</Prefix></CommonPrefixes>`)
        at = this.firstFrom(successor(last))
      }
    }
    return {
      xml: [Buffer.from(contents.join('') + folders.join(''))],
      keyCount: contents.length + folders.length,
      isTruncated,
      last,
    }
  }

  private writtenBucket(urlEncoded: boolean): WrittenBucket {
    const known = this.written.get(urlEncoded)
    if (known !== undefined) return known
    const keys = this.keys()
    const pieces = keys.map((key) => Buffer.from(this.xmlOf(key, urlEncoded)))
    const starts = new Uint32Array(keys.length + 1)
    for (const [index, piece] of pieces.entries()) starts[index + 1] = (starts[index] ?? 0) + piece.length
    const made = { bytes: Buffer.concat(pieces), starts }
    this.written.set(urlEncoded, made)
    return made
  }

  private xmlOf(key: string, urlEncoded: boolean): string {
    const entry = this.entries.get(key)
    if (entry === undefined) return ''
    if (entry.xml === null || entry.urlEncoded !== urlEncoded) {
      const { eTag, modified, sizeBytes } = entry.object
      entry.urlEncoded = urlEncoded
      entry.xml = `<Contents><Key>${encodeKey(key, urlEncoded)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>&quot;${eTag}&quot;</ETag><Size>${sizeBytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`
    }
    return entry.xml
  }

  private firstFrom(key: string): number {
    return this.search((each) => this.compare(each, key) >= 0)
  }

  private firstAfter(key: string): number {
    return this.search((each) => this.compare(each, key) > 0)
  }

  private compare(a: string, b: string): number {
    if (this.hasSurrogates) return compareKeys(a, b)
    return a < b ? -1 : a > b ? 1 : 0
  }

  /** The index of the first key for which `isThere` is true, and is for all after it. */
  private search(isThere: (key: string) => boolean): number {
    const keys = this.keys()
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isThere(keys[middle] ?? '')) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** An upload in parts that has been begun. */
export interface NullUpload {
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly parts: Map<number, NullPart>
}

/** A part that has arrived. The ETag is opaque where nobody reckoned its MD5. */
export interface NullPart {
  readonly sizeBytes: number
  readonly eTag: string
  readonly isOpaque: boolean
}

/** The least string above all that begin with `text`. */
function successor(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
}
