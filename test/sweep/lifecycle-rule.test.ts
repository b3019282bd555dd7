import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LifecycleRule } from '../../src-main/s3/bucket-lifecycle.ts'
import { getBucketLifecycle, putBucketLifecycle } from '../../src-main/s3/bucket-lifecycle.ts'
import {
  applyLifecycle,
  mergedLifecycle,
  ourRuleId,
  planLifecycle,
} from '../../src-main/sweep/lifecycle-rule.ts'
import { isHeadBucket, sendXml, startScriptedServer, testSession } from '../s3/scripted-server.ts'
import { hasCeph, type SweepFixture, startSweepFixture } from './sweep-fixture.ts'

const configuration = (...rules: LifecycleRule[]) => ({ rules, transitionDefaultMinimumObjectSize: null })
const other: LifecycleRule = {
  ID: 'drafts',
  Status: 'Enabled',
  Filter: { Prefix: 'drafts/' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 30 },
}

describe('the configuration with our rule', () => {
  it('has every other rule as it was, for any number of them and any change', () => {
    const rule = fc.record({
      ID: fc.oneof(fc.string({ maxLength: 20 }), fc.constant(ourRuleId)),
      Status: fc.constantFrom('Enabled', 'Disabled'),
      Filter: fc.constantFrom({ Prefix: '' }, { Prefix: 'a/' }, { And: { Prefix: 'b', Tags: [] } }),
      Expiration: fc.record({ Days: fc.integer({ min: 1, max: 9999 }) }),
    })
    const rules = fc.uniqueArray(rule, { selector: ({ ID }) => ID, maxLength: 8 })
    fc.assert(
      fc.property(rules, fc.option(fc.integer({ min: 1, max: 3650 })), (before, days) => {
        const { after, rule: ours } = mergedLifecycle(configuration(...before), days)
        const strangers = (all: readonly LifecycleRule[]) => all.filter(({ ID }) => ID !== ourRuleId)
        expect(strangers(after.rules)).toEqual(strangers(before))
        expect(after.rules.filter(({ ID }) => ID === ourRuleId)).toEqual(ours === null ? [] : [ours])
      }),
    )
  })

  it('is added, replaced, taken away, or left when it is there', () => {
    const { after, change, abortRules } = mergedLifecycle(configuration(other), 7)
    expect(change).toBe('add')
    expect(abortRules).toEqual([{ id: 'drafts', days: 30, isOurs: false, coversAll: false }])
    expect(mergedLifecycle(after, 7)).toMatchObject({ change: 'none', after: { rules: after.rules } })
    expect(mergedLifecycle(after, 3)).toMatchObject({ change: 'replace' })
    expect(mergedLifecycle(after, null)).toMatchObject({ change: 'remove', after: { rules: [other] } })
    expect(mergedLifecycle(configuration(other), null)).toMatchObject({ change: 'none' })
  })

  it('has the old kind of prefix where the other rules have', () => {
    const { Filter: _, ...rest } = other
    expect(mergedLifecycle(configuration({ ...rest, Prefix: 'drafts/' }), 7).rule).toMatchObject({
      Prefix: '',
    })
    expect(mergedLifecycle(configuration({ ...rest, Prefix: 'drafts/' }), 7).rule).not.toHaveProperty(
      'Filter',
    )
  })

  it('counts a rule as one for all keys only when it is enabled and has no filter', () => {
    const all = (more: Partial<LifecycleRule>) =>
      mergedLifecycle(configuration({ ...other, ...more }), null).abortRules[0]?.coversAll
    expect(all({ Filter: { Prefix: '' } })).toBe(true)
    expect(all({ Filter: {} })).toBe(true)
    expect(all({ Filter: { Prefix: '' }, Status: 'Disabled' })).toBe(false)
    expect(all({ Filter: { Tag: { Key: 'a', Value: 'b' } } })).toBe(false)
    expect(all({ Filter: undefined, Prefix: '' })).toBe(true)
  })
})

for (const name of ['playground', 'ceph'] as const)
  describe.skipIf(name === 'ceph' && !hasCeph)(`the rule in a bucket (${name})`, () => {
    let fixture: SweepFixture
    beforeEach(async () => {
      fixture = await startSweepFixture(name)
    })
    afterEach(() => fixture.close())
    const plan = (days: number | null) => planLifecycle(fixture.session, { bucket: fixture.bucket, days })
    const rules = async () =>
      (await getBucketLifecycle(fixture.session, fixture)).rules.map(({ ID }) => String(ID)).toSorted()

    it('is written beside the others, seen, and taken away again, which leaves the others', async () => {
      const { session, bucket } = fixture
      const strangers: LifecycleRule[] =
        name === 'ceph'
          ? [other, { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: { Days: 900 } }]
          : [other]
      await putBucketLifecycle(session, { bucket }, configuration(...strangers))
      expect(await applyLifecycle(session, await plan(7))).toEqual({ confirmed: true })
      expect(await rules()).toEqual([...strangers.map(({ ID }) => String(ID)), ourRuleId].toSorted())
      expect(await plan(7)).toMatchObject({ change: 'none' })
      expect(await applyLifecycle(session, await plan(null))).toEqual({ confirmed: true })
      const { rules: left } = await getBucketLifecycle(session, { bucket })
      expect(left.toSorted((a, b) => ((a.ID ?? '') < (b.ID ?? '') ? -1 : 1))).toMatchObject(strangers)
    })

    it('is the only one in a bucket without rules, and leaves none behind', async () => {
      expect(await applyLifecycle(fixture.session, await plan(1))).toEqual({ confirmed: true })
      expect(await rules()).toEqual([ourRuleId])
      await applyLifecycle(fixture.session, await plan(null))
      expect(await rules()).toEqual([])
    })

    it('is not written over what somebody has changed since the plan', async () => {
      const planned = await plan(7)
      await putBucketLifecycle(fixture.session, fixture, configuration(other))
      await expect(applyLifecycle(fixture.session, planned)).rejects.toMatchObject({
        error: { code: 'precondition-failed' },
      })
      expect(await rules()).toEqual(['drafts'])
    })
  })

describe('a configuration with something that Pail does not know', () => {
  it('is left alone', async () => {
    const server = await startScriptedServer((request, response) => {
      if (isHeadBucket(request)) return void response.writeHead(200).end()
      sendXml(
        response,
        '<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Shred><Days>1</Days></Shred></Rule></LifecycleConfiguration>',
      )
    })
    const session = testSession(server.endpoint)
    await expect(planLifecycle(session, { bucket: 'b', days: 7 })).rejects.toMatchObject({
      error: { code: 'not-supported', message: expect.stringContaining('Shred') },
    })
    expect(server.requests.filter(({ method }) => method === 'PUT')).toEqual([])
    session.destroy()
    await server.close()
  })
})
