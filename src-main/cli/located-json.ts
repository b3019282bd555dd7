/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A mistake in a JSON text, and where it is. */
export class JsonMistake extends Error {
  readonly place: Place

  constructor(message: string, place: Place) {
    super(message)
    this.place = place
  }
}

/** A JSON value, and where each part of it stands. */
export interface LocatedJson {
  readonly value: unknown
  /** Where the value at a path begins, or, with `key`, the name of that property in the object there. */
  placeOf(path: readonly PropertyKey[], key?: string): Place
}

const numberPattern = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const stringPattern = /"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const deepest = 100

/** Parses JSON (RFC 8259) and remembers where everything stands. Throws a {@link JsonMistake}; a name given twice is one. */
export function parseLocatedJson(text: string): LocatedJson {
  const places = new Map<string, number>()
  let at = 0

  const placeAt = (offset: number): Place => {
    const before = text.slice(0, offset).split('\n')
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
  const mistake = (message: string, offset = at) => new JsonMistake(message, placeAt(offset))
  const expected = (what: string) =>
    mistake(at >= text.length ? `The text ends where ${what} is expected` : `Expected ${what}`)
  const skipSpace = () => {
    while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at++
  }
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  const take = (character: string): boolean => {
    skipSpace()
    if (text[at] !== character) return false
    at++
    return true
  }
  const parseString = (what: string): string => {
    const found = match(stringPattern)
    if (found === null)
      throw text[at] === '"' ? mistake('This string is not closed or not valid') : expected(what)
    return JSON.parse(found) as string
  }

  function parseArray(path: readonly PropertyKey[]): unknown[] {
    const items: unknown[] = []
    if (take(']')) return items
    do items.push(parseValue([...path, items.length]))
    while (take(','))
    if (!take(']')) throw expected('a comma or ]')
    return items
  }

  function parseObject(path: readonly PropertyKey[]): Record<string, unknown> {
    // Without a prototype, so that no name means anything but itself.
    const object = Object.create(null) as Record<string, unknown>
    if (take('}')) return object
    do {
      skipSpace()
      const start = at
      const key = parseString('a name in double quotes')
      if (key in object) throw mistake(`“${key}” is given twice`, start)
      places.set(pathText(path, key), start)
      if (!take(':')) throw expected('a colon')
      object[key] = parseValue([...path, key])
    } while (take(','))
    if (!take('}')) throw expected('a comma or }')
    return object
  }

  function parseValue(path: readonly PropertyKey[]): unknown {
    if (path.length > deepest) throw mistake('This is nested too deeply')
    skipSpace()
    places.set(pathText(path), at)
    if (take('[')) return parseArray(path)
    if (take('{')) return parseObject(path)
    if (text[at] === '"') return parseString('a string')
    const number = match(numberPattern)
    if (number !== null) return Number(number)
    for (const [word, value] of words)
      if (text.startsWith(word, at)) {
        at += word.length
        return value
      }
    throw expected('a value')
  }

  if (text.startsWith('\uFEFF')) at = 1
  const value = parseValue([])
  skipSpace()
  if (at < text.length) throw mistake('There is something behind the end')
  return {
    value,
    placeOf(path, key) {
      const named = key === undefined ? undefined : places.get(pathText(path, key))
      if (named !== undefined) return placeAt(named)
      // What is missing has no place: that of what it is missing in.
      for (let length = path.length; ; length--) {
        const found = places.get(pathText(path.slice(0, length)))
        if (found !== undefined || length === 0) return placeAt(found ?? 0)
      }
    },
  }
}

const words: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

function pathText(path: readonly PropertyKey[], key?: string): string {
  return JSON.stringify([path.map(String), key ?? null])
}
