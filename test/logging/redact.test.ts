import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src-main/logging/redact.ts'

const home = '/home/ann'
const redactor = createRedactor(home)

const signature = 'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024'
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

describe('S25 what is always removed', () => {
  test.each([
    `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${signature}`,
    `https://b.s3.amazonaws.com/k?x-amz-signature=${signature}&x=1`,
    `next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D${signature}%26x%3D1`,
    `https%253A%252F%252Fb%253FX%252DAmz%252DSignature%253D${signature}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/eu/s3/aws4_request, SignedHeaders=host, Signature=${signature}`,
    `{"authorization":"AWS4-HMAC-SHA256 Credential=x, Signature=${signature}"}`,
    `'Authorization': [ 'AWS4-HMAC-SHA256 Credential=x, Signature=${signature}' ]`,
    `AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, Signature=${signature}`,
    `?AWSAccessKeyId=x&Expires=1&Signature=${signature}`,
    `X-Amz-Security-Token: ${signature}`,
    `x-amz-security-token=${signature}`,
    `sessionToken: '${signature}'`,
    `aws_secret_access_key = ${signature}`,
    `{"secretAccessKey":"${signature}"}`,
    `Authorization: Bearer ${signature}`,
    `Cookie: a=b; pail-1234=${signature}`,
    `Set-Cookie: pail-1234=${signature}; HttpOnly`,
    `X-Amz-Credential=${signature}%2F20260101%2Feu%2Fs3%2Faws4_request`,
  ])('%s', (text) => {
    expect(redactor.redact(text)).not.toContain(signature)
    expect(redactor.redact(text)).toContain('[removed]')
  })

  test('SigV2 and access key IDs, wherever they stand', () => {
    expect(redactor.redact('AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=')).not.toContain('frJIUN8')
    for (const id of ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE'])
      for (const text of [id, `key ${id}.`, `"${id}"`, `a=${id}&b`, `%22${id}%22`, `${id}/20260101`])
        expect(redactor.redact(text)).not.toContain(id)
  })

  test('the home folder, but not a folder that begins like it', () => {
    expect(redactor.redact('/home/ann/site/index.html')).toBe('~/site/index.html')
    expect(redactor.redact('/home/annette/site')).toBe('/home/annette/site')
    expect(redactor.redact(`file:///home/ann`)).toBe('file://~')
    expect(redactor.redact(encodeURIComponent('/home/ann/x'))).toBe('~%2Fx')
    expect(
      createRedactor('C:\\Users\\Ann').redact('"C:\\\\Users\\\\Ann\\\\x" C:\\Users\\Ann\\x'),
    ).not.toContain('Ann')
  })

  test('what is nobody’s secret stays readable', () => {
    for (const text of [
      'The signature does not match.',
      'Uploaded 3 files to media/public in 1.2 s',
      'SignatureDoesNotMatch',
      'at listObjects (file:///app/out/main/index.js:10:5)',
      'The credentials have expired',
    ])
      expect(redactor.redact(text)).toBe(text)
  })
})

/** Every form in which a value may turn up. */
const encodings: readonly [string, (value: string) => string][] = [
  ['plain', (value) => value],
  ['URL', (value) => encodeURIComponent(value)],
  [
    'URL in lower case',
    (value) => encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  ],
  ['URL twice', (value) => encodeURIComponent(encodeURIComponent(value))],
  ['a form', (value) => new URLSearchParams({ a: value }).toString()],
  ['JSON', (value) => JSON.stringify({ a: value })],
  ['JSON in JSON', (value) => JSON.stringify(JSON.stringify({ a: value }))],
  ['base64', (value) => Buffer.from(value).toString('base64')],
  ['base64url', (value) => Buffer.from(value).toString('base64url')],
  ['base64 after one byte', (value) => Buffer.from(`:${value}`).toString('base64')],
  ['base64 after two bytes', (value) => Buffer.from(`a:${value}`).toString('base64')],
  ['base64 in the middle', (value) => Buffer.from(`user:${value}:more of it`).toString('base64')],
  ['base64 in a URL', (value) => encodeURIComponent(Buffer.from(`a:${value}`).toString('base64'))],
  ['hex', (value) => Buffer.from(value).toString('hex')],
  ['hex in upper case', (value) => Buffer.from(value).toString('hex').toUpperCase()],
  [
    'percent of every byte',
    (value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16)}`).join(''),
  ],
]

describe('S25 known secrets', () => {
  /** What secrets are made of: AWS's alphabet, and anything that a person or provider may have chosen. */
  const value = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='.split('')),
      minLength: 12,
      maxLength: 64,
    }),
    fc.string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 12, maxLength: 40 }),
  )
  // Text around it that no encoding could be confused with.
  const around = fc.constantFrom('', ' ', '?q=', '"', '\n', ': ', '<')

  test.each(encodings)('are removed as %s', (_name, encode) => {
    fc.assert(
      fc.property(value, around, around, (known, before, after) => {
        const own = createRedactor(null)
        own.addKnownSecret(known)
        const clean = own.redact(`${before}${encode(known)}${after}`)
        expect(clean).not.toContain(encode(known))
        expect(clean).toContain('[removed]')
        // Nothing of it is left that decodes to half of it.
        expect(clean).not.toContain(known.slice(0, Math.ceil(known.length / 2)))
      }),
      { numRuns: 200 },
    )
  })

  test('a secret of AWS’s shape survives in none of the forms', () => {
    const own = createRedactor(home)
    own.addKnownSecret(secret)
    for (const [name, encode] of encodings) {
      const clean = own.redact(`before ${encode(secret)} after`)
      expect(clean, name).toMatch(/^before .*\[removed\].* after$/)
      expect(clean, name).not.toContain('wJalr')
      expect(clean, name).not.toContain(Buffer.from('alrXUtnFEMI').toString('hex'))
    }
  })

  test('several at once, one within the other, and very short ones that would remove everything', () => {
    const own = createRedactor(null)
    own.addKnownSecret('a')
    own.addKnownSecret('abcdefgh')
    own.addKnownSecret('abcdefgh-and-more')
    expect(own.redact('x abcdefgh-and-more y abcdefgh z a')).toBe('x [removed] y [removed] z a')
  })
})
