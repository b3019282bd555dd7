import { describe, expect, it } from 'vitest'
import type { SweepOutcome, SweepTotals } from '../../../src-preload/contract/sweep.ts'
import { monthlyStorageUsd } from '../../../src-preload/contract/storage-price.ts'
import {
  abortRulesText,
  sweepCostText,
  sweepOutcomeText,
  sweepTotalsText,
} from '../../../src-renderer/text/sweep-text.ts'

const totals = (more: Partial<SweepTotals> = {}): SweepTotals => ({
  uploads: 3,
  bytes: 1_200_000_000,
  sizesUnknown: 0,
  monthlyUsd: null,
  ...more,
})

describe('incomplete uploads in words', () => {
  it('say what is known of their size, and no more', () => {
    expect(sweepTotalsText(totals())).toBe('3 incomplete uploads, 1.2 GB')
    expect(sweepTotalsText(totals({ sizesUnknown: 2 }))).toBe(
      '3 incomplete uploads, 1.2 GB, and 2 of unknown size',
    )
  })

  it('name the cost as an estimate, and only on AWS', () => {
    expect(sweepCostText(totals())).toBeNull()
    const monthlyUsd = monthlyStorageUsd(50 * 1024 ** 3)
    expect(sweepCostText(totals({ monthlyUsd }))).toMatch(/^They cost about \$1\.15 a month \(an estimate/)
    expect(sweepCostText(totals({ monthlyUsd: 0.001, uploads: 1 }))).toMatch(/^It costs less than \$0\.01/)
    expect(sweepCostText(totals({ monthlyUsd: 0, uploads: 0 }))).toBeNull()
  })

  it('F20: tell each part of what aborting came to', () => {
    const outcome: SweepOutcome = {
      planId: 'p',
      aborted: 2,
      freedBytes: 1000,
      gone: ['a'],
      goneTotal: 1,
      nowWanted: 1,
      failed: [],
      failedTotal: 3,
      cancelled: false,
      remaining: totals({ uploads: 4 }),
    }
    expect(sweepOutcomeText(outcome)).toBe(
      '2 uploads aborted, 1 kB freed. 1 was completed or aborted meanwhile. 1 is being sent again and stayed. 3 could not be aborted. 4 remain.',
    )
    expect(sweepOutcomeText({ ...outcome, remaining: null, cancelled: true })).toMatch(
      /The rest was left\. What remains is not known\.$/,
    )
  })

  it('say what the bucket does by itself', () => {
    const rule = { id: 'x', days: 7, isOurs: false, coversAll: true }
    expect(abortRulesText([])).toMatch(/^Nothing/)
    expect(abortRulesText([rule, { ...rule, days: 3, isOurs: true }])).toBe(
      'This bucket aborts incomplete uploads by itself after 3 days, by the rule that Pail has added.',
    )
    expect(abortRulesText([{ ...rule, coversAll: false }])).toMatch(/but not all\.$/)
  })
})
