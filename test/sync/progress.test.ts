import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type SyncMoment, createProgressMeter } from '../../src-main/sync/progress.ts'

function metered(filesTotal: number, bytesTotal: number) {
  const moments: SyncMoment[] = []
  const clock = { now: 0 }
  const meter = createProgressMeter({
    state: 'running',
    filesTotal,
    bytesTotal,
    emit: (moment) => moments.push(moment),
    now: () => clock.now,
  })
  return { meter, moments, clock }
}

describe('progress', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  test('is told when nothing more happens, and after the end never', () => {
    const { meter, moments, clock } = metered(9, 0)
    for (let file = 1; file <= 3; file++) meter.ended()
    expect(moments.map(({ filesDone }) => filesDone)).toEqual([1])
    clock.now = 100
    vi.advanceTimersByTime(100)
    expect(moments.map(({ filesDone }) => filesDone)).toEqual([1, 3])
    vi.advanceTimersByTime(1000)
    expect(moments).toHaveLength(2)
    meter.ended()
    meter.finish('cancelled')
    meter.ended()
    clock.now = 500
    meter.ended()
    vi.advanceTimersByTime(1000)
    expect(moments.map(({ state, filesDone }) => [state, filesDone])).toEqual([
      ['running', 1],
      ['running', 3],
      ['cancelled', 4],
    ])
  })

  test('is told at most ten times a second, and the end at once', () => {
    const { meter, moments, clock } = metered(1000, 1000)
    for (let at = 0; at < 1000; at++) {
      clock.now = at
      meter.began(`f${at}`)
      meter.moved(1)
      meter.ended()
    }
    expect(moments.length).toBe(10)
    meter.finish('done')
    expect(moments.at(-1)).toMatchObject({ state: 'done', filesDone: 1000, bytesDone: 1000, current: null })
  })

  test('counts files that take no time, and names one of them now and then', () => {
    const { meter, moments, clock } = metered(300, 0)
    for (let at = 0; at < 200; at++) {
      clock.now = at
      meter.passed(`f${at}`)
    }
    expect(moments.map(({ filesDone, current }) => [filesDone, current])).toEqual([
      [1, 'f0'],
      [129, 'f128'],
    ])
    meter.finish('done')
    expect(moments.at(-1)).toMatchObject({ filesDone: 200 })
  })

  test('tells the speed of the last seconds and the time that is left', () => {
    const { meter, moments, clock } = metered(1, 20_000)
    for (let second = 1; second <= 20; second++) {
      clock.now = second * 1000
      meter.moved(second <= 10 ? 1000 : 500)
    }
    expect(moments[9]).toMatchObject({ bytesDone: 10_000, bytesPerSecond: 1000, secondsLeft: 10 })
    expect(moments.at(-1)).toMatchObject({ bytesDone: 15_000, bytesPerSecond: 500, secondsLeft: 10 })
  })

  test('does not know the time while nothing has moved, and bytes can be taken back', () => {
    const { meter, moments, clock } = metered(1, 100)
    meter.began('a')
    expect(moments.at(-1)).toMatchObject({ secondsLeft: null, bytesPerSecond: 0, current: 'a' })
    clock.now = 200
    meter.moved(50)
    clock.now = 400
    meter.moved(-50)
    expect(moments.at(-1)).toMatchObject({ bytesDone: 0 })
  })
})
