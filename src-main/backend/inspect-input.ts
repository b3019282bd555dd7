/** What a first walk over an argument found. */
export type InputFault = 'too-large' | 'too-deep' | 'unsafe-key' | 'not-plain'

/** Keys that reach an object's prototype when they are copied carelessly. */
const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Deeper than any argument of the contract. */
const maxDepth = 12

/**
 * Walks an argument before its schema does (S13, S18): it must be plain data of a bounded size without prototype keys.
 * Null when nothing is wrong. Never throws, and never reads an accessor.
 */
export function inspectInput(input: unknown, maxBytes: number): InputFault | null {
  let bytes = 0

  function walk(value: unknown, depth: number): InputFault | null {
    bytes += typeof value === 'string' ? value.length : 8
    if (bytes > maxBytes) return 'too-large'
    if (typeof value === 'function' || typeof value === 'symbol') return 'not-plain'
    if (typeof value !== 'object' || value === null) return null
    if (depth >= maxDepth) return 'too-deep'
    const prototype: unknown = Object.getPrototypeOf(value)
    const isArray = Array.isArray(value)
    if (!isArray && prototype !== Object.prototype && prototype !== null) return 'not-plain'
    // An array's holes cost nothing to send and much to check.
    if (isArray && value.length * 8 > maxBytes) return 'too-large'
    for (const key of Reflect.ownKeys(value)) {
      if (isArray && key === 'length') continue
      if (typeof key === 'symbol') return 'not-plain'
      if (unsafeKeys.has(key)) return 'unsafe-key'
      bytes += isArray ? 0 : key.length
      const property = Object.getOwnPropertyDescriptor(value, key)
      if (property === undefined || !('value' in property)) return 'not-plain'
      const fault = walk(property.value, depth + 1)
      if (fault !== null) return fault
    }
    return null
  }

  try {
    return walk(input, 0)
  } catch {
    // A proxy's traps may throw anything.
    return 'not-plain'
  }
}
