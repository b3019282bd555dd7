import { describe, expect, test } from 'vitest'
import { answer, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { answers, plan, sync } from './sync-answers.ts'

const keys = ['site/b.css', 'site/c.css']
const opening = (objects: number, deletes = 0) =>
  createApiDouble(
    answers({
      planSync: answer({
        ...plan,
        counts: { ...plan.counts, delete: deletes },
        opens: { objects, sample: keys.slice(0, objects) },
      }),
    }),
  )

describe('S44 what is in the bucket and becomes public by a sync', () => {
  test('is named, and without a terminal and without --yes nothing happens: 3', async () => {
    const double = opening(2)
    const ran = await runForTest([...sync, '--public', '--json'], double)
    expect(ran.code).toBe(3)
    expect(ran.err).toContain(
      'makes 2 objects public in s3://bucket/site/, and there is nobody to ask: add --yes.',
    )
    expect(double.inputs('applySync')).toEqual([])
    expect(JSON.parse(ran.out)).toMatchObject({ opens: 2, uploaded: 0, refused: expect.any(String) })
    expect((await runForTest([...sync, '--public'], opening(2))).err).toContain('s3://bucket/site/c.css')
  })

  test.each([
    [1, 'yes', 0],
    [1, '', 3],
    [2, 'bucket', 0],
    [2, 'yes', 3],
  ])('%d on a terminal, “%s”: ends with %d', async (objects, typed, code) => {
    const double = opening(objects)
    expect((await runForTest(sync, double, { typed })).code).toBe(code)
    expect(double.inputs('applySync')).toHaveLength(code === 0 ? 1 : 0)
  })

  test('is asked for together with removals, and told to the backend', async () => {
    const double = opening(2, 1)
    const ran = await runForTest([...sync, '--delete'], double, { typed: 'bucket' })
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('removes 1 object from s3://bucket/site/ and makes 2 objects public in')
    const yes = opening(2, 1)
    expect((await runForTest([...sync, '--delete', '--yes'], yes)).code).toBe(0)
    for (const { inputs } of [double, yes])
      expect(inputs('applySync')).toMatchObject([{ confirmedDeletes: 1, confirmedPublic: 2 }])
  })

  test('is named by a dry run, which asks nothing', async () => {
    const ran = await runForTest([...sync, '--dry-run'], opening(2))
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('2 objects in bucket become public')
  })
})
