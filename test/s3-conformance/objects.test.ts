import { createHash } from 'node:crypto'
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandInput } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

const text = '0123456789'

conformance('objects', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
    await scene.put(bucket, 'ten', text, { ContentType: 'text/plain' })
    await scene.put(bucket, 'empty', '')
  })
  const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
    scene.client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }))
  const head = (Key: string, more = {}) =>
    scene.client.send(new HeadObjectCommand({ Bucket: bucket, Key, ...more }))

  test('the ETag is the MD5, and the headers come back', async () => {
    const expires = new Date('2030-01-02T03:04:05Z')
    const { ETag } = await scene.put(bucket, 'headers', text, {
      ContentType: 'text/css; charset=utf-8',
      CacheControl: 'public, max-age=86400',
      ContentDisposition: 'inline; filename="x.css"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Expires: expires,
      Metadata: { One: 'a', 'two-words': 'b c' },
    })
    expect(ETag).toBe(`"${createHash('md5').update(text).digest('hex')}"`)
    for (const answer of [await get('headers'), await head('headers')])
      expect(answer).toMatchObject({
        ETag,
        ContentLength: 10,
        ContentType: 'text/css; charset=utf-8',
        CacheControl: 'public, max-age=86400',
        ContentDisposition: 'inline; filename="x.css"',
        ContentEncoding: 'gzip',
        ContentLanguage: 'de',
        AcceptRanges: 'bytes',
        Metadata: { one: 'a', 'two-words': 'b c' },
      })
    expect(new Date((await head('headers')).ExpiresString ?? '')).toEqual(expires)
  })

  test('a type is given to what has none', async () => {
    const answer = await scene.signed({ method: 'PUT', path: `/${bucket}/untyped`, body: 'x' })
    expect(answer.status).toBe(200)
    const { headers } = await scene.signed({ method: 'GET', path: `/${bucket}/untyped` })
    expect(headers['content-type']).toBe('binary/octet-stream')
  })

  test('a second PUT replaces the object and all it says of itself', async () => {
    await scene.put(bucket, 'twice', 'first', { CacheControl: 'no-cache', Metadata: { a: 'b' } })
    await scene.put(bucket, 'twice', 'second')
    const answer = await get('twice')
    expect(await answer.Body?.transformToString()).toBe('second')
    expect(answer.CacheControl).toBeUndefined()
    expect(answer.Metadata).toEqual({})
  })

  test('an object of no bytes', async () => {
    const answer = await get('empty')
    expect(answer.ContentLength).toBe(0)
    expect(answer.ETag).toBe('"d41d8cd98f00b204e9800998ecf8427e"')
  })

  test('user metadata of 2 KB is taken, more is refused', async () => {
    await scene.put(bucket, 'metadata', 'x', { Metadata: { name: 'v'.repeat(2044) } })
    const call = scene.put(bucket, 'metadata-too-large', 'x', { Metadata: { name: 'v'.repeat(2045) } })
    if (scene.differs('ceph', 'metadata size')) await call
    else expect(await refusal(call)).toEqual({ code: 'MetadataTooLarge', status: 400 })
  })

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-4', '4', 'bytes 4-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=0-99', text, 'bytes 0-9/10'],
    ['bytes=-99', text, 'bytes 0-9/10'],
  ])('the range %s', async (Range, expected, ContentRange) => {
    const answer = await get('ten', { Range })
    expect(answer).toMatchObject({ ContentRange, ContentLength: expected.length })
    expect(answer.$metadata.httpStatusCode).toBe(206)
    expect(await answer.Body?.transformToString()).toBe(expected)
    expect(await head('ten', { Range })).toMatchObject({ ContentRange, ContentLength: expected.length })
  })

  test.each([
    ['ten', 'bytes=10-'],
    ['ten', 'bytes=99-100'],
    ['empty', 'bytes=0-0'],
  ])('%s has no range %s', async (key, Range) => {
    expect(await refusal(get(key, { Range }))).toEqual({ code: 'InvalidRange', status: 416 })
  })

  test.each(['lines=0-3', 'bytes=a-b', 'bytes=5-3'])(
    'the range %s is not understood and ignored',
    async (range) => {
      const { status, body } = await scene.signed({
        method: 'GET',
        path: `/${bucket}/ten`,
        headers: { range },
      })
      if (scene.differs('ceph', 'ranges that are no ranges') && range !== 'lines=0-3')
        expect(status).toBe(range === 'bytes=a-b' ? 206 : 416)
      else expect([status, body.toString()]).toEqual([200, text])
    },
  )

  test('what is missing is 404, with a body for GET and none for HEAD', async () => {
    expect(await refusal(get('missing'))).toEqual({ code: 'NoSuchKey', status: 404 })
    const answer = await scene.signed({ method: 'HEAD', path: `/${bucket}/missing` })
    expect([answer.status, answer.body.length]).toEqual([404, 0])
  })

  test('deleting what is missing succeeds', async () => {
    const { $metadata } = await scene.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'missing' }))
    expect($metadata.httpStatusCode).toBe(204)
  })

  test('a right Content-MD5 is taken, a wrong one and nonsense are refused', async () => {
    const put = (md5: string) =>
      scene.signed({ method: 'PUT', path: `/${bucket}/md5`, body: text, headers: { 'content-md5': md5 } })
    expect(await put('AAAAAAAAAAAAAAAAAAAAAA==')).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await put('nonsense')).toMatchObject({ status: 400, code: 'InvalidDigest' })
    expect(await refusal(get('md5'))).toMatchObject({ status: 404 })
    expect(await put(createHash('md5').update(text).digest('base64'))).toMatchObject({ status: 200 })
  })

  test('a body without a length is refused', async () => {
    const answer = await scene.signed({
      method: 'PUT',
      path: `/${bucket}/no-length`,
      body: 'x',
      payloadHash: 'UNSIGNED-PAYLOAD',
      unsignedHeaders: { 'transfer-encoding': 'chunked' },
    })
    expect(answer).toMatchObject({ status: 411, code: 'MissingContentLength' })
  })

  test('conditional reads', async () => {
    const { ETag = '', LastModified } = await head('ten')
    const before = new Date((LastModified?.getTime() ?? 0) - 60_000)
    const after = new Date((LastModified?.getTime() ?? 0) + 60_000)
    const status = async (more: Partial<GetObjectCommandInput>) => {
      const answer = await get('ten', more).then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (error: { $metadata: { httpStatusCode?: number } }) => error.$metadata.httpStatusCode,
      )
      return answer
    }
    expect(await status({ IfMatch: ETag })).toBe(200)
    expect(await status({ IfMatch: '"other"' })).toBe(412)
    expect(await status({ IfNoneMatch: ETag })).toBe(304)
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200)
    expect(await status({ IfModifiedSince: before })).toBe(200)
    expect(await status({ IfModifiedSince: LastModified })).toBe(304)
    expect(await status({ IfUnmodifiedSince: after })).toBe(200)
    expect(await status({ IfUnmodifiedSince: before })).toBe(412)
    // The ETag has the last word where both are given.
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: before })).toBe(200)
    expect(await status({ IfNoneMatch: ETag, IfModifiedSince: before })).toBe(304)
  })

  test('an overwritten object is not spliced: If-Match with a range', async () => {
    const { ETag } = await scene.put(bucket, 'versions', 'first version')
    await scene.put(bucket, 'versions', 'other version')
    expect(await refusal(get('versions', { Range: 'bytes=0-3', IfMatch: ETag }))).toMatchObject({
      status: 412,
    })
  })
})

