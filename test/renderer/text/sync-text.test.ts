import { describe, expect, it } from 'vitest'
import { countsText, outcomeText, withheldTitle } from '../../../src-renderer/text/sync-text.ts'

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
  })
})
