/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/no-noninteractive-element-interactions, react/incompatible-library -- a grid of positioned rows is not an HTML table, and nothing here is memoised by a compiler */
import { useVirtualizer } from '@tanstack/react-virtual'
import type { CSSProperties, KeyboardEvent, MouseEvent, ReactNode } from 'react'
import type { RefObject } from 'react'
import { memo, useDeferredValue, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ColumnLayout } from './column-layout.ts'
import { useColumnLayout } from './column-layout.ts'
import type { MenuEntry } from './menu.tsx'
import type { Column } from './column.ts'
import { ContextMenu } from './menu.tsx'
import { TableHead } from './table-head.tsx'
import './virtual-table.css'

/** What a click or a key means for the selection; the store knows how to apply it. */
export type SelectGesture =
  | { readonly kind: 'row'; readonly id: string; readonly range: boolean; readonly toggle: boolean }
  | { readonly kind: 'move'; readonly by: number; readonly extend: boolean }
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'typed'; readonly text: string }

interface VirtualTableProps<Row> {
  /** Names the stored column widths. */
  tableId: string
  /** The accessible name. */
  label: string
  columns: readonly Column<Row>[]
  count: number
  /** Undefined for a row that has not arrived. */
  rowAt: (index: number) => Row | undefined
  rowId: (row: Row) => string
  sort?: { readonly column: string; readonly descending: boolean }
  onSort?: (column: string, descending: boolean) => void
  selected?: ReadonlySet<string>
  /** Position of the row that the keyboard is on; -1 when none. */
  leadIndex?: number
  onSelect?: (gesture: SelectGesture) => void
  onActivate?: (row: Row) => void
  /** Keys that the table does not use itself; true when it was handled. */
  onKey?: (event: KeyboardEvent) => boolean
  contextEntries?: readonly MenuEntry[]
  /** Whether the table had the focus when it last went; then it takes it back when it comes again. */
  focusMemory?: RefObject<boolean>
  /** How far the table is scrolled, in CSS pixels: kept here while another pane is in front. Another object is another list. */
  scrollMemory?: { topPx: number }
  /** What stands above the rows at which a group begins. */
  headings?: ReadonlyMap<number, string>
  /** The last rendered position, for fetching more. */
  onShown?: (last: number) => void
}

const rowHeight = 28
/** As many rows in sight are there at once when a table appears, so that the click that opens it is answered; then the rest. */
const rowsAtOnce = 16
const noHeadings: ReadonlyMap<number, string> = new Map()
const typingPauseMs = 700

