import type { SelectGesture } from '../components/virtual-table.tsx'
import type { RowSelection } from '../stores/selection.ts'
import { emptySelection, findByTyping, moveLead, selectAll, selectRow } from '../stores/selection.ts'

/** What a gesture on a table makes of the selection. */
export function applyGesture(
  selection: RowSelection,
  rows: readonly { readonly id: string; readonly name: string }[],
  order: readonly string[],
  gesture: SelectGesture,
): RowSelection {
  switch (gesture.kind) {
    case 'row':
      return selectRow(selection, order, gesture.id, gesture)
    case 'move':
      return moveLead(selection, order, gesture.by, gesture.extend)
    case 'all':
      return selectAll(selection, order)
    case 'none':
      return { ...emptySelection, lead: selection.lead }
    case 'typed': {
      const id = findByTyping(rows, gesture.text, selection.lead)
      return id === null ? selection : selectRow(selection, order, id, { range: false, toggle: false })
    }
  }
}
