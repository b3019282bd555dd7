import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type RoundEvents,
  startWatch,
  type WatchParts,
  type WatchReport,
} from '../../src-main/watch/watch.ts'
import type { RoundResult } from '../../src-main/watch/watch-rules.ts'
import type { HintsMode } from '../../src-main/watch/folder-hints.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A folder and a place in memory, with a watch between them. */
function setUp(more: { roundMs?: number; answer?: (n: number) => RoundResult | null } = {}) {
  const folder = new Map<string, string>()
  const place = new Map<string, string>()
  const rounds: number[] = []
  const bugs: unknown[] = []
  const seen: WatchReport[] = []
  let hint: () => void = () => undefined
  let mode: (mode: HintsMode) => void = () => undefined
  let refreshed = 0
  let hintsClosed = false
  const parts: WatchParts = {
    async round({ signal, onApply, onProgress }: RoundEvents) {
      rounds.push(performance.now())
      const answer = more.answer?.(rounds.length) ?? null
      const plan = new Map(folder)
      const uploads = [...plan].filter(([name, content]) => place.get(name) !== content)
      if (answer === null && uploads.length > 0) onApply()
      await new Promise((resolve) => setTimeout(resolve, more.roundMs ?? 0))
      if (signal.aborted) throw new Error('cancelled')
      if (answer !== null) return answer
      if (uploads.length === 0) return { kind: 'nothing-to-do', isReplaced: false }
      const of = { filesTotal: uploads.length, bytesDone: 0, bytesTotal: 0 }
      const rest = { bytesPerSecond: 0, secondsLeft: null, current: null, state: 'running' as const }
      onProgress({ filesDone: uploads.length, ...of, ...rest })
      for (const [name, content] of uploads) place.set(name, content)
      const counts = { uploaded: uploads.length, updatedHeaders: 0, deleted: 0, failed: 0, bytes: 0 }
      return { kind: 'synced', isReplaced: false, counts, error: null, unwritten: null }
    },
    openHints(onHint, onMode) {
      hint = onHint
      mode = onMode
      return {
        refresh: async () => void refreshed++,
        close: async () => {
          hintsClosed = true
        },
      }
    },
    onChange: () => seen.push(watch.report()),
    onBug: (error) => bugs.push(error),
  }
  const watch = startWatch(parts)
  return {
    watch,
    folder,
    place,
    rounds,
    bugs,
    seen,
    hint: () => hint(),
    mode: (next: HintsMode) => mode(next),
    refreshed: () => refreshed,
    hintsClosed: () => hintsClosed,
  }
}

