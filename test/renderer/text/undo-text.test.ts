import { describe, expect, it } from 'vitest'
import type { UndoOutcome, UndoRow } from '../../../src-preload/contract/undo.ts'
import { failureText } from '../../../src-renderer/text/error-text.ts'
import {
  undoCountsText,
  undoEnd,
  undoProgressText,
  undoRowsBeside,
} from '../../../src-renderer/text/undo-text.ts'

const counts = { restore: 0, restoreHeaders: 0, remove: 0, none: 0, changedSince: 0, impossible: 0 }
const outcome: UndoOutcome = {
  planId: 'p',
  releaseId: 'r',
  restored: 0,
  headersRestored: 0,
  removed: 0,
  cancelled: false,
  failed: [],
  removalsWithheld: null,
  undone: 'whole',
  recorded: true,
}
const denied = { code: 'access-denied' as const, message: 'No.', key: 'a', retryable: false }
const later = 'What was not undone is as the sync left it, and can still be undone under History.'

describe('undoCountsText', () => {
  it('speaks of what has not happened yet', () => {
    expect(undoCountsText({ ...counts, restore: 3 })).toBe('3 will be brought back.')
    expect(undoCountsText({ ...counts, remove: 900 })).toBe('900 will be removed.')
    expect(undoCountsText({ ...counts, restore: 1, restoreHeaders: 2, remove: 1200 })).toBe(
      '1 will be brought back, headers of 2 objects will be put back, 1,200 will be removed.',
    )
  })

  it('counts what stays', () => {
    expect(undoCountsText({ ...counts, restore: 1, changedSince: 1 })).toBe(
      '1 will be brought back. 1 object stays as it is.',
    )
    expect(undoCountsText({ ...counts, impossible: 1, changedSince: 1 })).toBe(
      'Nothing can be undone. 2 objects stay as they are.',
    )
  })
})

describe('undoProgressText', () => {
  it('counts', () => {
    expect(undoProgressText({ filesDone: 312, filesTotal: 1900 })).toBe('312 of 1,900')
  })
})

describe('undoEnd', () => {
  it('is short when all went well', () => {
    expect(undoEnd({ ...outcome, restored: 2, removed: 1 }, { ...counts, restore: 2, remove: 1 })).toEqual({
      title: 'The sync is undone',
      sentences: ['2 brought back, 1 removed.'],
      isWhole: true,
    })
  })

  it('tells of what was stopped how far it came', () => {
    const stopped = { ...outcome, cancelled: true, undone: 'in-part' as const }
    const planned = { ...counts, restore: 3, restoreHeaders: 5, remove: 900 }
    const withheld = 'The undo was stopped during the removals. 588 of 900 objects were not removed.'
    expect(
      undoEnd(
        { ...stopped, restored: 3, headersRestored: 5, removed: 312, removalsWithheld: withheld },
        planned,
      ),
    ).toEqual({
      title: 'The undo was stopped',
      sentences: ['3 of 3 brought back, headers of 5 of 5 put back, 312 of 900 removed.', later],
      isWhole: false,
    })
    expect(undoEnd(stopped, planned).sentences).toEqual(['Nothing was changed.', later])
    expect(undoEnd({ ...stopped, failed: [denied] }, { ...counts, restore: 3 }).sentences[0]).toBe(
      '0 of 3 brought back, 1 failed.',
    )
  })

  it('says why something was not removed, and what could not be written down', () => {
    const withheld = 'Something did not come back. Nothing was removed.'
    expect(
      undoEnd(
        { ...outcome, restored: 1, failed: [denied], removalsWithheld: withheld },
        { ...counts, restore: 2 },
      ),
    ).toEqual({
      title: 'The sync is undone in part',
      sentences: ['1 brought back, 1 failed.', withheld, later],
      isWhole: false,
    })
    const unrecorded = undoEnd({ ...outcome, restored: 1, recorded: false }, { ...counts, restore: 1 })
    expect(unrecorded).toMatchObject({ title: 'The sync is undone', isWhole: false })
    expect(unrecorded.sentences[1]).toContain('could not all be written down')
  })
})

describe('failureText', () => {
  it('has the code of the service', () => {
    expect(failureText(denied)).toMatch(/\. No\.$/)
    expect(failureText({ ...denied, s3Code: 'AccessDenied' })).toMatch(/\. No\. \(AccessDenied\)$/)
  })
})

describe('undoRowsBeside', () => {
  const rows = (number: number): UndoRow[] =>
    Array.from({ length: number }, (_, index) => ({
      key: `k${index}`,
      action: 'restore',
      reason: 'overwritten',
      bytes: 1,
      headers: [],
    }))

  it('S44 names none of those twice that are named as becoming public', () => {
    const opens = { objects: 3, sample: ['k0', 'k1', 'k2'] }
    expect(undoRowsBeside({ rows: rows(3), total: 3, opens })).toEqual({ shown: [], others: 0 })
    const { shown, others } = undoRowsBeside({ rows: rows(5), total: 5, opens })
    expect(shown.map(({ key }) => key)).toEqual(['k3', 'k4'])
    expect(others).toBe(0)
  })

  it('counts those beyond two hundred', () => {
    const none = undoRowsBeside({ rows: rows(1000), total: 1500, opens: { objects: 0, sample: [] } })
    expect([none.shown.length, none.others]).toEqual([200, 1300])
    const some = undoRowsBeside({ rows: rows(1000), total: 1500, opens: { objects: 1, sample: ['k7'] } })
    expect([some.shown.length, some.others]).toEqual([200, 1299])
  })
})
