import { describe, expect, test } from 'vitest'
import type { Release } from '../../src-preload/contract/release.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { UndoOutcome, UndoPlan, UndoRow } from '../../src-preload/contract/undo.ts'
import { visibilityReport } from '../visibility-report.ts'
import { type Answers, type ApiDouble, answer, createApiDouble, refuse } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

const release: Release = {
  id: '20260304T050607089Z-abcdef',
  startedAt: '2026-03-04T05:06:07.089Z',
  endedAt: '2026-03-04T05:06:09.000Z',
  computer: 'desk',
  folderName: 'site',
  state: 'done',
  created: 2,
  overwritten: 1,
  updatedHeaders: 1,
  deleted: 1,
  failed: 0,
  bytes: 10,
  undoable: 5,
  notUndoable: 0,
  undone: 'no',
  undoneAt: null,
}
const older: Release = { ...release, id: '20260303T050607089Z-abcdef', startedAt: '2026-03-03T05:06:07.089Z' }

const rows: UndoRow[] = [
  { key: 'site/a.html', action: 'restore', reason: 'overwritten', bytes: 10, headers: [] },
  { key: 'site/b\u001b.html', action: 'restore', reason: 'deleted', bytes: null, headers: [] },
  {
    key: 'site/c.css',
    action: 'restore-headers',
    reason: 'headers-changed',
    bytes: null,
    headers: [{ header: 'Cache-Control', from: 'no-cache', to: null }],
  },
  { key: 'site/d.html', action: 'remove', reason: 'created', bytes: null, headers: [] },
]
const leftRow: UndoRow = { key: 'site/e', action: 'impossible', reason: 'not-kept', bytes: null, headers: [] }
const keptRow: UndoRow = {
  key: 'site/d.html',
  action: 'none',
  reason: 'may-be-needed',
  bytes: null,
  headers: [],
}
/** With it nothing that the sync created goes. */
const partlyRows = [...rows.slice(0, 3), leftRow, keptRow]

const plan: UndoPlan = {
  planId: 'plan',
  releaseId: release.id,
  startedAt: release.startedAt,
  folderName: 'site',
  bucket: 'bucket',
  prefix: 'site/',
  counts: { restore: 2, restoreHeaders: 1, remove: 1, none: 0, changedSince: 0, impossible: 0 },
  // The others come in pages.
  rows: rows.slice(0, 2),
  total: rows.length,
  opens: { objects: 0, sample: [] },
  warnings: [],
}

const outcome: UndoOutcome = {
  planId: 'plan',
  releaseId: release.id,
  restored: 2,
  headersRestored: 1,
  removed: 1,
  cancelled: false,
  failed: [],
  removalsWithheld: null,
  undone: 'whole',
  recorded: true,
}

function answers(more: Answers = {}): Answers {
  return {
    listReleases: answer([release, older]),
    planUndo: answer(plan),
    listUndoRows: ({ offset }) => ok({ rows: rows.slice(offset), total: rows.length }),
    applyUndo: answer(outcome),
    ...more,
  }
}

/** A plan with something that cannot be undone. */
const partly: Answers = {
  planUndo: answer({
    ...plan,
    counts: { ...plan.counts, remove: 0, none: 1, impossible: 1 },
    rows: partlyRows,
    total: 5,
    warnings: ['1 object cannot come back.', '1 object that the sync created stays.'],
  }),
}

const undo = ['undo', 's3://bucket/site']

