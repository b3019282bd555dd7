import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SyncFixture, changes, hasCeph, startSyncFixture } from './sync-fixture.ts'

/** The same sync against a server that nobody here wrote. */
describe.skipIf(!hasCeph)('sync to Ceph RADOS Gateway', () => {
  let fixture: SyncFixture

  beforeEach(async () => {
    fixture = await startSyncFixture({ server: 'ceph', access: 'per-object' })
  })
  afterEach(() => fixture.close())

  test('sends everything, then nothing; catches an edit; fixes a header in place; removes what is gone', async () => {
    await fixture.write({
      'index.html': '<!doctype html>',
      'css/site.css': 'body{}',
      'empty.txt': '',
      'a b+c#d?e%41.txt': 'x',
      'emoji 🪣 ü.txt': 'y',
      'line\nbreak.txt': 'z',
    })
    await fixture.publish({ 'old.html': 'old' }, 'site/')
    await fixture.put('site-2024/keep.html', 'keep')
    const prefix = { prefix: 'site/' }
    const first = await fixture.plan({ removeRemoteOnly: true }, prefix)
    expect(first.counts).toMatchObject({ upload: 6, delete: 1 })
    expect(await fixture.apply(first)).toMatchObject({
      uploaded: 6,
      deleted: 1,
      failed: [],
      deletesWithheld: null,
    })
    expect(await fixture.keys('site-2024/')).toEqual(['site-2024/keep.html'])
    expect(await fixture.keys('site/')).toHaveLength(6)
    expect(await fixture.body('site/a b+c#d?e%41.txt')).toBe('x')
    expect(changes(await fixture.plan({ removeRemoteOnly: true }, prefix))).toEqual([])

    await fixture.write({ 'css/site.css': 'html{}' })
    await fixture.put('site/index.html', '<!doctype html>', {
      ContentType: 'text/html',
      Metadata: { owner: 'me' },
    })
    const second = await fixture.plan({}, prefix)
    expect(changes(second)).toEqual([
      'upload content-differs site/css/site.css',
      'update-headers header-differs site/index.html',
    ])
    expect(await fixture.apply(second)).toMatchObject({ uploaded: 1, updatedHeaders: 1, failed: [] })
    expect(await fixture.head('site/index.html')).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'max-age=86400',
      metadata: { owner: 'me' },
    })
    expect(changes(await fixture.plan({ removeRemoteOnly: true }, prefix))).toEqual([])
  })

  test('aws-chunked, which some services keep from the upload, is taken away', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.put('a.txt', 'a', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=86400',
      ContentEncoding: 'aws-chunked',
    })
    const planned = await fixture.plan()
    expect(planned.rows.flatMap(({ headers }) => headers)).toEqual([
      { header: 'Content-Encoding', from: 'aws-chunked', to: null },
    ])
    expect(await fixture.apply(planned)).toMatchObject({ updatedHeaders: 1, failed: [] })
    expect((await fixture.head('a.txt'))?.contentEncoding).toBeNull()
    expect(changes(await fixture.plan())).toEqual([])
  })

  test('an upload in parts is known again', async () => {
    await fixture.write({ 'film.mp4': Buffer.alloc(9 * 1024 * 1024, 7) })
    expect(await fixture.apply(await fixture.plan())).toMatchObject({ uploaded: 1, failed: [] })
    expect((await fixture.head('film.mp4'))?.eTag).toMatch(/-2"$/)
    expect(changes(await fixture.plan())).toEqual([])
  })

  test('public files stay public when their headers are fixed', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.apply(await fixture.plan({ visibility: 'public' }))
    await fixture.apply(await fixture.plan({ visibility: 'public', cacheControl: 'no-cache' }))
    const answer = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/a.txt`)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
  })

  test('1,100 files over two pages of the listing, and none the second time', async () => {
    await fixture.write(
      Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`d${i % 7}/${i}.txt`, `${i}`])),
    )
    expect(await fixture.apply(await fixture.plan())).toMatchObject({ uploaded: 1100, failed: [] })
    const second = await fixture.plan({ removeRemoteOnly: true })
    expect(second.counts).toMatchObject({ upload: 0, skip: 1100, delete: 0 })
  }, 60_000)
})
