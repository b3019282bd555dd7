import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { answer, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

describe('buckets', () => {
  test('pail buckets lists them, and says when the key may not', async () => {
    const double = createApiDouble({
      listBuckets: answer({
        listed: false,
        buckets: [
          { name: 'one', createdAt: '2026-01-02T03:04:05.678Z', region: 'eu-west-1', typedIn: false },
          { name: 'two', createdAt: null, region: null, typedIn: true },
        ],
      }),
    })
    const ran = await runForTest(['buckets'], double)
    expect(ran).toMatchObject({ code: 0, out: '2026-01-02T03:04:05Z  one\n-                     two\n' })
    expect(ran.err).toContain('may not list buckets')
    expect(JSON.parse((await runForTest(['buckets', '--json'], double)).out)).toEqual({
      listed: false,
      buckets: [
        { name: 'one', createdAt: '2026-01-02T03:04:05.678Z', region: 'eu-west-1' },
        { name: 'two', createdAt: null, region: null },
      ],
    })
  })

  test('pail mb and rb make and remove one', async () => {
    const double = createApiDouble({
      createBucket: answer({ name: 'new-bucket', createdAt: null, region: 'us-east-1', typedIn: false }),
      deleteBucket: answer({}),
    })
    expect(await runForTest(['mb', 's3://new-bucket', '--access', 'per-object'], double)).toMatchObject({
      code: 0,
      out: '',
    })
    expect(await runForTest(['rb', 's3://new-bucket'], double)).toMatchObject({ code: 0, out: '' })
    expect(double.calls.map(({ input }) => input)).toEqual([
      { profileId: environmentProfileId, bucket: 'new-bucket', region: 'us-east-1', access: 'per-object' },
      { profileId: environmentProfileId, bucket: 'new-bucket' },
    ])
  })
})
