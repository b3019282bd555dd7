import { describe, expect, test } from 'vitest'
import type { BucketSwitch } from '../../src-preload/contract/bucket-switch.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { VisibilityOutcome, VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

const managed: BucketSwitch = {
  kind: 'managed-domain',
  domain: 'pub-1.r2.dev',
  from: 'public',
  to: 'private',
}
const custom: BucketSwitch = { ...managed, kind: 'custom-domain', domain: 'media.example.org' }

/** A bucket of R2 that is public through both of its addresses. */
function bucketOfR2(problem: string | null = null) {
  const plan = (customDomains: readonly string[]): VisibilityPlan => ({
    planId: `plan-${customDomains.length}`,
    bucket: 'site',
    visibility: 'private',
    way: 'provider-switch',
    sure: customDomains.length > 0,
    reasons: ['A bucket is public as a whole.'],
    refusal: null,
    acls: null,
    policy: null,
    switches: customDomains.length > 0 ? [managed, custom] : [managed],
    keptOpenBy: customDomains.length > 0 ? [] : [custom.domain!],
    otherStatements: 0,
    prefixes: [''],
    objects: 3,
    more: false,
    sample: ['a', 'b', 'c'],
  })
  const outcome = (planId: string): VisibilityOutcome => ({
    planId,
    visibility: 'private',
    acls: 0,
    policyChanged: false,
    switches: [{ ...managed, problem: problem === null ? null : { code: 'timeout', message: problem } }],
    failed: [],
    checks: [],
    counts: { public: 0, private: 0, unknown: 0, notChecked: 3 },
    undoable: true,
  })
  return createApiDouble({
    planVisibility: ({ customDomains = [] }) => ok(plan(customDomains)),
    applyVisibility: ({ planId }) => ok(outcome(planId)),
  })
}

describe('pail set-visibility where a bucket is shut as a whole', () => {
  test('says what is switched and what keeps it open, and needs the bucket’s name', async () => {
    const double = bucketOfR2()
    const argv = ['set-visibility', 'private', 's3://site/a']
    const refused = await runForTest(argv, double)
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('pub-1.r2.dev is switched off, through which all of site is read.')
    expect(refused.err).toContain('With --domains they are switched off, too.')
    expect((await runForTest(argv, double, { typed: 'yes' })).code).toBe(3)
    expect(double.inputs('applyVisibility')).toEqual([])
    expect((await runForTest(argv, double, { typed: 'site' })).code).toBe(0)
    expect(double.inputs('applyVisibility')).toEqual([{ planId: 'plan-0', confirmedObjects: 3 }])
  })

  test('--domains switches the others off as well', async () => {
    const double = bucketOfR2()
    const ran = await runForTest(['set-visibility', 'private', 's3://site/', '--domains', '--yes'], double)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('media.example.org is switched off')
    expect(double.inputs('planVisibility').at(-1)?.customDomains).toEqual(['media.example.org'])
    expect(double.inputs('applyVisibility')).toEqual([{ planId: 'plan-1', confirmedObjects: 3 }])
  })

  test('a switch that is not as it should be is a failure', async () => {
    const ran = await runForTest(
      ['set-visibility', 'private', 's3://site/', '--yes'],
      bucketOfR2('It did not answer.'),
    )
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('It did not answer.')
  })

  test.each([
    [['set-visibility', 'public', 's3://b/k', '--domains']],
    [['set-visibility', 'undo', 's3://b', '--domains']],
  ])('%j is wrong usage', async (argv) => {
    expect((await runForTest(argv, createApiDouble({}))).code).toBe(2)
  })
})
