import { expect, test } from 'vitest'
import { bytesOf, mostPutBytes, sizeWords, wantedSizeWords } from '../../src-preload/contract/upload-size.ts'

test.each([
  ['20MB', 20_000_000],
  ['1.5 GB', 1_500_000_000],
  ['512KiB', 524_288],
  ['4096', 4096],
  ['1 b', 1],
  ['5GiB', mostPutBytes],
  ['5368709121', null],
  ['0', null],
  ['-1', null],
  ['1e3', null],
  ['20 M', null],
  ['MB', null],
  ['', null],
])('%j is %s bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes)
})

test('a size in words is the one that was asked for', () => {
  expect([1, 4096, 48_213, 20_000_000, 1_500_000_000].map(sizeWords)).toEqual([
    '1 byte',
    '4096 bytes',
    '48.21 kB',
    '20 MB',
    '1.5 GB',
  ])
  expect(wantedSizeWords(null)).toBe('any size')
  expect(wantedSizeWords({ kind: 'exactly', bytes: 12_345 })).toBe('exactly 12345 bytes')
})
