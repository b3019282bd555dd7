import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPolicyReaders } from '../../src-main/backend/policy-reader.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { type SyncFixture, startSyncFixture } from '../sync/sync-fixture.ts'

let fixture: SyncFixture
beforeEach(async () => {
  fixture = await startSyncFixture({ access: 'per-object' })
})
afterEach(() => fixture.close())

test('an opened key is known for a while, and that one is not open is asked again soon', async () => {
  const { bucket, session } = fixture
  const open = (prefix: string) =>
    putBucketPolicy(session, {
      bucket,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
        },
      }),
    })
  let at = 1_000_000
  const reader = createPolicyReaders(
    () => ({ open: async () => session, forget: () => undefined, close: async () => undefined }) as never,
    () => 'other',
    () => at,
  )('p')
  const reads = () => fixture.countRequests()['GetBucketPolicy'] ?? 0
  reads()
  expect(await reader(bucket, 'media/a')).toBe(false)
  // Thousands of files are refused at once.
  expect(await Promise.all(['b', 'c', 'd'].map((name) => reader(bucket, `media/${name}`)))).toEqual([
    false,
    false,
    false,
  ])
  expect(reads()).toBe(1)
  await open('media/')
  at += 1001
  expect([await reader(bucket, 'media/a'), await reader(bucket, 'other')]).toEqual([true, false])
  expect(reads()).toBe(1)
  at += 14_000
  expect(await reader(bucket, 'media/a')).toBe(true)
  expect(reads()).toBe(0)
})
