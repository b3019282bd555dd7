import { isSecretName, plain, type PythonScope, type PythonValue, saidAt, unknown } from './python-value.ts'

type DictValue = Extract<PythonValue, { type: 'dict' }>

/** A key as dicts keep it: a text as it is, and what is no text apart from the text that is written alike. Null for others. */
export function keyOf(value: PythonValue): string | null {
  if (value.type !== 'plain') return null
  if (typeof value.value === 'string') return value.value.startsWith('\0') ? null : value.value
  // True is 1, and they are one key.
  return `\0${value.value === null ? 'None' : Number(value.value)}`
}

/** What a key was given as. */
export function keyValue(key: string, scope: Pick<PythonScope, 'file'>, line: number): PythonValue {
  if (!key.startsWith('\0')) return plain(key)
  if (key === '\0None') return plain(null)
  const number = Number(key.slice(1))
  // Or False, or True.
  return number === 0 || number === 1 ? unknown(scope, line) : plain(number)
}

/** What a dict has at a key: an entry, or what any of those that are not known may be. Undefined when it has none. */
export function entryOf({ entries, rest }: DictValue, key: string): PythonValue | undefined {
  return entries.get(key) ?? rest
}

/** A dict with one more entry; a secret's value is not kept (S16). */
export function withEntry(
  dict: DictValue,
  key: string,
  value: PythonValue,
  scope: Pick<PythonScope, 'file'>,
  line: number,
): DictValue {
  return { ...dict, entries: new Map(dict.entries).set(key, entryAt(key, value, scope, line)) }
}

/** What a dict keeps of a value at a key; nothing of a secret (S16). */
export function entryAt(
  key: string,
  value: PythonValue,
  scope: Pick<PythonScope, 'file'>,
  line: number,
): PythonValue {
  return isSecretName(key) ? { type: 'secret' } : saidAt(value, scope, line)
}

/** A dict without an entry. */
export function withoutEntry(dict: DictValue, key: string): DictValue {
  return { ...dict, entries: new Map([...dict.entries].filter(([each]) => each !== key)) }
}

/** A dict of which anything may have become what is not known. */
export function withUnknown(dict: DictValue, rest: PythonValue): DictValue {
  return { type: 'dict', entries: new Map(), rest: rest.type === 'unknown' ? rest : (dict.rest ?? rest) }
}

/** Two dicts as one, the second deciding. What is not known of the second may be any of the first's entries. */
export function mergedDict(first: DictValue, second: DictValue): DictValue {
  if (second.rest !== undefined) return { ...second, entries: new Map(second.entries) }
  return { ...first, entries: new Map([...first.entries, ...second.entries]) }
}

/** As {@link replaceDict}, for a list. */
export function replaceSequence(
  scope: PythonScope,
  old: Extract<PythonValue, { type: 'sequence' }>,
  changed: PythonValue,
): void {
  replace(scope, old.items, changed)
}

/**
 * Puts a dict in another's place wherever names lead to it: in Python they are one dict, which is changed.
 */
export function replaceDict(scope: PythonScope, old: DictValue, changed: DictValue): void {
  replace(scope, old.entries, changed)
}

/** What a dict or list is known by: a value is copied with the place where it is said, and its content is the same one. */
function contentOf(value: PythonValue): object | null {
  return value.type === 'dict' ? value.entries : value.type === 'sequence' ? value.items : null
}

function replace(scope: PythonScope, old: object, changed: PythonValue): void {
  // Dicts may share dicts many times over: each is looked through once.
  const seen = new Map<object, PythonValue | null>()

  /** The value with the change in it; null where it is not part of it. */
  function replaced(value: PythonValue): PythonValue | null {
    const content = contentOf(value)
    if (content === null) return null
    if (content === old) return { ...changed, ...(value.at ? { at: value.at } : {}) }
    const known = seen.get(content)
    if (known !== undefined)
      return known === null ? null : { ...known, ...(value.at ? { at: value.at } : {}) }
    seen.set(content, null)
    let found: PythonValue | null = null
    if (value.type === 'dict') {
      let entries: Map<string, PythonValue> | null = null
      for (const [key, entry] of value.entries) {
        const other = replaced(entry)
        if (other !== null) (entries ??= new Map(value.entries)).set(key, other)
      }
      found = entries === null ? null : { ...value, entries }
    } else if (value.type === 'sequence') {
      const items = value.items.map((item) => replaced(item) ?? item)
      found = items.every((item, index) => item === value.items[index]) ? null : { ...value, items }
    }
    seen.set(content, found)
    return found
  }

  const maps = new Set([scope.names])
  for (const other of [...(scope.around ?? []), ...(scope.module ? [scope.module] : [])])
    maps.add(other.names)
  // Those that are added are gone through as well.
  for (const map of maps)
    for (const value of map.values()) {
      if (value.type === 'object') maps.add(value.attributes)
      if (value.type === 'class') maps.add(value.class.later)
    }
  for (const map of maps)
    for (const [name, value] of map) {
      const other = replaced(value)
      if (other !== null) map.set(name, other)
    }
}