conformance('conditional writes', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
  })
  const read = async (Key: string) =>
    (await scene.client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString()

  test('If-None-Match: * never overwrites', async () => {
    await scene.put(bucket, 'new', 'first', { IfNoneMatch: '*' })
    const call = scene.put(bucket, 'new', 'second', { IfNoneMatch: '*' })
    expect(await refusal(call)).toEqual({ code: 'PreconditionFailed', status: 412 })
    expect(await read('new')).toBe('first')
  })

  test('of ten at once exactly one wins', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        scene.put(bucket, 'race', String(index), { IfNoneMatch: '*' }),
      ),
    )
    const won = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
    if (scene.differs('ceph', 'races of conditional PUTs')) expect(won.length).toBeGreaterThanOrEqual(1)
    else {
      expect(won).toHaveLength(1)
      expect(await read('race')).toBe(String(won[0]))
    }
  })

  test('If-Match replaces only the version it names', async () => {
    const { ETag } = await scene.put(bucket, 'match', 'one')
    expect(await refusal(scene.put(bucket, 'match', 'two', { IfMatch: '"0123"' }))).toEqual({
      code: 'PreconditionFailed',
      status: 412,
    })
    const named = scene.differs('ceph', 'quoted If-Match on PUT') ? ETag?.replaceAll('"', '') : ETag
    await scene.put(bucket, 'match', 'three', { IfMatch: named })
    expect(await read('match')).toBe('three')
    expect(await refusal(scene.put(bucket, 'match-missing', 'x', { IfMatch: ETag }))).toMatchObject(
      scene.differs('ceph', 'If-Match on a missing key')
        ? { status: 412 }
        : { code: 'NoSuchKey', status: 404 },
    )
  })

  test('If-None-Match takes nothing but *', async () => {
    const call = scene.put(bucket, 'none-match', 'x', { IfNoneMatch: '"0123"' })
    if (scene.differs('ceph', 'If-None-Match with an ETag'))
      expect(await refusal(call)).toMatchObject({ status: 412 })
    else expect(await refusal(call)).toEqual({ code: 'NotImplemented', status: 501 })
  })

  test('If-Match deletes only the version it names', async () => {
    const { ETag } = await scene.put(bucket, 'delete', 'x')
    const remove = (IfMatch: string | undefined, Key = 'delete') =>
      scene.client.send(new DeleteObjectCommand({ Bucket: bucket, Key, IfMatch }))
    if (scene.differs('ceph', 'conditional DELETE')) {
      await remove('"0123"')
      expect(await refusal(read('delete'))).toMatchObject({ status: 404 })
      return
    }
    expect(await refusal(remove('"0123"'))).toEqual({ code: 'PreconditionFailed', status: 412 })
    expect(await read('delete')).toBe('x')
    await remove(ETag)
    expect(await refusal(read('delete'))).toMatchObject({ status: 404 })
    expect(await refusal(remove(ETag))).toMatchObject({ status: 404 })
  })
})
