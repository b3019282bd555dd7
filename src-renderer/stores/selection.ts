/** Selected rows by id, where a range starts (`anchor`) and which row the keyboard is on (`lead`). */
export interface RowSelection {
  readonly ids: ReadonlySet<string>
  readonly anchor: string | null
  readonly lead: string | null
}

/** How a row was clicked or reached. */
export interface SelectModifiers {
  /** Shift: from the anchor to here. */
  readonly range: boolean
  /** Ctrl or ⌘: this row in or out, the others stay. */
  readonly toggle: boolean
}

/** Nothing selected. */
export const emptySelection: RowSelection = { ids: new Set(), anchor: null, lead: null }

/** A click on a row, as Finder and Explorer have it. `order` is the rows as they are shown. */
export function selectRow(
  selection: RowSelection,
  order: readonly string[],
  id: string,
  modifiers: SelectModifiers,
): RowSelection {
  if (modifiers.range) {
    const anchor = selection.anchor ?? order[0] ?? id
    const range = between(order, anchor, id)
    const ids = modifiers.toggle ? new Set([...selection.ids, ...range]) : new Set(range)
    return { ids, anchor, lead: id }
  }
  if (modifiers.toggle) {
    const ids = new Set(selection.ids)
    if (!ids.delete(id)) ids.add(id)
    return { ids, anchor: id, lead: id }
  }
  return { ids: new Set([id]), anchor: id, lead: id }
}

/** Arrow, Page, Home and End keys: moves the lead by `by` rows and selects it, or extends the range with Shift. */
export function moveLead(
  selection: RowSelection,
  order: readonly string[],
  by: number,
  extend: boolean,
): RowSelection {
  if (order.length === 0) return selection
  const at = selection.lead === null ? -1 : order.indexOf(selection.lead)
  // Without a lead, a step enters at the near end; Home and End, which are more steps than rows, go to theirs.
  const start = at !== -1 ? at : Math.abs(by) > order.length ? 0 : by < 0 ? order.length : -1
  const target = Math.min(order.length - 1, Math.max(0, start + by))
  const id = order[target]
  return id === undefined ? selection : selectRow(selection, order, id, { range: extend, toggle: false })
}

/** Every row. */
export function selectAll(selection: RowSelection, order: readonly string[]): RowSelection {
  return {
    ids: new Set(order),
    anchor: selection.anchor ?? order[0] ?? null,
    lead: selection.lead ?? order[0] ?? null,
  }
}

/** Forgets rows that are not there any more. */
export function pruneSelection(selection: RowSelection, order: readonly string[]): RowSelection {
  const there = new Set(order)
  const ids = new Set([...selection.ids].filter((id) => there.has(id)))
  const keep = (id: string | null) => (id !== null && there.has(id) ? id : null)
  return { ids, anchor: keep(selection.anchor), lead: keep(selection.lead) }
}

/** Type-ahead: the next row after the lead whose name starts with what was typed, wrapping around. */
export function findByTyping(
  rows: readonly { readonly id: string; readonly name: string }[],
  typed: string,
  lead: string | null,
): string | null {
  const wanted = typed.toLocaleLowerCase()
  const at = rows.findIndex((row) => row.id === lead)
  // One letter again means the next match; more letters refine the one that is there.
  const start = typed.length === 1 ? at + 1 : Math.max(0, at)
  for (let step = 0; step < rows.length; step += 1) {
    const row = rows[(start + step) % rows.length]
    if (row?.name.toLocaleLowerCase().startsWith(wanted)) return row.id
  }
  return null
}

function between(order: readonly string[], from: string, to: string): readonly string[] {
  const a = order.indexOf(from)
  const b = order.indexOf(to)
  if (b === -1) return []
  if (a === -1) return [to]
  return order.slice(Math.min(a, b), Math.max(a, b) + 1)
}
