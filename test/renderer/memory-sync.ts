import type { Api } from '../../src-preload/contract/api.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'
import { sampleInvalidation, sampleInvalidationPlan } from './memory-invalidation.ts'
import { receiptOf, sampleReceipt } from './memory-receipt.ts'

/** Syncs of the rows that a memory has: plan, application, receipt and invalidation. */
export function memorySync(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
): Pick<
  Api<File>,
  | 'planSync'
  | 'listPlanRows'
  | 'describePlanRow'
  | 'applySync'
  | 'cancelSync'
  | 'createReceipt'
  | 'planInvalidation'
  | 'applyInvalidation'
> {
  const appliedPlans = new Set<string>()
  const noteApplied = (planId: string): string => {
    appliedPlans.add(planId)
    return planId
  }
  return {
    planSync: (input) =>
      answer('planSync', input, () => {
        const count = (action: SyncRow['action']) =>
          memory.planRows.filter((row) => row.action === action).length
        const gone = memory.planRows.filter((row) => row.reason === 'remote-only').length
        return {
          planId: input.planId ?? id('plan'),
          folderName: 'site/static',
          bucket: input.bucket,
          prefix: input.prefix,
          counts: {
            upload: count('upload'),
            updateHeaders: count('update-headers'),
            delete: input.options.removeRemoteOnly ? gone : 0,
            skip: count('skip') - (input.options.removeRemoteOnly ? gone : 0),
            foreign: count('foreign'),
            blocked: count('blocked'),
            bytes: memory.planRows.reduce((sum, row) => sum + (row.action === 'upload' ? row.bytes : 0), 0),
          },
          rows: memory.planRows.length,
          foreignDeletes: 0,
          onlyInBucket: input.options.removeRemoteOnly ? 0 : gone,
          opens: { objects: 0, sample: [] },
          warnings: [],
          deleteRefusal: null,
        }
      }),
    listPlanRows: (input) =>
      answer('listPlanRows', input, () => {
        const wanted = (input.search ?? '').toLowerCase()
        const rows = memory.planRows.filter(
          (row) =>
            row.key.toLowerCase().includes(wanted) &&
            (input.filter === 'changes'
              ? ['upload', 'update-headers', 'delete'].includes(row.action)
              : input.filter === 'all' || row.action === input.filter),
        )
        return { rows: rows.slice(input.offset, input.offset + input.limit), total: rows.length }
      }),
    describePlanRow: (input) =>
      answer('describePlanRow', input, () => {
        const row = memory.planRows.find((each) => each.key === input.key)
        if (row === undefined) throw new Error('A test asked for a row that is not in the memory')
        const headers = {
          contentType: 'text/css; charset=utf-8',
          cacheControl: 'max-age=86400',
          contentEncoding: null,
          contentDisposition: null,
          contentLanguage: null,
        }
        return {
          row,
          before:
            row.reason === 'new'
              ? null
              : { ...headers, cacheControl: null, sizeBytes: 98_304, lastModified: new Date().toISOString() },
          after: row.path === null ? null : { ...headers, sizeBytes: row.bytes },
        }
      }),
    applySync: (input) =>
      answer('applySync', input, () => ({
        planId: noteApplied(input.planId),
        uploaded: memory.planRows.filter((row) => row.action === 'upload').length,
        updatedHeaders: 1,
        deleted: input.confirmedDeletes,
        skipped: 0,
        bytes: 12_345,
        cancelled: false,
        failed: [],
        failedTotal: 0,
        untried: 0,
        deletesWithheld: null,
        releaseId: 'release-memory',
      })),
    cancelSync: (input) => answer('cancelSync', input, () => ({})),
    createReceipt: (input) =>
      answer('createReceipt', input, () => {
        const baseUrl = input.baseUrl ?? 'https://example-site.s3.eu-central-1.amazonaws.com'
        return memory.receiptRows === null
          ? sampleReceipt(input.planId, memory.planRows, baseUrl, input.pageOrigin ?? null)
          : receiptOf(input.planId, memory.receiptRows, { baseUrl, pageOrigin: input.pageOrigin ?? null })
      }),
    planInvalidation: (input) =>
      answer('planInvalidation', input, () =>
        sampleInvalidationPlan(input, memory.planRows, id('invalidation'), appliedPlans.has(input.planId)),
      ),
    applyInvalidation: (input) => answer('applyInvalidation', input, () => sampleInvalidation(input)),
  }
}
