import { describe, expect, test } from 'vitest'
import { inPace } from '../../src-main/s3/in-pace.ts'
import { createPace, type Pace } from '../../src-main/s3/pace.ts'

const limits = { first: 4, least: 1, most: 64, heldBytes: 1000 }

/** A pace with a clock of its own, and a service that answers rounds of requests as a test says. */
function paced() {
  let now = 0
  const pace = createPace(limits, () => now)
  return {
    pace,
    pass: (ms: number) => (now += ms),
    /** As many answers as may be under way, while more than that were wanted. */
    async round(latencyMs: number, kind = 'PUT') {
      const before = pace.limit
      const leaves = await Promise.all(Array.from({ length: before }, () => pace.enter(0)))
      const next = pace.enter(0)
      for (let answer = 0; answer < before; answer++) pace.answered(kind, latencyMs)
      for (const leave of leaves) leave()
      const leave = await next
      leave()
      now += latencyMs
      return pace.limit
    },
  }
}

describe('the pace of a session', () => {
  test('doubles while answers stay as fast as they were, up to its bound', async () => {
    const { round } = paced()
    expect([await round(40), await round(41), await round(45), await round(50), await round(50)]).toEqual([
      8, 16, 32, 64, 64,
    ])
  })

  test('stays when answers take longer than in the fastest round: more at once would only queue', async () => {
    const { round } = paced()
    expect([await round(40), await round(80), await round(80)]).toEqual([8, 8, 8])
    // They are fast again.
    expect(await round(42)).toBe(16)
  })

  test('compares only answers of one kind', async () => {
    const { round } = paced()
    expect([await round(10, 'HEAD'), await round(60, 'PUT'), await round(200, 'GET')]).toEqual([8, 16, 32])
  })

  test('stays when there was room left, whatever the answers', () => {
    const { pace } = paced()
    for (let answer = 0; answer < 100; answer++) pace.answered('PUT', 1)
    expect(pace.limit).toBe(limits.first)
  })

  test('F7: halves once for one burst of SlowDown, goes down to one under more, and recovers by and by', async () => {
    const { pace, pass, round } = paced()
    for (let times = 0; times < 3; times++) await round(40)
    expect(pace.limit).toBe(32)
    for (let refusal = 0; refusal < 32; refusal++) pace.throttled()
    expect(pace.limit).toBe(16)
    const seen: number[] = []
    for (let times = 0; times < 6; times++) {
      pass(1000)
      pace.throttled()
      seen.push(pace.limit)
    }
    expect(seen).toEqual([8, 4, 2, 1, 1, 1])
    expect(await round(40)).toBe(2)
    let rounds = 1
    for (; pace.limit < 32 && rounds < 100; rounds++) await round(40)
    expect(pace.limit).toBeGreaterThanOrEqual(32)
    // Not at once, which is what it was asked for.
    expect(rounds).toBeGreaterThan(10)
  })

  test('who is under way when it halves goes on; new ones wait until there is room', async () => {
    const { pace } = paced()
    const leaves = await Promise.all([pace.enter(0), pace.enter(0), pace.enter(0), pace.enter(0)])
    pace.throttled()
    let entered = false
    const waiting = pace.enter(0).then((leave) => {
      entered = true
      return leave
    })
    for (const [index, leave] of leaves.entries()) {
      await Promise.resolve()
      expect(entered).toBe(false)
      if (index < 3) leave()
      if (index === 2) break
    }
    ;(await waiting)()
    leaves[3]?.()
  })

  test('memory is a bound of its own, and what is larger goes alone', async () => {
    const { pace } = paced()
    const order: string[] = []
    const enter = async (name: string, heldBytes: number) => {
      const leave = await pace.enter(heldBytes)
      order.push(name)
      return leave
    }
    const first = await enter('first', 600)
    const second = enter('second', 600)
    const third = enter('third', 100)
    await Promise.resolve()
    expect(order).toEqual(['first'])
    first()
    const leave = await second
    ;(await third)()
    leave()
    expect(order).toEqual(['first', 'second', 'third'])
    ;(await enter('huge', 5000))()
    expect(order.at(-1)).toBe('huge')
  })
})

