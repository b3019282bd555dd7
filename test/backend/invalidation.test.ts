import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invalidationHandlers } from '../../src-main/backend/invalidation-handlers.ts'
import { createRunningWork } from '../../src-main/backend/running-work.ts'
import type { Sessions } from '../../src-main/backend/sessions.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { KeptSync, RowDone } from '../../src-main/sync/applied-sync.ts'
import { invalidationPlanSchema, invalidationSchema } from '../../src-preload/contract/invalidation.ts'
import { type ScriptedCloudFront, startScriptedCloudFront } from '../cdn/scripted-cloudfront.ts'
import { testKeys, testSession } from '../s3/scripted-server.ts'
import { startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'

const distributionId = 'E2QWRUHAPOMQZL'

let cloud: ScriptedCloudFront
let fixture: SyncFixture
beforeEach(async () => {
  cloud = await startScriptedCloudFront(distributionId, testKeys)
  fixture = await startSyncFixture()
})
afterEach(async () => {
  await cloud.close()
  await fixture.close()
})

/** A sync of two changed files and a new one; `apply` does it. */
async function changedSync(): Promise<{ kept: () => KeptSync; apply: () => Promise<void> }> {
  await fixture.write({ 'index.html': '1', 'a.css': '1' })
  await fixture.apply(await fixture.plan())
  await fixture.write({ 'index.html': 'two', 'a.css': 'two', 'new.css': 'new' })
  const planned = await fixture.plan()
  let done: Map<string, RowDone> | null = null
  return {
    kept: () => ({ profileId: 'p', planned, done }),
    apply: async () => {
      const all = new Map<string, RowDone>()
      await fixture.apply(planned, { onDone: (row, facts) => void all.set(row.key, facts) })
      done = all
    },
  }
}

function handlers(kept: () => KeptSync, session: S3Session = testSession(null), pollMs = 10) {
  const sessions: Sessions = {
    open: () => Promise.resolve(session),
    forget: () => undefined,
    close: () => undefined,
  }
  const work = createRunningWork()
  const parts = { cloudFront: { endpoint: cloud.endpoint, pollMs } }
  return { work, ...invalidationHandlers(parts, sessions, kept, work) }
}

const asked = { planId: 'plan_1', distributionId }

describe('an invalidation', () => {
  test('is planned before the sync, and sent only after it, for what was really changed', async () => {
    const sync = await changedSync()
    const { planInvalidation, applyInvalidation } = handlers(sync.kept)
    const before = await planInvalidation(asked)
    expect(invalidationPlanSchema.parse(before)).toEqual(before)
    expect(before).toMatchObject({ basis: 'planned', paths: ['/', '/a.css', '/index.html'], changed: 2 })
    await expect(applyInvalidation({ planId: before.planId })).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
    expect(cloud.requests).toEqual([])

    await sync.apply()
    const after = await planInvalidation(asked)
    expect(after).toMatchObject({ basis: 'done', paths: before.paths })
    const made = await applyInvalidation({ planId: after.planId })
    expect(invalidationSchema.parse(made)).toEqual(made)
    expect(made).toMatchObject({ status: 'in-progress', paths: 3 })
    expect(cloud.invalidations.map(({ paths }) => paths)).toEqual([after.paths])
    expect(cloud.faults).toEqual([])
  })

  test('is one, however often it is applied, and another for another plan', async () => {
    const sync = await changedSync()
    await sync.apply()
    const { planInvalidation, applyInvalidation } = handlers(sync.kept)
    const { planId } = await planInvalidation(asked)
    const first = await applyInvalidation({ planId })
    expect(await applyInvalidation({ planId })).toEqual({ ...first, status: 'completed' })
    const again = await planInvalidation(asked)
    expect((await applyInvalidation({ planId: again.planId })).invalidationId).not.toBe(first.invalidationId)
    expect(cloud.invalidations).toHaveLength(2)
  })

  test('can be waited for', async () => {
    const sync = await changedSync()
    await sync.apply()
    cloud.completedAfter = 3
    const { planInvalidation, applyInvalidation } = handlers(sync.kept)
    const { planId } = await planInvalidation(asked)
    expect(await applyInvalidation({ planId, waitSeconds: 60 })).toMatchObject({ status: 'completed' })
    expect(cloud.requests).toHaveLength(4)
  })

  test('that is on its way is not lost when a question goes wrong or nobody waits any more', async () => {
    const sync = await changedSync()
    await sync.apply()
    cloud.completedAfter = 1000
    const { planInvalidation, applyInvalidation, work } = handlers(sync.kept)
    const first = await planInvalidation(asked)
    const waiting = applyInvalidation({ planId: first.planId, waitSeconds: 600 })
    while (cloud.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    work.cancel('plan_1')
    expect(await waiting).toMatchObject({ status: 'in-progress' })

    const second = await planInvalidation(asked)
    const asking = applyInvalidation({ planId: second.planId, waitSeconds: 600 })
    while (cloud.invalidations.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    cloud.failures.push({ status: 403, code: 'AccessDenied' })
    expect(await asking).toMatchObject({ status: 'in-progress' })
  })

  test('of nothing is not sent', async () => {
    await fixture.write({ 'new.css': 'new' })
    const planned = await fixture.plan()
    const { planInvalidation, applyInvalidation } = handlers(() => ({
      profileId: 'p',
      planned,
      done: new Map(planned.rows.map((row) => [row.key, { eTag: null, sizeBytes: 3, atMs: 0 }])),
    }))
    const { planId, paths } = await planInvalidation(asked)
    expect(paths).toEqual([])
    await expect(applyInvalidation({ planId })).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
    expect(cloud.requests).toEqual([])
  })

  test('is for profiles on AWS, and others are told at once', async () => {
    const sync = await changedSync()
    const { planInvalidation } = handlers(sync.kept, fixture.session)
    await expect(planInvalidation(asked)).rejects.toMatchObject({ error: { code: 'not-supported' } })
  })

  test('a forged plan is not there', async () => {
    const sync = await changedSync()
    const { applyInvalidation } = handlers(sync.kept)
    await expect(applyInvalidation({ planId: 'plan_1' })).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
  })
})
