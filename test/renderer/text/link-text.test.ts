import { describe, expect, it } from 'vitest'
import {
  copiedAlone,
  copiedLinkText,
  deadLinkText,
  movingText,
  revokedText,
  uploadReportText,
} from '../../../src-renderer/text/link-text.ts'
import { formatDateTime } from '../../../src-renderer/text/format.ts'

const endsAt = '2026-11-22T13:00:00Z'
const link = {
  url: 'https://x',
  kind: 'presigned' as const,
  endsAt,
  limitedBy: null,
  insecure: false,
  signingKey: null,
  test: null,
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

describe('movingText', () => {
  it('tells how far the copy is where the service tells, and when the links end', () => {
    const total = 4_000_000_000
    expect(movingText(total, null)).toBe(
      'The service copies 4 GB to the new key. The links end once that is done.',
    )
    expect(movingText(total, { bytesDone: 1_000_000_000, secondsLeft: 90 })).toBe(
      '1 GB of 4 GB copied, 2 min left. The links end once that is done.',
    )
    expect(movingText(total, { bytesDone: total, secondsLeft: 0 })).toContain('The old key is being removed')
  })
})

describe('copiedLinkText', () => {
  it('tells when the link really ends', () => {
    expect(copiedLinkText(copiedAlone(link)).body).toBe(`Works until ${formatDateTime(endsAt)}.`)
  })

  it('tells why it ends early', () => {
    expect(copiedLinkText(copiedAlone({ ...link, limitedBy: 'credentials' })).body).toContain(
      'the keys of this profile are temporary',
    )
    expect(copiedLinkText(copiedAlone({ ...link, limitedBy: 'seven-days' })).body).toContain('7 days at most')
    expect(copiedLinkText(copiedAlone({ ...link, limitedBy: 'policy' })).body).toContain(
      'policy allows no longer',
    )
  })

  it('tells that temporary keys may end it at any time', () => {
    const signingKey = { id: 'k', hint: 'ASIA…WXYZ', isTemporary: true, endsAt: null }
    expect(copiedLinkText(copiedAlone({ ...link, signingKey })).body).toContain('it may be earlier')
    expect(
      copiedLinkText(copiedAlone({ ...link, signingKey: { ...signingKey, endsAt } })).body,
    ).not.toContain('earlier')
  })

  it('explains why a link is not at the custom domain', () => {
    expect(copiedLinkText(copiedAlone({ ...link, atOwnAddress: true })).body).toContain(
      'the bucket’s own address',
    )
    expect(copiedLinkText(copiedAlone(link)).body).not.toContain('address')
  })

  it('S28 warns about a link that is not encrypted', () => {
    expect(copiedLinkText(copiedAlone({ ...link, insecure: true })).body).toContain('not encrypted')
    const far = { ...link, insecure: true, url: 'http://127.0.0.1.example.org/x' }
    expect(copiedLinkText(copiedAlone(far)).body).toContain('not encrypted')
    const near = { ...link, insecure: true, url: 'http://127.0.0.1:4000/x' }
    expect(copiedLinkText(copiedAlone(near)).body).not.toContain('not encrypted')
  })

  it('tells the earliest end of several links', () => {
    const later = { ...link, endsAt: '2026-11-23T13:00:00Z' }
    expect(
      copiedLinkText({ ...copiedAlone(later), count: 2, endsAt, recordIds: ['link_1', 'link_2'] }),
    ).toEqual({
      title: '2 links copied',
      body: `Works until ${formatDateTime(endsAt)}.`,
    })
  })
})

describe('a link that was tried', () => {
  const works = { outcome: 'works' as const, status: 206, problem: null }

  it('is said to work, and so are all of several, or those that could be tried', () => {
    expect(copiedLinkText(copiedAlone({ ...link, test: works })).body).toMatch(/ Tested: it works\.$/)
    const both = { ...copiedAlone({ ...link, test: works }), count: 2, recordIds: ['link_1', 'link_2'] }
    expect(copiedLinkText(both).body).toMatch(/ All were tested: they work\.$/)
    const reason = 'It is slow.'
    expect(copiedLinkText({ ...both, untested: { links: 1, reason } }).body).toMatch(
      / 1 link tested: it works\. 1 could not be: It is slow\.$/,
    )
    expect(copiedLinkText({ ...both, untested: { links: 2, reason } }).body).toMatch(
      /\. Not tested: It is slow\.$/,
    )
    const url = { ...link, kind: 'public' as const, endsAt: null, signingKey: null, test: works }
    expect(copiedLinkText(copiedAlone(url)).body).toBe('It works for everybody, and never expires.')
  })

  it('is said not to be in the list, where it could not be kept', () => {
    expect(copiedLinkText(copiedAlone({ ...link, recordId: null })).body).toMatch(
      /could not be added to the list of links\.$/,
    )
    expect(copiedLinkText(copiedAlone(link)).body).not.toContain('list')
  })

  it('is said not to have been, and why', () => {
    const problem = { code: 'unreachable' as const, message: 'The service cannot be reached.' }
    const body = copiedLinkText(
      copiedAlone({ ...link, test: { outcome: 'not-tested', status: null, problem } }),
    ).body
    expect(body).toMatch(/ Not tested: The service cannot be reached\.$/)
  })

  it('is said not to work, and was not copied', () => {
    expect(deadLinkText({ message: 'The object is gone.' })).toEqual({
      title: 'The link does not work',
      body: 'The object is gone. It was not copied.',
    })
  })
})

describe('links that are ended', () => {
  const url = { visibility: 'unknown' as const, checkedAt: endsAt, status: 404, url: 'https://x' }
  const outcome = {
    bucket: 'b',
    key: 'k',
    newKey: 'n',
    revokedAt: endsAt,
    links: 2,
    oldLink: { outcome: 'failed' as const, status: 404, problem: null },
    oldUrl: url,
  }

  it('are said to be refused only when they were asked for', () => {
    expect(revokedText(outcome)).toEqual({
      isDone: true,
      title: 'Links ended',
      body: '2 links marked as revoked. A link to the old key is refused now (404).',
    })
    const problem = { code: 'timeout' as const, message: 'No answer.' }
    const untested = revokedText({ ...outcome, oldLink: { outcome: 'not-tested', status: null, problem } })
    expect(untested.title).toBe('Object moved')
    expect(untested.body).toContain('was not tested: No answer.')
  })

  it('are not said to be when something still answers', () => {
    const works = { outcome: 'works' as const, status: 206, problem: null }
    expect(revokedText({ ...outcome, oldLink: works })).toMatchObject({ isDone: false })
    const cached = revokedText({ ...outcome, oldUrl: { ...url, visibility: 'public', status: 200 } })
    expect(cached).toMatchObject({ isDone: false, title: 'The old URL still answers' })
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

  it('does not call a file uploaded that was there already', () => {
    expect(uploadReportText({ ...report, uploaded: 0, reused: 2 }).title).toBe('2 there already')
    expect(uploadReportText({ ...report, reused: 2 }).title).toBe('1 file uploaded, 2 there already')
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
