import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectAclCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutObjectAclCommand,
} from '@aws-sdk/client-s3'
import type { ObjectCannedACL, ObjectOwnership } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'
import type { Scene } from './scene.ts'

const everyAcl: readonly ObjectCannedACL[] = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]

const setOwnership = (scene: Scene, Bucket: string, ObjectOwnership: ObjectOwnership) =>
  scene.client.send(
    new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
  )

conformance('canned ACLs where ACLs count', (scene) => {
  const readableBy: Partial<Record<ObjectCannedACL, number>> = {
    'public-read': 200,
    'public-read-write': 200,
  }

  test.each(['BucketOwnerPreferred', 'ObjectWriter'] as const)('%s: each ACL on a PUT', async (ownership) => {
    const bucket = await scene.newBucket({ open: true, ownership })
    await scene.put(bucket, 'none')
    expect(await scene.anonymousGet(bucket, 'none')).toBe(403)
    for (const ACL of everyAcl) {
      await scene.put(bucket, ACL, 'x', { ACL })
      expect([ACL, await scene.anonymousGet(bucket, ACL)]).toEqual([ACL, readableBy[ACL] ?? 403])
    }
  })

  test('an object goes public and back', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a')
    expect(await scene.grants(bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await scene.setAcl(bucket, 'a', 'public-read')
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
    expect((await scene.grants(bucket, 'a')).toSorted()).toEqual(['AllUsers READ', 'owner FULL_CONTROL'])
    await scene.setAcl(bucket, 'a', 'private')
    expect(await scene.anonymousGet(bucket, 'a')).toBe(403)
  })

  test('a PUT over a public object makes it private again', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a', 'x', { ACL: 'public-read' })
    await scene.put(bucket, 'a', 'y')
    expect(await scene.anonymousGet(bucket, 'a')).toBe(403)
  })

  test('a public bucket can be listed, and its objects cannot be read for that', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a')
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(403)
    await scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }))
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(200)
    expect(await scene.anonymousGet(bucket, 'a')).toBe(403)
    // Who may list may also know what is missing.
    expect(await scene.anonymousGet(bucket, 'missing')).toBe(404)
    await scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'private' }))
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(403)
    expect(await scene.anonymousGet(bucket, 'missing')).toBe(403)
  })

  test('grants written out in a document', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a')
    const { Owner } = await scene.client.send(new GetObjectAclCommand({ Bucket: bucket, Key: 'a' }))
    const URI = 'http://acs.amazonaws.com/groups/global/AllUsers'
    await scene.client.send(
      new PutObjectAclCommand({
        Bucket: bucket,
        Key: 'a',
        AccessControlPolicy: {
          Owner,
          Grants: [
            { Grantee: { Type: 'CanonicalUser', ID: Owner?.ID }, Permission: 'FULL_CONTROL' },
            { Grantee: { Type: 'Group', URI }, Permission: 'READ' },
          ],
        },
      }),
    )
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
  })

  test('an ACL that does not exist', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    const refused = await refusal(scene.put(bucket, 'a', 'x', { ACL: 'public' as ObjectCannedACL }))
    expect(refused).toEqual({ code: 'InvalidArgument', status: 400 })
  })

  test('the ACL of a missing object', async () => {
    const bucket = await scene.newBucket()
    const call = scene.client.send(new GetObjectAclCommand({ Bucket: bucket, Key: 'missing' }))
    expect(await refusal(call)).toEqual({ code: 'NoSuchKey', status: 404 })
  })
})

