import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CopyObjectCommand, PutObjectAclCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { undoRowSchema } from '../../src-preload/contract/undo.ts'
import { allRows, changes, hasCeph } from '../sync/sync-fixture.ts'
import { bucketSnapshot } from './bucket-snapshot.ts'
import { type UndoFixture, startUndoFixture, undoRows } from './undo-fixture.ts'
import { nextSite, publishFirst } from './undo-site.ts'

const large = Buffer.alloc(9 * 1024 * 1024, 7)

const targets = (['playground', 'ceph'] as const).flatMap((server) =>
  (['versions', 'copies'] as const).map((keeping) => ({ server, keeping })),
)

describe.each(targets)('undo on $server with $keeping', ({ server, keeping }) => {
  const run = server === 'ceph' ? test.skipIf(!hasCeph) : test
  let fixture: UndoFixture
  beforeEach(async () => {
    if (server === 'ceph' && !hasCeph) return
    fixture = await startUndoFixture(server, keeping)
  })
  afterEach(async () => {
    if (server === 'ceph' && !hasCeph) return
    await fixture.close()
  })

  run(
    'everything is to the last header as it was before, and the next plan shows the differences again',
    async () => {
      await publishFirst(fixture)
      const before = await bucketSnapshot(fixture)
      await fixture.write(nextSite)
      const { outcome, releaseId } = await fixture.sync()
      expect(outcome).toMatchObject({ uploaded: 5, updatedHeaders: 2, deleted: 2, failed: [] })
      const after = await bucketSnapshot(fixture)
      expect(after).not.toEqual(before)

      const planned = await fixture.planUndo(releaseId)
      expect(undoRows(planned)).toEqual([
        'restore overwritten site/css/site.css',
        'restore deleted site/gone too + ü.txt',
        'restore deleted site/gone.html',
        'restore overwritten site/index.html',
        'restore overwritten site/staticfiles.json',
        'restore-headers headers-changed site/headers.css',
        'restore-headers headers-changed site/headers.txt',
        'remove created site/css/new.css',
        'remove created site/new page.html',
      ])
      for (const row of planned.rows) expect(undoRowSchema.parse(row)).toEqual(row)
      expect(planned.rows[0]?.bytes).toBe(9)
      // A plan has changed nothing.
      expect(await bucketSnapshot(fixture)).toEqual(after)

      expect(await fixture.applyUndo(planned)).toEqual({
        releaseId,
        restored: 5,
        headersRestored: 2,
        removed: 2,
        cancelled: false,
        failed: [],
        removalsWithheld: null,
        undone: 'whole',
        recorded: true,
      })
      expect(await bucketSnapshot(fixture)).toEqual(before)
      expect(changes(await fixture.planAgain({ removeForeign: true }))).toHaveLength(9)
      expect(await fixture.history()).toMatchObject([{ id: releaseId, undone: 'whole', undoable: 0 }])
    },
  )

  run('what was changed since is left alone, and all the rest is undone', async () => {
    await publishFirst(fixture)
    await fixture.write(nextSite)
    const { releaseId } = await fixture.sync()
    const client = await fixture.session.client(fixture.bucket)
    await fixture.put('site/index.html', 'somebody else')
    await fixture.put('site/css/new.css', 'somebody else')
    await fixture.put('site/gone.html', 'somebody else')
    await fixture.put('site/headers.css', 'somebody else')
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned).filter((row) => row.startsWith('changed-since'))).toEqual([
      'changed-since changed site/css/new.css',
      'changed-since created-again site/gone.html',
      'changed-since changed site/headers.css',
      'changed-since changed site/index.html',
    ])
    expect(planned.warnings.join(' ')).toContain('4 objects were changed after the sync')
    expect(planned.warnings.join(' ')).toContain('1 object that the sync created stays')
    expect(planned.counts).toMatchObject({ remove: 0, none: 1 })
    // And what changes between the plan and its application.
    await fixture.put('site/staticfiles.json', 'somebody else')
    await client.send(
      new CopyObjectCommand({
        Bucket: fixture.bucket,
        Key: 'site/headers.txt',
        CopySource: `${fixture.bucket}/site/headers.txt`,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/x-other',
      }),
    )
    const outcome = await fixture.applyUndo(planned)
    expect(outcome.failed.map(({ key, code }) => `${code} ${key}`).toSorted()).toEqual([
      'precondition-failed site/headers.txt',
      'precondition-failed site/staticfiles.json',
    ])
    expect(outcome).toMatchObject({ undone: 'in-part', removed: 0, removalsWithheld: null })
    for (const key of ['index.html', 'css/new.css', 'gone.html', 'headers.css', 'staticfiles.json'])
      expect(await fixture.body(`site/${key}`)).toBe('somebody else')
    expect((await fixture.head('site/headers.txt'))?.contentType).toBe('text/x-other')
    expect(await fixture.body('site/css/site.css')).toBe('old style')
    expect(await fixture.body('site/new page.html')).toBe('created')

    // What is left can be undone in a second go, and what is done stays so.
    const rest = await fixture.planUndo(releaseId)
    expect(undoRows(rest).filter((row) => !row.startsWith('changed-since'))).toEqual([
      'restore-headers headers-changed site/headers.txt',
      'none may-be-needed site/new page.html',
    ])
  })

  run('what changes between the plan and the undo keeps what the sync created', async () => {
    await publishFirst(fixture)
    await fixture.write(nextSite)
    const { releaseId } = await fixture.sync()
    const planned = await fixture.planUndo(releaseId)
    expect(planned.counts.remove).toBe(2)
    await fixture.put('site/index.html', 'somebody else')
    const outcome = await fixture.applyUndo(planned)
    expect(outcome).toMatchObject({ failed: [{ key: 'site/index.html' }], removed: 0, undone: 'in-part' })
    expect(outcome.removalsWithheld).toContain('Nothing was removed')
    expect(await fixture.body('site/css/new.css')).toBe('created')
  })

  run(
    'a large object that was sent in parts comes back',
    async () => {
      await fixture.write({ 'film.mp4': large })
      await fixture.sync()
      const before = await bucketSnapshot(fixture)
      await fixture.write({ 'film.mp4': 'short' })
      const { releaseId } = await fixture.sync()
      const outcome = await fixture.applyUndo(await fixture.planUndo(releaseId))
      expect(outcome).toMatchObject({ restored: 1, undone: 'whole' })
      const head = await fixture.head('site/film.mp4')
      expect(head).toMatchObject({ sizeBytes: large.byteLength, contentType: 'video/mp4' })
      const { body } = (await bucketSnapshot(fixture))['site/film.mp4'] as { body: string }
      expect(body).toBe((before['site/film.mp4'] as { body: string }).body)
      // Its ETag is another one; the sync before it can be undone all the same.
      const first = (await fixture.history()).at(-1)?.id ?? ''
      expect(undoRows(await fixture.planUndo(first))).toEqual(['remove created site/film.mp4'])
    },
    60_000,
  )
})

