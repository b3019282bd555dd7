import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { beforeAll, expect, test } from 'vitest'
import { sendRaw } from './raw-request.ts'
import { conformance, refusal } from './scene.ts'
import { signRequest, signedChunks } from './signed-request.ts'

const hourMs = 3_600_000

conformance('authentication', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
    await scene.put(bucket, 'a.txt', 'hello', { ContentType: 'text/plain' })
  })
  const list = (changes: Parameters<typeof scene.clientWith>[0]) =>
    refusal(scene.clientWith(changes).send(new ListBucketsCommand({})))
  const presign = (options: Parameters<typeof getSignedUrl>[2], more = {}) =>
    getSignedUrl(scene.client, new GetObjectCommand({ Bucket: bucket, Key: 'a.txt', ...more }), options)
  const fetchRaw = (url: string, method = 'GET', headers = {}) => {
    const { pathname, search } = new URL(url)
    return sendRaw(scene.target.endpoint, { method, path: pathname + search, headers })
  }

  test('a wrong secret', async () => {
    const credentials = { ...scene.target.credentials, secretAccessKey: 'wrong' }
    expect(await list({ credentials })).toEqual({ code: 'SignatureDoesNotMatch', status: 403 })
  })

  test('an unknown key', async () => {
    const credentials = { accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'wrong' }
    expect(await list({ credentials })).toEqual({ code: 'InvalidAccessKeyId', status: 403 })
  })

  test.each([-1, 1])('a clock off by %i hour', async (hours) => {
    expect(await list({ systemClockOffset: hours * hourMs })).toEqual({
      code: 'RequestTimeTooSkewed',
      status: 403,
    })
  })

  test('a clock off by ten minutes is good enough', async () => {
    const client = scene.clientWith({ systemClockOffset: hourMs / 6 })
    expect((await client.send(new ListBucketsCommand({}))).$metadata.httpStatusCode).toBe(200)
  })

  test('a session token that no key goes with', async () => {
    const credentials = { ...scene.target.credentials, sessionToken: 'nonsense' }
    if (scene.differs('ceph', 'session tokens'))
      expect(
        (await scene.clientWith({ credentials }).send(new ListBucketsCommand({}))).$metadata.httpStatusCode,
      ).toBe(200)
    else expect(await list({ credentials })).toEqual({ code: 'InvalidToken', status: 400 })
  })

  test('nobody may list buckets, read, write or delete without a signature', async () => {
    const { status } = await scene.anonymous('GET', '/')
    expect(status).toBe(scene.differs('ceph', 'anonymous service listing') ? 200 : 403)
    for (const [method, path] of [
      ['GET', `/${bucket}`],
      ['HEAD', `/${bucket}`],
      ['GET', `/${bucket}/a.txt`],
      ['HEAD', `/${bucket}/a.txt`],
      ['GET', `/${bucket}/missing.txt`],
      ['PUT', `/${bucket}/new.txt`],
      ['DELETE', `/${bucket}/a.txt`],
      ['DELETE', `/${bucket}`],
      ['PUT', `/${bucket}?acl`],
      ['GET', `/${bucket}?policy`],
    ] as const)
      expect(await scene.anonymous(method, path, { headers: { 'content-length': '0' } })).toMatchObject({
        status: 403,
      })
  })

  test('a body that is not the one signed for', async () => {
    const { raw } = signRequest(scene.target, { method: 'PUT', path: `/${bucket}/tampered`, body: 'good' })
    const answer = await sendRaw(scene.target.endpoint, { ...raw, body: 'evil' })
    expect(answer).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' })
    expect(await scene.signed({ method: 'GET', path: `/${bucket}/tampered` })).toMatchObject({ status: 404 })
  })

  test('another method, path or header than the one signed for', async () => {
    const { raw } = signRequest(scene.target, { method: 'GET', path: `/${bucket}/a.txt` })
    expect(await sendRaw(scene.target.endpoint, raw)).toMatchObject({ status: 200 })
    for (const changed of [
      { ...raw, method: 'DELETE' },
      { ...raw, path: `/${bucket}/b.txt` },
      { ...raw, path: `/${bucket}/a.txt?acl` },
      { ...raw, headers: { ...raw.headers, 'x-amz-date': '20200101T000000Z' } },
    ]) {
      const answer = await sendRaw(scene.target.endpoint, changed)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(['SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'AuthorizationHeaderMalformed']).toContain(
        answer.code,
      )
    }
  })

  test('an x-amz- header that is not under the signature', async () => {
    const answer = await scene.signed({
      method: 'PUT',
      path: `/${bucket}/unsigned-header`,
      body: 'x',
      unsignedHeaders: { 'x-amz-meta-added': 'later' },
    })
    expect(answer.status).toBe(scene.differs('ceph', 'unsigned headers') ? 200 : 403)
  })

  test('a signature for another region', async () => {
    const answer = await scene.signed({ method: 'GET', path: `/${bucket}/a.txt`, region: 'eu-north-1' })
    if (scene.differs('ceph', 'relaxed region')) expect(answer.status).toBe(200)
    else {
      expect(answer).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
      expect(answer.body.toString()).toContain(`<Region>${scene.target.region}</Region>`)
    }
  })

  test('an Authorization header of another kind', async () => {
    const answer = await scene.anonymous('GET', '/', { headers: { authorization: 'Bearer abc' } })
    expect(answer).toMatchObject(
      scene.differs('ceph', 'foreign authorization')
        ? { status: 400, code: 'InvalidArgument' }
        : { status: 400, code: 'InvalidRequest' },
    )
  })

  test('a presigned URL gives the bytes', async () => {
    const answer = await fetchRaw(await presign({ expiresIn: 60 }))
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body.toString()).toBe('hello')
  })

  test('a presigned URL sets response headers, and only those that were signed', async () => {
    const url = await presign(
      { expiresIn: 60 },
      { ResponseContentDisposition: 'attachment; filename="x.txt"', ResponseContentType: 'text/csv' },
    )
    const answer = await fetchRaw(url)
    expect(answer.headers).toMatchObject({
      'content-disposition': 'attachment; filename="x.txt"',
      'content-type': 'text/csv',
    })
    const plain = await presign({ expiresIn: 60 })
    expect(await fetchRaw(`${plain}&response-content-type=text%2Fhtml`)).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    })
  })

  test('a presigned URL for another key, another method, with a changed expiry', async () => {
    const url = await presign({ expiresIn: 60 })
    const refused = { status: 403, code: 'SignatureDoesNotMatch' }
    expect(await fetchRaw(url.replace('a.txt', 'b.txt'))).toMatchObject(refused)
    expect(await fetchRaw(url, 'DELETE')).toMatchObject(refused)
    expect(await fetchRaw(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))).toMatchObject(refused)
  })

  test('a presigned URL that has expired', async () => {
    const url = await presign({ expiresIn: 60, signingDate: new Date(Date.now() - 61_000) })
    expect(await fetchRaw(url)).toMatchObject({ status: 403, code: 'AccessDenied' })
    const lasting = await presign({ expiresIn: 60, signingDate: new Date(Date.now() - 40_000) })
    expect(await fetchRaw(lasting)).toMatchObject({ status: 200 })
  })

  test('a presigned URL from the future', async () => {
    const url = await presign({ expiresIn: 60, signingDate: new Date(Date.now() + hourMs) })
    expect(await fetchRaw(url)).toMatchObject({
      status: scene.differs('ceph', 'URLs from the future') ? 200 : 403,
    })
  })

  test('a presigned URL for more than seven days', async () => {
    const url = (await presign({ expiresIn: 604_800 })).replace(
      'X-Amz-Expires=604800',
      'X-Amz-Expires=604801',
    )
    expect(await fetchRaw(url)).toMatchObject(
      scene.differs('ceph', 'expiry limit')
        ? { status: 403 }
        : { status: 400, code: 'AuthorizationQueryParametersError' },
    )
  })

  test('a presigned PUT', async () => {
    const client = scene.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' })
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'put by url.txt' })
    const { pathname, search } = new URL(await getSignedUrl(client, command, { expiresIn: 60 }))
    const answer = await sendRaw(scene.target.endpoint, {
      method: 'PUT',
      path: pathname + search,
      body: 'by url',
      headers: { 'content-length': '6' },
    })
    expect(answer.status).toBe(200)
    const read = await scene.signed({ method: 'GET', path: `/${bucket}/put%20by%20url.txt` })
    expect(read.body.toString()).toBe('by url')
  })

  const streamed = (path: string, trailer?: { name: string; value: string }) => {
    const chunks = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1000, 'b')]
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const { raw, signing } = signRequest(scene.target, {
      method: 'PUT',
      path,
      payloadHash: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(size),
        ...(trailer ? { 'x-amz-trailer': trailer.name } : {}),
      },
    })
    const body = signedChunks(signing, chunks, trailer)
    return { raw: { ...raw, headers: { ...raw.headers, 'content-length': String(body.length) }, body }, size }
  }

  test('a body in signed chunks', async () => {
    const { raw, size } = streamed(`/${bucket}/chunks`)
    expect(await sendRaw(scene.target.endpoint, raw)).toMatchObject({ status: 200 })
    const { headers } = await scene.signed({ method: 'HEAD', path: `/${bucket}/chunks` })
    expect(headers['content-length']).toBe(String(size))
    const kept = headers['content-encoding']
    if (scene.differs('ceph', 'aws-chunked is kept')) expect(kept).toBe('aws-chunked')
    else expect(kept).toBeUndefined()
  })

  test('a body in signed chunks of which one was changed', async () => {
    const { raw } = streamed(`/${bucket}/changed-chunk`)
    raw.body[500] = 0x7a
    expect(await sendRaw(scene.target.endpoint, raw)).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    })
    expect(await scene.signed({ method: 'GET', path: `/${bucket}/changed-chunk` })).toMatchObject({
      status: 404,
    })
  })

  test('a body in signed chunks with a signed trailer', async () => {
    const value = 'lz3Vkg=='
    const { raw } = streamed(`/${bucket}/trailer`, { name: 'x-amz-checksum-crc32', value })
    const answer = await sendRaw(scene.target.endpoint, raw)
    expect(answer.status).toBe(400)
    if (!scene.differs('ceph', 'trailers')) expect(answer.code).toBe('BadDigest')
  })
})
