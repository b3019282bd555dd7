import { describe, expect, it } from 'vitest'
import {
  emptySelection,
  findByTyping,
  moveLead,
  pruneSelection,
  selectAll,
  selectRow,
} from '../../../src-renderer/stores/selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']
const click = { range: false, toggle: false }
const shift = { range: true, toggle: false }
const control = { range: false, toggle: true }
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join('')

describe('selectRow', () => {
  it('selects one, then a range from it, in both directions', () => {
    const one = selectRow(emptySelection, order, 'c', click)
    expect(ids(one)).toBe('c')
    const down = selectRow(one, order, 'e', shift)
    expect(ids(down)).toBe('cde')
    expect(ids(selectRow(down, order, 'a', shift))).toBe('abc')
  })

  it('toggles single rows and adds ranges', () => {
    const two = selectRow(selectRow(emptySelection, order, 'a', click), order, 'c', control)
    expect(ids(two)).toBe('ac')
    expect(ids(selectRow(two, order, 'a', control))).toBe('c')
    expect(ids(selectRow(two, order, 'e', { range: true, toggle: true }))).toBe('acde')
  })
})

describe('moveLead', () => {
  it('starts at an end, stops at the ends', () => {
    expect(moveLead(emptySelection, order, 1, false).lead).toBe('a')
    expect(moveLead(emptySelection, order, -1, false).lead).toBe('e')
    expect(moveLead(emptySelection, order, 6, false).lead).toBe('e')
    expect(moveLead(emptySelection, order, -6, false).lead).toBe('a')
    expect(moveLead(selectRow(emptySelection, order, 'd', click), order, 10, false).lead).toBe('e')
  })

  it('extends with Shift and shrinks again', () => {
    const start = selectRow(emptySelection, order, 'b', click)
    const three = moveLead(moveLead(start, order, 1, true), order, 1, true)
    expect(ids(three)).toBe('bcd')
    expect(ids(moveLead(three, order, -1, true))).toBe('bc')
  })

  it('does nothing in an empty list', () => {
    expect(moveLead(emptySelection, [], 1, false)).toBe(emptySelection)
  })
})

it('selectAll takes every row', () => {
  expect(ids(selectAll(emptySelection, order))).toBe('abcde')
})

it('pruneSelection forgets what is gone', () => {
  const pruned = pruneSelection(selectAll(emptySelection, order), ['b'])
  expect(ids(pruned)).toBe('b')
  expect(pruned.anchor).toBeNull()
})

describe('findByTyping', () => {
  const rows = ['apple', 'banana', 'berry', 'cherry'].map((name) => ({ id: name, name }))
  it('goes to the next match and wraps around', () => {
    expect(findByTyping(rows, 'b', null)).toBe('banana')
    expect(findByTyping(rows, 'b', 'banana')).toBe('berry')
    expect(findByTyping(rows, 'b', 'berry')).toBe('banana')
    expect(findByTyping(rows, 'be', 'banana')).toBe('berry')
    expect(findByTyping(rows, 'x', null)).toBeNull()
  })
})
