import { describe, expect, test } from 'vitest'
import type { InvalidationPlan } from '../../src-preload/contract/invalidation.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { SyncOutcome, SyncPlan, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { receiptOf } from '../renderer/memory-receipt.ts'
import { answer, type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

const row: SyncRow = {
  key: 'site/a.css',
  path: 'a.css',
  action: 'upload',
  reason: 'content-differs',
  bytes: 10,
  headers: [],
}

const plan: SyncPlan = {
  planId: 'plan',
  folderName: 'folder',
  bucket: 'bucket',
  prefix: 'site/',
  counts: { upload: 1, updateHeaders: 0, delete: 0, skip: 0, foreign: 0, blocked: 0, bytes: 10 },
  rows: 1,
  foreignDeletes: 0,
  onlyInBucket: 0,
  opens: { objects: 0, sample: [] },
  warnings: [],
  deleteRefusal: null,
}

const outcome: SyncOutcome = {
  planId: 'plan',
  uploaded: 1,
  updatedHeaders: 0,
  deleted: 0,
  skipped: 0,
  bytes: 10,
  cancelled: false,
  failed: [],
  failedTotal: 0,
  untried: 0,
  deletesWithheld: null,
  releaseId: null,
}

const distributionId = 'E2QWRUHAPOMQZL'

const invalidation: InvalidationPlan = {
  planId: 'invalidation',
  distributionId,
  basis: 'planned',
  paths: ['/site/a.css', '/site/img/*'],
  wildcards: 1,
  changed: 20,
  unrelated: 3,
}

function setUp(more: Answers = {}) {
  let applied = false
  return createApiDouble({
    chooseFolder: answer({ folderId: 'folder', name: 'folder' }),
    planSync: answer(plan),
    listPlanRows: answer({ rows: [row], total: 1 }),
    applySync: () => {
      applied = true
      return ok(outcome)
    },
    planInvalidation: () =>
      ok(
        applied ? { ...invalidation, planId: 'after', basis: 'done', paths: ['/site/a.css'] } : invalidation,
      ),
    applyInvalidation: answer({ invalidationId: 'I2J0I21PCUYOIK', status: 'in-progress', paths: 1 }),
    createReceipt: answer(receiptOf('plan', [], { baseUrl: 'https://static.example.org', pageOrigin: null })),
    ...more,
  })
}

const sync = ['sync', 'folder', 's3://bucket/site', '--invalidate', distributionId]

describe('pail sync --invalidate', () => {
  test('shows paths and cost before, and sends what was really changed after', async () => {
    const double = setUp()
    const ran = await runForTest(sync, double)
    expect(ran.code).toBe(0)
    expect(ran.err.split('\n').slice(0, 5)).toEqual([
      `To invalidate in ${distributionId}:`,
      '  /site/a.css',
      '  /site/img/*',
      '  (3 other files will be fetched again as well)',
      'Cost: 2 paths; 1,000 paths a month are free, each more costs $0.005.',
    ])
    expect(ran.err).toContain('Invalidation I2J0I21PCUYOIK of 1 path is under way.')
    const order = double.calls
      .map(({ method }) => method)
      .filter((method) => /Sync|Invalidation/.test(method))
    expect(order).toEqual([
      'planSync',
      'planInvalidation',
      'applySync',
      'planInvalidation',
      'applyInvalidation',
    ])
    expect(double.inputs('planInvalidation')).toEqual([
      { planId: 'plan', distributionId, stripPrefix: false },
      { planId: 'plan', distributionId, stripPrefix: false },
    ])
    expect(double.inputs('applyInvalidation')).toEqual([{ planId: 'after' }])
  })

  test('a dry run shows them and sends nothing', async () => {
    const double = setUp()
    const ran = await runForTest([...sync, '--dry-run', '--strip-prefix', '--json'], double)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('Cost: 2 paths')
    expect(double.inputs('applyInvalidation')).toEqual([])
    expect(double.inputs('planInvalidation')).toEqual([{ planId: 'plan', distributionId, stripPrefix: true }])
    const { planId: _, ...told } = invalidation
    expect(JSON.parse(ran.out).invalidation).toEqual(told)
  })

  test('--json has what came of it', async () => {
    const ran = await runForTest([...sync, '--json'], setUp())
    expect(JSON.parse(ran.out)).toMatchObject({
      uploaded: 1,
      invalidation: {
        distributionId,
        basis: 'done',
        paths: ['/site/a.css'],
        invalidationId: 'I2J0I21PCUYOIK',
        status: 'in-progress',
      },
    })
  })

  test('before a receipt it is waited for', async () => {
    const double = setUp({
      applyInvalidation: answer({ invalidationId: 'I2J0I21PCUYOIK', status: 'completed', paths: 1 }),
    })
    const ran = await runForTest([...sync, '--receipt'], double)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('Invalidation I2J0I21PCUYOIK of 1 path completed.')
    expect(double.inputs('applyInvalidation')).toEqual([{ planId: 'after', waitSeconds: 300 }])
    expect(double.inputs('createReceipt')).toHaveLength(1)
  })

  test('where nothing is old nothing is sent', async () => {
    const double = setUp({
      planInvalidation: answer({ ...invalidation, paths: [], changed: 0, wildcards: 0 }),
    })
    const ran = await runForTest(sync, double)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('Nothing to invalidate')
    expect(double.inputs('applyInvalidation')).toEqual([])
  })

  test('a profile that has no CloudFront is told before anything is done', async () => {
    const double = setUp({ planInvalidation: () => refuse('not-supported', 'CloudFront belongs to AWS.') })
    const ran = await runForTest(sync, double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('CloudFront belongs to AWS. (not-supported)')
    expect(double.inputs('applySync')).toEqual([])
  })

  test('what CloudFront refuses is named and ends with 1, after the receipt and with the document', async () => {
    const double = setUp({
      applyInvalidation: () => refuse('access-denied', 'It needs cloudfront:CreateInvalidation.'),
    })
    const ran = await runForTest([...sync, '--receipt', '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('pail: It needs cloudfront:CreateInvalidation. (access-denied)')
    expect(double.inputs('createReceipt')).toHaveLength(1)
    expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 1, receipt: { rows: [] } })
  })

  test('what is stopped is not invalidated', async () => {
    const double = setUp({ applySync: answer({ ...outcome, cancelled: true }) })
    expect((await runForTest(sync, double)).code).toBe(130)
    expect(double.inputs('applyInvalidation')).toEqual([])
  })

  test.each([
    [['--invalidate', 'https://d111.cloudfront.net'], '--invalidate takes the ID of a distribution'],
    [['--strip-prefix'], '--strip-prefix is for --receipt and --invalidate'],
    [['--watch', '--invalidate', distributionId], '--invalidate does not go with --watch'],
  ])('%j is wrong usage', async (more, words) => {
    const ran = await runForTest(['sync', 'folder', 's3://bucket/site', ...more], setUp())
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(words)
  })
})
