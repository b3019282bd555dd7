import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import {
  afterEnd,
  afterHint,
  failuresToPause,
  nextRoundAt,
  roundApplies,
  roundBegan,
  roundEnded,
  type RoundResult,
  startedWatch,
  usualTimes,
  type WatchMoment,
} from '../../src-main/watch/watch-rules.ts'

const error = (code: ErrorCode): AppError => ({ code, message: `It is ${code}.`, retryable: true })
const nothing: RoundResult = { kind: 'nothing-to-do', isReplaced: false }
const counts = { uploaded: 1, updatedHeaders: 0, deleted: 0, failed: 0, bytes: 5 }
const due = (moment: WatchMoment) => nextRoundAt(moment, usualTimes)
/** A round that takes no time. */
const round = (moment: WatchMoment, result: RoundResult, at: number) =>
  roundEnded(roundBegan(moment), result, at)
const idle = round(startedWatch, nothing, 0)

describe('when a watch looks', () => {
  test('at once, and then once a minute without any hint (F48)', () => {
    expect(due(startedWatch)).toBe(Number.NEGATIVE_INFINITY)
    expect(due(idle)).toBe(60_000)
  })

  test('after a change, when the folder has held still for a second', () => {
    let moment = afterHint(idle, 10_000)
    expect(due(moment)).toBe(11_000)
    moment = afterHint(moment, 10_900)
    expect(due(moment)).toBe(11_900)
  })

  test('at least ten seconds after a change in a folder that never holds still', () => {
    let moment = idle
    for (let at = 10_000; at <= 30_000; at += 500) moment = afterHint(moment, at)
    expect(due(moment)).toBe(20_000)
  })

  test('not twice within two seconds', () => {
    expect(due(afterHint(idle, 100))).toBe(2000)
  })

  test('not while it looks; a change meanwhile leads to another round', () => {
    const planning = roundBegan(afterHint(idle, 10_000))
    expect(planning).toMatchObject({ state: 'planning', unseen: null })
    expect(due(planning)).toBeNull()
    const applying = afterHint(roundApplies(planning), 12_000)
    expect(due(applying)).toBeNull()
    const ended = roundEnded(
      applying,
      { kind: 'synced', isReplaced: false, counts, error: null, unwritten: null },
      20_000,
    )
    expect(ended).toMatchObject({ state: 'waiting', rounds: 2 })
    expect(due(ended)).toBe(22_000)
  })

  test('as ever when what was done could not be written down: that is told and keeps nothing waiting', () => {
    const unwritten = { code: 'disk-full', message: 'Is the disk full?', retryable: false } as const
    let moment = idle
    for (let round = 0; round < 2 * failuresToPause; round++)
      moment = roundEnded(moment, { kind: 'synced', isReplaced: false, counts, error: null, unwritten }, 0)
    expect(moment).toMatchObject({ state: 'waiting', reason: null, lastError: unwritten })
    expect(due(moment)).toBe(60_000)
    expect(due(afterHint(moment, 10_000))).toBe(11_000)
    expect(roundEnded(moment, { kind: 'nothing-to-do', isReplaced: false }, 0).lastError).toBeNull()
  })

  test('never after its end', () => {
    const ended = afterEnd(afterHint(idle, 5), 'asked')
    expect(ended).toMatchObject({ state: 'stopped', reason: 'asked' })
    expect(due(ended)).toBeNull()
  })

  test('F48 whatever the hints, within a minute of the last round, and never within two seconds of it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(59_000), { maxLength: 50 }), (hints) => {
        let moment = idle
        for (const at of hints.sort((a, b) => a - b)) moment = afterHint(moment, at)
        const at = due(moment)!
        expect(at).toBeGreaterThanOrEqual(2000)
        expect(at).toBeLessThanOrEqual(60_000)
      }),
    )
  })
})

