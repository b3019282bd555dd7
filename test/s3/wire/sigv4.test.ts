import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeKey } from '../../../src-main/s3/object-url.ts'
import type { SignableRequest } from '../../../src-main/s3/wire/sigv4.ts'
import {
  createSigningKeys,
  emptyHash,
  hashOf,
  presignedQuery,
  signHeaders,
  unsignedPayload,
} from '../../../src-main/s3/wire/sigv4.ts'

const exampleSigning = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  timeMs: Date.UTC(2013, 4, 24),
}
const host = 'examplebucket.s3.amazonaws.com'
const get = { method: 'GET', query: [], payloadHash: emptyHash }

// "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference, examples of single-chunk uploads and of
// query parameters.
const published: [string, SignableRequest, string][] = [
  [
    'GET object',
    { ...get, path: '/test.txt', headers: { host, range: 'bytes=0-9' } },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT object',
    {
      method: 'PUT',
      path: '/test%24file.text',
      query: [],
      headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      payloadHash: hashOf('Welcome to Amazon S3.'),
    },
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET bucket lifecycle',
    { ...get, path: '/', query: [['lifecycle', '']], headers: { host } },
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET bucket',
    {
      ...get,
      path: '/',
      query: [
        ['max-keys', '2'],
        ['prefix', 'J'],
      ],
      headers: { host },
    },
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
]

describe('the published examples', () => {
  it.each(published)('%s', (_, request, signature) => {
    expect(signHeaders(request, exampleSigning)['authorization']).toContain(`, Signature=${signature}`)
    expect(signHeaders(request, exampleSigning, createSigningKeys())['authorization']).toContain(signature)
  })

  it('a presigned URL', () => {
    const query = presignedQuery(
      { ...get, path: '/test.txt', headers: { host }, payloadHash: unsignedPayload },
      86_400,
      exampleSigning,
    )
    expect(query).toContain(
      'X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    )
  })
})

/** SHA-256 and HMAC by node:crypto, as the SDK's signer wants them. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }
  reset(): void {
    throw new Error('not needed')
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ maxLength: 20 }))
const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/)
// The SDK drops a parameter of this name while it copies the request.
const name = text.filter((made) => made !== '__proto__')
const printable = fc.stringMatching(/^[\t\x20-\x7e]{0,30}$/)

const anything = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
  key: text,
  query: fc.dictionary(name, text, { maxKeys: 5, noNullPrototype: true }),
  headers: fc.dictionary(
    fc.oneof(
      token,
      token.map((name) => `x-amz-meta-${name}`),
      fc.constantFrom('cache-control', 'content-type', 'proxy-x', 'sec-x', 'user-agent', 'range', 'expect'),
    ),
    printable,
    { maxKeys: 6, noNullPrototype: true },
  ),
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{4,20}$/),
  secretAccessKey: fc.string({ minLength: 1, maxLength: 40 }),
  sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{0,80}$/), { nil: undefined }),
  region: fc.constantFrom('us-east-1', 'eu-west-3', 'cn-north-1', 'fra1', 'auto'),
  // A few days, so that remembered keys are used again.
  timeMs: fc.integer({ min: 1_700_000_000, max: 1_700_300_000 }).map((seconds) => seconds * 1000),
  body: fc.string({ maxLength: 20 }),
  expiresIn: fc.integer({ min: 1, max: 604_800 }),
})

function bothSigners(made: typeof anything extends fc.Arbitrary<infer T> ? T : never) {
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: made.accessKeyId,
      secretAccessKey: made.secretAccessKey,
      ...(made.sessionToken === undefined ? {} : { sessionToken: made.sessionToken }),
    },
    region: made.region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: true,
  })
  const headers = { ...made.headers, host: 's3.example.org:9000' }
  const path = `/bucket/${encodeKey(made.key)}`
  const theirs = {
    method: made.method,
    protocol: 'https:',
    hostname: 's3.example.org',
    path,
    query: made.query,
  }
  const ours = { method: made.method, path, query: Object.entries(made.query), headers }
  return { signer, theirs: { ...theirs, headers }, ours, signing: made }
}

describe('the SDK’s own signer agrees', () => {
  const keys = createSigningKeys()

  it('on 2,000 requests with odd keys, queries, headers and tokens', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (made) => {
        const { signer, theirs, ours, signing } = bothSigners(made)
        const signed = await signer.sign(
          { ...theirs, body: made.body },
          { signingDate: new Date(made.timeMs) },
        )
        expect(signHeaders({ ...ours, payloadHash: hashOf(made.body) }, signing, keys)).toEqual(
          signed.headers,
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('on 1,000 presigned URLs', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (made) => {
        const { signer, theirs, ours, signing } = bothSigners(made)
        // The SDK's presigner names the payload as unsigned in a header, which becomes a parameter.
        const headers = { host: theirs.headers.host, 'x-amz-content-sha256': unsignedPayload }
        const signed = await signer.presign(
          { ...theirs, method: 'GET', headers },
          { signingDate: new Date(made.timeMs), expiresIn: made.expiresIn },
        )
        const query = presignedQuery(
          {
            ...ours,
            method: 'GET',
            query: [...ours.query, ['x-amz-content-sha256', unsignedPayload]],
            headers: { host: theirs.headers.host },
            payloadHash: unsignedPayload,
          },
          made.expiresIn,
          signing,
          keys,
        )
        expect(new URLSearchParams(query).get('X-Amz-Signature')).toBe(signed.query?.['X-Amz-Signature'])
      }),
      { numRuns: 1000 },
    )
  })
})

it('links that are made one after the other each have their own parameters and signature', () => {
  const keys = createSigningKeys()
  const usual = {
    path: '/bucket/a',
    query: [['x-id', 'GetObject']] as (readonly [string, string])[],
    host: 'localhost',
    expiresIn: 60,
    signing: {
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'secret',
      region: 'us-east-1',
      timeMs: Date.UTC(2026, 10, 30, 12),
    },
  }
  const { signing } = usual
  const links = [
    usual,
    { ...usual, path: '/bucket/b' },
    { ...usual, query: [['x-id', 'PutObject'] as const] },
    { ...usual, query: [...usual.query, ['response-content-type', 'text/css'] as const] },
    { ...usual, host: 'elsewhere' },
    { ...usual, expiresIn: 61 },
    { ...usual, signing: { ...signing, accessKeyId: 'AKIAOTHER' } },
    { ...usual, signing: { ...signing, secretAccessKey: 'another' } },
    { ...usual, signing: { ...signing, region: 'eu-west-3' } },
    { ...usual, signing: { ...signing, timeMs: signing.timeMs + 1000 } },
    { ...usual, signing: { ...signing, sessionToken: 'token' } },
    { ...usual, signing: { ...signing, sessionToken: 'another' } },
  ]
  const make = ({ path, query, host, expiresIn, signing: by }: (typeof links)[number]) =>
    presignedQuery(
      { method: 'GET', path, query, headers: { host }, payloadHash: unsignedPayload },
      expiresIn,
      by,
      keys,
    )
  const alone = links.map((link) => {
    // With something else before it, nothing of it is there yet.
    make({ ...usual, expiresIn: 7 })
    return make(link)
  })
  expect(new Set(alone).size).toBe(links.length)
  for (const [at, link] of links.entries())
    for (const [other, next] of links.entries())
      expect([make(link), make(next)]).toEqual([alone[at], alone[other]])
})

it('a remembered key belongs to its secret, day and region', () => {
  const keys = createSigningKeys()
  const first = keys('secret', '20240101', 'us-east-1')
  expect(keys('secret', '20240101', 'us-east-1')).toBe(first)
  for (const other of [
    keys('other', '20240101', 'us-east-1'),
    keys('secret', '20240102', 'us-east-1'),
    keys('secret', '20240101', 'eu-west-3'),
  ])
    expect(other.sign('text')).not.toBe(first.sign('text'))
  for (let day = 10; day < 20; day++) keys('secret', `202402${day}`, 'us-east-1')
  const again = keys('secret', '20240101', 'us-east-1')
  expect(again).not.toBe(first)
  expect(again.sign('text')).toBe(first.sign('text'))
})