describe('pail history', () => {
  test('lists what the syncs changed, newest first', async () => {
    const double = createApiDouble({
      listReleases: answer([
        { ...release, undone: 'whole' },
        { ...older, deleted: 0, state: 'interrupted' },
      ]),
    })
    const ran = await runForTest(['history', 's3://bucket/site'], double)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toBe(
      [
        '20260304T050607089Z-abcdef  2026-03-04T05:06:07Z  undone          2 created, 1 overwritten, 1 with other headers, 1 removed',
        '20260303T050607089Z-abcdef  2026-03-03T05:06:07Z  interrupted     2 created, 1 overwritten, 1 with other headers',
        '',
      ].join('\n'),
    )
    expect(double.inputs('listReleases')).toEqual([
      { profileId: 'environment', bucket: 'bucket', prefix: 'site/' },
    ])
  })

  test('--json has everything', async () => {
    const ran = await runForTest(['history', 's3://bucket', '--json'], createApiDouble(answers()))
    expect(JSON.parse(ran.out)).toEqual({ releases: [release, older] })
  })

  test('nothing so far is no failure', async () => {
    const ran = await runForTest(['history', 's3://bucket'], createApiDouble({ listReleases: answer([]) }))
    expect(ran).toMatchObject({ code: 0, out: '' })
    expect(ran.err).toContain('No sync to s3://bucket/')
  })
})