describe.each([{ keeping: 'versions' as const }, { keeping: 'copies' as const }])(
  'undo with $keeping',
  ({ keeping }) => {
    let fixture: UndoFixture
    beforeEach(async () => {
      fixture = await startUndoFixture('playground', keeping)
    })
    afterEach(() => fixture.close())

    test('two syncs are undone one after the other', async () => {
      await publishFirst(fixture)
      const before = await bucketSnapshot(fixture)
      await fixture.write(nextSite)
      const first = await fixture.sync()
      const between = await bucketSnapshot(fixture)
      await fixture.write({ 'index.html': 'third', 'css/new.css': 'third', 'one more.txt': 'third' })
      await rm(join(fixture.folder, 'same.txt'))
      const second = await fixture.sync()
      await fixture.applyUndo(await fixture.planUndo(second.releaseId))
      expect(await bucketSnapshot(fixture)).toEqual(between)
      await fixture.applyUndo(await fixture.planUndo(first.releaseId))
      expect(await bucketSnapshot(fixture)).toEqual(before)
      expect((await fixture.history()).map(({ undone }) => undone)).toEqual(['whole', 'whole'])
    })

    test('what was ours before is ours again, and what was not is not', async () => {
      await fixture.write({ 'ours.txt': 'old', 'ours too.txt': 'old', 'ours, headers.txt': 'old' })
      await fixture.sync()
      await fixture.put('site/theirs.txt', 'old')
      await fixture.put('site/theirs, headers.txt', 'old', { ContentType: 'text/x-old' })
      await fixture.write({
        'ours.txt': 'new',
        'theirs.txt': 'new',
        'theirs, headers.txt': 'old',
        'created.txt': 'new',
      })
      await rm(join(fixture.folder, 'ours too.txt'))
      const { outcome, releaseId } = await fixture.sync({ cacheControl: 'no-cache', removeForeign: false })
      expect(outcome).toMatchObject({ uploaded: 3, updatedHeaders: 2, deleted: 1, failed: [] })
      await fixture.applyUndo(await fixture.planUndo(releaseId))
      // With a folder that has nothing else any more, all that is ours would be removed.
      for (const name of ['ours.txt', 'theirs.txt', 'ours, headers.txt', 'theirs, headers.txt'])
        await rm(join(fixture.folder, name))
      expect(allRows(await fixture.planAgain())).toEqual([
        'upload new site/created.txt',
        'delete remote-only site/ours too.txt',
        'delete remote-only site/ours, headers.txt',
        'delete remote-only site/ours.txt',
        'foreign not-ours site/theirs, headers.txt',
        'foreign not-ours site/theirs.txt',
      ])
    })

    test('a sync is undone once', async () => {
      await publishFirst(fixture)
      await fixture.write(nextSite)
      const { releaseId } = await fixture.sync()
      const planned = await fixture.planUndo(releaseId)
      const stale = await fixture.planUndo(releaseId)
      await fixture.applyUndo(planned)
      await expect(fixture.planUndo(releaseId)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
      // A second plan that was made before finds everything changed, and changes nothing.
      const now = await bucketSnapshot(fixture)
      const outcome = await fixture.applyUndo(stale)
      expect(outcome).toMatchObject({ restored: 0, headersRestored: 0, removed: 0 })
      expect(await bucketSnapshot(fixture)).toEqual(now)
    })

    test('S46 other removals than those that were shown are refused', async () => {
      await fixture.write(nextSite)
      const { releaseId } = await fixture.sync()
      const planned = await fixture.planUndo(releaseId)
      expect(planned.counts.remove).toBe(8)
      await expect(fixture.applyUndo(planned, { confirmedRemovals: 7 })).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
      expect(await fixture.keys('site/')).toHaveLength(8)
    })

    test('an ACL that was changed after the sync does not come in the way, and the one from before comes back', async () => {
      await fixture.put('site/a.txt', 'old', { ACL: 'public-read' })
      await fixture.write({ 'a.txt': 'new' })
      const { releaseId } = await fixture.sync()
      const client = await fixture.session.client(fixture.bucket)
      await client.send(
        new PutObjectAclCommand({ Bucket: fixture.bucket, Key: 'site/a.txt', ACL: 'authenticated-read' }),
      )
      await fixture.applyUndo(await fixture.planUndo(releaseId))
      const url = `${fixture.playground.endpoint}/${fixture.bucket}/site/a.txt`
      expect(await (await fetch(url)).text()).toBe('old')
    })

    test('S47 after a failure nothing is removed; cancelled, the rest can be undone later', async () => {
      await publishFirst(fixture)
      const before = await bucketSnapshot(fixture)
      await fixture.write(nextSite)
      const { releaseId } = await fixture.sync()
      const stop = new AbortController()
      const outcome = await fixture.applyUndo(await fixture.planUndo(releaseId), {
        signal: stop.signal,
        onUndone: () => stop.abort(),
      })
      expect(outcome).toMatchObject({ cancelled: true, removed: 0, undone: 'in-part' })
      expect(outcome.removalsWithheld).toContain('stopped')
      expect(await fixture.history()).toMatchObject([{ undone: 'in-part' }])
      expect(await fixture.applyUndo(await fixture.planUndo(releaseId))).toMatchObject({ undone: 'whole' })
      expect(await bucketSnapshot(fixture)).toEqual(before)
    })

    test('stopped during the removals, it does not say that they could not be done', async () => {
      const pages = Array.from({ length: 60 }, (_, index) => [`page ${index}.html`, 'created'] as const)
      await fixture.write(Object.fromEntries(pages))
      const { releaseId } = await fixture.sync()
      const stop = new AbortController()
      const outcome = await fixture.applyUndo(await fixture.planUndo(releaseId), {
        signal: stop.signal,
        onUndone: () => stop.abort(),
      })
      expect(outcome).toMatchObject({ cancelled: true, failed: [], undone: 'in-part' })
      expect(outcome.removed).toBeGreaterThan(0)
      expect(outcome.removalsWithheld).toBe(
        `The undo was stopped during the removals. ${60 - outcome.removed} of 60 objects were not removed.`,
      )
    })

    test('that the sync’s own versions go is said only where it has replaced something', async () => {
      const told = async () => {
        const { releaseId } = await fixture.sync({ keepPrevious: true })
        const planned = await fixture.planUndo(releaseId)
        return planned.warnings.filter((warning) => warning.includes('own versions'))
      }
      await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
      expect(await told()).toEqual([])
      await rm(join(fixture.folder, 'b.txt'))
      expect(await told()).toEqual([])
      await fixture.write({ 'a.txt': 'another' })
      // A bucket with versions keeps them.
      expect(await told()).toHaveLength(keeping === 'copies' ? 1 : 0)
    })

    test('an undo brings back first, and removes last', async () => {
      await publishFirst(fixture)
      await fixture.write(nextSite)
      const { releaseId } = await fixture.sync()
      const order: string[] = []
      await fixture.applyUndo(await fixture.planUndo(releaseId), { onUndone: ({ key }) => order.push(key) })
      const at = (key: string) => order.indexOf(`site/${key}`)
      expect(at('gone.html')).toBeLessThan(at('staticfiles.json'))
      expect(at('staticfiles.json')).toBeLessThan(at('index.html'))
      expect(at('index.html')).toBeLessThan(at('css/site.css'))
      expect(at('css/site.css')).toBeLessThan(at('new page.html'))
      expect(at('new page.html')).toBeLessThan(at('css/new.css'))
    })
  },
)
