import { describe, expect, test } from 'vitest'
import { type Expectation, judgeAnswer } from '../../src-main/receipt/judge-answer.ts'
import type { ChangedKey } from '../../src-main/receipt/receipt-urls.ts'
import type { UnsignedAnswer } from '../../src-main/visibility/unsigned-request.ts'

const md5 = '9b2cf535f27731c974343645a3985328'
const otherMd5 = '00000000000000000000000000000000'
const sentAtMs = Date.parse('2026-05-01T12:00:00Z')
const receivedAtMs = sentAtMs + 60_000

const sheet: ChangedKey = {
  key: 'static/site.css',
  action: 'upload',
  headers: { contentType: 'text/css; charset=utf-8', cacheControl: 'max-age=86400' },
  visibility: null,
  done: { eTag: `"${md5}"`, sizeBytes: 12, atMs: sentAtMs },
}

const good = {
  'content-type': 'text/css; charset=utf-8',
  'cache-control': 'max-age=86400',
  'content-length': '12',
  etag: `"${md5}"`,
}

const without = (name: keyof typeof good) =>
  Object.fromEntries(Object.entries(good).filter(([header]) => header !== name))

function judge(
  answer: UnsignedAnswer,
  changed: Partial<ChangedKey> = {},
  more: Partial<Omit<Expectation, 'changed'>> = {},
) {
  return judgeAnswer(
    {
      changed: { ...sheet, ...changed },
      expected: 'public',
      throughBaseUrl: true,
      origin: null,
      ...more,
    },
    answer,
    receivedAtMs,
  )
}

const served = (headers: Readonly<Record<string, string>> = good, status = 200): UnsignedAnswer => ({
  status,
  headers,
})

