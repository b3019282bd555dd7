/** One statement of a policy, with where it stands in the policy's text. */
export interface LocatedStatement {
  readonly start: number
  readonly end: number
  readonly value: Readonly<Record<string, unknown>>
}

/** A bucket policy as text, with its statements found in it, so that they can be kept byte for byte. */
export interface PolicyDocument {
  readonly text: string
  readonly statements: readonly LocatedStatement[]
  /** From the bracket that opens the list of statements to behind the one that closes it; null for a lone statement. */
  readonly list: { readonly start: number; readonly end: number } | null
}

const stringPattern = /"(?:[^"\\]|\\.)*"/y

/**
 * Finds the statements of a policy. Null for a text that is no policy, or that says one thing twice: what cannot be
 * understood is neither explained nor changed.
 */
export function parsePolicyDocument(text: string): PolicyDocument | null {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(root)) return null
  const fields = membersOf(text, skipSpace(text, 0))
  if (new Set(fields.map(({ name }) => name)).size !== fields.length) return null
  const field = fields.find(({ name }) => name === 'Statement')
  if (field === undefined) return null
  const isList = text[field.start] === '['
  const spans = isList ? itemsOf(text, field.start) : [field]
  const statements: LocatedStatement[] = []
  for (const { start, end } of spans) {
    const value: unknown = JSON.parse(text.slice(start, end))
    if (!isRecord(value)) return null
    // A name given twice means one thing here and may mean another one to the service.
    const names = membersOf(text, start).map(({ name }) => name)
    if (new Set(names).size !== names.length) return null
    statements.push({ start, end, value })
  }
  return { text, statements, list: isList ? { start: field.start, end: field.end } : null }
}

interface Span {
  readonly start: number
  readonly end: number
}

/** The members of the object that begins at `at`; the text is known to be JSON. */
function membersOf(text: string, at: number): (Span & { readonly name: string })[] {
  const members: (Span & { name: string })[] = []
  let next = skipSpace(text, at + 1)
  while (text[next] === '"') {
    const nameEnd = skipString(text, next)
    const name = JSON.parse(text.slice(next, nameEnd)) as string
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const end = skipValue(text, start)
    members.push({ name, start, end })
    next = skipSpace(text, end)
    if (text[next] === ',') next = skipSpace(text, next + 1)
  }
  return members
}

/** The items of the array that begins at `at`. */
function itemsOf(text: string, at: number): Span[] {
  const items: Span[] = []
  let next = skipSpace(text, at + 1)
  while (text[next] !== ']') {
    const end = skipValue(text, next)
    items.push({ start: next, end })
    next = skipSpace(text, end)
    if (text[next] === ',') next = skipSpace(text, next + 1)
  }
  return items
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (next < text.length && ' \t\r\n'.includes(text[next] as string)) next++
  return next
}

function skipString(text: string, at: number): number {
  stringPattern.lastIndex = at
  return at + (stringPattern.exec(text)?.[0].length ?? 1)
}

function skipValue(text: string, at: number): number {
  let depth = 0
  let next = at
  while (next < text.length) {
    const character = text[next] as string
    if (character === '"') {
      next = skipString(text, next)
      if (depth === 0) return next
    } else if (character === '{' || character === '[') {
      depth++
      next++
    } else if (character === '}' || character === ']') {
      // The end of what this value is in: a number or a word went before it.
      if (depth === 0) return next
      depth--
      next++
      if (depth === 0) return next
    } else if (depth === 0 && ', \t\r\n'.includes(character)) return next
    else next++
  }
  return next
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two policies mean the same: a service may give back what was put in another form. Null is none. */
export function isSamePolicy(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b
  return a === b || canonical(a) === canonical(b)
}

/**
 * A policy without its white space, with names and lists of texts in order, and with what IAM says are two ways to write the
 * same: a lone value and a list of one, and `*` and `{"AWS":"*"}` for everybody. MinIO gives back the longer ways.
 */
function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
      const one = lone(value)
      if (Array.isArray(one))
        return one.every((each) => typeof each === 'string') ? one.toSorted() : (one as unknown[])
      if (!isRecord(one)) return one
      const fields = Object.entries(one)
      return fields.length === 1 && fields[0]![0] === 'AWS' && lone(fields[0]![1]) === '*'
        ? '*'
        : Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    })
  } catch {
    return text
  }
}

function lone(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value
}
