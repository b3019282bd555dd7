import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { type SyncFixture, changes, startSyncFixture } from './sync-fixture.ts'

let fixture: SyncFixture

beforeEach(async () => {
  fixture = await startSyncFixture()
})
afterEach(() => fixture.close())

describe('the headers of a sync', () => {
  test('a header that differs is fixed in place, keeping metadata, and then nothing differs', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b', 'c.html': 'c' })
    await fixture.put('a.html', 'a', { ContentType: 'text/html', Metadata: { owner: 'me' } })
    await fixture.put('b.html', 'b', {
      ContentType: 'text/html;charset=UTF-8',
      CacheControl: 'Max-Age=86400',
    })
    await fixture.put('c.html', 'c', { ContentType: 'text/html; charset=utf-8', CacheControl: 'no-cache' })
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual([
      'update-headers header-differs a.html',
      'update-headers header-differs c.html',
    ])
    expect(planned.rows.at(0)?.headers).toEqual([
      { header: 'Content-Type', from: 'text/html', to: 'text/html; charset=utf-8' },
      { header: 'Cache-Control', from: null, to: 'max-age=86400' },
    ])
    expect(planned.counts).toMatchObject({ updateHeaders: 2, skip: 1, bytes: 0 })
    expect(await fixture.apply(planned)).toMatchObject({ updatedHeaders: 2, uploaded: 0, failed: [] })
    expect(await fixture.head('a.html')).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'max-age=86400',
      metadata: { owner: 'me' },
    })
    expect(changes(await fixture.plan())).toEqual([])
  })

  test('rules give each path its headers, and a change of the rules is a change of headers only', async () => {
    await fixture.write({
      'index.html': 'h',
      'css/site.55e7cbb9ba48.css': 'c',
      'plan.pdf': 'p',
      'a.txt': 'a',
    })
    await fixture.apply(await fixture.plan({}, { prefix: 'site/' }))
    const rules = [
      { glob: '/plan.pdf', contentDisposition: 'attachment', contentLanguage: 'de' },
      ...recommendedRules,
    ]
    const planned = await fixture.plan({ rules }, { prefix: 'site/' })
    expect(
      planned.rows.flatMap(({ key, headers }) => headers.map(({ header, to }) => `${key} ${header}: ${to}`)),
    ).toEqual([
      'site/css/site.55e7cbb9ba48.css Cache-Control: public, max-age=31536000, immutable',
      'site/index.html Cache-Control: no-cache',
      'site/plan.pdf Content-Disposition: attachment',
      'site/plan.pdf Content-Language: de',
    ])
    expect(planned.counts).toMatchObject({ updateHeaders: 3, skip: 1, upload: 0 })
    expect(await fixture.apply(planned)).toMatchObject({ updatedHeaders: 3, failed: [] })
    expect(await fixture.head('site/plan.pdf')).toMatchObject({
      contentDisposition: 'attachment',
      contentLanguage: 'de',
      cacheControl: 'max-age=86400',
    })
    await fixture.write({ 'css/other.0a1b2c3d.css': 'o' })
    await fixture.apply(await fixture.plan({ rules }, { prefix: 'site/' }))
    expect((await fixture.head('site/css/other.0a1b2c3d.css'))?.cacheControl).toContain('immutable')
    expect(changes(await fixture.plan({ rules }, { prefix: 'site/' }))).toEqual([])
  })

  test('a Content-Encoding that the bytes do not have is taken away, and one that a rule names is set', async () => {
    await fixture.write({ 'x.tar.gz': 'z', 'a.js': 'a', 'p.js': 's' })
    await fixture.put('x.tar.gz', 'z', { ContentEncoding: 'gzip', Metadata: { owner: 'me' } })
    await fixture.put('a.js', 'a', { ContentEncoding: 'identity', ContentType: 'text/javascript' })
    await fixture.put('p.js', 's', { ContentType: 'text/javascript; charset=utf-8' })
    const rules = [{ glob: 'p.js', contentEncoding: 'gzip' }]
    const planned = await fixture.plan({ rules, cacheControl: '' })
    expect(planned.rows.flatMap(({ key, headers }) => headers.map((one) => ({ key, ...one })))).toEqual([
      { key: 'a.js', header: 'Content-Type', from: 'text/javascript', to: 'text/javascript; charset=utf-8' },
      { key: 'p.js', header: 'Content-Encoding', from: null, to: 'gzip' },
      { key: 'x.tar.gz', header: 'Content-Type', from: 'application/octet-stream', to: 'application/gzip' },
      { key: 'x.tar.gz', header: 'Content-Encoding', from: 'gzip', to: null },
    ])
    expect(planned.warnings).toEqual([])
    expect(await fixture.apply(planned)).toMatchObject({ updatedHeaders: 3, uploaded: 0, failed: [] })
    expect(await fixture.head('x.tar.gz')).toMatchObject({
      contentType: 'application/gzip',
      contentEncoding: null,
      metadata: { owner: 'me' },
    })
    expect(await fixture.head('p.js')).toMatchObject({ contentEncoding: 'gzip' })
    expect(changes(await fixture.plan({ rules, cacheControl: '' }))).toEqual([])
    // Somebody compressed this one by hand, and no rule says so.
    expect((await fixture.plan({ cacheControl: '' })).warnings).toEqual([
      expect.stringMatching(/^1 object would lose its Content-Encoding: p\.js\..*rule/),
    ])
  })

  test('an empty Cache-Control is none, and is then not compared', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.apply(await fixture.plan({ cacheControl: '' }))
    expect((await fixture.head('a.txt'))?.cacheControl).toBeNull()
    await fixture.put('a.txt', 'a', { ContentType: 'text/plain; charset=utf-8', CacheControl: 'no-cache' })
    expect(changes(await fixture.plan({ cacheControl: '' }))).toEqual([])
  })
})
