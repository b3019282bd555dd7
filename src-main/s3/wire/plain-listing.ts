import type { ScannedListing, ScannedObject } from './list-scanner.ts'
import { decodeListedKey } from './list-scanner.ts'
import { type Layout, readLayout, readLeaves, valueOf } from './listing-layout.ts'
import { decodeEntities } from './xml-scanner.ts'

/** Tags that are looked for in a page, as bytes. */
const tags = {
  root: Buffer.from('<ListBucketResult'),
  end: Buffer.from('</ListBucketResult>'),
  object: Buffer.from('<Contents>'),
  objectEnd: Buffer.from('</Contents>'),
  folder: Buffer.from('<CommonPrefixes>'),
  prefix: Buffer.from('<CommonPrefixes><Prefix>'),
  prefixEnd: Buffer.from('</Prefix></CommonPrefixes>'),
}

/** Characters that mean something, as bytes. */
const [lessThan, ampersand, percent, plus, quote, semicolon] = [0x3c, 0x26, 0x25, 0x2b, 0x22, 0x3b]
const [tab, newline, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20]

/**
 * Reads a page as the services write it, without anything between the tags, at a fraction of what the careful reader
 * in `list-scanner.ts` costs: as bytes, of which only the values become text. Null for whatever is not exactly that,
 * right or wrong: the careful reader decides then. Nothing of the result needs the page's bytes any more.
 */