conformance('a new bucket', (scene) => {
  test('has ACLs disabled: any ACL but bucket-owner-full-control is refused, private too', async () => {
    const bucket = await scene.newBucket()
    for (const ACL of everyAcl) {
      const call = scene.put(bucket, ACL, 'x', { ACL })
      if (ACL === 'bucket-owner-full-control' || scene.differs('ceph', 'ownership controls')) await call
      else expect(await refusal(call)).toEqual({ code: 'AccessControlListNotSupported', status: 400 })
    }
  })

  test('has no ACL that could be changed', async () => {
    const bucket = await scene.newBucket()
    await scene.put(bucket, 'a')
    const object = scene.setAcl(bucket, 'a', 'private')
    const whole = scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'private' }))
    if (scene.differs('ceph', 'ownership controls')) await Promise.all([object, whole])
    else
      for (const call of [object, whole])
        expect(await refusal(call)).toEqual({ code: 'AccessControlListNotSupported', status: 400 })
    expect(await scene.grants(bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    const { Grants } = await scene.client.send(new GetBucketAclCommand({ Bucket: bucket }))
    expect(Grants).toHaveLength(1)
  })

  test('is owned and blocked throughout', async () => {
    const Bucket = await scene.newBucket()
    const ownership = scene.client.send(new GetBucketOwnershipControlsCommand({ Bucket }))
    const block = scene.client.send(new GetPublicAccessBlockCommand({ Bucket }))
    if (scene.differs('ceph', 'ownership controls')) {
      expect((await ownership).OwnershipControls?.Rules).toBeUndefined()
      expect((await block).PublicAccessBlockConfiguration?.BlockPublicAcls).toBe(false)
      return
    }
    expect((await ownership).OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }])
    expect((await block).PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    })
  })

  test('cannot be created public', async () => {
    const create = (ObjectOwnership?: ObjectOwnership) => {
      const Bucket = scene.bucketName()
      scene.adopt(Bucket)
      return scene.client.send(new CreateBucketCommand({ Bucket, ACL: 'public-read', ObjectOwnership }))
    }
    if (scene.differs('ceph', 'ownership controls')) {
      expect((await create()).$metadata.httpStatusCode).toBe(200)
      return
    }
    expect(await refusal(create())).toEqual({ code: 'InvalidBucketAclWithObjectOwnership', status: 400 })
    expect(await refusal(create('ObjectWriter'))).toEqual({
      code: 'InvalidBucketAclWithBlockPublicAccessError',
      status: 400,
    })
  })
})

conformance('object ownership', (scene) => {
  test('disabling ACLs takes a public object back, enabling them gives it away again', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.put(bucket, 'a', 'x', { ACL: 'public-read' })
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
    const enforce = setOwnership(scene, bucket, 'BucketOwnerEnforced')
    if (scene.differs('ceph', 'ownership controls')) {
      expect((await refusal(enforce)).status).toBeGreaterThanOrEqual(400)
      return
    }
    await enforce
    expect(await scene.anonymousGet(bucket, 'a')).toBe(403)
    expect(await scene.grants(bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await setOwnership(scene, bucket, 'BucketOwnerPreferred')
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
  })

  test('ACLs cannot be disabled while the bucket itself is public', async () => {
    const Bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))
    const refused = await refusal(setOwnership(scene, Bucket, 'BucketOwnerEnforced'))
    if (scene.differs('ceph', 'ownership controls')) expect(refused.status).toBeGreaterThanOrEqual(400)
    else expect(refused).toEqual({ code: 'InvalidBucketAclWithObjectOwnership', status: 400 })
  })

  test('no controls mean that ACLs count', async () => {
    const Bucket = await scene.newBucket({ open: true })
    const remove = scene.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }))
    if (scene.differs('ceph', 'removing ownership controls')) {
      await remove
      expect((await scene.signed({ method: 'HEAD', path: `/${Bucket}` })).status).toBe(404)
    } else {
      await remove
      const read = scene.client.send(new GetBucketOwnershipControlsCommand({ Bucket }))
      expect(await refusal(read)).toEqual({ code: 'OwnershipControlsNotFoundError', status: 404 })
      await scene.put(Bucket, 'a', 'x', { ACL: 'public-read' })
      expect(await scene.anonymousGet(Bucket, 'a')).toBe(200)
    }
  })
})
