import { describe, expect, test } from 'vitest'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { answer, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { answers, outcome, pagesOf, plan, row, sync } from './sync-answers.ts'

describe('S46 removals', () => {
  test('without a terminal and without --yes nothing happens: 3', async () => {
    const double = createApiDouble(answers())
    const ran = await runForTest([...sync, '--delete', '--json'], double)
    expect(ran.code).toBe(3)
    expect(ran.err).toContain('--yes')
    expect(double.inputs('applySync')).toEqual([])
    expect(JSON.parse(ran.out)).toMatchObject({
      uploaded: 0,
      deleted: 0,
      refused: expect.stringContaining('--yes'),
    })
  })

  test.each([
    ['yes', 0, 1],
    ['no', 3, 0],
    ['', 3, 0],
    ['y', 3, 0],
  ])('on a terminal “%s” ends with %d', async (typed, code, applied) => {
    const double = createApiDouble(answers())
    const ran = await runForTest([...sync, '--delete'], double, { typed })
    expect(ran.code).toBe(code)
    expect(ran.err).toContain('1 object from s3://bucket/site/')
    expect(double.inputs('applySync')).toHaveLength(applied)
  })

  test.each([
    ['bucket', 0],
    ['yes', 3],
  ])('S48 of a whole bucket want its name: “%s” ends with %d', async (typed, code) => {
    const double = createApiDouble(answers({ planSync: answer({ ...plan, prefix: '' }) }))
    expect((await runForTest(['sync', 'folder', 's3://bucket', '--delete'], double, { typed })).code).toBe(
      code,
    )
  })

  test.each([
    [0, ''],
    [1, '1 object of earlier syncs is not in the folder any more and stays: --delete removes it.'],
    [12, '12 objects of earlier syncs are not in the folder any more and stay: --delete removes them.'],
  ])('are told where they were not asked for: %d', async (onlyInBucket, told) => {
    const counts = { ...plan.counts, delete: 0 }
    const ran = await runForTest(
      sync,
      createApiDouble(answers({ planSync: answer({ ...plan, onlyInBucket, counts }) })),
    )
    expect(ran.code).toBe(0)
    expect(ran.err.split('\n').filter((line) => line.includes('earlier syncs'))).toEqual(
      told === '' ? [] : [told],
    )
  })

  describe('of what is not ours', () => {
    const foreignRows: SyncRow[] = [
      { ...row('site/old.js', 'delete', 'remote-only'), path: null },
      { ...row('site/theirs.js', 'delete', 'not-ours'), path: null },
      { ...row('site/was-ours.js', 'delete', 'changed-by-others'), path: null },
    ]
    const foreign = () =>
      createApiDouble(
        answers({
          planSync: answer({ ...plan, foreignDeletes: 2, counts: { ...plan.counts, delete: 3 } }),
          listPlanRows: pagesOf(foreignRows),
        }),
      )
    const asked = [...sync, '--delete', '--delete-foreign']

    test.each([
      ['bucket', 0, 1],
      ['yes', 3, 0],
      ['', 3, 0],
    ])('want the bucket’s name, and name their count: “%s” ends with %d', async (typed, code, applied) => {
      const double = foreign()
      const ran = await runForTest(asked, double, { typed })
      expect(ran.code).toBe(code)
      expect(ran.err).toContain('3 objects from s3://bucket/site/, 2 of them not put there by Pail’s syncs')
      expect(double.inputs('applySync')).toHaveLength(applied)
      if (applied > 0)
        expect(double.inputs('applySync')).toEqual([
          { planId: 'plan', confirmedDeletes: 3, confirmedForeign: 2, checks: 'sample', expected: null },
        ])
    })

    test('without a terminal need --yes, and are named all the same', async () => {
      const refused = foreign()
      expect((await runForTest(asked, refused)).code).toBe(3)
      expect(refused.inputs('applySync')).toEqual([])
      for (const more of [['--yes'], ['--yes', '--json'], ['--yes', '--quiet']]) {
        const ran = await runForTest([...asked, ...more], foreign())
        expect(ran.code).toBe(0)
        expect(ran.err).toContain(
          '2 objects to be removed were not put there by Pail’s syncs: site/theirs.js, site/was-ours.js',
        )
      }
    })

    test('are only asked for beside --delete, and never by a watch', async () => {
      expect((await runForTest([...sync, '--delete-foreign'], foreign())).code).toBe(2)
      const double = foreign()
      await runForTest([...asked, '--manifest', '--dry-run'], double)
      expect(double.inputs('planSync')[0]?.options).toMatchObject({
        removeRemoteOnly: true,
        removeForeign: true,
        manifestInBucket: true,
      })
      expect((await runForTest([...asked, '--watch', '--yes'], foreign())).code).toBe(2)
    })
  })

  test('a plan with none is not asked about', async () => {
    const double = createApiDouble(
      answers({ planSync: answer({ ...plan, counts: { ...plan.counts, delete: 0 } }) }),
    )
    expect((await runForTest([...sync, '--delete'], double)).code).toBe(0)
  })

  test('more than --max-delete refuse the whole run, --yes or not, dry or not: 3', async () => {
    const refusal = 'This would remove 60 of 100 objects.'
    for (const more of [['--yes'], ['--dry-run'], []]) {
      const double = createApiDouble(answers({ planSync: answer({ ...plan, deleteRefusal: refusal }) }))
      const ran = await runForTest([...sync, '--delete', ...more], double)
      expect(ran.code).toBe(3)
      expect(ran.err).toContain(refusal)
      expect(double.inputs('applySync')).toEqual([])
    }
  })

  test('withheld after a failure end with 1 and are told', async () => {
    const double = createApiDouble(
      answers({
        applySync: answer({
          ...outcome,
          deleted: 0,
          failed: [{ code: 'access-denied', message: 'Not yours.', key: 'site/a.html', retryable: false }],
          failedTotal: 1,
          deletesWithheld: 'Nothing was removed, because something failed.',
        }),
      }),
    )
    const ran = await runForTest([...sync, '--delete', '--yes', '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('site/a.html: Not yours. (access-denied)')
    expect(ran.err).toContain('Nothing was removed')
    expect(JSON.parse(ran.out).failed).toEqual([
      { key: 'site/a.html', code: 'access-denied', message: 'Not yours.' },
    ])
  })

  test('withheld for safety alone end with 3', async () => {
    const double = createApiDouble(
      answers({ applySync: answer({ ...outcome, deletesWithheld: 'The bucket changed.' }) }),
    )
    expect((await runForTest([...sync, '--delete', '--yes'], double)).code).toBe(3)
  })
})
