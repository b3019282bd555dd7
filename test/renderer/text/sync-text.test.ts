import { describe, expect, it } from 'vitest'
import {
  countsText,
  failedReasons,
  outcomeText,
  rowReasonText,
  untriedText,
  withheldTitle,
} from '../../../src-renderer/text/sync-text.ts'

const none = { upload: 0, updateHeaders: 0, delete: 0, skip: 5, foreign: 0, blocked: 0, bytes: 0 }
const outcome = {
  planId: 'p',
  uploaded: 0,
  updatedHeaders: 0,
  deleted: 0,
  skipped: 0,
  bytes: 0,
  cancelled: false,
  failed: [],
  failedTotal: 0,
  untried: 0,
  deletesWithheld: null,
  releaseId: null,
}

describe('countsText', () => {
  it('says in one line that there is nothing to do', () => {
    expect(countsText(none)).toBe('Nothing to do. The bucket has what the folder has.')
    expect(countsText({ ...none, blocked: 2 })).toBe('Nothing to do, but 2 files cannot be sent.')
  })

  it('counts what would happen', () => {
    expect(countsText({ ...none, upload: 12, updateHeaders: 3, delete: 2, bytes: 1_200_000 })).toBe(
      '12 to upload, 3 headers to fix, 2 to remove, 1.2 MB to send',
    )
  })
})

describe('rowReasonText', () => {
  it('says so where nothing but who can read it differs', () => {
    const visibility = { header: 'Visibility', from: 'public', to: 'private' }
    const cache = { header: 'Cache-Control', from: null, to: 'no-cache' }
    const reason = 'header-differs'
    expect(rowReasonText({ reason, headers: [visibility] })).toBe('Only who can read it differs')
    expect(rowReasonText({ reason, headers: [cache, visibility] })).toBe('Only the headers differ')
    expect(rowReasonText({ reason: 'new', headers: [visibility] })).toBe('Not in the bucket yet')
  })
})

describe('withheldTitle', () => {
  it('F22 does not say that nothing was removed when something was', () => {
    expect(withheldTitle({ ...outcome, deleted: 3 })).toBe('Not everything was removed')
    expect(withheldTitle(outcome)).toBe('Nothing was removed')
  })
})

describe('outcomeText', () => {
  it('tells what was done and what was not', () => {
    expect(outcomeText({ ...outcome, uploaded: 2, deleted: 1 })).toBe('2 files uploaded, 1 object removed.')
    expect(outcomeText({ ...outcome, cancelled: true })).toBe('Stopped. Nothing was changed.')
    const cut = { ...outcome, uploaded: 704, failedTotal: 129, untried: 9276 }
    expect(outcomeText(cut)).toBe('704 files uploaded, 129 failed, 9,276 not tried.')
    expect(outcomeText({ ...cut, uploaded: 0 })).toBe('Nothing was changed, 129 failed, 9,276 not tried.')
    expect(outcomeText({ ...outcome, uploaded: 1, untried: 3, cancelled: true })).toBe(
      'Stopped. 1 file uploaded, 3 not tried.',
    )
    expect(untriedText(cut)).toContain('9,276 files were not tried, because the same would have happened.')
    expect(untriedText({ ...cut, cancelled: true })).toContain('because the sync was stopped before.')
    expect(untriedText(outcome)).toBe('')
  })

  it('tells the different reasons of what failed, the most frequent first', () => {
    const error = (code: 'timeout' | 'access-denied') => ({ code, message: 'No.', retryable: true })
    const reasons = failedReasons([error('access-denied'), error('timeout'), error('timeout')])
    expect(reasons).toHaveLength(2)
    expect(reasons[0]).toMatch(/^2 files: /)
    expect(reasons[1]).toMatch(/^1 file: Access denied\. /)
  })
})
