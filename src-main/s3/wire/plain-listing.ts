import type { ScannedListing, ScannedObject } from './list-scanner.ts'
import { decodeListedKey } from './list-scanner.ts'
import { decodeEntities } from './xml-scanner.ts'

/** An element that holds text only, as it is written. */
interface Leaf {
  readonly name: string
  readonly open: string
  readonly close: string
}

/** Where reading has come to, and the text of the leaf before it. */
interface Cursor {
  at: number
  text: string
}

/**
 * Reads a page as the services write it, without anything between the tags, at a fraction of what the careful reader
 * in `list-scanner.ts` costs. Null for whatever is not exactly that, right or wrong: the careful reader decides then.
 */
export function scanPlainListing(xml: string): ScannedListing | null {
  const root = xml.indexOf('<ListBucketResult')
  if (root === -1 || !/^(?:<\?xml [^<>?]*\?>\s*)?$/.test(xml.slice(0, root))) return null
  const end = xml.trimEnd().length
  const line = xml.indexOf('\n', root)
  if (xml.includes('\r') || (line !== -1 && line < end)) return null
  const from = xml.indexOf('>', root)
  if (!/^(?: xmlns="[^"<>&]*")?$/.test(xml.slice(root + 17, from))) return null
  const cursor: Cursor = { at: from + 1, text: '' }
  const found: Record<string, string> = {}
  const objects: ScannedObject[] = []
  const folders: string[] = []
  const read = objectReader(xml)
  while (!xml.startsWith('</ListBucketResult>', cursor.at)) {
    if (xml.startsWith('<Contents>', cursor.at)) {
      cursor.at += 10
      const object = read(cursor)
      if (object === null) return null
      objects.push(object)
    } else if (xml.startsWith('<CommonPrefixes>', cursor.at)) {
      cursor.at += 16
      if (readLeaf(xml, cursor)?.name !== 'Prefix' || !skip(xml, cursor, '</CommonPrefixes>')) return null
      folders.push(decodeEntities(cursor.text))
    } else {
      const leaf = readLeaf(xml, cursor)
      if (leaf === null || Object.hasOwn(found, leaf.name)) return null
      found[leaf.name] = decodeEntities(cursor.text)
    }
  }
  if (cursor.at + 19 !== end) return null
  const { EncodingType, IsTruncated = 'false', NextContinuationToken = '' } = found
  if (IsTruncated !== 'false' && (IsTruncated !== 'true' || NextContinuationToken === '')) return null
  const isEncoded = EncodingType === 'url'
  if (isEncoded)
    for (const [index, object] of objects.entries())
      if (/[%+]/.test(object.key)) objects[index] = { ...object, key: decodeListedKey(object.key) }
  return {
    folders: isEncoded ? folders.map(decodeListedKey) : folders,
    objects,
    continuationToken: IsTruncated === 'true' ? NextContinuationToken : null,
  }
}

/** Reads one object after the other. Each has the same fields in the same order as the one before, as a rule. */
function objectReader(xml: string): (cursor: Cursor) => ScannedObject | null {
  const values = valueReaders(xml)
  let layout: Layout | null = null
  return (cursor) => {
    const alike = layout === null ? null : readAlike(xml, cursor, layout, values)
    if (alike !== null) return alike
    layout = readLayout(xml, cursor.at)
    return layout === null ? null : readAlike(xml, cursor, layout, values)
  }
}

/** The fields of an object: what is written before each value, and behind the last one. */
interface Layout {
  readonly names: readonly string[]
  readonly before: readonly string[]
  readonly end: string
}

const wanted = /^(?:Key|Size|LastModified|ETag|StorageClass)$/

/** How the object behind a place is written; null unless what is wanted of it is there once, between two tags of its own. */
function readLayout(xml: string, from: number): Layout | null {
  const cursor: Cursor = { at: from, text: '' }
  const names: string[] = []
  const before: string[] = []
  let written = ''
  while (!skip(xml, cursor, '</Contents>')) {
    const { at } = cursor
    const leaf = readLeaf(xml, cursor)
    if (leaf === null) return null
    const { name, open, close } = leaf
    const isValue =
      xml.startsWith(open, at) && xml.indexOf('<', at + open.length) + close.length === cursor.at
    if (wanted.test(name) && (!isValue || names.includes(name))) return null
    if (isValue) {
      names.push(name)
      before.push(written + open)
      written = close
    }
    // The owner, as a rule that of all objects.
    else written += xml.slice(at, cursor.at)
  }
  return { names, before, end: `${written}</Contents>` }
}

/** Reads an object that is written so; else null, and nothing moves. */
function readAlike(xml: string, cursor: Cursor, layout: Layout, values: ValueReaders): ScannedObject | null {
  const { names, before, end } = layout
  let { at } = cursor
  let key: string | null = null
  let sizeBytes = 0
  let lastModified: Date | null = null
  let eTag: string | null = null
  let storageClass: string | null = null
  for (let index = 0; index < names.length; index++) {
    const written = before[index] ?? ''
    if (!xml.startsWith(written, at)) return null
    const from = at + written.length
    at = xml.indexOf('<', from)
    switch (names[index]) {
      case 'Key':
        key = ownCopy(decodeEntities(xml.slice(from, at)))
        break
      case 'Size':
        sizeBytes = values.size(from, at)
        if (sizeBytes < 0) return null
        break
      case 'LastModified': {
        const date = values.dateAt(from, at)
        if (date === undefined) return null
        lastModified = date
        break
      }
      case 'ETag':
        eTag = values.eTag(from, at)
        break
      case 'StorageClass':
        storageClass = values.storageClass(from, at)
        break
      default:
    }
  }
  if (key === null || !xml.startsWith(end, at)) return null
  cursor.at = at + end.length
  return { key, sizeBytes, lastModified, eTag, storageClass }
}

/** Readers of what stands between two places of a document; what is the same as before is not made anew. */
interface ValueReaders {
  /** Less than 0 for what is no size. */
  size(from: number, to: number): number
  /** Undefined for what is not written plainly. */
  dateAt(from: number, to: number): Date | null | undefined
  eTag(from: number, to: number): string
  storageClass(from: number, to: number): string
}

function valueReaders(xml: string): ValueReaders {
  const date = dateReader()
  const isAt = (text: string, from: number, to: number) =>
    to - from === text.length && xml.startsWith(text, from)
  let dateText = ''
  let dated: Date | null = null
  let classText = ''
  let storageClass = ''
  return {
    size(from, to) {
      if (to - from < 1 || to - from > 15) return -1
      let size = 0
      for (let at = from; at < to; at++) {
        const digit = xml.charCodeAt(at) - 0x30
        if (digit < 0 || digit > 9) return -1
        size = size * 10 + digit
      }
      return size
    },
    dateAt(from, to) {
      // Much was written in the same second.
      if (dateText !== '' && isAt(dateText, from, to)) return dated
      const text = xml.slice(from, to)
      if (text.includes('&')) return undefined
      dateText = text
      dated = date(text)
      return dated
    },
    eTag(from, to) {
      const isQuoted = to - from >= 12 && xml.startsWith('&quot;', from) && xml.startsWith('&quot;', to - 6)
      const inner = isQuoted ? xml.slice(from + 6, to - 6) : ''
      return isQuoted && !inner.includes('&')
        ? ownCopy(`"${inner}"`)
        : ownCopy(decodeEntities(xml.slice(from, to)))
    },
    storageClass(from, to) {
      if (classText !== '' && isAt(classText, from, to)) return storageClass
      classText = xml.slice(from, to)
      storageClass = ownCopy(decodeEntities(classText))
      return storageClass
    },
  }
}

/** Reads `<Name>text</Name>` of a name that is known to be next; else nothing moves. */
function readKnown(xml: string, cursor: Cursor, leaf: Leaf): boolean {
  if (!xml.startsWith(leaf.open, cursor.at)) return false
  const start = cursor.at + leaf.open.length
  const end = xml.indexOf('<', start)
  if (!xml.startsWith(leaf.close, end)) return false
  cursor.text = xml.slice(start, end)
  cursor.at = end + leaf.close.length
  return true
}

/** Reads `<Name>text</Name>`, `<Name/>`, or an element of such ones, whose text does not count (`Owner`). */
function readLeaf(xml: string, cursor: Cursor, depth = 0): Leaf | null {
  const close = xml.indexOf('>', cursor.at)
  const tag = xml.charCodeAt(cursor.at) === 0x3c ? xml.slice(cursor.at + 1, close) : ''
  const name = tag.endsWith('/') ? tag.slice(0, -1) : tag
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) return null
  const leaf = { name, open: `<${name}>`, close: `</${name}>` }
  if (name !== tag) {
    cursor.at = close + 1
    cursor.text = ''
    return leaf
  }
  if (readKnown(xml, cursor, leaf)) return leaf
  // What holds elements may not be one of those whose text counts.
  if (depth > 0 || !/^(?:Owner|RestoreStatus)$/.test(name)) return null
  cursor.at = close + 1
  while (!skip(xml, cursor, leaf.close)) if (readLeaf(xml, cursor, depth + 1) === null) return null
  cursor.text = ''
  return leaf
}

function skip(xml: string, cursor: Cursor, what: string): boolean {
  if (!xml.startsWith(what, cursor.at)) return false
  cursor.at += what.length
  return true
}

/** The same text without the document that it was cut out of, which would live as long as any of its keys. */
function ownCopy(text: string): string {
  return ` ${text}`.slice(1)
}

/** Reads times as S3 writes them; what is written otherwise is read by `Date`. */
function dateReader(): (text: string) => Date | null {
  let lastDay = ''
  let dayMs = 0
  return (text) => {
    if (/^\d{4}-\d\d-\d\dT[01]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/.test(text)) {
      const day = text.slice(0, 10)
      if (day !== lastDay) {
        dayMs = Date.parse(day)
        lastDay = day
      }
      const digit = (at: number) => text.charCodeAt(at) - 0x30
      const two = (at: number) => digit(at) * 10 + digit(at + 1)
      const ms = two(20) * 10 + digit(22)
      const made = new Date(dayMs + ((two(11) * 60 + two(14)) * 60 + two(17)) * 1000 + ms)
      return Number.isNaN(dayMs) ? null : made
    }
    const date = new Date(text)
    return Number.isNaN(date.getTime()) ? null : date
  }
}
