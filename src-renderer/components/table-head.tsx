/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a grid of positioned rows is not an HTML table */
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { PointerEvent } from 'react'
import type { ColumnLayout } from './column-layout.ts'
import { ContextMenu } from './menu.tsx'
import type { Column } from './column.ts'

interface TableHeadProps<Row> {
  columns: readonly Column<Row>[]
  allColumns: readonly Column<Row>[]
  layout: ColumnLayout
  onLayout: (layout: ColumnLayout) => void
  sort?: { readonly column: string; readonly descending: boolean }
  onSort?: (column: string, descending: boolean) => void
}

const narrowest = 56
const widest = 600

/** The headers: a click sorts, an edge resizes, a right click chooses columns. */
export function TableHead<Row>({ columns, allColumns, layout, onLayout, sort, onSort }: TableHeadProps<Row>) {
  const resize = (column: Column<Row>) => (event: PointerEvent<HTMLElement>) => {
    event.preventDefault()
    const handle = event.currentTarget
    const startX = event.clientX
    const startWidth = layout.widths[column.id] ?? column.width
    handle.setPointerCapture(event.pointerId)
    const move = (moved: globalThis.PointerEvent) => {
      // The handle is at the column's left edge: the first column gives and takes.
      const width = Math.min(widest, Math.max(narrowest, startWidth + startX - moved.clientX))
      onLayout({ ...layout, widths: { ...layout.widths, [column.id]: width } })
    }
    const end = () => {
      handle.removeEventListener('pointermove', move)
      handle.removeEventListener('pointerup', end)
      handle.removeEventListener('pointercancel', end)
    }
    handle.addEventListener('pointermove', move)
    handle.addEventListener('pointerup', end)
    handle.addEventListener('pointercancel', end)
  }

  const optional = allColumns.filter((column) => column.optional === true)
  const head = (
    <div className="table-head" role="row" aria-rowindex={1}>
      {columns.map((column, index) => {
        const sorted = sort?.column === column.id ? sort : null
        const Arrow = sorted?.descending === true ? ArrowDown : ArrowUp
        return (
          <div
            key={column.id}
            role="columnheader"
            className={column.align === 'end' ? 'table-header table-cell-end' : 'table-header'}
            {...(column.sortable === true
              ? { 'aria-sort': sorted === null ? 'none' : sorted.descending ? 'descending' : 'ascending' }
              : {})}
          >
            {index === 0 ? null : (
              <span className="table-resize" onPointerDown={resize(column)} aria-hidden />
            )}
            {column.sortable === true && onSort !== undefined ? (
              <button
                type="button"
                className="table-sort"
                onClick={() => onSort(column.id, sorted === null ? false : !sorted.descending)}
              >
                <span className="truncate">{column.label}</span>
                {sorted === null ? null : <Arrow size={12} aria-hidden />}
              </button>
            ) : (
              <span className="truncate">{column.label}</span>
            )}
          </div>
        )
      })}
    </div>
  )
  if (optional.length === 0) return head
  return (
    <ContextMenu
      entries={optional.map((column) => {
        const shown = !layout.hidden.includes(column.id)
        return {
          kind: 'item',
          label: column.label,
          checked: shown,
          onSelect: () =>
            onLayout({
              ...layout,
              hidden: shown ? [...layout.hidden, column.id] : layout.hidden.filter((id) => id !== column.id),
            }),
        }
      })}
    >
      {head}
    </ContextMenu>
  )
}
