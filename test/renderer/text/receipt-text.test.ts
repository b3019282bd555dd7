import { describe, expect, it } from 'vitest'
import { receiptCodes } from '../../../src-preload/contract/receipt-codes.ts'
import type { ReceiptRow } from '../../../src-preload/contract/receipt.ts'
import { receiptRowText, receiptSummary, receiptText } from '../../../src-renderer/text/receipt-text.ts'
import { receiptOf, sampleReceipt } from '../memory-receipt.ts'

const sample = sampleReceipt(
  'p',
  ['a.html', 'b.css', 'c.woff2', 'd.js'].map((key, index) => ({
    key,
    path: key,
    action: index === 3 ? 'delete' : 'upload',
    reason: 'new',
    bytes: 1,
    headers: [],
  })),
  'https://static.example.org',
  null,
)
const row = (more: Partial<ReceiptRow>): ReceiptRow => ({ ...(sample.rows[0] as ReceiptRow), ...more })

describe('a receipt in words', () => {
  it('has a sentence and something to do for every code that is not ok', () => {
    for (const code of receiptCodes) {
      const { name, happened, next } = receiptText(code)
      expect(name).not.toBe('')
      expect(happened).toMatch(/\.$/)
      expect(next === '').toBe(code === 'ok')
    }
  })

  it('says what a visitor met', () => {
    expect(receiptRowText(row({}))).toBe('')
    expect(receiptRowText(row({ code: 'stale' }))).toContain('something else')
    expect(receiptRowText(row({ code: 'stale', action: 'delete' }))).toContain('removed')
    expect(receiptRowText(row({ code: 'unreachable', status: 502 }))).toContain('502')
    expect(receiptRowText(row({ code: 'unreachable', status: null, problem: 'dns' }))).toContain('name')
  })

  it('counts in one line', () => {
    expect(receiptSummary(sample)).toBe('3 of 4 addresses not as they should be.')
    const of = (rows: ReceiptRow[], leftOut = 0) =>
      receiptSummary(receiptOf('p', rows, { baseUrl: 'https://a.example.org', pageOrigin: null, leftOut }))
    expect(of([row({})])).toBe('1 address checked, all as they were sent.')
    expect(of([row({})], 30)).toBe('1 address checked, all as they were sent. 30 more not checked.')
    expect(of([])).toBe('There was nothing to check.')
    expect(of([row({ code: 'not-checked' })])).toBe('Nothing was checked.')
  })
})
