import { describe, expect, test } from 'vitest'
import { headerChanges, wantedHeaders } from '../../src-main/sync/headers.ts'

const none = { contentType: null, cacheControl: null }

describe('headers', () => {
  test('come from the name and from the options', () => {
    expect(wantedHeaders('a/b.JS', ' max-age=60 ')).toEqual({
      contentType: 'text/javascript; charset=utf-8',
      cacheControl: 'max-age=60',
    })
    expect(wantedHeaders('x.tar.gz', '')).toEqual({ contentType: 'application/gzip' })
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
    expect(headerChanges({ contentType: 'x/y', cacheControl: 'private' }, {})).toEqual([])
  })
})
