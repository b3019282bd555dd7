/** The keys of a bucket with their values, in UTF-8 byte order, as S3 lists them. */
export class KeyIndex<Value> {
  // Keys are held as their UTF-8 bytes in a latin1 string: comparing those compares bytes, which comparing
  // UTF-16 strings does not (an emoji would sort before U+FF5E).
  #sorted: string[] = []
  readonly #values = new Map<string, { key: string; value: Value }>()

  /** Fills an empty index; sorts once. */
  load(entries: Iterable<readonly [key: string, value: Value]>): void {
    for (const [key, value] of entries) this.#values.set(byteString(key), { key, value })
    this.#sorted = [...this.#values.keys()].toSorted(byCodeUnit)
  }

  get size(): number {
    return this.#sorted.length
  }

  get(key: string): Value | undefined {
    return this.#values.get(byteString(key))?.value
  }

  set(key: string, value: Value): void {
    const bytes = byteString(key)
    if (!this.#values.has(bytes)) this.#sorted.splice(this.#lowerBound(bytes), 0, bytes)
    this.#values.set(bytes, { key, value })
  }

  delete(key: string): boolean {
    const bytes = byteString(key)
    if (!this.#values.delete(bytes)) return false
    this.#sorted.splice(this.#lowerBound(bytes), 1)
    return true
  }

  /** How many keys sort before this one. */
  positionOf(key: string): number {
    return this.#lowerBound(byteString(key))
  }

  /** The position of the first key that does not begin with the prefix, given one that sorts at or after it. */
  positionAfterPrefix(prefix: string): number {
    const bytes = byteString(prefix)
    let low = this.#lowerBound(bytes)
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? '').startsWith(bytes)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The entry at a position, or undefined past the end. */
  at(position: number): { readonly key: string; readonly value: Value } | undefined {
    const bytes = this.#sorted[position]
    return bytes === undefined ? undefined : this.#values.get(bytes)
  }

  values(): Value[] {
    return [...this.#values.values()].map(({ value }) => value)
  }

  #lowerBound(bytes: string): number {
    let low = 0
    let high = this.#sorted.length
    // Keys often arrive in order: look at the end first.
    if (high > 0 && (this.#sorted[high - 1] ?? '') < bytes) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? '') < bytes) low = middle + 1
      else high = middle
    }
    return low
  }
}

function byteString(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1')
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Compares two keys as S3 sorts them: by the bytes of their UTF-8. */
export function compareKeys(a: string, b: string): number {
  return byCodeUnit(byteString(a), byteString(b))
}
