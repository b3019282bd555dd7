/** The first few names in a row, and how many more there are of `count`. */
export function examples(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, 5).map((name) => (name.length > 80 ? `${name.slice(0, 79)}…` : name))
  const more = count - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`
}
