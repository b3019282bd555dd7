import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { beforeAll, expect, test } from 'vitest'
import { playgroundOnly, refusal } from './scene.ts'

// Other servers have capabilities that the playground lacks; what it lacks it must never pretend to do.
playgroundOnly('what is not done', (scene) => {
  test.each([
    ['GET', '?website'],
    ['GET', '?encryption'],
    ['GET', '?logging'],
    ['GET', '?notification'],
    ['GET', '?replication'],
    ['GET', '?tagging'],
    ['GET', '?object-lock'],
    ['GET', '?accelerate'],
    ['GET', '?requestPayment'],
    ['GET', '?analytics'],
    ['GET', '?inventory'],
    ['GET', '?metrics'],
    ['GET', '?intelligent-tiering'],
    ['GET', '?something-new'],
    ['PUT', '?something-new'],
    ['POST', ''],
    ['GET', '/a?torrent'],
    ['GET', '/a?retention'],
    ['PUT', '/a?legal-hold'],
    ['PUT', '/a?renameObject'],
    ['POST', '/a?restore'],
    ['POST', '/a?select&select-type=2'],
  ])('%s %s is not done, and says so', async (method, rest) => {
    const bucket = await scene.newBucket()
    await scene.put(bucket, 'a')
    const answer = await scene.signed({ method, path: `/${bucket}${rest}`, body: '' })
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await scene.signed({ method: 'HEAD', path: `/${bucket}/a` })).toMatchObject({ status: 200 })
  })

  test.each([
    ['x-amz-server-side-encryption', 'AES256'],
    ['x-amz-server-side-encryption', 'aws:kms'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-storage-class', 'GLACIER'],
    ['x-amz-object-lock-mode', 'GOVERNANCE'],
    ['x-amz-website-redirect-location', '/other'],
    ['x-amz-write-offset-bytes', '3'],
    ['x-amz-something-new', 'x'],
  ])('an upload with %s: %s is not done, and says so', async (header, value) => {
    const bucket = await scene.newBucket()
    const answer = await scene.signed({
      method: 'PUT',
      path: `/${bucket}/a`,
      body: 'x',
      headers: { [header]: value },
    })
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await scene.signed({ method: 'HEAD', path: `/${bucket}/a` })).toMatchObject({ status: 404 })
  })
})

playgroundOnly('what cannot go out as a header', (scene) => {
  test('is refused, and the server goes on', async () => {
    const Bucket = await scene.newBucket()
    await scene.put(Bucket, 'a')
    const presign = (command: GetObjectCommand | PutObjectCommand) =>
      getSignedUrl(scene.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' }), command)
    const split = await presign(
      new GetObjectCommand({ Bucket, Key: 'a', ResponseContentType: 'text/html\r\nSet-Cookie: a=b' }),
    )
    expect((await fetch(split)).status).toBe(400)
    const named = await presign(new PutObjectCommand({ Bucket, Key: 'b', Metadata: { 'a b': 'c' } }))
    expect((await fetch(named, { method: 'PUT', body: 'x' })).status).toBe(400)
    const unicode = await presign(
      new GetObjectCommand({
        Bucket,
        Key: 'a',
        ResponseContentDisposition: "attachment; filename*=UTF-8''%C3%BC",
      }),
    )
    expect((await fetch(unicode)).headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''%C3%BC",
    )
  })
})

playgroundOnly('the names of others', (scene) => {
  test('a bucket name that somebody else has', async () => {
    const call = scene.client.send(new CreateBucketCommand({ Bucket: 'taken-by-somebody-else' }))
    expect(await refusal(call)).toEqual({ code: 'BucketAlreadyExists', status: 409 })
    const head = scene.client.send(new HeadBucketCommand({ Bucket: 'taken-by-somebody-else' }))
    expect(await refusal(head)).toMatchObject({ status: 403 })
  })

  test('an owner other than the expected one', async () => {
    const Bucket = await scene.newBucket()
    await scene.put(Bucket, 'a')
    const read = (ExpectedBucketOwner: string) =>
      scene.client.send(new GetObjectCommand({ Bucket, Key: 'a', ExpectedBucketOwner }))
    expect((await read('123456789012')).$metadata.httpStatusCode).toBe(200)
    expect(await refusal(read('999999999999'))).toEqual({ code: 'AccessDenied', status: 403 })
  })

  test('a host name that is not ours is refused', async () => {
    const answer = await scene.anonymous('GET', '/', { headers: { host: 'evil.example' } })
    expect(answer).toMatchObject({ status: 400 })
  })
})

playgroundOnly('tags', (scene) => {
  let Bucket = ''
  beforeAll(async () => {
    Bucket = await scene.newBucket()
  })

  test('come with the object, and are changed without touching it', async () => {
    await scene.put(Bucket, 'a', 'x', { Tagging: 'kind=picture&from%20where=K%C3%B6ln' })
    const tags = async () =>
      (await scene.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'a' }))).TagSet
    expect(await tags()).toEqual([
      { Key: 'kind', Value: 'picture' },
      { Key: 'from where', Value: 'Köln' },
    ])
    const before = await scene.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    expect(before.TagCount).toBe(2)
    const TagSet = [{ Key: 'only', Value: 'one' }]
    await scene.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet } }))
    expect(await tags()).toEqual(TagSet)
    const after = await scene.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    expect(after).toMatchObject({ ETag: before.ETag, LastModified: before.LastModified })
  })

  test('wrong ones are refused', async () => {
    const put = (Tagging: string) => refusal(scene.put(Bucket, 'b', 'x', { Tagging }))
    expect(await put('a=1&a=2')).toEqual({ code: 'InvalidTag', status: 400 })
    expect(await put(Array.from({ length: 11 }, (_, index) => `t${index}=x`).join('&'))).toMatchObject({
      code: 'InvalidTag',
    })
    expect(await put(`${'k'.repeat(129)}=x`)).toMatchObject({ code: 'InvalidTag' })
  })
})

