import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../src-preload/contract/error-codes.ts'
import { errorDetails, errorText } from '../../../src-renderer/text/error-text.ts'

describe('errorText', () => {
  it.each(errorCodes)('has what happened, what it means and what to do for %s', (code) => {
    const text = errorText(code)
    for (const sentence of [text.happened, text.means, text.next]) {
      expect(sentence).toMatch(/^[A-Z~].*\.$/)
      expect(sentence).not.toContain('!')
    }
  })

  it('says something of its own for each code', () => {
    const all = errorCodes.map((code) => errorText(code).happened)
    expect(new Set(all).size).toBe(errorCodes.length)
  })
})

describe('errorDetails', () => {
  it('holds the code, the message, the S3 code and the key', () => {
    const details = errorDetails(
      { code: 'access-denied', message: 'No.', s3Code: 'AccessDenied', key: 'a/b', retryable: false },
      '1.2.3',
    )
    expect(details).toBe('Pail 1.2.3\ncode: access-denied\nmessage: No.\nS3 code: AccessDenied\nkey: a/b')
  })
})
