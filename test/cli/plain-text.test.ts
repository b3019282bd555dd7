import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, formatBytes, plainText } from '../../src-main/cli/plain-text.ts'

describe('plain output', () => {
  test('S36 a key neither breaks the line, nor steers the terminal, nor turns the text around', () => {
    expect(plainText('a\nb\tc\r')).toBe('a\\nb\\tc\\r')
    expect(plainText('\u001b[2J')).toBe('\\u{1b}[2J')
    expect(plainText('photo\u202egpj.exe')).toBe('photo\\u{202e}gpj.exe')
    expect(plainText('\u009b31m')).toBe('\\u{9b}31m')
    expect(plainText('\ud800')).toBe('\\u{d800}')
    expect(plainText('naïve 🪣 日本')).toBe('naïve 🪣 日本')
  })

  test('whatever goes in is one line without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(text)).not.toMatch(/\p{Cc}|\p{Cs}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })

  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 KB'],
    [999_949, '999.9 KB'],
    [999_950, '1.0 MB'],
    [1_500_000_000, '1.5 GB'],
    [5e15, '5000.0 TB'],
  ])('%d bytes', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test('one object, two objects', () => {
    expect([counted(1, 'object'), counted(2, 'object'), counted(1234, 'object')]).toEqual([
      '1 object',
      '2 objects',
      '1,234 objects',
    ])
  })
})
