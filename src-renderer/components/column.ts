import type { ReactNode } from 'react'

/** One column. The first column takes the room that is left. */
export interface Column<Row> {
  readonly id: string
  readonly label: string
  /** In pixels, until the person changes it. */
  readonly width: number
  readonly align?: 'end'
  /** Shares the room that is left with the first column, which has 1. */
  readonly grow?: number
  readonly sortable?: boolean
  /** May be hidden by the person, and gives way when there is little room; the last one first. */
  readonly optional?: boolean
  /** Hidden until the person asks for it. */
  readonly startsHidden?: boolean
  readonly cell: (row: Row) => ReactNode
  /** The cell's accessible name, where its looks are in several pieces. */
  readonly name?: (row: Row) => string
}
