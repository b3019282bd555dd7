import { decodeEntities } from './xml-scanner.ts'

/** What is wanted of an object, as numbers that are told apart sooner than names; nothing else is. */
export const valueOf = { Key: 1, Size: 2, LastModified: 3, ETag: 4, StorageClass: 5 } as const

/** How an object is written: which values it has, the bytes before each of them, and those behind the last one. */
export interface Layout {
  /** 0 for what is not wanted. */
  readonly values: readonly number[]
  readonly before: readonly Buffer[]
  readonly end: Buffer
}

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

const wanted: Readonly<Record<string, number>> = valueOf

/**
 * How an object is written, from `<Contents>` to `</Contents>`; null unless what is wanted of it is there once, between
 * two tags of its own.
 */
export function readLayout(xml: string): Layout | null {
  const cursor: Cursor = { at: 10, text: '' }
  const names: string[] = []
  const before: string[] = []
  let written = '<Contents>'
  if (!xml.startsWith(written)) return null
  while (!skip(xml, cursor, '</Contents>')) {
    const { at } = cursor
    const leaf = readLeaf(xml, cursor)
    if (leaf === null) return null
    const { name, open, close } = leaf
    const isValue =
      xml.startsWith(open, at) && xml.indexOf('<', at + open.length) + close.length === cursor.at
    if (Object.hasOwn(wanted, name) && (!isValue || names.includes(name))) return null
    if (isValue) {
      names.push(name)
      before.push(written + open)
      written = close
    }
    // The owner, as a rule that of all objects.
    else written += xml.slice(at, cursor.at)
  }
  return {
    values: names.map((name) => (Object.hasOwn(wanted, name) ? (wanted[name] ?? 0) : 0)),
    before: before.map((text) => Buffer.from(text)),
    end: Buffer.from(`${written}</Contents>`),
  }
}

/** Reads one leaf after the other into `found`; false when they are something else, or one is there twice. */
export function readLeaves(xml: string, found: Record<string, string>): boolean {
  const cursor: Cursor = { at: 0, text: '' }
  while (cursor.at < xml.length) {
    const leaf = readLeaf(xml, cursor)
    if (leaf === null || Object.hasOwn(found, leaf.name)) return false
    found[leaf.name] = decodeEntities(cursor.text)
  }
  return true
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
