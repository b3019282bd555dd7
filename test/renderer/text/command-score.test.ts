import { expect, test } from 'vitest'
import { commandScore, fittingCommands } from '../../../src-renderer/text/command-score.ts'

const groups = [
  {
    name: 'Files',
    commands: [{ name: 'Who can read this bucket…' }, { name: 'Django settings of this bucket…' }],
  },
  { name: 'Create', commands: [{ name: 'Add a bucket by name' }, { name: 'New bucket' }] },
  { name: 'Go to', commands: [{ name: 'Settings' }] },
]
const names = (typed: string) =>
  fittingCommands(groups, typed).flatMap(({ commands }) => commands.map(({ name }) => name))

test('what was named comes first, whatever group it is in', () => {
  expect(names('New bucket')).toEqual(['New bucket'])
  expect(names('settings')).toEqual(['Settings', 'Django settings of this bucket…'])
  expect(names('bucket')).toEqual([
    'Who can read this bucket…',
    'Django settings of this bucket…',
    'Add a bucket by name',
    'New bucket',
  ])
})

test('without a word there is everything, in its order', () => {
  expect(fittingCommands(groups, ' ')).toEqual(groups)
})

test('words may be typed in any order and be beginnings', () => {
  expect(commandScore('Django settings of this bucket…', 'bucket dj')).toBe(2)
  expect(commandScore('Django settings of this bucket…', 'jango')).toBe(3)
  expect(commandScore('Who can read this bucket…', 'new bucket')).toBe(0)
})