describe('a file that everybody should get', () => {
  test('is ok when all is as it was sent, in whatever spelling', () => {
    expect(judge(served())).toEqual({
      code: 'ok',
      alsoWrong: [],
      differences: [],
      content: 'same',
      cors: 'not-needed',
      ageSeconds: null,
      cache: null,
      problem: null,
    })
    const spelt = { ...good, 'content-type': 'Text/CSS;charset=UTF-8', etag: `W/"${md5.toUpperCase()}"` }
    expect(judge(served(spelt))).toMatchObject({ code: 'ok', content: 'same' })
  })

  test.each([
    [404, 'not-found'],
    [410, 'not-found'],
    [401, 'not-public'],
    [403, 'not-public'],
    [301, 'redirected'],
    [302, 'redirected'],
    [307, 'redirected'],
    [308, 'redirected'],
    [304, 'unreachable'],
    [400, 'unreachable'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
  ])('answered with %d is %s', (status, code) => {
    expect(judge(served({}, status)).code).toBe(code)
  })

  test('that nobody answered for is unreachable, and says why', () => {
    for (const problem of ['dns', 'timeout', 'tls', 'unreachable', 'endpoint-refused'] as const)
      expect(judge({ status: null, problem })).toMatchObject({ code: 'unreachable', problem })
    expect(judge({ status: null, problem: 'cancelled' }).code).toBe('not-checked')
  })

  test('of another type is wrong-type, with both types', () => {
    const judged = judge(served({ ...good, 'content-type': 'text/plain' }))
    expect(judged.code).toBe('wrong-type')
    expect(judged.differences).toEqual([
      { header: 'Content-Type', from: 'text/plain', to: 'text/css; charset=utf-8' },
    ])
    expect(judge(served(without('content-type'))).differences[0]?.from).toBeNull()
  })

  test('cached otherwise is wrong-cache', () => {
    expect(judge(served({ ...good, 'cache-control': 'no-store' })).code).toBe('wrong-cache')
    expect(judge(served(without('cache-control'))).code).toBe('wrong-cache')
  })

  test('of headers that were not sent nothing is said', () => {
    expect(judge(served({ ...good, 'cache-control': 'private' }), { headers: {} }).code).toBe('ok')
  })

  test('names everything that is wrong, the gravest first', () => {
    const judged = judge(
      served({ ...good, 'content-type': 'text/plain', 'cache-control': 'no-store', etag: `"${otherMd5}"` }),
      {},
      { origin: 'https://www.example.org' },
    )
    expect([judged.code, ...judged.alsoWrong]).toEqual(['stale', 'wrong-type', 'wrong-cache', 'no-cors'])
  })
})

describe('Content-Encoding', () => {
  const gzip: Partial<ChangedKey> = { headers: { ...sheet.headers, contentEncoding: 'gzip' } }
  const picture: Partial<ChangedKey> = { headers: { contentType: 'image/png' } }
  const png = { 'content-type': 'image/png', 'content-encoding': 'gzip' }

  test.each([
    ['sent gzip, got gzip', gzip, { ...good, 'content-encoding': 'gzip' }, true, 'ok'],
    ['sent gzip, got none', gzip, good, true, 'wrong-encoding'],
    ['sent gzip, a CDN made it brotli', gzip, { ...without('etag'), 'content-encoding': 'br' }, true, 'ok'],
    [
      'sent gzip, the bucket says brotli',
      gzip,
      { ...good, 'content-encoding': 'br' },
      false,
      'wrong-encoding',
    ],
    ['sent plain, a CDN compressed it', {}, { ...without('etag'), 'content-encoding': 'br' }, true, 'ok'],
    [
      'sent plain, the bucket says gzip',
      {},
      { ...good, 'content-encoding': 'gzip' },
      false,
      'wrong-encoding',
    ],
    ['a picture, which nobody compresses', picture, png, true, 'wrong-encoding'],
    ['“identity” is none', {}, { ...good, 'content-encoding': 'identity' }, false, 'ok'],
  ] as const)('%s', (_, changed, headers, throughBaseUrl, code) => {
    expect(judge(served(headers), changed, { throughBaseUrl }).code).toBe(code)
  })

  test('a size is not compared with that of other bytes', () => {
    const compressed = { ...good, 'content-encoding': 'br', 'content-length': '7', etag: `W/"${md5}"` }
    expect(judge(served(compressed))).toMatchObject({ code: 'ok', content: 'same' })
  })
})

describe('what a cache has kept', () => {
  test.each([
    ['another ETag', { ...good, etag: `"${otherMd5}"` }],
    ['another size', { ...good, 'content-length': '13' }],
    ['another ETag of parts', { ...good, etag: `"${otherMd5}-3"` }],
  ])('%s is stale', (_, headers) => {
    expect(judge(served(headers))).toMatchObject({ code: 'stale', content: 'other' })
  })

  test('the size is also that of a range', () => {
    const ranged = { ...without('etag'), 'content-length': '1', 'content-range': 'bytes 0-0/12' }
    expect(judge(served(ranged, 206))).toMatchObject({ code: 'ok', content: 'not-compared' })
    expect(judge(served({ ...ranged, 'content-range': 'bytes 0-0/13' }, 206)).code).toBe('stale')
    const empty = { ...without('etag'), 'content-range': 'bytes */0' }
    const done = { ...sheet.done, sizeBytes: 0 }
    expect(judge(served(empty, 416), { done })).toMatchObject({ code: 'ok' })
  })

  test('an ETag that is not of S3’s making is not compared', () => {
    expect(judge(served({ ...good, etag: '"5f3c-61a"' }))).toMatchObject({
      code: 'ok',
      content: 'not-compared',
    })
  })

  test('an answer that is older than the change and cannot be compared is stale', () => {
    const headers = { ...without('etag'), age: '3600', 'x-cache': 'Hit from cloudfront' }
    expect(judge(served(headers))).toMatchObject({
      code: 'stale',
      ageSeconds: 3600,
      cache: 'Hit from cloudfront',
    })
    // 60 s have gone by since the change.
    expect(judge(served({ ...headers, age: '58' })).code).toBe('ok')
    expect(judge(served({ ...headers, age: '60' })).code).toBe('ok')
    expect(judge(served({ ...headers, age: '62' })).code).toBe('stale')
    expect(judge(served({ ...headers, age: 'long' })).ageSeconds).toBeNull()
  })

  test('an old answer with the very bytes that were sent is ok', () => {
    expect(judge(served({ ...good, age: '3600' })).code).toBe('ok')
  })

  test('old headers of the same bytes are stale, and it is said which', () => {
    const judged = judge(served({ ...good, age: '3600', 'cache-control': 'no-store' }), {
      action: 'update-headers',
      done: { ...sheet.done, sizeBytes: null },
    })
    expect([judged.code, ...judged.alsoWrong]).toEqual(['stale', 'wrong-cache'])
  })

  test('a refusal that was kept from before is stale, a new one is not', () => {
    expect(judge(served({ age: '300' }, 404))).toMatchObject({ code: 'stale', alsoWrong: ['not-found'] })
    expect(judge(served({ age: '300' }, 403))).toMatchObject({ code: 'stale', alsoWrong: ['not-public'] })
    expect(judge(served({ age: '3' }, 404))).toMatchObject({ code: 'not-found', alsoWrong: [] })
  })

  test.each([
    [{ 'cf-cache-status': 'HIT' }, 'HIT'],
    [{ 'x-cache': 'HIT, MISS', 'cf-cache-status': 'X' }, 'HIT, MISS'],
    [{ 'cache-status': 'ExampleCache; hit' }, 'ExampleCache; hit'],
  ])('what it says of itself is told: %j', (headers, cache) => {
    expect(judge(served({ ...good, ...headers })).cache).toBe(cache)
  })
})

describe('a key that was removed', () => {
  test.each([401, 403, 404, 410])('is gone with %d', (status) => {
    expect(judge(served({}, status), { action: 'delete' }).code).toBe('ok')
  })

  test('and still served is stale, also where all is private', () => {
    expect(judge(served(), { action: 'delete' }).code).toBe('stale')
    expect(judge(served(), { action: 'delete' }, { expected: 'private' }).code).toBe('stale')
  })

  test('whose place a page of CloudFront’s takes is gone', () => {
    const page = { 'content-type': 'text/html', 'x-cache': 'Error from cloudfront' }
    expect(judge(served(page), { action: 'delete' }).code).toBe('ok')
    expect(judge(served(page)).code).toBe('not-found')
    expect(judge(served(page), {}, { expected: 'private' }).code).toBe('ok')
  })

  test('of which nothing is known is not called gone', () => {
    expect(judge(served({}, 503), { action: 'delete' }).code).toBe('unreachable')
    expect(judge(served({}, 302), { action: 'delete' }).code).toBe('redirected')
  })
})

describe('a file that nobody should get', () => {
  test.each([
    [401, 'ok'],
    [403, 'ok'],
    [404, 'ok'],
    [200, 'is-public'],
    [206, 'is-public'],
    [302, 'redirected'],
    [500, 'unreachable'],
  ])('answered with %d is %s', (status, code) => {
    expect(judge(served({}, status), {}, { expected: 'private' }).code).toBe(code)
  })
})

describe('a font', () => {
  const origin = 'https://www.example.org'
  const font: Partial<ChangedKey> = { key: 'a.woff2', headers: {} }

  test.each([
    ['*', 'ok', 'allowed'],
    [origin, 'ok', 'allowed'],
    ['https://other.example.org', 'no-cors', 'missing'],
    [undefined, 'no-cors', 'missing'],
  ])('whose answer allows %s is %s', (allowed, code, cors) => {
    const headers = allowed === undefined ? good : { ...good, 'access-control-allow-origin': allowed }
    expect(judge(served(headers), font, { origin })).toMatchObject({ code, cors })
  })

  test('that was not answered for says nothing of CORS', () => {
    expect(judge(served({}, 403), font, { origin }).cors).toBe('not-checked')
  })
})
