import {
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { conformance, playgroundOnly, refusal } from './scene.ts'

const abortRule = (ID: string, DaysAfterInitiation: number, Prefix = ''): LifecycleRule => ({
  ID,
  Status: 'Enabled',
  Filter: { Prefix },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation },
})

conformance('lifecycle of incomplete uploads', (scene) => {
  const put = (Bucket: string, ...Rules: LifecycleRule[]) =>
    scene.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    )
  const get = (Bucket: string) => scene.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))

  test('a bucket has none at first, has what was put, and none after it was deleted', async () => {
    const bucket = await scene.newBucket()
    expect(await refusal(get(bucket))).toEqual({ code: 'NoSuchLifecycleConfiguration', status: 404 })
    await put(bucket, abortRule('all', 7), abortRule('drafts', 1, 'drafts/'))
    const { Rules = [] } = await get(bucket)
    expect(
      Rules.map(
        ({ ID, Status, AbortIncompleteMultipartUpload: abort }) =>
          `${ID} ${Status} ${abort?.DaysAfterInitiation}`,
      ).toSorted(),
    ).toEqual(['all Enabled 7', 'drafts Enabled 1'])
    expect(Rules.find(({ ID }) => ID === 'drafts')?.Filter?.Prefix).toBe('drafts/')
    await put(bucket, { ...abortRule('all', 3), Status: 'Disabled' })
    expect((await get(bucket)).Rules).toMatchObject([{ ID: 'all', Status: 'Disabled' }])
    await scene.client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }))
    expect(await refusal(get(bucket))).toMatchObject({ status: 404 })
  })

  test('two rules of one name are refused', async () => {
    const bucket = await scene.newBucket()
    expect(await refusal(put(bucket, abortRule('a', 1, 'x/'), abortRule('a', 2, 'y/')))).toMatchObject({
      status: 400,
    })
  })

  test('an upload that is young enough stays', async () => {
    const bucket = await scene.newBucket()
    await put(bucket, abortRule('all', 1))
    await scene.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'new.mp4' }))
    const { Rules } = await get(bucket)
    expect(Rules).toHaveLength(1)
  })
})

playgroundOnly('lifecycle', (scene) => {
  const put = (Bucket: string, Rule: LifecycleRule) =>
    scene.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [Rule] } }),
    )

  test('what is not carried out is not taken', async () => {
    const bucket = await scene.newBucket()
    const rule = { ID: 'a', Status: 'Enabled', Filter: { Prefix: '' } } as const
    expect(await refusal(put(bucket, { ...rule, Expiration: { Days: 1 } }))).toMatchObject({ status: 501 })
    expect(
      await refusal(
        put(bucket, { ...abortRule('a', 1), Filter: { And: { Prefix: 'a', ObjectSizeGreaterThan: 1 } } }),
      ),
    ).toMatchObject({ status: 501 })
    expect(await refusal(put(bucket, rule))).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await refusal(put(bucket, abortRule('a', 0)))).toMatchObject({ status: 400 })
  })
})
