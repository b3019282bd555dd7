/** The folders below a prefix that a key is in, the largest first; the prefix itself is one of them. */
export function levelsOf(prefix: string, key: string): string[] {
  const levels = [prefix]
  for (let at = key.indexOf('/', prefix.length); at !== -1; at = key.indexOf('/', at + 1))
    levels.push(key.slice(0, at + 1))
  return levels
}

/** How many folders right below one the objects of a page are in; 0 when all are in one, whose end nobody knows yet. */
export function foldersPerPage(folder: string, page: readonly { readonly key: string }[]): number {
  let count = 0
  let last = ''
  for (const { key } of page) {
    const at = key.indexOf('/', folder.length)
    if (at === -1 || !key.startsWith(folder)) continue
    if (last !== '' && key.startsWith(last)) continue
    last = key.slice(0, at + 1)
    count++
  }
  return count < 2 ? 0 : count
}