playgroundOnly('CORS', (scene) => {
  const origin = 'https://site.example'
  const preflight = (bucket: string, headers: Record<string, string>) =>
    scene.anonymous('OPTIONS', `/${bucket}/a`, { headers })

  test('a preflight is answered by the rules, and refused without one', async () => {
    const Bucket = await scene.newBucket()
    await scene.put(Bucket, 'a')
    const asked = {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type',
    }
    expect(await preflight(Bucket, asked)).toMatchObject({ status: 403, code: 'AccessForbidden' })
    expect(await refusal(scene.client.send(new GetBucketCorsCommand({ Bucket })))).toMatchObject({
      code: 'NoSuchCORSConfiguration',
    })
    const rule = {
      AllowedOrigins: ['https://*.example'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['Content-*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 300,
    }
    await scene.client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
    expect((await scene.client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([rule])
    const allowed = await preflight(Bucket, asked)
    expect(allowed.status).toBe(200)
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '300',
    })
    expect(await preflight(Bucket, { ...asked, origin: 'https://evil.test' })).toMatchObject({ status: 403 })
    expect(await preflight(Bucket, { ...asked, 'access-control-request-method': 'DELETE' })).toMatchObject({
      status: 403,
    })
    expect(await preflight(Bucket, { ...asked, 'access-control-request-headers': 'x-other' })).toMatchObject({
      status: 403,
    })
    const read = await scene.signed({ method: 'GET', path: `/${Bucket}/a`, unsignedHeaders: { origin } })
    expect(read.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag',
    })
  })
})

playgroundOnly('a policy that locks its owner out', (scene) => {
  test('can still be read and removed', async () => {
    const Bucket = await scene.newBucket()
    const deny = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
        },
      ],
    }
    expect(
      await scene.signed({ method: 'PUT', path: `/${Bucket}?policy`, body: JSON.stringify(deny) }),
    ).toMatchObject({ status: 204 })
    expect(await refusal(scene.put(Bucket, 'a'))).toEqual({ code: 'AccessDenied', status: 403 })
    expect(await refusal(scene.client.send(new DeleteBucketCommand({ Bucket })))).toMatchObject({
      status: 403,
    })
    const { Policy } = await scene.client.send(new GetBucketPolicyCommand({ Bucket }))
    expect(JSON.parse(Policy ?? '')).toEqual(deny)
    expect(await scene.signed({ method: 'DELETE', path: `/${Bucket}?policy` })).toMatchObject({ status: 204 })
    await scene.put(Bucket, 'a')
  })
})
