import { isSecretName, type PythonScope, type PythonValue, saidAt } from './python-value.ts'

type DictValue = Extract<PythonValue, { type: 'dict' }>

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

/** As {@link replaceDict}, for a list that names lead to. */
export function replaceSequence(
  scope: PythonScope,
  old: Extract<PythonValue, { type: 'sequence' }>,
  changed: PythonValue,
): void {
  for (const [name, value] of scope.names)
    if (value.type === 'sequence' && value.items === old.items) scope.names.set(name, changed)
}

/**
 * Puts a dict in another's place wherever the names of a scope lead to it: in Python they are one dict, which is changed.
 */
export function replaceDict(scope: PythonScope, old: DictValue, changed: DictValue): void {
  // Dicts may share dicts many times over: each is looked through once.
  const seen = new Map<ReadonlyMap<string, PythonValue>, DictValue | null>()

  /** The dict with the change in it; null where it is not part of it. */
  function replaced(dict: DictValue): DictValue | null {
    // A value is copied with the place where it is said; its entries are the same ones.
    if (dict.entries === old.entries) return changed
    const known = seen.get(dict.entries)
    if (known !== undefined) return known
    let entries: Map<string, PythonValue> | null = null
    for (const [key, entry] of dict.entries) {
      const other = entry.type === 'dict' ? replaced(entry) : null
      if (other !== null)
        (entries ??= new Map(dict.entries)).set(key, {
          ...entry,
          entries: other.entries,
          rest: other.rest,
        } as DictValue)
    }
    const found = entries === null ? null : { ...dict, entries }
    seen.set(dict.entries, found)
    return found
  }

  for (const [name, value] of scope.names) {
    const other = value.type === 'dict' ? replaced(value) : null
    if (other !== null && value.type === 'dict')
      scope.names.set(name, { ...value, entries: other.entries, rest: other.rest })
  }
}
