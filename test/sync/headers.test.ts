import { describe, expect, test } from 'vitest'
import { type HeaderRule, headerRulesSchema } from '../../src-preload/contract/header-rule.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { headerChanges, headerPolicy, ruledHeaders } from '../../src-main/sync/headers.ts'

const wantedHeaders = (key: string, cacheControl: string, rules: readonly HeaderRule[] = [], prefix = '') =>
  headerPolicy({ cacheControl, rules: [...rules] }, prefix)(key)

const none = {
  contentType: null,
  cacheControl: null,
  contentEncoding: null,
  contentDisposition: null,
  contentLanguage: null,
}

describe('headers', () => {
  test('come from the name and from the options', () => {
    expect(wantedHeaders('a/b.JS', ' max-age=60 ')).toEqual({
      contentType: 'text/javascript; charset=utf-8',
      cacheControl: 'max-age=60',
    })
    expect(wantedHeaders('x.tar.gz', '')).toEqual({ contentType: 'application/gzip' })
  })

  test('those that rules name are told alone, each from the first that does', () => {
    const ruled = ruledHeaders(
      [
        { glob: '*.pdf', contentDisposition: ' attachment ' },
        { glob: 'docs/*', contentEncoding: '', cacheControl: 'no-cache' },
        { glob: '*', contentDisposition: 'inline', contentLanguage: 'de', visibility: 'private' },
      ],
      'media/',
    )
    expect(ruled('media/docs/a.pdf')).toEqual({
      contentDisposition: 'attachment',
      contentEncoding: '',
      cacheControl: 'no-cache',
      contentLanguage: 'de',
    })
    expect(ruled('media/a.txt')).toEqual({ contentDisposition: 'inline', contentLanguage: 'de' })
    expect(ruledHeaders([], '')('a')).toEqual({})
  })

  test.each([
    ['text/css; charset=utf-8', 'text/css; charset=utf-8', 0],
    ['text/css;charset=UTF-8', 'text/css; charset=utf-8', 0],
    ['Text/CSS ; Charset = utf-8', 'text/css; charset=utf-8', 0],
    ['text/css', 'text/css; charset=utf-8', 1],
    [null, 'text/css; charset=utf-8', 1],
    ['application/octet-stream', 'image/png', 1],
  ])('%s is %s but for %i change', (contentType, wanted, changes) => {
    expect(headerChanges({ ...none, contentType }, { contentType: wanted })).toHaveLength(changes)
  })

  test.each([
    ['max-age=86400', 'max-age=86400', 0],
    ['Max-Age = 86400,public', 'max-age=86400, public', 0],
    ['max-age=3600', 'max-age=86400', 1],
    [null, 'no-cache', 1],
  ])('Cache-Control %s is %s but for %i change', (cacheControl, wanted, changes) => {
    expect(headerChanges({ ...none, cacheControl }, { cacheControl: wanted })).toHaveLength(changes)
  })

  test('what is not wanted is not compared', () => {
    expect(headerChanges({ ...none, contentType: 'x/y', cacheControl: 'private' }, {})).toEqual([])
  })
})