describe('a watch', () => {
  test('publishes at once, after a change, and then waits', async () => {
    const { watch, folder, place, rounds, hint, seen, bugs, refreshed } = setUp({ roundMs: 10 })
    folder.set('index.html', 'one')
    await vi.advanceTimersByTimeAsync(100)
    expect(place.get('index.html')).toBe('one')
    expect(watch.report()).toMatchObject({
      state: 'waiting',
      rounds: 1,
      lastSync: { counts: { uploaded: 1 } },
      progress: null,
      lastError: null,
    })
    expect(seen.map(({ state }) => state)).toContain('planning')
    expect(seen.map(({ state }) => state)).toContain('applying')
    expect(seen.some(({ progress }) => progress?.filesDone === 1)).toBe(true)
    await vi.advanceTimersByTimeAsync(10_000)
    folder.set('index.html', 'two')
    hint()
    await vi.advanceTimersByTimeAsync(990)
    expect(rounds).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(place.get('index.html')).toBe('two')
    expect(watch.report()).toMatchObject({ changesSeen: 1, rounds: 2 })
    expect(refreshed()).toBe(2)
    expect(bugs).toEqual([])
    await watch.stop('asked')
  })

  test('a change during a round leads to another one', async () => {
    const { watch, folder, place, rounds, hint } = setUp({ roundMs: 5000 })
    folder.set('a', '1')
    await vi.advanceTimersByTimeAsync(1000)
    folder.set('a', '2')
    hint()
    await vi.advanceTimersByTimeAsync(4100)
    expect(place.get('a')).toBe('1')
    await vi.advanceTimersByTimeAsync(8000)
    expect(place.get('a')).toBe('2')
    expect(rounds).toHaveLength(2)
    await watch.stop('asked')
  })

  test('F48 a watcher that drops 30 % of what happens keeps nothing from being published', async () => {
    const { watch, folder, place, hint, rounds } = setUp()
    let seed = 7
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    let dropped = 0
    for (let n = 0; n < 200; n++) {
      folder.set(`file-${Math.floor(random() * 40)}`, `version ${n}`)
      if (random() < 0.3) dropped++
      else hint()
      await vi.advanceTimersByTimeAsync(random() * 8000)
    }
    // The very last one is not told either.
    folder.set('last', 'untold')
    await vi.advanceTimersByTimeAsync(60_100)
    expect(dropped).toBeGreaterThan(30)
    expect(place).toEqual(folder)
    const gaps = rounds.slice(1).map((at, index) => at - rounds[index]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_010)
    await watch.stop('asked')
  })

  test('F48 that the system tells no more of changes is told', async () => {
    const { watch, mode, seen } = setUp()
    await vi.advanceTimersByTimeAsync(10)
    expect(watch.report()).toMatchObject({ hints: 'events', hintsMessage: null })
    mode({ hints: 'looking', message: 'Too much to watch.' })
    expect(seen.at(-1)).toMatchObject({ hints: 'looking', hintsMessage: 'Too much to watch.' })
    await watch.stop('asked')
  })

  test('F1 it goes on by itself when the service is back', async () => {
    const offline: RoundResult = {
      kind: 'failed',
      error: { code: 'unreachable', message: 'Connection refused.', retryable: true },
    }
    const { watch, folder, place, rounds } = setUp({ answer: (n) => (n <= 3 ? offline : null) })
    folder.set('a', '1')
    await vi.advanceTimersByTimeAsync(100)
    expect(watch.report()).toMatchObject({
      state: 'paused',
      reason: 'offline',
      message: 'Connection refused.',
      lastError: { code: 'unreachable' },
    })
    expect(watch.report().nextCheckAt).not.toBeNull()
    await vi.advanceTimersByTimeAsync(34_000)
    expect(rounds).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(2000)
    expect(place.get('a')).toBe('1')
    expect(watch.report()).toMatchObject({ state: 'waiting', reason: null, lastError: null })
    await watch.stop('asked')
  })

  test.each(['asked', 'profile-deleted', 'closing'] as const)(
    'its end (%s) cancels the round and waits for it, and nothing comes after it',
    async (reason) => {
      const { watch, folder, place, rounds, hint, hintsClosed, seen, bugs } = setUp({ roundMs: 3000 })
      folder.set('a', '1')
      await vi.advanceTimersByTimeAsync(100)
      let ended = false
      const stopping = watch.stop(reason).then(() => (ended = true))
      await vi.advanceTimersByTimeAsync(100)
      expect(ended).toBe(false)
      await vi.advanceTimersByTimeAsync(3000)
      await stopping
      expect(hintsClosed()).toBe(true)
      expect(watch.report()).toMatchObject({ state: 'stopped', reason, nextCheckAt: null, progress: null })
      expect(seen.at(-1)?.state).toBe('stopped')
      const told = seen.length
      hint()
      await vi.advanceTimersByTimeAsync(300_000)
      expect(rounds).toHaveLength(1)
      expect(place.size).toBe(0)
      expect(seen).toHaveLength(told)
      expect(bugs).toEqual([])
    },
  )

  test('what nobody expected is logged, and the watch goes on', async () => {
    let isBroken = true
    const { watch, bugs, folder, place } = setUp({
      answer: () => {
        if (isBroken) throw new TypeError('undefined is not a function')
        return null
      },
    })
    folder.set('a', '1')
    await vi.advanceTimersByTimeAsync(100)
    expect(bugs).toHaveLength(1)
    expect(watch.report()).toMatchObject({ state: 'paused', lastError: { code: 'bug' } })
    isBroken = false
    await vi.advanceTimersByTimeAsync(6000)
    expect(place.get('a')).toBe('1')
    await watch.stop('asked')
  })
})
