import { describe, expect, it } from 'vitest'
import { copiedLinkText, uploadReportText } from '../../../src-renderer/text/link-text.ts'
import { formatDateTime } from '../../../src-renderer/text/format.ts'

const endsAt = '2026-11-22T13:00:00Z'
const link = {
  url: 'https://x',
  kind: 'presigned' as const,
  endsAt,
  limitedBy: null,
  insecure: false,
  signingKey: null,
  recordId: 'link_1',
}
const report = {
  batchId: 'b',
  bucket: 'x',
  uploaded: 1,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  link: null,
  linkError: null,
}

describe('copiedLinkText', () => {
  it('tells when the link really ends', () => {
    expect(copiedLinkText([link]).body).toBe(`Works until ${formatDateTime(endsAt)}.`)
  })

  it('tells why it ends early', () => {
    expect(copiedLinkText([{ ...link, limitedBy: 'credentials' }]).body).toContain(
      'the keys of this profile are temporary',
    )
    expect(copiedLinkText([{ ...link, limitedBy: 'seven-days' }]).body).toContain('7 days at most')
  })

  it('S28 warns about a link that is not encrypted', () => {
    expect(copiedLinkText([{ ...link, insecure: true }]).body).toContain('not encrypted')
    const far = { ...link, insecure: true, url: 'http://127.0.0.1.example.org/x' }
    expect(copiedLinkText([far]).body).toContain('not encrypted')
    const near = { ...link, insecure: true, url: 'http://127.0.0.1:4000/x' }
    expect(copiedLinkText([near]).body).not.toContain('not encrypted')
  })

  it('tells the earliest end of several links', () => {
    const later = { ...link, endsAt: '2026-11-23T13:00:00Z' }
    expect(copiedLinkText([later, link])).toEqual({
      title: '2 links copied',
      body: `Works until ${formatDateTime(endsAt)}.`,
    })
  })
})

describe('uploadReportText', () => {
  it('says which link is on the clipboard', () => {
    const open = uploadReportText({ ...report, link: { kind: 'public', count: 1, endsAt: null } })
    expect(open).toEqual({ title: '1 file uploaded', body: 'The public URL is on the clipboard.' })
    const expiring = uploadReportText({
      ...report,
      uploaded: 2,
      link: { kind: 'presigned', count: 2, endsAt },
    })
    expect(expiring.body).toBe(
      `2 expiring links are on the clipboard, valid until ${formatDateTime(endsAt)}.`,
    )
  })

  it('tells from how many pictures metadata were removed', () => {
    expect(uploadReportText({ ...report, stripped: 2 }).body).toBe(
      'Location and other metadata were removed from 2 pictures.',
    )
  })

  it('does not claim a link that there is not', () => {
    const text = uploadReportText({
      ...report,
      failed: 2,
      linkError: { code: 'access-denied', message: 'No permission.', retryable: false },
    })
    expect(text).toEqual({ title: '1 file uploaded, 2 failed', body: 'No link was copied: No permission.' })
  })

  it('explains a link of another kind than was asked for', () => {
    const { body } = uploadReportText({
      ...report,
      link: { kind: 'presigned', count: 1, endsAt },
      linkError: {
        code: 'public-access-blocked',
        message: 'The bucket does not let the public read.',
        retryable: false,
      },
    })
    expect(body).toBe(
      `An expiring link is on the clipboard, valid until ${formatDateTime(endsAt)}. The bucket does not let the public read.`,
    )
  })
})
