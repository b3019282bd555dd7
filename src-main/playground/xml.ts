/** An XML fragment that is already escaped. */
export interface XmlFragment {
  readonly xml: string
}

/** A parsed element. `text` is the text directly inside it, entities resolved, white space kept. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

/** Raised by parseXml for anything that is not well-formed or that uses a DTD. */
export class XmlSyntaxError extends Error {}

// Control characters are not legal in XML 1.0, but S3 sends them as character references all the same.
function escapeXml(text: string): string {
  return text.replace(/[&<>"\u0000-\u0008\u000a-\u001f\u007f\ufffe\uffff]/g, (character) => {
    if (character === '&') return '&amp;'
    if (character === '<') return '&lt;'
    if (character === '>') return '&gt;'
    if (character === '"') return '&quot;'
    return `&#x${character.charCodeAt(0).toString(16)};`
  })
}

/** One element; string content is escaped, fragments are put in as they are. */
export function element(
  name: string,
  content: string | number | boolean | readonly XmlFragment[],
  attributes: Readonly<Record<string, string>> = {},
): XmlFragment {
  const inner = Array.isArray(content)
    ? (content as readonly XmlFragment[]).map((fragment) => fragment.xml).join('')
    : escapeXml(String(content))
  const attributeText = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join('')
  return { xml: inner === '' ? `<${name}${attributeText}/>` : `<${name}${attributeText}>${inner}</${name}>` }
}

/** The fragment when the value is there, nothing otherwise. */
export function optionalElement(name: string, value: string | number | undefined): XmlFragment[] {
  return value === undefined ? [] : [element(name, value)]
}

/** The namespace of every S3 response document. */
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A whole document with its declaration. */
export function xmlDocument(root: XmlFragment): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}`
}

/** A whole S3 response document: the root element carries S3's namespace. */
export function s3Document(name: string, content: string | readonly XmlFragment[]): string {
  return xmlDocument(element(name, content, { xmlns: s3Namespace }))
}

const namedEntities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntities(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, body: string) => {
    const named = Object.hasOwn(namedEntities, body) ? namedEntities[body] : undefined
    if (named !== undefined && whole.endsWith(';')) return named
    const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(body)
    const codePoint = match ? parseInt(match[1] ?? match[2] ?? '', match[1] ? 16 : 10) : NaN
    if (!whole.endsWith(';') || !(codePoint <= 0x10ffff)) throw new XmlSyntaxError(`unknown entity ${whole}`)
    return String.fromCodePoint(codePoint)
  })
}

interface OpenElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  text: string
}

function parseAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  const rest = source.replace(
    /\s+([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g,
    (_, name: string, a?: string, b?: string) => {
      attributes[name] = decodeEntities(a ?? b ?? '')
      return ''
    },
  )
  if (rest.trim() !== '') throw new XmlSyntaxError('malformed attributes')
  return attributes
}

const deepest = 32

/**
 * Parses a request document. Namespace prefixes of element names are dropped. A DTD is refused
 * outright, so that no entity can be declared. Throws XmlSyntaxError.
 */
export function parseXml(source: string): XmlElement {
  const tokens =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w:.-]*)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/gy
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' }
  const stack: OpenElement[] = [root]
  const text = source.replace(/^\uFEFF/, '')
  let position = 0
  while (position < text.length) {
    tokens.lastIndex = position
    const match = tokens.exec(text)
    if (!match) throw new XmlSyntaxError(`malformed at ${position}`)
    position = tokens.lastIndex
    const [, cdata, closing, qualifiedName, attributeSource, selfClosing, characters] = match
    const top = stack[stack.length - 1]
    if (!top) throw new XmlSyntaxError('text after the end')
    if (characters !== undefined) top.text += decodeEntities(characters.replace(/\r\n?/g, '\n'))
    else if (cdata !== undefined) top.text += cdata
    else if (qualifiedName !== undefined) {
      const name = qualifiedName.replace(/^.*:/, '')
      if (closing) {
        if (stack.length === 1 || top.name !== name) throw new XmlSyntaxError(`unexpected </${name}>`)
        stack.pop()
      } else {
        const child: OpenElement = {
          name,
          attributes: parseAttributes(attributeSource ?? ''),
          children: [],
          text: '',
        }
        top.children.push(child)
        if (!selfClosing) stack.push(child)
        if (stack.length > deepest) throw new XmlSyntaxError('nested too deep')
      }
    }
  }
  const [only, ...others] = root.children
  if (stack.length !== 1 || !only || others.length > 0 || root.text.trim() !== '')
    throw new XmlSyntaxError('not exactly one root element')
  return only
}

/** The children with that name. */
export function childrenNamed(parent: XmlElement, name: string): XmlElement[] {
  return parent.children.filter((child) => child.name === name)
}

/** The text of the first child with that name, or undefined. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return parent.children.find((child) => child.name === name)?.text
}
