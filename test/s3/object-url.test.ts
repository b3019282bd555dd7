import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKey, publicObjectUrl } from '../../src-main/s3/object-url.ts'
import { presignGetObject } from '../../src-main/s3/presign.ts'
import { testSession } from './scripted-server.ts'

describe('publicObjectUrl', () => {
  it.each([
    [null, 'us-east-1', 'virtual', 'https://pictures.s3.amazonaws.com/a%20b'],
    [null, 'eu-west-3', 'virtual', 'https://pictures.s3.eu-west-3.amazonaws.com/a%20b'],
    [null, 'eu-west-3', 'path', 'https://s3.eu-west-3.amazonaws.com/pictures/a%20b'],
    [null, 'cn-north-1', 'virtual', 'https://pictures.s3.cn-north-1.amazonaws.com.cn/a%20b'],
    [
      'https://fra1.digitaloceanspaces.com',
      'fra1',
      'virtual',
      'https://pictures.fra1.digitaloceanspaces.com/a%20b',
    ],
    ['https://minio.example.org:9000', 'us-east-1', 'path', 'https://minio.example.org:9000/pictures/a%20b'],
    ['http://127.0.0.1:9000', 'us-east-1', 'virtual', 'http://127.0.0.1:9000/pictures/a%20b'],
  ] as const)('%s in %s, %s', (endpoint, region, addressing, url) => {
    expect(publicObjectUrl(testSession(endpoint, { region, addressing }), 'pictures', 'a b')).toBe(url)
  })

  it('takes the path for a name with dots, which the wildcard certificate does not cover', () => {
    const session = testSession(null, { region: 'eu-west-3', addressing: 'virtual' })
    expect(publicObjectUrl(session, 'static.example.org', 'x')).toBe(
      'https://s3.eu-west-3.amazonaws.com/static.example.org/x',
    )
  })

  it('a custom domain serves the whole bucket', () => {
    const session = testSession(null, { addressing: 'virtual' })
    for (const base of ['https://static.example.org', 'https://static.example.org/']) {
      expect(publicObjectUrl(session, 'b', 'static/a b.css', base)).toBe(
        'https://static.example.org/static/a%20b.css',
      )
    }
    expect(publicObjectUrl(session, 'b', 'x', 'https://cdn.example.org/assets/')).toBe(
      'https://cdn.example.org/assets/x',
    )
    expect(publicObjectUrl(session, 'b', 'x', '')).toBe('https://b.s3.amazonaws.com/x')
  })

  it('uses the region that was resolved', () => {
    const session = testSession(null, { addressing: 'virtual' })
    session.rememberRegion('b', 'eu-west-3')
    expect(publicObjectUrl(session, 'b', 'x')).toBe('https://b.s3.eu-west-3.amazonaws.com/x')
  })
})

describe('encodeKey', () => {
  it.each([
    ['a b+c', 'a%20b%2Bc'],
    ['dir//x/', 'dir//x/'],
    ['#?%41&=@:;,$', '%23%3F%2541%26%3D%40%3A%3B%2C%24'],
    ["!'()*~-._", '%21%27%28%29%2A~-._'],
    ['ü😀', '%C3%BC%F0%9F%98%80'],
    ['new\nline', 'new%0Aline'],
  ])('%j', (key, encoded) => {
    expect(encodeKey(key)).toBe(encoded)
  })

  it('encodes as the SDK does, so that the plain and the signed URL agree', async () => {
    const session = testSession('http://127.0.0.1:1')
    session.rememberRegion('b', 'us-east-1')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), async (key) => {
        const { url } = await presignGetObject(session, { bucket: 'b', key, expiresInSeconds: 60 })
        expect(url.slice(0, url.indexOf('?'))).toBe(publicObjectUrl(session, 'b', key))
      }),
      { numRuns: 200, examples: [['a//b'], ['/lead'], ['trail/'], ['%2e%2e/'], ["it's (1)!*"], ['a+b c']] },
    )
    session.destroy()
  })
})
