/** So many different sets of headers are shared; those of further objects are kept with each. */
const mostShared = 1000

/** Keeps what many lines of the head memory have in common once: types, rules of caches, no metadata, an ACL. */
export interface SharedHeaders {
  /** The rest of a line (see `restOf` of the head memory), shorter. */
  pack(rest: string): string
  /** Undoes it. */
  unpack(kept: string): string
}

/** A time or null, a size, an ETag or null; then the headers, and at the end pairs of times. */
const parts = /^((?:-?[\d.]+|null),\d+,(?:null|"(?:[^"\\]|\\.)*"),)(.*?)((?:,[\d.]+)*\])$/s

/** The number of a set of headers: nothing else in a line begins so. */
const number = /#(\d+)#/

/** Makes room for the headers of one place. */
export function createSharedHeaders(): SharedHeaders {
  const sets: string[] = []
  const numbers = new Map<string, number>()
  return {
    pack(rest) {
      const [, about, headers, times] = parts.exec(rest) ?? []
      if (about === undefined || headers === undefined || times === undefined) return rest
      let known = numbers.get(headers)
      if (known === undefined) {
        if (sets.length === mostShared) return rest
        known = sets.push(headers) - 1
        numbers.set(headers, known)
      }
      return `#${known}#${about}${times}`
    },
    unpack(kept) {
      const set = kept.startsWith('#') ? number.exec(kept) : null
      if (set === null) return kept
      const rest = kept.slice(set[0].length)
      const times = rest.length - (/(?:,[\d.]+)*\]$/.exec(rest)?.[0].length ?? 1)
      return `${rest.slice(0, times)}${sets[Number(set[1])] ?? ''}${rest.slice(times)}`
    },
  }
}
