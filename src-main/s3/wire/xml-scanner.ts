/** Hears of each element of a document; the root has depth 1. */
export interface XmlListener {
  open?(name: string, depth: number): void
  /** `text` is what the element holds, decoded; null when it holds elements. */
  close(name: string, depth: number, text: string | null): void
}

/** The document is not well-formed. Its message holds nothing of the document. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const slash = 0x2f
const bang = 0x21
const question = 0x3f
const greater = 0x3e

/** Names by tag; the few that listings have. */
const knownNames = new Map<string, string>()
const mostNames = 200

/**
 * Reads a document from front to end, as far as S3's answers need it: elements, text, CDATA, the five named entities
 * and character references. A document type is skipped, so that nothing it declares is expanded, read or fetched;
 * attributes are skipped as well. Throws {@link XmlError} for tags that do not match and for a document that is cut.
 */
export function scanXml(document: string, listener: XmlListener): void {
  const xml = document.includes('\r') ? document.replace(/\r\n?/g, '\n') : document
  const names: string[] = []
  const texts: (string | null)[] = []
  let rootSeen = false
  let at = xml.charCodeAt(0) === 0xfeff ? 1 : 0

  const addText = (text: string) => {
    const last = texts.length - 1
    const before = texts[last]
    if (before !== null && before !== undefined) texts[last] = before === '' ? text : before + text
  }
  const opened = (name: string) => {
    if (names.length === 0 && rootSeen) throw new XmlError('more than one root')
    rootSeen = true
    // An element among the text makes the text around it layout.
    if (texts.length > 0) texts[texts.length - 1] = null
    names.push(name)
    texts.push('')
    listener.open?.(name, names.length)
  }
  const closed = (name: string) => {
    if (names.at(-1) !== name) throw new XmlError('tags do not match')
    const text = texts.pop() ?? null
    listener.close(name, names.length, text !== null && isLayout(text) ? '' : text)
    names.pop()
  }

  while (at < xml.length) {
    const start = xml.indexOf('<', at)
    const end = start === -1 ? xml.length : start
    if (end > at) {
      if (names.length > 0) addText(decodeEntities(xml.slice(at, end)))
      else if (xml.slice(at, end).trim() !== '') throw new XmlError('text outside of the root')
    }
    if (start === -1) break
    const next = xml.charCodeAt(start + 1)
    if (next === slash) {
      const close = find(xml, '>', start)
      closed(xml.slice(start + 2, close).trimEnd())
      at = close + 1
    } else if (next === question) {
      at = find(xml, '?>', start) + 2
    } else if (next === bang) {
      if (xml.startsWith('<!--', start)) at = find(xml, '-->', start + 4) + 3
      else if (xml.startsWith('<![CDATA[', start) && names.length > 0) {
        const close = find(xml, ']]>', start)
        addText(xml.slice(start + 9, close))
        at = close + 3
      } else if (!rootSeen && /^<!doctype/i.test(xml.slice(start, start + 9))) {
        at = endOfTag(xml, start + 9, true) + 1
      } else throw new XmlError('a declaration where none may be')
    } else {
      let close = find(xml, '>', start)
      let tag = xml.slice(start + 1, close)
      if (tag.includes('"') || tag.includes("'")) {
        close = endOfTag(xml, start + 1, false)
        tag = xml.slice(start + 1, close)
      }
      const isEmpty = tag.endsWith('/')
      const name = nameOf(tag)
      // Most of a listing is `<Name>text</Name>`: read in one step.
      const textEnd = xml.indexOf('<', close + 1)
      if (
        !isEmpty &&
        names.length > 0 &&
        xml.charCodeAt(textEnd + 1) === slash &&
        xml.startsWith(name, textEnd + 2) &&
        xml.charCodeAt(textEnd + 2 + name.length) === greater
      ) {
        texts[texts.length - 1] = null
        const text = decodeEntities(xml.slice(close + 1, textEnd))
        listener.open?.(name, names.length + 1)
        listener.close(name, names.length + 1, isLayout(text) ? '' : text)
        at = textEnd + name.length + 3
        continue
      }
      opened(name)
      if (isEmpty) closed(name)
      at = close + 1
    }
  }
  if (!rootSeen || names.length > 0) throw new XmlError('the document is cut')
}

function nameOf(tag: string): string {
  const known = knownNames.get(tag)
  if (known !== undefined) return known
  const name = /^[^\s/<>&'"=]+/.exec(tag)?.[0]
  if (name === undefined) throw new XmlError('a tag without a name')
  if (knownNames.size < mostNames && tag.length < 64) knownNames.set(tag, name)
  return name
}

function find(xml: string, what: string, from: number): number {
  const found = xml.indexOf(what, from)
  if (found === -1) throw new XmlError('the document is cut')
  return found
}

/** Where a tag ends, past quoted text and, for a document type, its subset in brackets. */
function endOfTag(xml: string, from: number, brackets: boolean): number {
  let depth = 0
  for (let at = from; at < xml.length; at++) {
    const character = xml[at]
    if (character === '"' || character === "'") at = find(xml, character, at + 1)
    else if (brackets && character === '[') depth++
    else if (brackets && character === ']') depth--
    else if (character === '>' && depth <= 0) return at
  }
  throw new XmlError('the document is cut')
}

/** Lines between tags, not a value. */
function isLayout(text: string): boolean {
  return text.includes('\n') && text.trim() === ''
}

/** Text with its entities and character references replaced; what nothing declares stays as it is written. */
export function decodeEntities(written: string): string {
  if (!written.includes('&')) return written
  // Every ETag has two of these.
  const text = written.replaceAll('&quot;', '"')
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));/gi,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return named[name] ?? whole
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return point > 0x10ffff ? whole : String.fromCodePoint(point)
    },
  )
}
