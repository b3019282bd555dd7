import { expect, test } from 'vitest'
import { ruleProblem } from '../../../src-preload/contract/rule-problem.ts'

test.each(['[a', 'a/[!b', '[]', '[]a', 'x[a-z', 'a[\\]', '[a/b]'])('%s has an open bracket', (glob) => {
  expect(ruleProblem({ glob, cacheControl: 'no-cache' })?.field).toBe('glob')
})

test.each(['*.js', '[a]', '[]a]', '[!]]', '\\[a', 'a]', '[a-z]/[0-9]*'])('%s is a pattern', (glob) => {
  expect(ruleProblem({ glob, cacheControl: 'no-cache' })).toBeNull()
})

test('a rule that says nothing of its files has no effect', () => {
  expect(ruleProblem({ glob: '*', fingerprinted: true })?.message).toContain('no effect')
  expect(ruleProblem({ glob: '*', cacheControl: '' })).toBeNull()
})
