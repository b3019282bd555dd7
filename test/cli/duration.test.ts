import { expect, test } from 'vitest'
import { parseDuration } from '../../src-main/cli/duration.ts'
import { UsageError } from '../../src-main/cli/usage-error.ts'

test.each([
  ['300', 300],
  ['300s', 300],
  ['5m', 300],
  ['1h', 3600],
  ['1d', 86_400],
  ['7d', 604_800],
  ['30d', 2_592_000],
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration('--expires', text)).toBe(seconds)
})

test.each(['0', '0h', '-5m', '1.5h', 'h', '1w', '1h30m', ' 1h', '1H', '9999999999', '999999d', '1e3', ''])(
  '%j is wrong usage',
  (text) => {
    expect(() => parseDuration('--expires', text)).toThrow(UsageError)
  },
)