export function scanPlainListing(page: Buffer): ScannedListing | null {
  const root = page.indexOf(tags.root)
  if (root === -1 || !/^(?:<\?xml [^<>?]*\?>\s*)?$/.test(page.toString('utf8', 0, root))) return null
  const end = trimmedEnd(page)
  const line = page.indexOf(newline, root)
  if (page.includes(carriageReturn) || (line !== -1 && line < end)) return null
  const from = page.indexOf('>', root)
  if (!/^(?: xmlns="[^"<>&]*")?$/.test(page.toString('utf8', root + tags.root.length, from))) return null
  const last = end - tags.end.length
  if (last <= from || !isThere(page, tags.end, last)) return null
  const found: Record<string, string> = {}
  const folders: string[] = []
  const reader = createObjectReader(page, last)
  let at = from + 1
  while (at < last) {
    if (isThere(page, tags.object, at)) at = reader.read(at)
    else if (isThere(page, tags.prefix, at)) {
      const begin = at + tags.prefix.length
      const close = page.indexOf(lessThan, begin)
      if (!isThere(page, tags.prefixEnd, close)) return null
      folders.push(decodeEntities(page.toString('utf8', begin, close)))
      at = close + tags.prefixEnd.length
    } else {
      const until = endOfLeaves(page, at, last)
      if (!readLeaves(page.toString('utf8', at, until), found)) return null
      at = until
    }
    if (at === -1) return null
  }
  if (at !== last) return null
  const { EncodingType, IsTruncated = 'false', NextContinuationToken = '' } = found
  if (IsTruncated !== 'false' && (IsTruncated !== 'true' || NextContinuationToken === '')) return null
  const isEncoded = EncodingType === 'url'
  if (isEncoded) for (const object of reader.escaped) object.key = decodeListedKey(object.key)
  return {
    folders: isEncoded ? folders.map(decodeListedKey) : folders,
    objects: reader.objects,
    continuationToken: IsTruncated === 'true' ? NextContinuationToken : null,
  }
}

/** Where the page ends but for empty lines. */
function trimmedEnd(page: Buffer): number {
  let end = page.length
  for (; end > 0; end--) {
    const byte = page[end - 1]
    if (byte !== newline && byte !== space && byte !== tab && byte !== carriageReturn) break
  }
  return end
}

/** Where the elements that hold text only come to an end, from a place where none of the others begins. */
function endOfLeaves(page: Buffer, at: number, last: number): number {
  const object = page.indexOf(tags.object, at)
  const until = object === -1 || object > last ? last : object
  const folder = page.subarray(at, until).indexOf(tags.folder)
  // One that begins here is not written as folders are: nobody gets any further.
  return folder === -1 ? until : at + Math.max(folder, 1)
}

/** Whether these bytes stand at a place. */
function isThere(page: Uint8Array, what: Uint8Array, at: number): boolean {
  const { length } = what
  if (at < 0 || at + length > page.length) return false
  for (let index = 0; index < length; index++) if (page[at + index] !== what[index]) return false
  return true
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Reads the objects of a page. */
interface ObjectReader {
  readonly objects: ScannedObject[]
  /** Those of them whose keys are to be decoded where keys are encoded. */
  readonly escaped: Writable<ScannedObject>[]
  /** Reads the object that begins here. Answers where it ends; -1 for what is not written plainly. */
  read(at: number): number
}

/** Each object has the same fields in the same order as the one before, as a rule. `last` is where the listing ends. */
function createObjectReader(page: Buffer, last: number): ObjectReader {
  const objects: ScannedObject[] = []
  const escaped: Writable<ScannedObject>[] = []
  let layout: Layout | null = null
  // What is the same as before is not made anew: much was written in the same second, and is of one storage class.
  let dateAt = -1
  let dateLength = 0
  let dated: Date | null = null
  let classAt = -1
  let classLength = 0
  let storageClass = ''

  /** Reads an object that is written so; else -1, and nothing has been read. */
  function readAlike(from: number, { values, before, end }: Layout): number {
    let at = from
    let key: string | null = null
    let isEscaped = false
    let sizeBytes = 0
    let lastModified: Date | null = null
    let eTag: string | null = null
    let ofClass: string | null = null
    for (let index = 0; index < values.length; index++) {
      const written = before[index]
      if (written === undefined || !isThere(page, written, at)) return -1
      at += written.length
      const begin = at
      let hasEntities = false
      switch (values[index]) {
        case valueOf.Key:
          for (let byte = page[at]; byte !== lessThan; byte = page[++at]) {
            if (byte === undefined) return -1
            if (byte === ampersand) hasEntities = true
            else if (byte === percent || byte === plus) isEscaped = true
          }
          key = page.toString('utf8', begin, at)
          if (hasEntities) {
            key = decodeEntities(key)
            isEscaped ||= /[%+]/.test(key)
          }
          break
        case valueOf.Size:
          for (let byte = page[at]; byte !== lessThan; byte = page[++at]) {
            if (byte === undefined || byte < 0x30 || byte > 0x39) return -1
            sizeBytes = sizeBytes * 10 + byte - 0x30
          }
          if (at === begin || at - begin > 15) return -1
          break
        case valueOf.LastModified:
          at = endOfValue(page, begin)
          if (at === -1) return -1
          if (dateAt === -1 || !isSame(page, dateAt, dateLength, begin, at)) {
            const text = page.toString('utf8', begin, at)
            if (text.includes('&')) return -1
            dated = readDate(text)
            dateAt = begin
            dateLength = at - begin
          }
          lastModified = dated
          break
        case valueOf.ETag:
          at = endOfValue(page, begin)
          if (at === -1) return -1
          eTag = readETag(page, begin, at)
          break
        case valueOf.StorageClass:
          at = endOfValue(page, begin)
          if (at === -1) return -1
          if (classAt === -1 || !isSame(page, classAt, classLength, begin, at)) {
            storageClass = decodeEntities(page.toString('utf8', begin, at))
            classAt = begin
            classLength = at - begin
          }
          ofClass = storageClass
          break
        default:
          at = endOfValue(page, begin)
          if (at === -1) return -1
      }
    }
    if (key === null || !isThere(page, end, at)) return -1
    const object: Writable<ScannedObject> = { key, sizeBytes, lastModified, eTag, storageClass: ofClass }
    objects.push(object)
    if (isEscaped) escaped.push(object)
    return at + end.length
  }

  return {
    objects,
    escaped,
    read(from) {
      if (layout !== null) {
        const at = readAlike(from, layout)
        if (at !== -1) return at
      }
      const end = page.indexOf(tags.objectEnd, from)
      if (end === -1 || end >= last) return -1
      layout = readLayout(page.toString('utf8', from, end + tags.objectEnd.length))
      return layout === null ? -1 : readAlike(from, layout)
    },
  }
}

/** Where a value that begins here ends; -1 when it does not. */
function endOfValue(page: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const byte = page[at]
    if (byte === lessThan) return at
    if (byte === undefined) return -1
  }
}

/** Whether a value is the same bytes as another one of the page. */
function isSame(page: Uint8Array, other: number, length: number, from: number, to: number): boolean {
  if (to - from !== length) return false
  for (let index = 0; index < length; index++) if (page[other + index] !== page[from + index]) return false
  return true
}

const quoted = Buffer.from('&quot;')

function readETag(page: Buffer, from: number, to: number): string {
  const isQuoted = to - from >= 12 && isThere(page, quoted, from) && isThere(page, quoted, to - 6)
  if (!isQuoted) return decodeEntities(page.toString('utf8', from, to))
  // With the quotes in their places for a moment, so that the text is made once.
  page[from + 5] = quote
  page[to - 6] = quote
  const text = page.toString('utf8', from + 5, to - 5)
  page[from + 5] = semicolon
  page[to - 6] = ampersand
  return text.includes('&') ? decodeEntities(text) : text
}

/** Reads a time as S3 writes it; what is written otherwise is read by `Date`. */
function readDate(text: string): Date | null {
  if (/^\d{4}-\d\d-\d\dT[01]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/.test(text)) {
    const digit = (at: number) => text.charCodeAt(at) - 0x30
    const two = (at: number) => digit(at) * 10 + digit(at + 1)
    const ms = two(20) * 10 + digit(22)
    const day = readDay(text.slice(0, 10))
    return Number.isNaN(day) ? null : new Date(day + ((two(11) * 60 + two(14)) * 60 + two(17)) * 1000 + ms)
  }
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date
}

let lastDay = ''
let dayMs = 0

/** The beginning of a day in milliseconds since 1970; mostly it is that of the time before. */
function readDay(text: string): number {
  if (text !== lastDay) {
    dayMs = Date.parse(text)
    lastDay = text
  }
  return dayMs
}