describe('pail undo', () => {
  test('undoes the last sync, with as many removals as the plan has', async () => {
    const double = createApiDouble(answers())
    const ran = await runForTest([...undo, '--yes'], double)
    expect(ran.code).toBe(0)
    expect(double.inputs('planUndo')).toEqual([
      { profileId: 'environment', bucket: 'bucket', prefix: 'site/', releaseId: release.id },
    ])
    expect(double.inputs('applyUndo')).toEqual([{ planId: 'plan', confirmedRemovals: 1 }])
    expect(ran.out.split('\n').slice(0, 4)).toEqual([
      'restore                    10  site/a.html  (as it was before)',
      'restore                     -  site/b\\u{1b}.html  (was removed)',
      'restore-headers             -  site/c.css  (Cache-Control: no-cache → none)',
      'remove                      -  site/d.html  (was not there before)',
    ])
    expect(ran.err).toContain('2 objects brought back, the headers of 1 changed back, 1 removed.')
  })

  test('what has been undone is not the last any more', async () => {
    const double = createApiDouble(
      answers({
        listReleases: answer([
          { ...release, undone: 'whole' },
          { ...older, undone: 'in-part' },
        ]),
      }),
    )
    await runForTest([...undo, '--yes'], double)
    expect(double.inputs('planUndo')[0]?.releaseId).toBe(older.id)
  })

  test('--release names another one', async () => {
    const double = createApiDouble(answers())
    await runForTest([...undo, '--yes', '--release', older.id], double)
    expect(double.inputs('planUndo')[0]?.releaseId).toBe(older.id)
    expect(double.inputs('listReleases')).toEqual([])
    const wrong = await runForTest([...undo, '--release', '../x'], createApiDouble({}))
    expect(wrong.code).toBe(2)
  })

  test('nothing to undo fails and says why', async () => {
    const none = await runForTest(undo, createApiDouble({ listReleases: answer([]) }))
    expect(none.code).toBe(1)
    expect(none.err).toContain('knows of no sync to s3://bucket/site/')
    const all = await runForTest(
      undo,
      createApiDouble({ listReleases: answer([{ ...release, undone: 'whole' }]) }),
    )
    expect(all.code).toBe(1)
    expect(all.err).toContain('has been undone')
  })

  test('--dry-run changes nothing', async () => {
    const double = createApiDouble(answers())
    const ran = await runForTest([...undo, '--dry-run'], double)
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('site/d.html')
    expect(double.inputs('applyUndo')).toEqual([])
  })

  test.each([
    { typed: 'yes', code: 0, applied: 1 },
    { typed: 'no', code: 3, applied: 0 },
    { typed: undefined, code: 3, applied: 0 },
  ])('asked on a terminal and answered $typed it ends with $code', async ({ typed, code, applied }) => {
    const double = createApiDouble(answers())
    const ran = await runForTest(undo, double, typed === undefined ? {} : { typed })
    expect(ran.code).toBe(code)
    expect(double.inputs('applyUndo')).toHaveLength(applied)
    if (code === 3) expect(ran.err).toContain('safety-refused')
  })

  test('S48 in a whole bucket the bucket’s name has to be typed', async () => {
    const whole = answers({ planUndo: answer({ ...plan, prefix: '' }) })
    expect((await runForTest(['undo', 's3://bucket'], createApiDouble(whole), { typed: 'yes' })).code).toBe(3)
    expect(
      (await runForTest(['undo', 's3://bucket'], createApiDouble(whole), { typed: 'bucket' })).code,
    ).toBe(0)
  })

  test('S44 what becomes public is named and counted, and several objects need the bucket’s name typed', async () => {
    const opening = (objects: number, sample: string[]) =>
      createApiDouble(answers({ planUndo: answer({ ...plan, opens: { objects, sample } }) }))
    const one = opening(1, ['site/a.html'])
    const ran = await runForTest(undo, one, { typed: 'yes' })
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('1 object in bucket becomes public again:\n  s3://bucket/site/a.html\n')
    expect(one.inputs('applyUndo')).toEqual([{ planId: 'plan', confirmedRemovals: 1, confirmedPublic: 1 }])

    const many = opening(3, ['site/a.html', 'site/b\u001b.html'])
    const refused = await runForTest(undo, many, { typed: 'yes' })
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('  s3://bucket/site/b\\u{1b}.html\n  and 1 more\n')
    expect(many.inputs('applyUndo')).toEqual([])
    expect((await runForTest(undo, many, { typed: 'bucket' })).code).toBe(0)
    expect(many.inputs('applyUndo')).toEqual([{ planId: 'plan', confirmedRemovals: 1, confirmedPublic: 3 }])
    expect(JSON.parse((await runForTest([...undo, '--dry-run', '--json'], many)).out)).toMatchObject({
      opens: 3,
    })
  })

  test('what cannot be undone is named, and fails the command', async () => {
    const double = createApiDouble(
      answers({ ...partly, applyUndo: answer({ ...outcome, removed: 0, undone: 'in-part' }) }),
    )
    const ran = await runForTest([...undo, '--yes', '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('pail: site/e: The version from before the sync was not kept. (not-kept)')
    expect(ran.err).toContain('1 object that the sync created stays.')
    expect(ran.err).toContain(
      'pail: site/d.html: It stays, because something that refers to it may stay. (may-be-needed)',
    )
    expect(double.inputs('applyUndo')).toEqual([{ planId: 'plan', confirmedRemovals: 0 }])
    expect(JSON.parse(ran.out)).toEqual({
      release: release.id,
      startedAt: release.startedAt,
      restored: 2,
      headersRestored: 1,
      removed: 0,
      undone: 'in-part',
      left: [
        { key: 'site/e', action: 'impossible', reason: 'not-kept' },
        { key: 'site/d.html', action: 'none', reason: 'may-be-needed' },
      ],
      failed: [],
      opens: 0,
      // Nothing was asked for, and nothing is said of it.
      visibility: {
        public: 0,
        private: 0,
        unknown: 0,
        notAsked: 3,
        exposed: { objects: 0, sample: [] },
        blocked: { objects: 0, sample: [] },
      },
      plan: partlyRows.map(({ key, action, reason, bytes, headers }) =>
        headers.length === 0 ? { key, action, reason, bytes } : { key, action, reason, bytes, headers },
      ),
    })
  })

  test('of a sync of which nothing can be undone any more the one before is named, and is not undone', async () => {
    const stuck = {
      planUndo: answer({
        ...plan,
        counts: { restore: 0, restoreHeaders: 0, remove: 0, none: 1, changedSince: 0, impossible: 1 },
        rows: [leftRow, keptRow],
        total: 2,
      }),
    }
    const named = `The sync before it is undone with --release ${older.id}.`
    const double = createApiDouble(answers(stuck))
    const ran = await runForTest([...undo, '--yes'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain(`Nothing of this sync can be undone any more. ${named}`)
    expect(ran.err).not.toContain('Would')
    expect(double.inputs('applyUndo')).toEqual([])
    for (const releases of [[release], [release, { ...older, undone: 'whole' as const }]]) {
      const last = createApiDouble(answers({ ...stuck, listReleases: answer(releases) }))
      expect((await runForTest(undo, last)).err).not.toContain('--release')
    }
    // Also of one that was chosen: what came after it is not before it.
    const chosen = createApiDouble(answers(stuck))
    const given = await runForTest([...undo, '--release', older.id], chosen)
    expect(given.err).toContain('Nothing of this sync can be undone any more.')
    expect(given.err).not.toContain('--release')
  })

  test('S44 what everybody can read again, though its destination is private, is named, and ends with 1', async () => {
    const double: ApiDouble = createApiDouble(
      answers({
        applyUndo: () => {
          setTimeout(() => {
            const report = visibilityReport({ bucket: 'bucket', cause: 'undo', objects: 3, chosen: 3 })
            double.emit('onVisibilityReport', {
              ...report,
              state: 'done',
              notAsked: 0,
              counts: { public: 1, private: 2, unknown: 0 },
              exposed: { objects: 1, sample: ['site/a.html'] },
            })
          }, 5)
          return ok({ ...outcome, visibilityReportId: 'r' })
        },
      }),
    )
    const ran = await runForTest([...undo, '--yes', '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('Everybody can read, though it is to be private, 1 object: site/a.html')
    expect(JSON.parse(ran.out)).toMatchObject({
      visibility: { public: 1, private: 2, notAsked: 0, exposed: { objects: 1, sample: ['site/a.html'] } },
    })
  })

  test('failures are named', async () => {
    const failed = [{ code: 'access-denied' as const, message: 'No.', key: 'site/a.html', retryable: false }]
    const removalsWithheld = 'Something did not come back. Nothing was removed.'
    const double = createApiDouble(
      answers({ applyUndo: answer({ ...outcome, failed, removed: 0, removalsWithheld, undone: 'in-part' }) }),
    )
    const ran = await runForTest([...undo, '--yes', '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('site/a.html: No. (access-denied)')
    expect(ran.err).toContain(removalsWithheld)
    expect(JSON.parse(ran.out)).toMatchObject({
      failed: [{ key: 'site/a.html', code: 'access-denied', message: 'No.' }],
      refused: removalsWithheld,
    })
  })

  test('F32 it is said when what was undone could not be written down', async () => {
    const told = 'What was undone could not all be written down'
    const run = async (more: Partial<UndoOutcome>) => {
      const double = createApiDouble(answers({ applyUndo: answer({ ...outcome, ...more }) }))
      return runForTest([...undo, '--yes'], double)
    }
    const ran = await run({ recorded: false })
    expect(ran.code).toBe(0)
    expect(ran.err).toContain(told)
    expect((await run({})).err).not.toContain(told)
    const nothing = { restored: 0, headersRestored: 0, removed: 0 }
    expect((await run({ recorded: false, ...nothing })).err).not.toContain(told)
  })

  test('a refusal of the backend ends with 3', async () => {
    const double = createApiDouble(answers({ planUndo: () => refuse('safety-refused', 'It still runs.') }))
    expect((await runForTest(undo, double)).code).toBe(3)
  })

  test('Ctrl+C cancels, waits for the end, and says how far it came', async () => {
    const stop = new AbortController()
    let end: () => void = () => undefined
    const double = createApiDouble(
      answers({
        applyUndo: () => {
          queueMicrotask(() => stop.abort())
          return new Promise((resolve) => {
            end = () => resolve(ok({ ...outcome, cancelled: true, undone: 'in-part' }))
          })
        },
        cancelSync: () => {
          end()
          return ok({})
        },
      }),
    )
    const ran = await runForTest([...undo, '--yes'], double, { signal: stop.signal })
    expect(ran.code).toBe(130)
    expect(ran.err).toContain('Until the undo was stopped: 2 objects brought back,')
    expect(double.inputs('cancelSync')).toEqual([{ planId: 'plan' }])
  })
})
