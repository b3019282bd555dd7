import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListBucketsCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

conformance('buckets', (scene) => {
  const create = (Bucket: string, more = {}) =>
    scene.client.send(new CreateBucketCommand({ Bucket, ...more }))

  test('a bucket is created, listed, found and deleted', async () => {
    const bucket = await scene.newBucket()
    const { Buckets } = await scene.client.send(new ListBucketsCommand({}))
    expect(Buckets?.map(({ Name }) => Name)).toContain(bucket)
    expect(Buckets?.find(({ Name }) => Name === bucket)?.CreationDate?.getTime()).toBeGreaterThan(
      Date.now() - 60_000,
    )
    const head = await scene.client.send(new HeadBucketCommand({ Bucket: bucket }))
    if (!scene.differs('ceph', 'no bucket region')) expect(head.BucketRegion).toBe(scene.target.region)
    else expect(head.BucketRegion).toBeUndefined()
    await scene.client.send(new DeleteBucketCommand({ Bucket: bucket }))
    expect(await refusal(scene.client.send(new HeadBucketCommand({ Bucket: bucket })))).toMatchObject({
      status: 404,
    })
  })

  test.each(['ab', 'a'.repeat(64), 'under_score', 'a..b', '192.168.5.4', '-start', 'end-'])(
    'the name %s is refused',
    async (name) => {
      expect(await refusal(create(name))).toEqual({ code: 'InvalidBucketName', status: 400 })
    },
  )

  test('creating a bucket of one’s own again succeeds in us-east-1', async () => {
    const bucket = await scene.newBucket()
    expect((await create(bucket)).$metadata.httpStatusCode).toBe(200)
  })

  test('a bucket with something in it is not deleted', async () => {
    const bucket = await scene.newBucket()
    await scene.put(bucket, 'a')
    expect(await refusal(scene.client.send(new DeleteBucketCommand({ Bucket: bucket })))).toEqual({
      code: 'BucketNotEmpty',
      status: 409,
    })
  })

  test('a bucket that does not exist', async () => {
    const bucket = scene.bucketName()
    expect(await scene.signed({ method: 'GET', path: `/${bucket}` })).toMatchObject({
      status: 404,
      code: 'NoSuchBucket',
    })
    expect(await scene.signed({ method: 'PUT', path: `/${bucket}/a`, body: 'x' })).toMatchObject({
      status: 404,
      code: 'NoSuchBucket',
    })
    expect(await scene.signed({ method: 'DELETE', path: `/${bucket}` })).toMatchObject({ status: 404 })
    expect(await scene.anonymous('GET', `/${bucket}/a`)).toMatchObject({ status: 404 })
  })

  test('the location of a bucket in us-east-1 is told as nothing', async () => {
    const bucket = await scene.newBucket()
    const { LocationConstraint } = await scene.client.send(new GetBucketLocationCommand({ Bucket: bucket }))
    if (scene.differs('ceph', 'location of a bucket')) expect(LocationConstraint ?? '').toBe('default')
    else expect(LocationConstraint ?? '').toBe('')
  })

  test('a bucket has no versioning unless somebody enables it', async () => {
    const bucket = await scene.newBucket()
    expect(
      (await scene.client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status,
    ).toBeUndefined()
  })

  test('a location that does not exist', async () => {
    const configuration = { CreateBucketConfiguration: { LocationConstraint: 'nowhere' as 'eu-west-1' } }
    const bucket = scene.bucketName()
    scene.adopt(bucket)
    const call = create(bucket, configuration)
    if (scene.differs('ceph', 'relaxed region')) expect((await call).$metadata.httpStatusCode).toBe(200)
    else expect(await refusal(call)).toMatchObject({ status: 400, code: 'InvalidLocationConstraint' })
  })

  test('virtual-host style', async () => {
    const bucket = await scene.newBucket()
    await scene.put(bucket, 'a b.txt', 'by host')
    const { port } = new URL(scene.target.endpoint)
    const host = `${bucket}.localhost:${port}`
    const read = await scene.signed({ method: 'GET', path: '/a%20b.txt', headers: { host } })
    expect(read.body.toString()).toBe('by host')
    const listed = await scene.signed({ method: 'GET', path: '/?list-type=2', headers: { host } })
    expect(listed.body.toString()).toContain('<Key>a b.txt</Key>')
  })
})
