/** How many names there are, and the first of them. */
export interface SomeNames {
  readonly names: readonly string[]
  readonly count: number
}

/** So many are shown. */
export const mostShown = 5

/** Counts names, of which only the first are kept. */
export function someNames(all: Iterable<string>): SomeNames {
  const names: string[] = []
  let count = 0
  for (const name of all) if (++count <= mostShown) names.push(name)
  return { names, count }
}

/** The first few names in a row, and how many more there are of `count`. */
export function examples(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, mostShown).map((name) => (name.length > 80 ? `${name.slice(0, 79)}…` : name))
  const more = count - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`
}