describe('failures', () => {
  test.each(['unreachable', 'dns', 'timeout', 'slow-down', 'server-error'] as const)(
    'F1 F2 %s pauses, is tried again less and less often, and changes do not hurry it',
    (code) => {
      let moment = startedWatch
      let at = 0
      const waits: number[] = []
      for (let n = 0; n < 7; n++) {
        moment = round(moment, { kind: 'failed', error: error(code) }, at)
        expect(moment).toMatchObject({ state: 'paused', reason: 'offline', lastError: { code } })
        expect(due(afterHint(moment, at + 10))).toBe(due(moment))
        waits.push(due(moment)! - at)
        at = due(moment)!
      }
      expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
      expect(round(moment, nothing, at)).toMatchObject({
        state: 'waiting',
        reason: null,
        lastError: null,
        failuresInRow: 0,
      })
    },
  )

  test('F39 a missing folder is looked for every five seconds', () => {
    let moment = startedWatch
    for (let n = 0; n < 12; n++) {
      moment = round(moment, { kind: 'failed', error: error('local-missing') }, n * 5000)
      expect(moment).toMatchObject({ state: 'paused', reason: 'folder-missing' })
      expect(due(moment)).toBe((n + 1) * 5000)
    }
  })

  test('an empty folder in the middle of a build is looked at again when it fills', () => {
    const moment = round(idle, { kind: 'failed', error: error('safety-refused') }, 10_000)
    expect(moment).toMatchObject({ state: 'paused', reason: 'refused', message: 'It is safety-refused.' })
    expect(due(afterHint(moment, 11_500))).toBe(12_500)
    expect(due(moment)).toBe(15_000)
  })

  test('keys that are refused are not tried at every change', () => {
    const moment = round(idle, { kind: 'failed', error: error('access-denied') }, 10_000)
    expect(due(afterHint(moment, 10_100))).toBe(15_000)
  })

  test('too many failures in a row pause it', () => {
    const failing: RoundResult = {
      kind: 'synced',
      isReplaced: false,
      counts: { ...counts, failed: 1 },
      unwritten: null,
      error: error('local-changed'),
    }
    let moment = startedWatch
    for (let n = 0; n < 4; n++) {
      moment = round(moment, failing, n * 1000)
      expect(moment).toMatchObject({ state: 'waiting', lastError: { code: 'local-changed' } })
    }
    moment = round(moment, failing, 100_000)
    expect(moment).toMatchObject({ state: 'paused', reason: 'failing', failuresInRow: 5 })
    expect(due(moment)).toBe(400_000)
    expect(due(afterHint(moment, 101_000))).toBe(160_000)
    expect(round(moment, nothing, 160_000)).toMatchObject({ state: 'waiting', failuresInRow: 0 })
  })

  test('being offline is not counted against what fails afterwards', () => {
    let moment = startedWatch
    for (let n = 0; n < 9; n++) moment = round(moment, { kind: 'failed', error: error('unreachable') }, n)
    moment = round(moment, { kind: 'failed', error: error('access-denied') }, 10)
    expect(moment).toMatchObject({ reason: 'refused', failuresInRow: 1 })
  })

  test('S46 something to remove that may not be removed pauses it until a change or a minute', () => {
    for (const reason of ['deletes-not-confirmed', 'too-many-deletes'] as const) {
      const moment = round(idle, { kind: 'held', reason, message: 'why' }, 10_000)
      expect(moment).toMatchObject({ state: 'paused', reason, message: 'why', lastError: null })
      expect(due(moment)).toBe(70_000)
      expect(due(afterHint(moment, 20_000))).toBe(21_000)
      expect(round(moment, nothing, 21_000)).toMatchObject({ state: 'waiting', reason: null, message: null })
    }
  })

  test('F39 that the folder was replaced is said for as long as it is so', () => {
    const moment = round(idle, { kind: 'nothing-to-do', isReplaced: true }, 10_000)
    expect(moment).toMatchObject({ state: 'waiting', reason: 'folder-replaced' })
    expect(moment.message).toMatch(/Nothing is removed/)
  })
})
