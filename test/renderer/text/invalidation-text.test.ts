import { describe, expect, it } from 'vitest'
import type { InvalidationPlan } from '../../../src-preload/contract/invalidation.ts'
import {
  invalidationCostText,
  invalidationStateText,
  invalidationText,
} from '../../../src-renderer/text/invalidation-text.ts'

const plan: InvalidationPlan = {
  planId: 'i',
  distributionId: 'E2QWRUHAPOMQZL',
  basis: 'planned',
  paths: ['/', '/a.css', '/static/*'],
  wildcards: 1,
  changed: 20,
  unrelated: 0,
}

describe('an invalidation in words', () => {
  it('says what it does', () => {
    expect(invalidationText(plan)).toBe('3 paths for 20 changed files.')
    expect(invalidationText({ ...plan, unrelated: 1 })).toBe(
      '3 paths for 20 changed files. 1 other file will be fetched again as well.',
    )
    expect(invalidationText({ ...plan, paths: [], changed: 0 })).toContain('nothing to invalidate')
  })

  it('says what it costs before it is sent', () => {
    expect(invalidationCostText(plan)).toContain('free')
    expect(invalidationCostText(plan)).toContain('at most $0.015 for these')
    expect(invalidationCostText({ ...plan, paths: ['/*'] })).toContain('at most $0.005 for this one')
  })

  it('says how far it is', () => {
    const made = { invalidationId: 'I1', status: 'in-progress' as const, paths: 3 }
    expect(invalidationStateText(made)).toContain('is forgetting')
    expect(invalidationStateText({ ...made, status: 'completed' })).toContain('has forgotten')
  })
})
