import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeRow } from '../../src-main/sync/describe-row.ts'
import { startSyncFixture, type SyncFixture } from './sync-fixture.ts'

describe('one row of a plan looked at closely', () => {
  let fixture: SyncFixture
  beforeAll(async () => {
    fixture = await startSyncFixture()
  })
  afterAll(() => fixture.close())

  test('tells the headers before and after, and asks for no more than that one object', async () => {
    await fixture.write({ 'site.css': 'body {}', 'new.css': 'p {}', 'page.html': 'x' })
    await fixture.put('static/site.css', 'body {color: red}', { ContentType: 'text/plain' })
    await fixture.put('static/page.html', 'x', {
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'no-store',
    })
    await fixture.put('static/old.css', 'old', { ContentDisposition: 'attachment' })
    const planned = await fixture.plan({}, { prefix: 'static/' })
    fixture.countRequests()

    const changed = await describeRow(fixture.session, planned, 'static/site.css')
    expect(changed.before).toMatchObject({ contentType: 'text/plain', cacheControl: null, sizeBytes: 17 })
    expect(changed.after).toMatchObject({
      contentType: 'text/css; charset=utf-8',
      cacheControl: 'max-age=86400',
      sizeBytes: 7,
    })
    expect(fixture.countRequests()).toEqual({ HeadObject: 1 })

    const added = await describeRow(fixture.session, planned, 'static/new.css')
    expect(added).toMatchObject({ before: null, after: { contentType: 'text/css; charset=utf-8' } })
    expect(fixture.countRequests()).toEqual({})

    const onlyHeaders = await describeRow(fixture.session, planned, 'static/page.html')
    expect(onlyHeaders.before?.cacheControl).toBe('no-store')
    expect(onlyHeaders.after?.cacheControl).toBe('max-age=86400')

    const onlyThere = await describeRow(fixture.session, planned, 'static/old.css')
    expect(onlyThere.after).toBeNull()
    expect(onlyThere.before).toMatchObject({ contentDisposition: 'attachment', sizeBytes: 3 })
  })

  test('a key that the plan does not have is refused, also when the bucket has it', async () => {
    await fixture.put('other/secret.txt', 'x')
    const planned = await fixture.plan({}, { prefix: 'static/' })
    await expect(describeRow(fixture.session, planned, 'other/secret.txt')).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
  })
})