describe('rules', () => {
  test('the first rule that names a header decides it; the rest is as without rules', () => {
    const rules: HeaderRule[] = [
      { glob: 'downloads/', contentDisposition: 'attachment' },
      { glob: '*.html', cacheControl: 'no-cache' },
      { glob: '/downloads/*', cacheControl: 'max-age=60', contentDisposition: 'inline' },
      { glob: '*.dat', contentType: 'application/x-data' },
    ]
    expect(wantedHeaders('site/downloads/a.html', 'max-age=1', rules, 'site/')).toEqual({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-cache',
      contentDisposition: 'attachment',
    })
    expect(wantedHeaders('site/downloads/a.dat', 'max-age=1', rules, 'site/')).toEqual({
      contentType: 'application/x-data',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment',
    })
    expect(wantedHeaders('site/a.css', 'max-age=1', rules, 'site/')).toEqual({
      contentType: 'text/css; charset=utf-8',
      cacheControl: 'max-age=1',
    })
    expect(wantedHeaders('x', 'max-age=1', [{ glob: '*', cacheControl: '' }]).cacheControl).toBeUndefined()
  })

  const year = 'public, max-age=31536000, immutable'
  test.each([
    ['css/site.55e7cbb9ba48.css', year],
    ['i18n/bs.91624382358e.js', year],
    ['data/no-extension.9dd4e461268c', year],
    ['js/app-3f2a9c1b.js', year],
    ['js/app.3f2a9c1b.js.map', year],
    ['assets/index-BqS3n1Zk.js', year],
    ['assets/logo_0a1b2c3d4e5f60718293a4b5c6d7e8f9.png', year],
    ['manifest.3f2a9c1b.json', year],
    ['index.html', 'no-cache'],
    ['BLOG/INDEX.HTML', 'no-cache'],
    ['page.3f2a9c1b.html', 'no-cache'],
    ['staticfiles.json', 'no-cache'],
    ['sw.js', 'no-cache'],
    ['site.css', 'plain'],
    ['report-20240131.pdf', 'plain'],
    ['minutes.202401311200.pdf', 'plain'],
    ['menu-cafe2024.pdf', 'plain'],
    ['part-version2.pdf', 'plain'],
    ['img-iPhone15.png', 'plain'],
    ['deadbeef.txt', 'plain'],
    ['3f2a9c1b/site.css', 'plain'],
  ])('the recommended rules give %s %s', (key, cacheControl) => {
    expect(wantedHeaders(key, 'plain', recommendedRules).cacheControl).toBe(cacheControl)
  })

  test('Content-Language is compared where one is wanted, without regard to case', () => {
    const has = { ...none, contentLanguage: 'pt-br' }
    expect(headerChanges(has, { contentLanguage: 'pt-BR' })).toEqual([])
    expect(headerChanges(has, { contentLanguage: 'de' })).toEqual([
      { header: 'Content-Language', from: 'pt-br', to: 'de' },
    ])
    expect(headerChanges(none, { contentLanguage: 'de' })).toHaveLength(1)
    expect(headerChanges(has, {})).toEqual([])
  })

  test('Content-Disposition is compared, with the case of its file name', () => {
    const has = { ...none, contentDisposition: 'attachment; filename="A.txt"' }
    expect(headerChanges(has, { contentDisposition: 'attachment; filename="A.txt"' })).toEqual([])
    expect(headerChanges(has, { contentDisposition: 'attachment; filename="a.txt"' })).toHaveLength(1)
    expect(headerChanges(has, {})).toEqual([])
  })

  test.each([
    [null, undefined, null],
    ['identity', undefined, null],
    ['gzip', undefined, { from: 'gzip', to: null }],
    ['aws-chunked', undefined, { from: 'aws-chunked', to: null }],
    ['aws-chunked, gzip', 'gzip', { from: 'aws-chunked, gzip', to: 'gzip' }],
    ['GZIP', 'gzip', null],
    [null, 'br', { from: null, to: 'br' }],
    ['br', 'gzip', { from: 'br', to: 'gzip' }],
  ])('Content-Encoding %j where %j is wanted', (contentEncoding, wanted, change) => {
    const wish = wanted === undefined ? {} : { contentEncoding: wanted }
    expect(headerChanges({ ...none, contentEncoding }, wish)).toEqual(
      change === null ? [] : [{ header: 'Content-Encoding', ...change }],
    )
  })

  test('a rule names the encoding that files have already, or with an empty one that they have none', () => {
    const rules: HeaderRule[] = [
      { glob: 'raw/', contentEncoding: '' },
      { glob: '*.pack', contentEncoding: 'br' },
    ]
    const type = { contentType: 'application/octet-stream' }
    expect(wantedHeaders('a.pack', '', rules)).toEqual({ ...type, contentEncoding: 'br' })
    expect(wantedHeaders('raw/a.pack', '', rules)).toEqual(type)
    const svg = { contentType: 'image/svg+xml; charset=utf-8' }
    expect(wantedHeaders('a.SVGZ', '', rules)).toEqual({ ...svg, contentEncoding: 'gzip' })
    expect(wantedHeaders('raw/a.svgz', '', rules)).toEqual(svg)
    for (const contentEncoding of ['gzip', 'br, gzip', ''])
      expect(headerRulesSchema.safeParse([{ glob: '*', contentEncoding }]).success).toBe(true)
    for (const contentEncoding of ['gzip,', 'x y', 'gzip\r\nA: b', 'ü'])
      expect(headerRulesSchema.safeParse([{ glob: '*', contentEncoding }]).success).toBe(false)
  })

  test.each([
    [[{ glob: '!x' }]],
    [[{ glob: '' }]],
    [[{ cacheControl: 'x' }]],
    [[{ glob: '*', cacheControl: 'a\r\nX-Evil: 1' }]],
    [[{ glob: '*', contentType: 'text' }]],
    [[{ glob: '*', fingerprinted: false }]],
    [[{ glob: '*', acl: 'public-read' }]],
    [Array.from({ length: 101 }, () => ({ glob: '*' }))],
  ])('%j are refused', (rules) => {
    expect(headerRulesSchema.safeParse(rules).success).toBe(false)
  })

  test('the recommended rules are valid', () => {
    expect(headerRulesSchema.parse(recommendedRules)).toEqual(recommendedRules)
  })
})
