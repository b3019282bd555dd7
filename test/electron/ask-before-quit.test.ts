import { describe, expect, test } from 'vitest'
import { askBeforeQuit } from '../../src-main/electron/ask-before-quit.ts'

function quitting(answers: readonly (boolean | Error)[]) {
  const left = [...answers]
  const seen = { asked: 0, again: 0, changing: true }
  const guard = askBeforeQuit({
    isChanging: () => seen.changing,
    ask: async () => {
      seen.asked++
      const answer = left.shift()
      if (answer instanceof Error) throw answer
      return answer === true
    },
  })
  /** Whether it was kept from happening. */
  const quit = () => {
    let prevented = false
    guard.before({ preventDefault: () => (prevented = true) }, () => seen.again++)
    return prevented
  }
  return { guard, seen, quit, answered: () => new Promise((resolve) => setImmediate(resolve)) }
}

describe('quitting', () => {
  test('happens at once when nothing is published', () => {
    const { seen, quit } = quitting([])
    seen.changing = false
    expect([quit(), seen.asked]).toEqual([false, 0])
  })

  test('is asked about once while a sync is published, and does not happen when that goes on', async () => {
    const { seen, quit, answered } = quitting([false, true])
    expect([quit(), quit(), seen.asked]).toEqual([true, true, 1])
    await answered()
    expect(seen.again).toBe(0)
    // Whoever tries later is asked again.
    expect(quit()).toBe(true)
    await answered()
    expect(seen).toMatchObject({ asked: 2, again: 1 })
    // It is on its way: the same answer holds for all that quitting consists of.
    expect([quit(), seen.asked]).toEqual([false, 2])
  })

  test('F46 is not asked about when the system ends', async () => {
    const { guard, seen, quit } = quitting([false])
    guard.must()
    expect([quit(), seen.asked]).toEqual([false, 0])
  })

  test('is possible when the question cannot be put', async () => {
    const { seen, quit, answered } = quitting([new Error('no display')])
    expect(quit()).toBe(true)
    await answered()
    expect(seen.again).toBe(1)
  })
})
