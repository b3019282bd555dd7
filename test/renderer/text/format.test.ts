import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRelative,
  formatTimeLeft,
} from '../../../src-renderer/text/format.ts'

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1234, '1.2 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [1_234_567, '1.2 MB'],
    [123_456_789, '123 MB'],
    [5_000_000_000_000, '5 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('formatCount', () => {
  it('has a plural', () => {
    expect(formatCount(1, 'file')).toBe('1 file')
    expect(formatCount(2000, 'file')).toBe('2,000 files')
    expect(formatCount(2, 'entry', 'entries')).toBe('2 entries')
  })
})

describe('formatDuration', () => {
  it.each([
    [45, '45 seconds'],
    [300, '5 minutes'],
    [3600, '1 hour'],
    [3900, '1 hour 5 minutes'],
    [86_400, '1 day'],
    [604_800, '7 days'],
    [90_000, '1 day 1 hour'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('formatRelative', () => {
  const now = Date.parse('2026-11-22T12:00:00Z')
  it.each([
    ['2026-11-22T11:59:30Z', 'just now'],
    ['2026-11-22T11:57:00Z', '3 minutes ago'],
    ['2026-11-21T11:00:00Z', 'yesterday'],
    ['2026-11-22T14:00:00Z', 'in 2 hours'],
  ])('%s is %s', (iso, text) => {
    expect(formatRelative(iso, now)).toBe(text)
  })

  it('says nothing about a time that is none', () => {
    expect(formatRelative('yesterday-ish', now)).toBe('')
    expect(formatRelative(null, now)).toBe('')
  })
})

describe('formatTimeLeft', () => {
  it.each([
    [0.2, '1 s left'],
    [59, '59 s left'],
    [61, '2 min left'],
    [3900, '1 h 5 min left'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatTimeLeft(seconds)).toBe(text)
  })
})