/** A list of any length as a grid: only the rows in sight exist. Keyboard and selection as in a file manager. */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const {
    tableId,
    label,
    count,
    rowAt,
    rowId,
    selected,
    leadIndex = -1,
    onSelect,
    onActivate,
    onKey,
    headings = noHeadings,
    onShown,
  } = props
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const typed = useRef({ text: '', at: 0 })
  const [layout, setLayout] = useColumnLayout(
    tableId,
    props.columns.filter((column) => column.startsHidden === true).map((column) => column.id),
  )
  const room = useWidth(scroller)
  const { columns: allColumns } = props
  const columns = useMemo(
    () =>
      fitting(
        allColumns.filter((column) => !layout.hidden.includes(column.id)),
        layout,
        room,
      ),
    [allColumns, layout, room],
  )
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (headings.has(index) ? 2 : 1) * rowHeight,
    overscan: 12,
    paddingStart: rowHeight,
    scrollPaddingStart: rowHeight,
    initialOffset: props.scrollMemory?.topPx ?? 0,
  })
  useEffect(() => {
    // Sizes are remembered by position.
    virtual.measure()
  }, [virtual, headings])
  const isWhole = useDeferredValue(true, false)
  const wanted = virtual.getVirtualItems()
  const items = isWhole
    ? wanted
    : wanted.filter((item) => item.end > (virtual.scrollOffset ?? 0)).slice(0, rowsAtOnce)
  const last = wanted.at(-1)?.index ?? -1
  const { focusMemory } = props

  useEffect(() => {
    if (focusMemory?.current === true && document.activeElement === document.body) {
      scroller.current?.focus({ preventScroll: true })
    }
  }, [focusMemory])

  useEffect(() => {
    if (last >= 0) onShown?.(last)
  }, [last, onShown, count])

  const { scrollMemory } = props
  useLayoutEffect(() => {
    if (scrollMemory !== undefined) scroller.current?.scrollTo({ top: scrollMemory.topPx })
  }, [scrollMemory])

  const leadRow = leadIndex < 0 ? undefined : rowAt(leadIndex)
  const leadPlace = leadRow === undefined ? null : `${rowId(leadRow)} ${JSON.stringify(props.sort)}`
  /** The lead that was gone to: not where somebody had scrolled away from it before another pane was in front. */
  const shownLead = useRef(scrollMemory !== undefined && scrollMemory.topPx > 0 ? leadPlace : null)
  useEffect(() => {
    // A row that others have come before is the same one.
    if (leadPlace === shownLead.current) return
    shownLead.current = leadPlace
    if (leadIndex >= 0) virtual.scrollToIndex(leadIndex, { align: 'auto' })
    // The virtualizer is the same object for the life of the table.
  }, [leadPlace, leadIndex, virtual])

  const keyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    if (onKey?.(event) === true) {
      event.preventDefault()
      return
    }
    const gesture = gestureOfKey(
      event,
      Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
      count,
    )
    if (gesture !== null) {
      event.preventDefault()
      onSelect?.(gesture)
      return
    }
    if (event.key === 'Enter') {
      const row = leadIndex >= 0 ? rowAt(leadIndex) : undefined
      if (row !== undefined && onActivate !== undefined) {
        event.preventDefault()
        onActivate(row)
      }
      return
    }
    if (onSelect !== undefined && event.key.length === 1 && event.key !== ' ' && !hasModifier(event)) {
      const now = Date.now()
      const text = now - typed.current.at < typingPauseMs ? typed.current.text + event.key : event.key
      typed.current = { text, at: now }
      onSelect({ kind: 'typed', text })
    }
  }

  const press = (event: MouseEvent, row: Row) => {
    if (onSelect === undefined) return
    const rowKey = rowId(row)
    // A right click on a selected row is about the whole selection.
    if (event.button === 2 && selected?.has(rowKey) === true) return
    if (event.button > 2 || event.button === 1) return
    const toggle = event.button === 0 && (event.ctrlKey || event.metaKey)
    onSelect({ kind: 'row', id: rowKey, range: event.button === 0 && event.shiftKey, toggle })
  }

  const template = columns
    .map((column, index) => {
      if (index === 0) return 'minmax(140px, 1fr)'
      const width = `${layout.widths[column.id] ?? column.width}px`
      return column.grow === undefined ? width : `minmax(${width}, ${column.grow}fr)`
    })
    .join(' ')
  const style: CSSProperties & { '--columns': string } = { '--columns': template }

  const grid = (
    <div
      ref={scroller}
      className="table"
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-multiselectable={selected !== undefined}
      {...(leadIndex >= 0 && items.some((item) => item.index === leadIndex)
        ? { 'aria-activedescendant': `${id}-${leadIndex}` }
        : {})}
      tabIndex={0}
      onFocus={() => {
        if (focusMemory !== undefined) focusMemory.current = true
      }}
      onBlur={(event) => {
        // Without a next element the table itself is going, or the window.
        if (focusMemory !== undefined && event.relatedTarget !== null) focusMemory.current = false
      }}
      onKeyDown={keyDown}
      onScroll={(event) => {
        if (scrollMemory !== undefined) scrollMemory.topPx = event.currentTarget.scrollTop
      }}
      onMouseDown={(event) => {
        if (event.target === scroller.current && event.button === 0) onSelect?.({ kind: 'none' })
      }}
      style={style}
    >
      <TableHead
        columns={columns}
        allColumns={props.columns}
        layout={layout}
        onLayout={setLayout}
        {...(props.sort === undefined ? {} : { sort: props.sort })}
        {...(props.onSort === undefined ? {} : { onSort: props.onSort })}
      />
      <div
        className="table-space"
        role="rowgroup"
        style={{ height: virtual.getTotalSize() - rowHeight }}
        onMouseDown={(event) => {
          if (event.target === event.currentTarget && event.button === 0) onSelect?.({ kind: 'none' })
        }}
      >
        {items.map((item) => {
          const row = rowAt(item.index)
          const isSelected = row !== undefined && selected?.has(rowId(row)) === true
          const heading = headings.get(item.index)
          const top = item.start - rowHeight
          return [
            heading === undefined ? null : (
              <div
                key={`heading-${heading}`}
                role="presentation"
                className="table-heading"
                style={{ transform: `translateY(${top}px)` }}
              >
                {heading}
              </div>
            ),
            <div
              // A row that moves stays the same element.
              key={row === undefined ? item.key : rowId(row)}
              id={`${id}-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              {...(selected === undefined ? {} : { 'aria-selected': isSelected })}
              className={`table-row${item.index === leadIndex ? ' table-row-lead' : ''}`}
              style={{ transform: `translateY(${heading === undefined ? top : top + rowHeight}px)` }}
              onMouseDown={(event) => (row === undefined ? undefined : press(event, row))}
              onDoubleClick={() => (row === undefined ? undefined : onActivate?.(row))}
            >
              <Cells columns={columns} row={row} />
            </div>,
          ]
        })}
      </div>
    </div>
  )
  return props.contextEntries === undefined ? (
    grid
  ) : (
    <ContextMenu entries={props.contextEntries}>{grid}</ContextMenu>
  )
}

interface CellsProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly row: Row | undefined
}

/** The cells of a row: made again only when the row or the columns are others. */
const Cells = memo(function Cells({ columns, row }: CellsProps<unknown>) {
  return columns.map((column) => (
    <div
      key={column.id}
      role="gridcell"
      {...(row === undefined || column.name === undefined ? {} : { 'aria-label': column.name(row) })}
      className={column.align === 'end' ? 'table-cell table-cell-end' : 'table-cell'}
    >
      {row === undefined ? <span className="skeleton" /> : column.cell(row)}
    </div>
  ))
}) as <Row>(props: CellsProps<Row>) => ReactNode

const narrowestName = 200
const edges = 16

/** Leaves out optional columns from the end until the names have room. */
function fitting<Row>(
  columns: readonly Column<Row>[],
  layout: ColumnLayout,
  room: number,
): readonly Column<Row>[] {
  if (room === 0) return columns
  const shown = [...columns]
  const needed = () =>
    shown
      .slice(1)
      .reduce((sum, column) => sum + (layout.widths[column.id] ?? column.width), narrowestName + edges)
  while (needed() > room) {
    const last = shown.findLastIndex((column) => column.optional === true)
    if (last === -1) break
    shown.splice(last, 1)
  }
  return shown
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const target = element.current
    if (target === null) return
    const observer = new ResizeObserver(() => setWidth(target.clientWidth))
    observer.observe(target)
    return () => observer.disconnect()
  }, [element])
  return width
}

function gestureOfKey(event: KeyboardEvent, page: number, count: number): SelectGesture | null {
  const command = event.ctrlKey || event.metaKey
  if (command && event.key.toLowerCase() === 'a') return { kind: 'all' }
  if (command || event.altKey) return null
  const extend = event.shiftKey
  switch (event.key) {
    case 'ArrowDown':
      return { kind: 'move', by: 1, extend }
    case 'ArrowUp':
      return { kind: 'move', by: -1, extend }
    case 'PageDown':
      return { kind: 'move', by: page, extend }
    case 'PageUp':
      return { kind: 'move', by: -page, extend }
    case 'Home':
      return { kind: 'move', by: -count - 1, extend }
    case 'End':
      return { kind: 'move', by: count + 1, extend }
    case 'Escape':
      return { kind: 'none' }
    default:
      return null
  }
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey
}
