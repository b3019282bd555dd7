import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { releaseSchema } from '../../src-preload/contract/release.ts'
import { undoRowSchema } from '../../src-preload/contract/undo.ts'
import { deleteObjectIfMatch } from '../../src-main/s3/delete-objects.ts'
import { updateHeaders } from '../../src-main/s3/copy-object.ts'
import { type UndoFixture, startUndoFixture, undoRows } from './undo-fixture.ts'
import { nextSite, publishFirst } from './undo-site.ts'

describe('undo where nothing was kept', () => {
  let fixture: UndoFixture
  beforeEach(async () => {
    fixture = await startUndoFixture('playground', 'nothing')
  })
  afterEach(() => fixture.close())

  test('says so, and does the rest', async () => {
    await publishFirst(fixture)
    await fixture.write(nextSite)
    const { releaseId } = await fixture.sync()
    const [release] = await fixture.history()
    expect(releaseSchema.parse(release)).toEqual(release)
    expect(release).toMatchObject({ undoable: 4, notUndoable: 5, created: 2, overwritten: 3, deleted: 2 })
    const planned = await fixture.planUndo(releaseId)
    expect(planned.counts).toEqual({
      restore: 0,
      restoreHeaders: 2,
      remove: 0,
      none: 2,
      changedSince: 0,
      impossible: 5,
    })
    expect(undoRows(planned)).toContain('impossible not-kept site/gone.html')
    // The page that stays may need the style sheet that came with it, and that is said beforehand.
    expect(undoRows(planned)).toContain('none may-be-needed site/css/new.css')
    expect(planned.warnings.join(' ')).toContain('2 objects that the sync created stay')
    for (const row of planned.rows) expect(undoRowSchema.parse(row)).toEqual(row)
    expect(await fixture.applyUndo(planned)).toMatchObject({
      restored: 0,
      headersRestored: 2,
      removed: 0,
      removalsWithheld: null,
      undone: 'in-part',
    })
    expect(await fixture.body('site/css/new.css')).toBe('created')
    expect(await fixture.history()).toMatchObject([{ undone: 'in-part', undoable: 2, notUndoable: 5 }])
  })

  test('a page that cannot come back keeps the style sheet that it refers to', async () => {
    await fixture.write({ 'index.html': 'uses app.1.css', 'app.1.css': '1' })
    await fixture.sync()
    await fixture.write({ 'index.html': 'uses app.2.css', 'app.2.css': '2' })
    await rm(join(fixture.folder, 'app.1.css'))
    const { releaseId } = await fixture.sync()
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned)).toEqual([
      'impossible not-kept site/app.1.css',
      'impossible not-kept site/index.html',
      'none may-be-needed site/app.2.css',
    ])
    expect(planned.warnings).toContain(
      '1 object that the sync created stays: what does not come back may refer to it.',
    )
    expect(await fixture.applyUndo(planned)).toMatchObject({ removed: 0, undone: 'in-part' })
    expect(await fixture.body('site/app.2.css')).toBe('2')
  })

  test('the list in the bucket of what is ours is as it was', async () => {
    const manifest = () => fixture.body('site/.pail-sync.json')
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    await fixture.sync({ manifestInBucket: true, keepPrevious: true })
    const before = await manifest()
    await fixture.write({ 'a.txt': 'A', 'c.txt': 'c' })
    await rm(join(fixture.folder, 'b.txt'))
    const { releaseId } = await fixture.sync({ manifestInBucket: true, keepPrevious: true })
    expect(await manifest()).not.toBe(before)
    await fixture.applyUndo(await fixture.planUndo(releaseId))
    const entriesOf = (text: string) => new Map((JSON.parse(text) as { objects: [string, string][] }).objects)
    expect(entriesOf(await manifest())).toEqual(entriesOf(before))
  })

  test('asks for no more than the listing, and not for one object after the other', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`${i}.txt`, `${i}`])))
    const { releaseId } = await fixture.sync()
    fixture.countRequests()
    expect((await fixture.planUndo(releaseId)).counts.remove).toBe(120)
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('a sync with nothing to do is not part of the history', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.sync()
    const { outcome } = await fixture.sync()
    expect(outcome.releaseId).toBeNull()
    expect(await fixture.history()).toHaveLength(1)
  })

  test('an object that has gone already is nothing to undo', async () => {
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    const { releaseId } = await fixture.sync()
    await deleteObjectIfMatch(fixture.session, { bucket: fixture.bucket, key: 'site/a.txt', eTag: null })
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned)).toEqual(['remove created site/b.txt', 'none as-before site/a.txt'])
    expect(await fixture.applyUndo(planned)).toMatchObject({ removed: 1, undone: 'whole' })
  })

  test('a language that a rule has set is taken back to the one that was there, also to none', async () => {
    const language = async (name: string) => (await fixture.head(`site/${name}`))?.contentLanguage
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    const same = { ContentType: 'text/plain; charset=utf-8', CacheControl: 'max-age=86400' }
    await fixture.put('site/a.txt', 'a', { ...same, ContentLanguage: 'fr' })
    await fixture.put('site/b.txt', 'b', same)
    const { releaseId } = await fixture.sync({ rules: [{ glob: '*', contentLanguage: 'de' }] })
    expect([await language('a.txt'), await language('b.txt')]).toEqual(['de', 'de'])
    const planned = await fixture.planUndo(releaseId)
    expect(planned.rows.map(({ headers }) => headers)).toEqual([
      [{ header: 'Content-Language', from: 'de', to: 'fr' }],
      [{ header: 'Content-Language', from: 'de', to: null }],
    ])
    expect(await fixture.applyUndo(planned)).toMatchObject({
      headersRestored: 2,
      failed: [],
      undone: 'whole',
    })
    expect([await language('a.txt'), await language('b.txt')]).toEqual(['fr', null])
  })

  test('headers that somebody has set since stay', async () => {
    await fixture.put('site/a.txt', 'a', { ContentType: 'text/x-old' })
    await fixture.write({ 'a.txt': 'a' })
    const { releaseId } = await fixture.sync()
    const planned = await fixture.planUndo(releaseId)
    expect(planned.rows[0]?.headers).toEqual([
      { header: 'Content-Type', from: 'text/plain; charset=utf-8', to: 'text/x-old' },
      { header: 'Cache-Control', from: 'max-age=86400', to: null },
    ])
    const eTag = (await fixture.head('site/a.txt'))?.eTag ?? ''
    await updateHeaders(fixture.session, {
      bucket: fixture.bucket,
      key: 'site/a.txt',
      headers: { cacheControl: 'max-age=1' },
      expectedETag: eTag,
    })
    expect(await fixture.applyUndo(planned)).toMatchObject({
      headersRestored: 0,
      failed: [{ code: 'precondition-failed', key: 'site/a.txt' }],
    })
    expect((await fixture.head('site/a.txt'))?.cacheControl).toBe('max-age=1')
  })
})
