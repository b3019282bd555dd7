import { describe, expect, it } from 'vitest'
import type { UploadRequest } from '../../../src-preload/contract/upload-request.ts'
import {
  linkLetter,
  maskedUrl,
  requestLetter,
  requestRemarks,
} from '../../../src-renderer/text/share-text.ts'

const request: UploadRequest = {
  url: 'https://b.s3.amazonaws.com/in/photo.jpg?X-Amz-Signature=0',
  key: 'in/photo.jpg',
  headers: [{ name: 'Content-Type', value: 'image/jpeg' }],
  size: null,
  endsAt: '2026-01-02T03:04:05.000Z',
  limitedBy: null,
  insecure: false,
  exists: 'no',
  overwriteGuard: null,
  recordId: 'link_1',
}

describe('sharing in words', () => {
  it('S41 shows no signature', () => {
    expect(maskedUrl(request.url)).toBe('https://b.s3.amazonaws.com/in/photo.jpg?…')
    expect(maskedUrl('https://example.org/a%20b')).toBe('https://example.org/a%20b')
  })

  it('a letter has the link whole, and the commands for both kinds of shell', () => {
    expect(linkLetter('in/photo.jpg', request.url, null)).toEqual({
      subject: 'photo.jpg',
      body: `photo.jpg:\n${request.url}`,
    })
    const { subject, body } = requestLetter(request)
    expect(subject).toBe('Please upload photo.jpg')
    expect(body.split('\n').filter((line) => /^curl(\.exe)? /.test(line))).toHaveLength(2)
  })

  it.each([
    [{}, 'a second upload replaces the first'],
    [{ exists: 'yes' as const }, 'a file of this name already'],
    [{ overwriteGuard: 'by-service' as const }, 'the service refuses it'],
    [{ overwriteGuard: 'checked-first' as const }, 'at the same moment'],
    [{ overwriteGuard: 'not-known' as const }, 'is not known yet'],
    [{ limitedBy: 'seven-days' as const }, '7 days'],
    [{ limitedBy: 'credentials' as const }, 'temporary'],
    [{ limitedBy: 'policy' as const }, 'policy'],
    [{ insecure: true }, 'not encrypted'],
  ])('says what %j means, and always that the size has no limit', (more, words) => {
    const text = requestRemarks({ ...request, ...more }).join(' ')
    expect(text).toContain(words)
    expect(text).toContain('of any size: S3 cannot limit it')
  })

  it.each([
    ['at-most', 20_000_000, 'at most 20 MB is asked for', 'should have at most 20 MB'],
    ['exactly', 4096, 'the service refuses any other size', 'has to have exactly 4096 bytes'],
  ] as const)('says what size was asked for, %s', (kind, bytes, remark, letter) => {
    const sized = { ...request, size: { kind, bytes } }
    expect(requestRemarks(sized).join(' ')).toContain(remark)
    expect(requestLetter(sized).body).toContain(letter)
  })
})