describe('inPace', () => {
  const heldBytes = () => 0

  async function run(pace: Pace, count: number, work: (item: number) => Promise<void>) {
    await inPace(pace, Array.from({ length: count }).keys(), { heldBytes }, work)
  }

  test('works on every item, never on more at once than the pace allows', async () => {
    const { pace } = paced()
    const done: number[] = []
    let underWay = 0
    let most = 0
    await run(pace, 50, async (item) => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setTimeout(resolve, item % 3))
      underWay--
      done.push(item)
    })
    expect(done.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 50 }).keys()])
    expect(most).toBe(limits.first)
  })

  test('throws the first error when all that had begun have ended, and begins no more', async () => {
    const { pace } = paced()
    const begun: number[] = []
    let ended = 0
    const running = run(pace, 50, async (item) => {
      begun.push(item)
      await new Promise((resolve) => setTimeout(resolve, 5))
      ended++
      if (item === 2) throw new Error('the third')
    })
    await expect(running).rejects.toThrow('the third')
    expect(begun.length).toBeLessThan(10)
    expect(ended).toBe(begun.length)
    // All places are free again.
    await run(pace, limits.first, async () => undefined)
  })

  test('ends early when it is told to', async () => {
    const { pace } = paced()
    let done = 0
    await inPace(pace, Array.from({ length: 50 }), { heldBytes, isStopped: () => done >= 10 }, async () => {
      done++
    })
    expect(done).toBe(10)
  })

  test('does at once what needs no waiting, ends at its error, and works on the others in the pace', async () => {
    const { pace } = paced()
    const atOnce: number[] = []
    const waited: number[] = []
    const go = (most: number) =>
      inPace(
        pace,
        Array.from({ length: 10 }).keys(),
        {
          heldBytes,
          atOnce(item) {
            if (item === most) throw new Error('too far')
            if (item % 3 === 0) return false
            atOnce.push(item)
            return true
          },
        },
        async (item) => {
          await new Promise((resolve) => setTimeout(resolve, 1))
          waited.push(item)
        },
      )
    await go(10)
    expect([atOnce, waited]).toEqual([
      [1, 2, 4, 5, 7, 8],
      [0, 3, 6, 9],
    ])
    await expect(go(5)).rejects.toThrow('too far')
    expect([atOnce.slice(6), waited.slice(4)]).toEqual([
      [1, 2, 4],
      [0, 3],
    ])
  })

  test('asks for a batch when the one before is under way, and ends what gives them when it ends early', async () => {
    const { pace } = paced()
    let begun = 0
    let isEnded = false
    async function* endless() {
      try {
        for (let batches = 0; ; batches++) {
          expect(begun).toBe(batches * 3)
          yield [1, 2, 3]
        }
      } finally {
        isEnded = true
      }
    }
    let done = 0
    await inPace(pace, endless(), { heldBytes, isStopped: () => done >= 20 }, async () => {
      begun++
      await new Promise((resolve) => setTimeout(resolve, 1))
      done++
    })
    expect(isEnded).toBe(true)
    expect([begun >= 20, begun]).toEqual([true, done])
  })

  test('an error of the items is thrown when what has begun has ended', async () => {
    const { pace } = paced()
    async function* failing() {
      yield [1]
      yield [2]
      throw new Error('the listing broke')
    }
    let done = 0
    const running = inPace(pace, failing(), { heldBytes }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      done++
    })
    await expect(running).rejects.toThrow('the listing broke')
    expect(done).toBe(2)
  })

  test('work that never waits leaves the event loop its turns', async () => {
    const { pace } = paced()
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    let done = 0
    await inPace(pace, Array.from({ length: 100 }), { heldBytes }, async () => {
      done++
      for (const begun = performance.now(); performance.now() - begun < 1;);
    })
    isOver = true
    expect(done).toBe(100)
    expect(turns).toBeGreaterThan(3)
  })
})
