import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TransferState } from '../../src-preload/contract/transfer.ts'
import { transferStateSchema } from '../../src-preload/contract/transfer.ts'
import { defaultRetryDelaysMs, retryDelayMs } from '../../src-main/transfers/retry-policy.ts'
import { createSnapshotFeed, createSpeedMeter } from '../../src-main/transfers/snapshot-feed.ts'
import type { BoardItem } from '../../src-main/transfers/transfer-board.ts'
import { createTransferBoard } from '../../src-main/transfers/transfer-board.ts'
import type { TransferEvent } from '../../src-main/transfers/transfer.ts'
import { isTerminal, nextState } from '../../src-main/transfers/transfer.ts'

const states = transferStateSchema.options
const events: readonly TransferEvent[] = [
  'start',
  'succeed',
  'fail',
  'skip',
  'wait',
  'cancel',
  'retry',
  'pause',
  'resume',
]

/** The table of transfer.ts. */
const table: Record<TransferState, Partial<Record<TransferEvent, TransferState>>> = {
  queued: { start: 'running', fail: 'failed', cancel: 'cancelled', pause: 'paused' },
  running: {
    succeed: 'done',
    fail: 'failed',
    skip: 'skipped',
    wait: 'waiting-to-retry',
    cancel: 'cancelled',
    pause: 'paused',
  },
  paused: { cancel: 'cancelled', resume: 'queued' },
  'waiting-to-retry': {
    start: 'running',
    fail: 'failed',
    cancel: 'cancelled',
    retry: 'queued',
    pause: 'paused',
  },
  failed: { retry: 'queued' },
  cancelled: { retry: 'queued' },
  done: {},
  skipped: {},
}

describe('nextState', () => {
  it.each(states.flatMap((state) => events.map((event) => [state, event] as const)))(
    '%s, %s',
    (state, event) => {
      expect(nextState(state, event)).toBe(table[state][event] ?? null)
    },
  )

  it('has four terminal states, which nothing but a retry leaves', () => {
    expect(states.filter(isTerminal)).toEqual(['done', 'failed', 'cancelled', 'skipped'])
    for (const state of states.filter(isTerminal)) {
      for (const event of events) if (event !== 'retry') expect(nextState(state, event)).toBeNull()
    }
  })
})

describe('createTransferBoard', () => {
  const newItem = (id: string, sizeBytes: number): BoardItem => ({
    id,
    batchId: 'b',
    direction: 'upload',
    profileId: 'p',
    bucket: 'bucket',
    visibility: 'private',
    key: id,
    name: id,
    state: 'queued',
    sizeBytes,
    movedBytes: 0,
    error: null,
    note: null,
    pausedBy: null,
  })

  it('keeps totals that a recount confirms, whatever happens', () => {
    const step = fc.record({
      item: fc.nat(9),
      what: fc.oneof(
        fc.constantFrom(...events),
        fc.record({ moved: fc.nat(200) }),
        fc.record({ size: fc.nat(200) }),
        fc.constant('clear' as const),
      ),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const board = createTransferBoard<BoardItem>()
        const items = Array.from({ length: 10 }, (_, i) => newItem(`i${i}`, i * 10))
        for (const item of items) board.add(item)
        for (const { item: index, what } of steps) {
          const item = board.find(`i${index}`)
          if (!item) continue
          if (what === 'clear') board.clear()
          else if (typeof what === 'string') board.apply(item, what)
          else if ('moved' in what) board.setMoved(item, what.moved)
          else board.setSize(item, what.size)
        }
        const left = items.filter((item) => board.find(item.id))
        const counted = left.filter((item) => !['failed', 'cancelled', 'skipped'].includes(item.state))
        const snapshot = board.snapshot({ bytesPerSecond: 1, bandwidthLimitBytesPerSecond: null })
        expect(snapshot.totalBytes).toBe(counted.reduce((sum, item) => sum + item.sizeBytes, 0))
        expect(snapshot.movedBytes).toBe(counted.reduce((sum, item) => sum + item.movedBytes, 0))
        expect(snapshot.counts.queued).toBe(
          left.filter((item) => item.state === 'queued' || item.state === 'waiting-to-retry').length,
        )
        expect(snapshot.transfers).toHaveLength(left.length)
      }),
    )
  })

  it('shows what runs and what failed first, and the latest of what is done', () => {
    const board = createTransferBoard<BoardItem>()
    for (let i = 0; i < 10; i++) board.add(newItem(`i${i}`, 1))
    const to = (id: string, ...path: TransferEvent[]) => {
      const item = board.find(id)
      for (const event of path) if (item) board.apply(item, event)
    }
    for (const i of [0, 1, 2, 3]) to(`i${i}`, 'start', 'succeed')
    to('i4', 'start', 'fail')
    to('i5', 'start')
    expect(
      board
        .snapshot({ bytesPerSecond: 0, bandwidthLimitBytesPerSecond: null }, 8)
        .transfers.map((row) => row.id),
    ).toEqual(['i5', 'i4', 'i6', 'i7', 'i8', 'i9', 'i2', 'i3'])
  })
})

describe('createSnapshotFeed', () => {
  afterEach(() => void vi.useRealTimers())

  it('tells the first change at once, the rest every 100 ms, and never forgets the last', () => {
    vi.useFakeTimers()
    let emitted = 0
    const feed = createSnapshotFeed(() => emitted++, Date.now, 30)
    for (let i = 0; i < 100; i++) feed.changed()
    expect(emitted).toBe(1)
    vi.advanceTimersByTime(80)
    expect(emitted).toBe(2)
    feed.changed()
    feed.changed(true)
    expect(emitted).toBe(4)
    feed.changed()
    feed.close()
    vi.advanceTimersByTime(50)
    expect(emitted).toBe(4)
  })

  it('tells less often what takes long to tell', () => {
    vi.useFakeTimers()
    try {
      let time = 0
      const told: number[] = []
      const feed = createSnapshotFeed(
        () => {
          told.push(time)
          time += 40
        },
        () => time,
      )
      for (; time < 3000; time += 10) {
        vi.advanceTimersByTime(10)
        feed.changed()
      }
      feed.close()
      expect(told.length).toBeGreaterThan(1)
      const gaps = told.slice(1).map((at, index) => at - (told[index] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(800)
      expect(Math.max(...gaps)).toBeLessThan(1200)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('createSpeedMeter', () => {
  it('measures over the last seconds', () => {
    let time = 0
    const meter = createSpeedMeter(() => time)
    expect(meter.measure(0)).toBe(0)
    for (let i = 1; i <= 20; i++) {
      time = i * 1000
      meter.measure(i * 500)
    }
    expect(meter.measure(10_000)).toBe(500)
    time += 10_000
    expect(meter.measure(10_000)).toBeLessThan(100)
    expect(meter.measure(5)).toBe(0)
  })
})

describe('retryDelayMs', () => {
  const error = (code: 'slow-down' | 'local-changed' | 'access-denied', retryable: boolean) => ({
    code,
    message: '',
    retryable,
  })
  it('waits longer each time and ends; a changed file gets one more chance', () => {
    expect([1, 2, 3, 4].map((n) => retryDelayMs(error('slow-down', true), n, defaultRetryDelaysMs))).toEqual([
      1000,
      3000,
      10_000,
      null,
    ])
    expect([1, 2].map((n) => retryDelayMs(error('local-changed', true), n, defaultRetryDelaysMs))).toEqual([
      2000,
      null,
    ])
    expect(retryDelayMs(error('access-denied', false), 1, defaultRetryDelaysMs)).toBeNull()
  })
})
