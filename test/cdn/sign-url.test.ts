import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signCloudFrontUrl } from '../../src-main/cdn/sign-url.ts'
import { encodeKeyForSite } from '../../src-main/s3/object-url.ts'
import { edgeStatus, keyPair } from './edge.ts'

const origin = 'https://media.example.org'
const keyPairId = 'K2JCJMDEHXQW5F'
const endsAtMs = Date.parse('2026-01-01T18:00:00Z')

describe.each(['rsa', 'ec'] as const)('a URL signed for CloudFront, %s', (kind) => {
  const { pem: privateKey, publicKey } = keyPair(kind)
  const keys = new Map([[keyPairId, publicKey]])
  const sign = (key: string) =>
    signCloudFrontUrl({ url: `${origin}/${encodeKeyForSite(key)}`, endsAtMs, keyPairId, privateKey })

  it('has the parameters of the manual, in letters that need no encoding', async () => {
    const url = new URL(await sign('images/image.jpg'))
    expect([...url.searchParams.keys()].toSorted()).toEqual([
      'Expires',
      'Hash-Algorithm',
      'Key-Pair-Id',
      'Signature',
    ])
    expect(url.searchParams.get('Expires')).toBe('1767290400')
    expect(url.searchParams.get('Key-Pair-Id')).toBe(keyPairId)
    expect(url.searchParams.get('Hash-Algorithm')).toBe('SHA256')
    expect(url.search).toMatch(/[?&]Signature=[A-Za-z0-9~_-]+(&|$)/)
  })

  it('opens every key until its end, and nothing else', async () => {
    const keysOfFiles = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
      fc.constantFrom(
        'a b+c%20.txt',
        'q?x=1#f.txt',
        'emoji 🪣.txt',
        'double//slash.txt',
        '/ first.txt',
        '//two/first.txt',
        "it's (1)*!.txt",
        'e\u0301',
      ),
    )
    await fc.assert(
      fc.asyncProperty(keysOfFiles, async (key) => {
        const signed = await sign(key)
        // The very URL that the site prints is signed and handed out.
        expect(signed.split('?')[0]).toBe(`${origin}/${encodeKeyForSite(key)}`)
        const target = signed.slice(origin.length)
        expect(decodeURIComponent(target.split('?')[0] ?? '').slice(1)).toBe(key)
        expect(edgeStatus(origin, target, keys, endsAtMs - 1)).toBe(200)
        expect(edgeStatus(origin, target, keys, endsAtMs)).toBe(403)
        expect(edgeStatus(origin, target.replace('/', '/x'), keys, 0)).toBe(403)
        expect(edgeStatus(origin, target.replace('Expires=1', 'Expires=2'), keys, 0)).toBe(403)
        expect(edgeStatus('https://other.example.org', target, keys, 0)).toBe(403)
      }),
      { numRuns: kind === 'rsa' ? 25 : 100 },
    )
  })
})
