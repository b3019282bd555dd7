import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainMailto, mailtoUrl } from '../../src-preload/contract/mailto.ts'

describe('S43 a letter', () => {
  it('has the subject and the text exactly, and lines that end as mail wants them', () => {
    const url = mailtoUrl('a b & c?.jpg', 'See:\nhttps://e.org/a%20b?X-Amz-Signature=0&x=1#f+\n')
    expect(url).toBe(
      'mailto:?subject=a%20b%20%26%20c%3F.jpg&body=See%3A%0D%0Ahttps%3A%2F%2Fe.org%2Fa%2520b%3FX-Amz-Signature%3D0%26x%3D1%23f%2B%0D%0A',
    )
    expect(isPlainMailto(url)).toBe(true)
  })

  it('begins no other field, whatever the texts are, and says them again', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'x\r\nBcc: a@b.c',
        '&cc=a@b.c',
        '?to=a@b.c',
        '%0d%0aBcc:a',
        '&attach=/etc/passwd',
        '\0',
        '\ud800',
      ),
    )
    fc.assert(
      fc.property(text, text, (subject, body) => {
        const url = new URL(mailtoUrl(subject, body))
        expect(isPlainMailto(url.href)).toBe(true)
        expect([url.protocol, url.pathname, url.hash]).toEqual(['mailto:', '', ''])
        expect([...url.searchParams.keys()]).toEqual(['subject', 'body'])
        // oxlint-disable-next-line no-control-regex
        expect(url.searchParams.get('subject')).not.toMatch(/[\u0000-\u001f\u007f]/)
        // oxlint-disable-next-line no-control-regex
        expect(url.searchParams.get('body')?.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        expect(new URL(mailtoUrl('s', body)).searchParams.get('body')).toBe(body)
      }),
    )
  })

  it.each([
    'mailto:a@b.c?subject=x&body=y',
    'mailto:?subject=x&body=y&bcc=a%40b.c',
    'mailto:?subject=x&body=y&attach=%2Fetc%2Fpasswd',
    'mailto:?to=a%40b.c&subject=x&body=y',
    'mailto:?subject=x%0D%0ABcc%3Aa&body=y',
    'mailto:?subject=x&body=y%0ABcc%3Aa',
    'mailto:?subject=x&body=y%00',
    'mailto:?subject=x&body=y#z',
    'mailto:?subject=x&body=a b',
    'mailto:?subject=x&body=y\n',
    'mailto:?body=y',
    'MAILTO:?subject=x&body=y',
    ' mailto:?subject=x&body=y',
    'https://example.org/?subject=x&body=y',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'mailto:?subject=x&body=%E2%80%A6javascript:',
  ])('is not %j', (url) => {
    expect(isPlainMailto(url)).toBe(false)
  })
})
