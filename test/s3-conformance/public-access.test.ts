import {
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

const denied = { code: 'AccessDenied', status: 403 }

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
      expect(await refusal(scene.setAcl(bucket, 'before', ACL))).toEqual(denied)
    }
    expect(
      await refusal(scene.client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }))),
    ).toEqual(denied)
    const harmless = scene.put(bucket, 'b', 'x', { ACL: 'private' })
    if (scene.differs('ceph', 'BlockPublicAcls')) expect(await refusal(harmless)).toEqual(denied)
    else await harmless
    expect(await scene.anonymousGet(bucket, 'before')).toBe(200)
  })

  test('IgnorePublicAcls lets the PUT succeed and the object stay private', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await block(bucket, { IgnorePublicAcls: true })
    await scene.put(bucket, 'a', 'x', { ACL: 'public-read' })
    expect(await scene.anonymousGet(bucket, 'a')).toBe(403)
    if (!scene.differs('ceph', 'effective grants'))
      expect(await scene.grants(bucket, 'a')).toEqual(['owner FULL_CONTROL'])
    await block(bucket, {})
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
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
    expect(await scene.anonymousGet(bucket, 'a')).toBe(200)
    await block(bucket, { RestrictPublicBuckets: true })
    const restricted = scene.differs('ceph', 'RestrictPublicBuckets') ? 200 : 403
    expect(await scene.anonymousGet(bucket, 'a')).toBe(restricted)
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
    const matrix = async () => Promise.all(keys.map((key) => scene.anonymousGet(bucket, key)))
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
    expect(await scene.anonymousGet(bucket, 'static/missing')).toBe(403)
    await scene.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
    expect(await matrix()).toEqual([403, 403, 403, 403, 403])
  })

  test('a Deny wins over an Allow, over an ACL, and over the owner', async () => {
    const bucket = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.put(bucket, 'static/open')
    await scene.put(bucket, 'static/closed', 'x', { ACL: 'public-read' })
    expect(await scene.anonymousGet(bucket, 'static/closed')).toBe(200)
    const deny = { ...allowStatic(bucket), Effect: 'Deny', Resource: `arn:aws:s3:::${bucket}/static/closed` }
    await put(bucket, allowStatic(bucket), deny)
    expect(await scene.anonymousGet(bucket, 'static/open')).toBe(200)
    expect(await scene.anonymousGet(bucket, 'static/closed')).toBe(403)
    const read = scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'static/closed' }))
    expect(await refusal(read)).toEqual(denied)
  })

  test('a Deny for those who do not sign leaves the owner and presigned links in', async () => {
    const bucket = await scene.newBucket({ open: true })
    for (const key of ['static/open', 'static/closed', 'static/in/a']) await scene.put(bucket, key)
    const deny = (test: object) => ({
      ...allowStatic(bucket),
      Effect: 'Deny',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: [`arn:aws:s3:::${bucket}/static/closed`, `arn:aws:s3:::${bucket}/static/in/*`],
      Condition: { StringEquals: test },
    })
    const answers = async () =>
      Promise.all(['open', 'closed', 'in/a'].map((key) => scene.anonymousGet(bucket, `static/${key}`)))
    // Names of condition keys are read without regard to case.
    for (const name of ['aws:principaltype', 'aws:PrincipalType']) {
      await put(bucket, allowStatic(bucket), deny({ [name]: 'Anonymous' }))
      if (scene.differs('ceph', 'principal types')) expect(await answers()).toEqual([200, 200, 200])
      else expect(await answers()).toEqual([200, 403, 403])
    }
    if (scene.differs('ceph', 'the anonymous user')) {
      await put(bucket, allowStatic(bucket), deny({ 'aws:username': 'anonymous' }))
      expect(await answers()).toEqual([200, 403, 403])
    }
    for (const Key of ['static/closed', 'static/in/a']) {
      const command = new GetObjectCommand({ Bucket: bucket, Key })
      expect((await scene.client.send(command)).$metadata.httpStatusCode).toBe(200)
      expect((await fetch(await getSignedUrl(scene.client, command, { expiresIn: 60 }))).status).toBe(200)
    }
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
