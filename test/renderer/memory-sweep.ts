import type { Api } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { monthlyStorageUsd } from '../../src-preload/contract/storage-price.ts'
import type { IncompleteUpload, SweepChoice, SweepTotals } from '../../src-preload/contract/sweep.ts'
import type { Answer } from './memory-answer.ts'

/** Incomplete uploads, to be arranged by tests. */
export interface MemoryUploads {
  /** Oldest first; of whatever bucket is asked for. */
  list: IncompleteUpload[]
  /** Upload ids that the service does not let go. */
  stuck: Set<string>
  isAws: boolean
  /** Of our lifecycle rule; null without it. */
  ruleDays: number | null
  /** Days of a rule that is not ours, if there is one. */
  foreignRuleDays: number | null
}

/** Every upload was completed. */
export function noUploads(): MemoryUploads {
  return { list: [], stuck: new Set(), isAws: true, ruleDays: null, foreignRuleDays: null }
}

type Methods = 'planSweep' | 'listSweepRows' | 'applySweep' | 'planLifecycle' | 'applyLifecycle'
/** The sweeper in memory. */
export function memorySweep(uploads: MemoryUploads, answer: Answer): Pick<Api<File>, Methods> {
  const days = new Map<string, number | null>()
  const totals = (list: readonly IncompleteUpload[]): SweepTotals => {
    const bytes = list.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
    return {
      uploads: list.length,
      bytes,
      sizesUnknown: list.filter((one) => one.bytes === null).length,
      monthlyUsd: uploads.isAws ? monthlyStorageUsd(bytes) : null,
    }
  }
  const count = (whose: IncompleteUpload['whose']) => uploads.list.filter((one) => one.whose === whose).length
  const isChosen = (choice: SweepChoice, one: IncompleteUpload) =>
    typeof choice === 'string'
      ? one.whose === 'abandoned' || (choice === 'abandoned-and-unknown' && one.whose === 'unknown')
      : choice.includes(one.uploadId)
  return {
    planSweep: (input) =>
      answer('planSweep', input, () => ({
        planId: 'sweep-1',
        bucket: input.bucket,
        prefix: input.prefix,
        olderThanSeconds: input.olderThanSeconds,
        younger: 0,
        uploads: uploads.list.slice(0, 1000),
        totals: totals(uploads.list),
        wanted: count('wanted'),
        abandoned: count('abandoned'),
        unknown: count('unknown'),
        isCut: false,
        warnings: [],
      })),
    listSweepRows: (input) =>
      answer('listSweepRows', input, () => ({
        uploads: uploads.list.slice(input.offset, input.offset + input.limit),
        total: uploads.list.length,
      })),
    applySweep: (input) =>
      answer('applySweep', input, () => {
        const chosen = uploads.list.filter((one) => isChosen(input.choice, one))
        if (chosen.length !== input.confirmed) throw failure('safety-refused', 'Look again.')
        const done = chosen.filter((one) => !uploads.stuck.has(one.uploadId))
        uploads.list = uploads.list.filter((one) => !done.includes(one))
        const failed = chosen.filter((one) => uploads.stuck.has(one.uploadId))
        return {
          planId: input.planId,
          aborted: done.length,
          freedBytes: totals(done).bytes,
          gone: [],
          goneTotal: 0,
          nowWanted: 0,
          failed: failed.map(({ key }) => failure('access-denied', 'You may not do this.', { key }).error),
          failedTotal: failed.length,
          cancelled: false,
          remaining: totals(uploads.list),
        }
      }),
    planLifecycle: (input) =>
      answer('planLifecycle', input, () => {
        const planId = `lifecycle-${days.size + 1}`
        days.set(planId, input.days)
        const rule = {
          ID: 'pail-abort-incomplete-uploads',
          Status: 'Enabled',
          Filter: { Prefix: '' },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: input.days },
        }
        const { ruleDays, foreignRuleDays } = uploads
        return {
          planId,
          bucket: input.bucket,
          change:
            input.days === ruleDays
              ? ('none' as const)
              : input.days === null
                ? ('remove' as const)
                : ruleDays === null
                  ? ('add' as const)
                  : ('replace' as const),
          abortRules: [
            ...(foreignRuleDays === null
              ? []
              : [{ id: 'housekeeping', days: foreignRuleDays, isOurs: false, coversAll: true }]),
            ...(ruleDays === null ? [] : [{ id: rule.ID, days: ruleDays, isOurs: true, coversAll: true }]),
          ],
          otherRules: foreignRuleDays === null ? 0 : 1,
          ruleJson: input.days === null ? null : JSON.stringify(rule, null, 2),
          configurationJson: JSON.stringify({ Rules: input.days === null ? [] : [rule] }, null, 2),
        }
      }),
    applyLifecycle: (input) =>
      answer('applyLifecycle', input, () => {
        const wanted = days.get(input.planId)
        if (wanted === undefined) throw failure('not-found', 'This plan is out of date. Make a new one.')
        uploads.ruleDays = wanted
        return { change: wanted === null ? ('remove' as const) : ('add' as const), confirmed: true }
      }),
  }
}
