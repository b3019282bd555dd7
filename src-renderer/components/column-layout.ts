import { useState } from 'react'

/** Widths in pixels and hidden columns of one table, as a person arranged them. */
export interface ColumnLayout {
  readonly widths: Readonly<Record<string, number>>
  readonly hidden: readonly string[]
}

/** The arrangement of a table's columns, kept by this window's own storage. */
export function useColumnLayout(
  tableId: string,
  startsHidden: readonly string[],
): readonly [ColumnLayout, (layout: ColumnLayout) => void] {
  const [layout, setLayout] = useState(() =>
    parseLayout(localStorage.getItem(storageKey(tableId)), startsHidden),
  )
  const save = (next: ColumnLayout) => {
    setLayout(next)
    localStorage.setItem(storageKey(tableId), JSON.stringify(next))
  }
  return [layout, save]
}

/** What was stored, as far as it makes sense; nothing in storage is trusted. */
export function parseLayout(stored: string | null, startsHidden: readonly string[] = []): ColumnLayout {
  const empty: ColumnLayout = { widths: {}, hidden: startsHidden }
  if (stored === null) return empty
  let value: unknown
  try {
    value = JSON.parse(stored)
  } catch {
    return empty
  }
  if (typeof value !== 'object' || value === null) return empty
  const widths =
    'widths' in value && typeof value.widths === 'object' && value.widths !== null ? value.widths : {}
  const hidden = 'hidden' in value && Array.isArray(value.hidden) ? value.hidden : []
  return {
    widths: Object.fromEntries(
      Object.entries(widths).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
      ),
    ),
    hidden: hidden.filter((id): id is string => typeof id === 'string'),
  }
}

function storageKey(tableId: string): string {
  return `columns:${tableId}`
}
