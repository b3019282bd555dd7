import { ok } from '../../src-preload/contract/result.ts'
import type { SyncOutcome, SyncPlan, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { answer, type Answers } from './api-double.ts'

/** One row of a plan. */
export function row(key: string, action: SyncRow['action'], reason: SyncRow['reason'], bytes = 10): SyncRow {
  return { key, path: key, action, reason, bytes, headers: [] }
}

/** One row of each action. */
export const rows: SyncRow[] = [
  row('site/a.html', 'upload', 'new'),
  {
    ...row('site/b.css', 'update-headers', 'header-differs'),
    headers: [{ header: 'Cache-Control', from: null, to: 'max-age=86400' }],
  },
  row('site/old.js', 'delete', 'remote-only'),
  row('site/c.js', 'skip', 'same'),
]

/** The plan with {@link rows}. */
export const plan: SyncPlan = {
  planId: 'plan',
  folderName: 'folder',
  bucket: 'bucket',
  prefix: 'site/',
  counts: { upload: 1, updateHeaders: 1, delete: 1, skip: 1, foreign: 0, blocked: 0, bytes: 10 },
  rows: rows.length,
  foreignDeletes: 0,
  onlyInBucket: 0,
  opens: { objects: 0, sample: [] },
  warnings: [],
  deleteRefusal: null,
}

/** What came of it. */
export const outcome: SyncOutcome = {
  planId: 'plan',
  uploaded: 1,
  updatedHeaders: 1,
  deleted: 1,
  skipped: 1,
  bytes: 10,
  cancelled: false,
  failed: [],
  failedTotal: 0,
  untried: 0,
  deletesWithheld: null,
  releaseId: 'release-1',
}

/** Answers the pages of these rows, two a page, so that paging is needed. */
export function pagesOf(all: readonly SyncRow[]): Answers['listPlanRows'] {
  const changes: readonly SyncRow['action'][] = ['upload', 'update-headers', 'delete']
  const isForeign = ({ action, reason }: SyncRow) =>
    action === 'foreign' || reason === 'not-ours' || reason === 'changed-by-others'
  return ({ offset, filter }) => {
    const shown = all.filter(
      (each) =>
        filter === 'all' ||
        (filter === 'changes' && changes.includes(each.action)) ||
        (filter === 'foreign' ? isForeign(each) : each.action === filter),
    )
    return ok({ rows: shown.slice(offset, offset + 2), total: shown.length })
  }
}

/** The answers of a backend that plans and applies {@link plan}, but for those given. */
export function answers(more: Answers = {}): Answers {
  return {
    chooseFolder: answer({ folderId: 'folder', name: 'folder' }),
    planSync: answer(plan),
    listPlanRows: pagesOf(rows),
    applySync: answer(outcome),
    ...more,
  }
}

/** A sync without options. */
export const sync = ['sync', 'folder', 's3://bucket/site']
