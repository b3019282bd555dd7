/**
 * Whether a name surely carries a digest of its content, so that it can be cached for ever: Django's twelve hex digits
 * after the stem, eight or more of them between other separators (webpack, Parcel), or a bundler's eight letters and
 * digits before the extension (Vite, Rollup). Stricter than the order of publishing needs it: `report-20240131.pdf`, `menu-cafe2024.pdf` and
 * `part-version2.html` are names that people give, and their next version has to be seen. A digest that happens to look
 * like a word or a date is not recognised, which costs a request.
 */
export function carriesDigest(name: string): boolean {
  const djangos = /.\.([0-9a-f]{12})(?:\.[^.]+)?$/.exec(name)?.[1] ?? ''
  // Digits alone may be a date or an article's number.
  if (turns(djangos) >= 1) return true
  const hex = /[._-]([0-9a-f]{8,64})(?=\.)/gi
  for (const [, digest = ''] of name.matchAll(hex)) if (turns(digest) >= 2) return true
  const bundled = /[.-]([A-Za-z0-9_-]{8})\.[a-z0-9]+(?:\.map)?$/.exec(name)?.[1] ?? ''
  return turns(bundled) >= 4
}

/** How often one kind of character (digit, upper case, lower case, other) follows another. */
function turns(text: string): number {
  const kinds = Array.from(text, (character) =>
    /\d/.test(character)
      ? 'digit'
      : /[A-Z]/.test(character)
        ? 'upper'
        : /[a-z]/.test(character)
          ? 'lower'
          : 'other',
  )
  return kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length
}
