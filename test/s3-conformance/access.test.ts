import {
  CreateBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutPublicAccessBlockCommand,
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
const denied = { code: 'AccessDenied', status: 403 }

const anonymousGet = async (scene: Scene, bucket: string, key: string) =>
  (await scene.anonymous('GET', `/${bucket}/${key}`)).status
const setOwnership = (scene: Scene, Bucket: string, ObjectOwnership: ObjectOwnership) =>
  scene.client.send(
    new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
  )
const setAcl = (scene: Scene, Bucket: string, Key: string, ACL: ObjectCannedACL) =>
  scene.client.send(new PutObjectAclCommand({ Bucket, Key, ACL }))
const grants = async (scene: Scene, Bucket: string, Key: string) => {
  const { Grants } = await scene.client.send(new GetObjectAclCommand({ Bucket, Key }))
  return (Grants ?? []).map(
    ({ Grantee, Permission }) => `${Grantee?.URI?.replace(/^.*\//, '') ?? 'owner'} ${Permission ?? ''}`,
  )
}

conformance('canned ACLs where ACLs count', (scene) => {
  const readableBy: Partial<Record<ObjectCannedACL, number>> = {
    'public-read': 200,
    'public-read-write': 200,
  }

  test.each(['BucketOwnerPreferred', 'ObjectWriter'] as const)('%s: each ACL on a PUT', async (ownership) => {
    const bucket = await scene.newBucket({ open: true, ownership })
    await scene.put(bucket, 'none')
    expect(await anonymousGet(scene, bucket, 'none')).toBe(403)
    for (const ACL of everyAcl) {
      await scene.put(bucket, ACL, 'x', { ACL })
      expect([ACL, await anonymousGet(scene, bucket, ACL)]).toEqual([ACL, readableBy[ACL] ?? 403])
    }
  })

  test('an object goes public and back', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a')
    expect(await grants(scene, bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await setAcl(scene, bucket, 'a', 'public-read')
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
    expect((await grants(scene, bucket, 'a')).toSorted()).toEqual(['AllUsers READ', 'owner FULL_CONTROL'])
    await setAcl(scene, bucket, 'a', 'private')
    expect(await anonymousGet(scene, bucket, 'a')).toBe(403)
  })

  test('a PUT over a public object makes it private again', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a', 'x', { ACL: 'public-read' })
    await scene.put(bucket, 'a', 'y')
    expect(await anonymousGet(scene, bucket, 'a')).toBe(403)
  })

  test('a public bucket can be listed, and its objects cannot be read for that', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'BucketOwnerPreferred' })
    await scene.put(bucket, 'a')
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(403)
    await scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }))
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(200)
    expect(await anonymousGet(scene, bucket, 'a')).toBe(403)
    // Who may list may also know what is missing.
    expect(await anonymousGet(scene, bucket, 'missing')).toBe(404)
    await scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'private' }))
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(403)
    expect(await anonymousGet(scene, bucket, 'missing')).toBe(403)
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
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
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
    const object = setAcl(scene, bucket, 'a', 'private')
    const whole = scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'private' }))
    if (scene.differs('ceph', 'ownership controls')) await Promise.all([object, whole])
    else
      for (const call of [object, whole])
        expect(await refusal(call)).toEqual({ code: 'AccessControlListNotSupported', status: 400 })
    expect(await grants(scene, bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    const { Grants } = await scene.client.send(new GetBucketAclCommand({ Bucket: bucket }))
    expect(Grants).toHaveLength(1)
  })

  test('is owned and blocked throughout', async () => {
    const Bucket = await scene.newBucket()
    const ownership = scene.client.send(new GetBucketOwnershipControlsCommand({ Bucket }))
    const block = scene.client.send(new GetPublicAccessBlockCommand({ Bucket }))
    if (scene.differs('ceph', 'ownership controls')) {
      await ownership.catch((error: unknown) => expect(error).toBeInstanceOf(Error))
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
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
    const enforce = setOwnership(scene, bucket, 'BucketOwnerEnforced')
    if (scene.differs('ceph', 'ownership controls')) {
      expect((await refusal(enforce)).status).toBeGreaterThanOrEqual(400)
      return
    }
    await enforce
    expect(await anonymousGet(scene, bucket, 'a')).toBe(403)
    expect(await grants(scene, bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await setOwnership(scene, bucket, 'BucketOwnerPreferred')
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
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
    if (scene.differs('ceph', 'ownership controls'))
      await remove.catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    else {
      await remove
      const read = scene.client.send(new GetBucketOwnershipControlsCommand({ Bucket }))
      expect(await refusal(read)).toEqual({ code: 'OwnershipControlsNotFoundError', status: 404 })
      await scene.put(Bucket, 'a', 'x', { ACL: 'public-read' })
      expect(await anonymousGet(scene, Bucket, 'a')).toBe(200)
    }
  })
})

conformance('Block Public Access', (scene) => {
  const block = (Bucket: string, on: object) =>
    scene.client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: on }))
  const publicPolicy = (Bucket: string) =>
    scene.client.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
          ],
        }),
      }),
    )

  test('BlockPublicAcls refuses public ACLs and nothing else', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.put(bucket, 'before', 'x', { ACL: 'public-read' })
    await block(bucket, { BlockPublicAcls: true })
    for (const ACL of ['public-read', 'public-read-write', 'authenticated-read'] as const) {
      expect(await refusal(scene.put(bucket, 'a', 'x', { ACL }))).toEqual(denied)
      expect(await refusal(setAcl(scene, bucket, 'before', ACL))).toEqual(denied)
    }
    expect(
      await refusal(scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }))),
    ).toEqual(denied)
    const harmless = scene.put(bucket, 'b', 'x', { ACL: 'private' })
    if (scene.differs('ceph', 'BlockPublicAcls')) expect(await refusal(harmless)).toEqual(denied)
    else await harmless
    expect(await anonymousGet(scene, bucket, 'before')).toBe(200)
  })

  test('IgnorePublicAcls lets the PUT succeed and the object stay private', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await block(bucket, { IgnorePublicAcls: true })
    await scene.put(bucket, 'a', 'x', { ACL: 'public-read' })
    expect(await anonymousGet(scene, bucket, 'a')).toBe(403)
    if (!scene.differs('ceph', 'effective grants'))
      expect(await grants(scene, bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await block(bucket, {})
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
  })

  test('BlockPublicPolicy refuses a public policy and takes another', async () => {
    const Bucket = await scene.newBucket({ open: true })
    await block(Bucket, { BlockPublicPolicy: true })
    expect(await refusal(publicPolicy(Bucket))).toEqual(denied)
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${Bucket}/secret/*`,
        },
      ],
    })
    await scene.client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  })

  test('RestrictPublicBuckets keeps the public out whatever the policy says', async () => {
    const bucket = await scene.newBucket({ open: true })
    await scene.put(bucket, 'a')
    await publicPolicy(bucket)
    expect(await anonymousGet(scene, bucket, 'a')).toBe(200)
    await block(bucket, { RestrictPublicBuckets: true })
    const restricted = scene.differs('ceph', 'RestrictPublicBuckets') ? 200 : 403
    expect(await anonymousGet(scene, bucket, 'a')).toBe(restricted)
    const { Body } = await scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(await Body?.transformToString()).toBe('content')
  })

  test('the settings are read, changed and removed', async () => {
    const Bucket = await scene.newBucket({ open: true })
    const read = () => scene.client.send(new GetPublicAccessBlockCommand({ Bucket }))
    const none = async () => {
      if (scene.differs('ceph', 'absence of Block Public Access'))
        expect((await read()).PublicAccessBlockConfiguration?.IgnorePublicAcls).toBe(false)
      else
        expect(await refusal(read())).toEqual({ code: 'NoSuchPublicAccessBlockConfiguration', status: 404 })
    }
    await none()
    await block(Bucket, { IgnorePublicAcls: true })
    expect((await read()).PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: false,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    })
    await scene.client.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await none()
  })
})

conformance('bucket policies', (scene) => {
  const put = (Bucket: string, ...Statement: object[]) =>
    scene.client.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    )
  const allowStatic = (Bucket: string) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/static/*`,
  })
  const status = async (Bucket: string) =>
    (await scene.client.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic

  test('a prefix is public, and only that prefix', async () => {
    const bucket = await scene.newBucket({ open: true })
    const keys = ['static/a.css', 'static/deep/b.css', 'static-2/c.css', 'media/d.png', 'staticfile'] as const
    for (const key of keys) await scene.put(bucket, key)
    const matrix = async () => Promise.all(keys.map((key) => anonymousGet(scene, bucket, key)))
    expect(await matrix()).toEqual([403, 403, 403, 403, 403])
    await put(bucket, allowStatic(bucket))
    expect(await matrix()).toEqual([200, 200, 403, 403, 403])
    expect((await scene.anonymous('HEAD', `/${bucket}/static/a.css`)).status).toBe(200)
    // Reading is all that was allowed.
    expect((await scene.anonymous('GET', `/${bucket}`)).status).toBe(403)
    expect((await scene.anonymous('DELETE', `/${bucket}/static/a.css`)).status).toBe(403)
    expect(
      (
        await scene.anonymous('PUT', `/${bucket}/static/e.css`, {
          body: 'x',
          headers: { 'content-length': '1' },
        })
      ).status,
    ).toBe(403)
    // Who may not list may not know what is missing.
    expect(await anonymousGet(scene, bucket, 'static/missing')).toBe(403)
    await scene.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
    expect(await matrix()).toEqual([403, 403, 403, 403, 403])
  })

  test('a Deny wins over an Allow, over an ACL, and over the owner', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.put(bucket, 'static/open')
    await scene.put(bucket, 'static/closed', 'x', { ACL: 'public-read' })
    expect(await anonymousGet(scene, bucket, 'static/closed')).toBe(200)
    const deny = { ...allowStatic(bucket), Effect: 'Deny', Resource: `arn:aws:s3:::${bucket}/static/closed` }
    await put(bucket, allowStatic(bucket), deny)
    expect(await anonymousGet(scene, bucket, 'static/open')).toBe(200)
    expect(await anonymousGet(scene, bucket, 'static/closed')).toBe(403)
    const read = scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'static/closed' }))
    expect(await refusal(read)).toEqual(denied)
  })

  test('listing may be allowed, for one prefix too', async () => {
    const bucket = await scene.newBucket({ open: true })
    await scene.put(bucket, 'static/a')
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': 'static/*' } },
    }
    await put(bucket, statement)
    const list = async (query: string) =>
      (await scene.anonymous('GET', `/${bucket}?list-type=2${query}`)).status
    expect(await list('&prefix=static/')).toBe(200)
    expect(await list('&prefix=media/')).toBe(403)
    expect(await list('')).toBe(403)
  })

  test('a Referer opens, its absence does not', async () => {
    const bucket = await scene.newBucket({ open: true })
    await scene.put(bucket, 'static/a')
    const Condition = { StringLike: { 'aws:Referer': 'https://site.example/*' } }
    await put(bucket, { ...allowStatic(bucket), Condition })
    const read = async (headers: Record<string, string>) =>
      (await scene.anonymous('GET', `/${bucket}/static/a`, { headers })).status
    expect(await read({ referer: 'https://site.example/page' })).toBe(200)
    expect(await read({ referer: 'https://other.example/page' })).toBe(403)
    expect(await read({})).toBe(403)
  })

  test('a policy comes back as it was put, with whether it is public', async () => {
    const Bucket = await scene.newBucket({ open: true })
    const read = () => scene.client.send(new GetBucketPolicyCommand({ Bucket }))
    expect(await refusal(read())).toEqual({ code: 'NoSuchBucketPolicy', status: 404 })
    await put(Bucket, allowStatic(Bucket))
    const document = { Version: '2012-10-17', Statement: [allowStatic(Bucket)] }
    expect(JSON.parse((await read()).Policy ?? '')).toEqual(document)
    expect(await status(Bucket)).toBe(true)
    await put(Bucket, { ...allowStatic(Bucket), Effect: 'Deny' })
    expect(await status(Bucket)).toBe(false)
  })

  test('what is no policy is refused', async () => {
    const Bucket = await scene.newBucket({ open: true })
    const refused = await refusal(scene.client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{' })))
    if (scene.differs('ceph', 'code of a malformed policy')) expect(refused.status).toBe(400)
    else expect(refused).toEqual({ code: 'MalformedPolicy', status: 400 })
    const other = { ...allowStatic(Bucket), Resource: 'arn:aws:s3:::somebody-else/*' }
    if (scene.differs('ceph', 'policies for other buckets')) await put(Bucket, other)
    else expect(await refusal(put(Bucket, other))).toEqual({ code: 'MalformedPolicy', status: 400 })
  })
})
