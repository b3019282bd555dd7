import type { ObjectRow } from '../../src-preload/contract/object.ts'

/** One line of a listing: a folder (a common prefix) or an object. `id` is the prefix or the key. */
export interface ListingRow {
  readonly id: string
  readonly kind: 'folder' | 'object'
  /** The part after the listing's prefix, without a closing slash. */
  readonly name: string
  readonly sizeBytes: number | null
  readonly lastModified: string | null
  readonly storageClass: string | null
}

/** What a listing can be sorted by. */
export type SortColumn = 'name' | 'size' | 'modified' | 'type'

/** A column and its direction. */
export interface Sort {
  readonly column: SortColumn
  readonly descending: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/**
 * Turns raw pages into rows. The marker of the folder itself (`photos/` inside `photos/`) is left out, because it is
 * the folder that is being shown.
 */
export function listingRows(
  prefix: string,
  folders: readonly string[],
  objects: readonly ObjectRow[],
): readonly ListingRow[] {
  const rows: ListingRow[] = []
  for (const folder of folders) {
    rows.push({
      id: folder,
      kind: 'folder',
      name: folder.slice(prefix.length).replace(/\/$/, ''),
      sizeBytes: null,
      lastModified: null,
      storageClass: null,
    })
  }
  for (const object of objects) {
    if (object.key === prefix) continue
    rows.push({
      id: object.key,
      kind: 'object',
      name: object.key.slice(prefix.length),
      sizeBytes: object.sizeBytes,
      lastModified: object.lastModified,
      storageClass: object.storageClass,
    })
  }
  return rows
}

/** Filters by name and sorts; folders come first in either direction. Does not change its argument. */
export function arrangeRows(
  rows: readonly ListingRow[],
  sort: Sort,
  filter: string,
  typeOf: (name: string) => string,
): readonly ListingRow[] {
  const wanted = filter.trim().toLocaleLowerCase()
  const shown =
    wanted === '' ? [...rows] : rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted))
  const direction = sort.descending ? -1 : 1
  const types = new Map<string, string>()
  if (sort.column === 'type') for (const row of shown) types.set(row.id, typeOf(row.name))
  return shown.sort((a, b) => {
    if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1
    return direction * compare(a, b, sort.column, types) || collator.compare(a.name, b.name)
  })
}

function compare(
  a: ListingRow,
  b: ListingRow,
  column: SortColumn,
  types: ReadonlyMap<string, string>,
): number {
  switch (column) {
    case 'name':
      return collator.compare(a.name, b.name)
    case 'size':
      return (a.sizeBytes ?? -1) - (b.sizeBytes ?? -1)
    case 'modified': {
      const left = a.lastModified ?? ''
      const right = b.lastModified ?? ''
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 'type':
      return collator.compare(types.get(a.id) ?? '', types.get(b.id) ?? '')
  }
}
