import { readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import type { Sending } from '../../src-main/sync/apply-file.ts'
import { type SyncFixture, allRows, changes, hasCeph, startSyncFixture } from './sync-fixture.ts'

let fixture: SyncFixture
const removing = { removeRemoteOnly: true }
const removingAll = { removeRemoteOnly: true, removeForeign: true }

describe.each(['playground', ...(hasCeph ? (['ceph'] as const) : [])] as const)(
  'what is ours, on the %s',
  (server) => {
    beforeEach(async () => {
      fixture = await startSyncFixture({ server, access: 'per-object' })
    })
    afterEach(() => fixture.close())

    test('gatsby-plugin-s3#168: another site’s folder inside of our prefix survives', async () => {
      await fixture.publish({ 'index.html': 'x', 'old.html': 'old' }, 'www/')
      await fixture.put('www/blog/index.html', 'another site')
      await fixture.put('www/blog/old.html', 'old')
      await fixture.write({ 'index.html': 'x' })
      // Where removing was not asked for, what is only there is told; what others put there is no news.
      const staying = await fixture.plan({}, { prefix: 'www/' })
      expect(staying).toMatchObject({ onlyInBucket: 1, counts: { delete: 0, skip: 2, foreign: 2 } })
      const planned = await fixture.plan(removing, { prefix: 'www/' })
      expect(allRows(planned)).toEqual([
        'delete remote-only www/old.html',
        'foreign not-ours www/blog/index.html',
        'foreign not-ours www/blog/old.html',
        'skip same www/index.html',
      ])
      expect(planned).toMatchObject({ foreignDeletes: 0, onlyInBucket: 0, counts: { delete: 1, foreign: 2 } })
      expect(planned.warnings.join('\n')).toMatch(/2 objects were not put there by Pail’s syncs and stay\.$/m)
      expect(await fixture.apply(planned)).toMatchObject({ deleted: 1, failed: [], deletesWithheld: null })
      expect(await fixture.keys()).toEqual(['www/blog/index.html', 'www/blog/old.html', 'www/index.html'])
    })

    test('what somebody else has overwritten is not ours any more, and stays', async () => {
      await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b' })
      await fixture.put('a.txt', 'somebody’s')
      await fixture.write({ 'c.txt': 'c' })
      const planned = await fixture.plan(removing)
      expect(allRows(planned)).toEqual([
        'upload new c.txt',
        'delete remote-only b.txt',
        'foreign changed-by-others a.txt',
      ])
      await fixture.apply(planned)
      expect(await fixture.keys()).toEqual(['a.txt', 'c.txt'])
    })

    test('uploads in parts and headers fixed in place are ours; so is what we wrote over somebody’s', async () => {
      await fixture.put('theirs.txt', 'theirs')
      const film = Buffer.alloc(9 * 1024 * 1024, 7)
      await fixture.publish({ 'film.mp4': film, 'page.html': 'x', 'theirs.txt': 'ours' })
      await fixture.write({ 'film.mp4': film, 'page.html': 'x' })
      const fixing = await fixture.plan({ cacheControl: 'no-cache' })
      expect(changes(fixing)).toEqual([
        'update-headers header-differs film.mp4',
        'update-headers header-differs page.html',
      ])
      expect(await fixture.apply(fixing)).toMatchObject({ updatedHeaders: 2, failed: [] })
      await rm(join(fixture.folder, 'film.mp4'))
      await rm(join(fixture.folder, 'page.html'))
      await fixture.write({ 'z.txt': 'z' })
      expect(changes(await fixture.plan(removing))).toEqual([
        'upload new z.txt',
        'delete remote-only film.mp4',
        'delete remote-only page.html',
        'delete remote-only theirs.txt',
      ])
    })

    test('a header that is fixed on somebody’s object does not make it ours', async () => {
      await fixture.put('page.html', 'x', { ContentType: 'text/html' })
      await fixture.write({ 'page.html': 'x', 'a.txt': 'a' })
      expect(await fixture.apply(await fixture.plan())).toMatchObject({ updatedHeaders: 1, failed: [] })
      await rm(join(fixture.folder, 'page.html'))
      expect(allRows(await fixture.plan(removing))).toEqual(['foreign not-ours page.html', 'skip same a.txt'])
    })

    test('S46 foreign keys need their own act: both flags, and their number confirmed', async () => {
      await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
      await fixture.put('theirs/x.txt', 'x')
      await fixture.put('c.txt', 'changed')
      await fixture.write({ 'a.txt': 'a' })
      expect((await fixture.plan({ removeForeign: true })).counts).toMatchObject({ delete: 0, foreign: 2 })
      const planned = await fixture.plan(removingAll)
      expect(changes(planned)).toEqual([
        'delete remote-only b.txt',
        'delete changed-by-others c.txt',
        'delete not-ours theirs/x.txt',
      ])
      expect(planned).toMatchObject({ foreignDeletes: 2, counts: { delete: 3, foreign: 0 } })
      expect(planned.warnings.join('\n')).toMatch(
        /^2 objects of those that will be removed were not put there/m,
      )
      for (const confirmed of [
        { confirmedDeletes: 3, confirmedForeign: 0 },
        { confirmedDeletes: 3, confirmedForeign: 1 },
        { confirmedDeletes: 3, confirmedForeign: 3 },
        { confirmedDeletes: 1, confirmedForeign: 2 },
      ])
        await expect(fixture.apply(planned, confirmed)).rejects.toMatchObject({
          error: { code: 'safety-refused' },
        })
      expect(await fixture.keys()).toEqual(['a.txt', 'b.txt', 'c.txt', 'theirs/x.txt'])
      expect(await fixture.apply(planned)).toMatchObject({ deleted: 3, failed: [] })
      expect(await fixture.keys()).toEqual(['a.txt'])
    })

    test('s5cmd#815: what is left out survives a removal, ours or not; so do folder markers', async () => {
      await fixture.publish({ 'keep/ours.txt': 'x', 'a.txt': 'a' })
      await fixture.put('keep/theirs.txt', 'x')
      await fixture.put('.env', 'SECRET=1')
      await fixture.put('folder/', '')
      await fixture.write({ 'a.txt': 'a' })
      const planned = await fixture.plan({ ...removingAll, exclude: ['keep/'] })
      expect(allRows(planned)).toEqual([
        'foreign excluded .env',
        'foreign folder-marker folder/',
        'foreign excluded keep/theirs.txt',
        'skip same a.txt',
        'skip excluded keep/ours.txt',
      ])
      expect(await fixture.apply(planned)).toMatchObject({ deleted: 0, failed: [] })
      expect(await fixture.keys()).toHaveLength(5)
    })
  },
)

describe('the record of a sync', () => {
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })
  afterEach(() => fixture.close())

  test('the first plan with removals says that nothing is known yet, and removes nothing', async () => {
    await fixture.put('old.txt', 'x')
    await fixture.write({ 'a.txt': 'a' })
    const first = await fixture.plan(removing)
    expect(first.counts).toMatchObject({ delete: 0, foreign: 1 })
    expect(first.warnings.join('\n')).toMatch(
      /^1 object was not put there by Pail’s syncs and stays\. Pail knows of no earlier sync/m,
    )
    expect((await fixture.plan()).warnings).toEqual([])
    await fixture.apply(first)
    expect((await fixture.plan(removing)).warnings).toEqual([
      '1 object was not put there by Pail’s syncs and stays.',
    ])
  })

  test('is one of each place: a sync above does not take what one below has put there for its own', async () => {
    await fixture.publish({ 'a.txt': 'a' }, 'site/sub/')
    await fixture.publish({ 'b.txt': 'b' }, 'site/')
    await fixture.write({ 'c.txt': 'c' })
    expect(allRows(await fixture.plan(removing, { prefix: 'site/' }))).toEqual([
      'upload new site/c.txt',
      'delete remote-only site/b.txt',
      'foreign not-ours site/sub/a.txt',
    ])
  })

  test('forgets what was removed: the same content put there by somebody else is theirs', async () => {
    await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b' })
    await fixture.write({ 'c.txt': 'c' })
    await fixture.apply(await fixture.plan(removing))
    await fixture.put('a.txt', 'a')
    expect(allRows(await fixture.plan(removing))).toEqual(['foreign not-ours a.txt', 'skip same c.txt'])
  })

  test('forgets what others have removed, but not what it has put there anew itself', async () => {
    await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b' })
    await fixture.write({ 'a.txt': 'a' })
    const client = await fixture.session.client(fixture.bucket)
    const { DeleteObjectCommand } = await import('@aws-sdk/client-s3')
    for (const Key of ['a.txt', 'b.txt'])
      await client.send(new DeleteObjectCommand({ Bucket: fixture.bucket, Key }))
    await fixture.apply(await fixture.plan())
    await fixture.put('b.txt', 'b')
    await rm(join(fixture.folder, 'a.txt'))
    await fixture.write({ 'c.txt': 'c' })
    expect(allRows(await fixture.plan(removing))).toEqual([
      'upload new c.txt',
      'delete remote-only a.txt',
      'foreign not-ours b.txt',
    ])
  })

  test('has what a cancelled sync and one with failures have put there', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `${i}`])))
    const controller = new AbortController()
    const sent: string[] = []
    const sending: Sending = async (session, options) => {
      const written = await uploadFile(session, options)
      if (sent.push(options.key) === 20) controller.abort()
      return written
    }
    const outcome = await fixture.apply(await fixture.plan(), { sending, signal: controller.signal })
    expect(outcome.cancelled).toBe(true)
    const failing: Sending = (session, options) =>
      options.key === 'g1.txt' ? Promise.reject(new Error('broken')) : uploadFile(session, options)
    await rm(fixture.folder, { recursive: true })
    await fixture.write({ 'g1.txt': '1', 'g2.txt': '2' })
    expect((await fixture.apply(await fixture.plan(), { sending: failing })).failed).toHaveLength(1)

    await rm(fixture.folder, { recursive: true })
    await fixture.write({ 'h.txt': 'h' })
    const planned = await fixture.plan(removing)
    // Of what was on its way when it was cancelled nobody knows whether it arrived: that is not ours.
    expect(sent.length).toBeGreaterThanOrEqual(20)
    expect(changes(planned)).toEqual([
      'upload new h.txt',
      ...[...sent, 'g2.txt'].toSorted().map((key) => `delete remote-only ${key}`),
    ])
  })

  test('F42 that is damaged is told, and nothing is removed', async () => {
    await fixture.publish({ 'a.txt': 'a' })
    const [name = ''] = await readdir(fixture.stateDirectory)
    await writeFile(join(fixture.stateDirectory, name), 'nonsense')
    await fixture.write({ 'b.txt': 'b' })
    const planned = await fixture.plan(removing)
    expect(planned.counts).toMatchObject({ delete: 0, foreign: 1 })
    expect(planned.warnings.join('\n')).toMatch(
      /record of what Pail’s syncs have put here is damaged and was kept/,
    )
  })

  test('costs no request but what who can read the objects costs', async () => {
    await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'B' })
    fixture.countRequests()
    await fixture.apply(await fixture.plan())
    expect(fixture.countRequests()).toEqual({
      ListObjectsV2: 1,
      HeadObject: 2,
      GetBucketOwnershipControls: 1,
      PutObject: 1,
    })
  })
})

describe('F32 a record of what is ours that cannot be written', () => {
  test('is told, and the next sync takes nothing of it for its own', async () => {
    fixture = await startSyncFixture({ server: 'playground', access: 'per-object' })
    try {
      await fixture.write({ 'a.txt': 'a' })
      const stateDirectory = join(fixture.folder, '..', `${basename(fixture.folder)}-state`)
      const planned = await fixture.plan({}, { stateDirectory })
      // A file where the folder of the records would be: also root cannot make one there.
      await writeFile(stateDirectory, 'a file')
      expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [], unowned: true })
      await rm(stateDirectory)
      await rm(join(fixture.folder, 'a.txt'))
      await fixture.write({ 'b.txt': 'b' })
      const next = await fixture.plan(removing, { stateDirectory })
      expect(changes(next)).toEqual(['upload new b.txt'])
      expect(await fixture.apply(next)).not.toHaveProperty('unowned')
      await rm(stateDirectory, { recursive: true })
    } finally {
      await fixture.close()
    }
  })
})
