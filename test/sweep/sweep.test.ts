import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listMultipartUploads } from '../../src-main/s3/list-multipart-uploads.ts'
import { sizeOfUpload } from '../../src-main/s3/size-of-upload.ts'
import { applySweep, sweepAbandoned } from '../../src-main/sweep/apply-sweep.ts'
import { planSweep, sweepTotals } from '../../src-main/sweep/plan-sweep.ts'
import { hasCeph, type SweepFixture, startSweepFixture } from './sweep-fixture.ts'

const mebibyte = 1024 * 1024

for (const name of ['playground', 'ceph'] as const)
  describe.skipIf(name === 'ceph' && !hasCeph)(`incomplete uploads (${name})`, () => {
    let fixture: SweepFixture
    beforeEach(async () => {
      fixture = await startSweepFixture(name)
    })
    afterEach(() => fixture.close())
    const plan = (more: { prefix?: string; olderThanSeconds?: number } = {}) =>
      planSweep(
        fixture.session,
        { bucket: fixture.bucket, prefix: '', olderThanSeconds: null, ...more },
        fixture.sources,
      )

    it('are listed with sizes, ages and whose they are, and nothing is aborted', async () => {
      const { foreign, abandoned, running, wanted } = fixture
      await foreign('media/others.mp4', 5 * mebibyte, 1000)
      await abandoned('media/lost ü+.mp4', 700)
      await running('media/now.mp4', 10)
      wanted.add(await abandoned('media/paused.mp4', 20))
      await foreign('other/empty.mp4')
      const { uploads, younger, isCut, warnings } = await plan()
      expect(
        uploads.map(({ key, parts, bytes, whose }) => `${key} ${parts} ${bytes} ${whose}`).toSorted(),
      ).toEqual([
        'media/lost ü+.mp4 1 700 abandoned',
        'media/now.mp4 1 10 wanted',
        `media/others.mp4 2 ${5 * mebibyte + 1000} unknown`,
        'media/paused.mp4 1 20 wanted',
        'other/empty.mp4 0 0 unknown',
      ])
      expect({ younger, isCut, warnings }).toEqual({ younger: 0, isCut: false, warnings: [] })
      for (const { ageSeconds } of uploads) expect(ageSeconds).toBeLessThan(600)
      expect((await plan({ prefix: 'other/' })).uploads.map(({ key }) => key)).toEqual(['other/empty.mp4'])
      expect(await plan({ olderThanSeconds: 86_400 })).toMatchObject({ uploads: [], younger: 5 })
      expect(await fixture.left()).toHaveLength(5)
      expect(sweepTotals(fixture.session, uploads)).toEqual({
        uploads: 5,
        bytes: 5 * mebibyte + 1730,
        sizesUnknown: 0,
        monthlyUsd: null,
      })
      expect(sweepTotals({ endpoint: null }, [{ bytes: 100 * 1024 ** 3 }]).monthlyUsd).toBeCloseTo(2.3)
    })

    it('of ours go, those of others stay unless they are chosen, and what remains is listed again', async () => {
      const { session, foreign, abandoned, running, sources } = fixture
      const lost = await abandoned('lost.mp4', 700)
      const others = await foreign('others.mp4', 300)
      const now = await running('now.mp4', 10)
      const first = await applySweep(session, await plan(), 'abandoned', sources)
      expect(first).toMatchObject({ aborted: 1, freedBytes: 700, gone: [], failed: [], nowWanted: 0 })
      expect(first.remaining).toMatchObject({ uploads: 2, bytes: 310 })
      expect(await fixture.left()).toEqual(['now.mp4', 'others.mp4'])
      expect(
        await sizeOfUpload(session, { bucket: fixture.bucket, key: 'lost.mp4', uploadId: lost }),
      ).toBeNull()
      const again = await plan()
      await expect(applySweep(session, again, [now], sources)).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
      await expect(applySweep(session, again, ['no such id'], sources)).rejects.toMatchObject({
        error: { code: 'not-found' },
      })
      expect(await applySweep(session, again, [others], sources)).toMatchObject({ aborted: 1 })
      expect(await applySweep(session, await plan(), 'abandoned-and-unknown', sources)).toMatchObject({
        aborted: 0,
        remaining: { uploads: 1 },
      })
      expect(await fixture.left()).toEqual(['now.mp4'])
    })

    it('that are completed or taken up after the plan are told, and left', async () => {
      const { session, bucket, foreign, abandoned, wanted, sources } = fixture
      const completed = await foreign('done.mp4', 100)
      const resumed = await abandoned('resumed.mp4', 100)
      const planned = await plan()
      await fixture.complete('done.mp4', completed)
      wanted.add(resumed)
      const outcome = await applySweep(session, planned, 'abandoned-and-unknown', sources)
      expect(outcome).toMatchObject({ aborted: 0, gone: ['done.mp4'], nowWanted: 1, failed: [] })
      expect(await fixture.left()).toEqual(['resumed.mp4'])
      expect(await sizeOfUpload(session, { bucket, key: 'resumed.mp4', uploadId: resumed })).toEqual({
        parts: 1,
        bytes: 100,
      })
    })

    it('are listed over pages, also several of one key', async () => {
      for (const key of ['a', 'a', 'a', 'b\u0001', 'b\u0001', 'ü']) await fixture.foreign(key)
      const found: string[] = []
      const { session, bucket } = fixture
      for await (const { key, uploadId } of listMultipartUploads(session, {
        bucket,
        prefix: '',
        maxUploads: 2,
      }))
        found.push(`${key} ${uploadId}`)
      expect(new Set(found).size).toBe(6)
      expect(found.map((one) => one.replace(/ .*/s, '')).toSorted()).toEqual([
        'a',
        'a',
        'a',
        'b\u0001',
        'b\u0001',
        'ü',
      ])
    })

    it('are swept from the record alone when a bucket is opened', async () => {
      const { session, bucket, foreign, abandoned, running, sources, operations } = fixture
      await foreign('others.mp4', 1)
      await abandoned('lost.mp4', 2)
      await running('now.mp4', 3)
      const before = operations.length
      expect(await sweepAbandoned(session, bucket, sources)).toEqual({ swept: 1, failed: [] })
      expect(operations.slice(before)).not.toContain('ListMultipartUploads')
      expect(await fixture.left()).toEqual(['now.mp4', 'others.mp4'])
      const after = operations.length
      expect(await sweepAbandoned(session, bucket, sources)).toEqual({ swept: 0, failed: [] })
      expect(operations.slice(after)).toEqual([])
    })

    it('are nobody’s when the records cannot be read', async () => {
      await fixture.abandoned('lost.mp4', 2)
      const unreadable = {
        begun: fixture.begun,
        wanted: () => Promise.reject(new Error('the journal is damaged')),
      }
      const planned = await planSweep(
        fixture.session,
        { bucket: fixture.bucket, prefix: '', olderThanSeconds: null },
        unreadable,
      )
      expect(planned.uploads).toMatchObject([{ key: 'lost.mp4', whose: 'unknown' }])
      expect(planned.warnings).toHaveLength(1)
      expect(await sweepAbandoned(fixture.session, fixture.bucket, unreadable)).toEqual({
        swept: 0,
        failed: [],
      })
      expect(await fixture.left()).toEqual(['lost.mp4'])
    })
  })
