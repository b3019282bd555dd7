import { GetObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { copyObject, updateHeaders } from '../../src-main/s3/copy-object.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { moveObject } from '../../src-main/s3/move-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { emptyAndDelete } from './scene.ts'
import { isHere, openTarget, sessionOn, type Target, targetNames } from './target.ts'

/** Ceph forgets an object's tags when its headers are replaced, and does not look at those that come with a copy. */
describe.each(targetNames)('the tags of a copy, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const bucket = `pail-tags-${process.pid}`
  let target: Target
  let session: S3Session
  beforeAll(async () => {
    if (!isHere(name)) return
    target = await openTarget(name)
    session = sessionOn(target, 'test')
    await createBucket(session, { bucket, region: target.region, access: 'private' })
  })
  afterAll(async () => {
    if (!isHere(name)) return
    await emptyAndDelete(await session.client(bucket), bucket)
    session.destroy()
    await target.close()
  })

  const put = async (key: string) => {
    const client = await session.client(bucket)
    const tagged = { Bucket: bucket, Key: key, Body: 'a', Tagging: 'k=v&a%20b=c%2Bd' }
    await client.send(new PutObjectCommand({ ...tagged, ContentType: 'text/css', Metadata: { who: 'me' } }))
  }
  const tagsOf = async (key: string) => {
    const client = await session.client(bucket)
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))
    return TagSet.map(({ Key, Value }) => `${Key}=${Value}`).toSorted()
  }
  const both = ['a b=c+d', 'k=v']

  run('stay with a copy, a moved object and one whose headers are changed', async () => {
    for (const key of ['copied', 'moved', 'headed']) await put(key)
    await copyObject(session, { bucket, key: 'copied', newKey: 'a copy' })
    await moveObject(session, { bucket, key: 'moved', newKey: 'elsewhere' })
    const { eTag } = (await headObject(session, { bucket, key: 'headed' }))!
    await updateHeaders(session, {
      bucket,
      key: 'headed',
      headers: { cacheControl: 'max-age=1' },
      expectedETag: eTag!,
    })
    expect(await headObject(session, { bucket, key: 'headed' })).toMatchObject({
      cacheControl: 'max-age=1',
      contentType: 'text/css',
      metadata: { who: 'me' },
    })
    for (const key of ['a copy', 'elsewhere', 'headed']) expect([key, await tagsOf(key)]).toEqual([key, both])
  })
})
