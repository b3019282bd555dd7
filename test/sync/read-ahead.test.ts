import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readAhead } from '../../src-main/sync/read-ahead.ts'

/** Numbers from 1 on; `seen` has those that were read, and `closed` tells whether that has ended. */
function numbers(last: number, problemAt = Number.NaN) {
  const state = { seen: 0, closed: false }
  async function* all() {
    try {
      for (let number = 1; number <= last; number++) {
        if (number === problemAt) throw new Error('unreadable')
        state.seen = number
        yield number
      }
    } finally {
      state.closed = true
    }
  }
  return { state, all: all() }
}

describe('reading ahead', () => {
  test('gives the same values in the same order', async () => {
    const found: number[] = []
    for await (const number of readAhead(numbers(7).all, 3)) found.push(number)
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('goes on while nobody asks, and no further than it may', async () => {
    const { state, all } = numbers(100)
    const reading = readAhead(all, 5)
    await reading.next()
    await nextTurn()
    expect(state.seen).toBe(5)
    await reading.next()
    await nextTurn()
    expect(state.seen).toBe(6)
    await reading.return(undefined)
    expect(state).toEqual({ seen: 6, closed: true })
  })

  test('has an error at its place, and none that nobody handles', async () => {
    const found: number[] = []
    const reading = async () => {
      for await (const number of readAhead(numbers(9, 4).all, 8)) {
        found.push(number)
        await nextTurn()
      }
    }
    await expect(reading()).rejects.toThrow('unreadable')
    expect(found).toEqual([1, 2, 3])
  })
})
