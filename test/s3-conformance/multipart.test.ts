import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

const smallest = 5 * 1024 * 1024
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest()
const bodies = [Buffer.alloc(smallest, 'a'), Buffer.alloc(smallest + 1, 'b'), Buffer.from('the end')]
const multipartEtag = (parts: readonly Uint8Array[]) =>
  `"${md5(Buffer.concat(parts.map(md5))).toString('hex')}-${parts.length}"`

conformance('multipart uploads', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
  })
  const create = async (Key: string, more = {}) =>
    (await scene.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...more }))).UploadId
  const part = async (Key: string, UploadId: string | undefined, PartNumber: number, Body: Buffer) => {
    const { ETag, ChecksumCRC32 } = await scene.client.send(
      new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body }),
    )
    return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) }
  }
  const complete = (Key: string, UploadId: string | undefined, Parts: CompletedPart[], more = {}) =>
    scene.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...more,
      }),
    )
  const abort = (Key: string, UploadId: string | undefined) =>
    scene.client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))

  test('three parts, uploaded out of order, become one object', async () => {
    const id = await create('whole', {
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      Metadata: { a: 'b' },
    })
    const parts: CompletedPart[] = []
    for (const index of [2, 0, 1])
      parts[index] = await part('whole', id, index + 1, bodies[index] ?? Buffer.alloc(0))
    expect(parts.map(({ ETag }) => ETag)).toEqual(bodies.map((body) => `"${md5(body).toString('hex')}"`))
    expect(
      await refusal(scene.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'whole' }))),
    ).toMatchObject({ status: 404 })
    const done = await complete('whole', id, parts)
    const etag = scene.differs('ceph', 'ETag of a completed upload') ? '' : multipartEtag(bodies)
    expect(done).toMatchObject({ ETag: etag, Bucket: bucket, Key: 'whole' })
    const answer = await scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'whole' }))
    expect(answer).toMatchObject({
      ETag: multipartEtag(bodies),
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      Metadata: { a: 'b' },
    })
    const bytes = await answer.Body?.transformToByteArray()
    expect(md5(bytes ?? Buffer.alloc(0)).equals(md5(Buffer.concat(bodies)))).toBe(true)
  })

  test('ranges across the seams of parts', async () => {
    const whole = Buffer.concat(bodies)
    for (const [from, to] of [
      [smallest - 2, smallest + 1],
      [2 * smallest - 1, 2 * smallest + 4],
      [0, whole.length - 1],
    ] as const) {
      const { Body, ContentRange } = await scene.client.send(
        new GetObjectCommand({ Bucket: bucket, Key: 'whole', Range: `bytes=${from}-${to}` }),
      )
      expect(ContentRange).toBe(`bytes ${from}-${to}/${whole.length}`)
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      expect(Buffer.from(bytes).equals(whole.subarray(from, to + 1))).toBe(true)
    }
  })

  test('one part can be read by its number', async () => {
    const call = scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'whole', PartNumber: 3 }))
    const answer = await call
    if (scene.differs('ceph', 'reading by part number')) {
      expect(answer.ContentLength).toBe(2 * smallest + 8)
      ;(await answer.Body?.transformToByteArray())?.at(0)
    } else {
      expect(answer).toMatchObject({ PartsCount: 3, ContentLength: 7 })
      expect(await answer.Body?.transformToString()).toBe('the end')
    }
  })

  test('a part sent again replaces the first', async () => {
    const id = await create('again')
    await part('again', id, 1, Buffer.from('first'))
    const second = await part('again', id, 1, Buffer.from('second'))
    const { Parts } = await scene.client.send(
      new ListPartsCommand({ Bucket: bucket, Key: 'again', UploadId: id }),
    )
    expect(Parts).toHaveLength(1)
    expect(Parts?.[0]).toMatchObject({ PartNumber: 1, Size: 6, ETag: second.ETag })
    await complete('again', id, [second])
    const { Body } = await scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'again' }))
    expect(await Body?.transformToString()).toBe('second')
  })

  test('parts and uploads are listed, in pages', async () => {
    const ids = [await create('list/a'), await create('list/b'), await create('other')]
    for (const PartNumber of [1, 2, 5])
      await part('list/a', ids[0], PartNumber, Buffer.from(String(PartNumber)))
    const page = await scene.client.send(
      new ListPartsCommand({ Bucket: bucket, Key: 'list/a', UploadId: ids[0], MaxParts: 2 }),
    )
    expect(page.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2])
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' })
    const rest = await scene.client.send(
      new ListPartsCommand({
        Bucket: bucket,
        Key: 'list/a',
        UploadId: ids[0],
        PartNumberMarker: page.NextPartNumberMarker,
      }),
    )
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([5])
    expect(rest.IsTruncated).toBe(false)

    const uploads = (input: object) =>
      scene.client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...input }))
    expect((await uploads({})).Uploads?.map(({ Key }) => Key)).toEqual(['list/a', 'list/b', 'other'])
    expect((await uploads({ Prefix: 'list/' })).Uploads?.map(({ UploadId }) => UploadId)).toEqual(
      ids.slice(0, 2),
    )
    const grouped = await uploads({ Delimiter: '/' })
    expect(grouped.Uploads?.map(({ Key }) => Key)).toEqual(['other'])
    expect(grouped.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(
      scene.differs('ceph', 'prefixes of uploads') ? undefined : ['list/'],
    )
    const first = await uploads({ MaxUploads: 1 })
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'list/a', NextUploadIdMarker: ids[0] })
    const next = await uploads({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker })
    expect(next.Uploads?.map(({ Key }) => Key)).toEqual(['list/b', 'other'])
    for (const [index, key] of ['list/a', 'list/b', 'other'].entries()) await abort(key, ids[index])
    expect((await uploads({})).Uploads ?? []).toEqual([])
  })

  test('an aborted upload is gone', async () => {
    const id = await create('aborted')
    const one = await part('aborted', id, 1, Buffer.from('x'))
    await abort('aborted', id)
    const gone = { code: 'NoSuchUpload', status: 404 }
    expect(await refusal(part('aborted', id, 2, Buffer.from('y')))).toEqual(gone)
    expect(await refusal(complete('aborted', id, [one]))).toEqual(
      scene.differs('ceph', 'completing an aborted upload') ? { code: 'InternalError', status: 500 } : gone,
    )
    const listed = scene.client.send(new ListPartsCommand({ Bucket: bucket, Key: 'aborted', UploadId: id }))
    expect(await refusal(listed)).toMatchObject({ status: 404 })
    expect(await refusal(abort('aborted', id))).toEqual(gone)
  })

  test('an upload completed once cannot be completed again', async () => {
    const id = await create('twice')
    const one = await part('twice', id, 1, Buffer.from('x'))
    await complete('twice', id, [one])
    if (scene.differs('ceph', 'completing twice')) await complete('twice', id, [one])
    else expect(await refusal(complete('twice', id, [one]))).toEqual({ code: 'NoSuchUpload', status: 404 })
  })

  test('wrong lists of parts are refused, and the upload stays open', async () => {
    const id = await create('wrong')
    const parts = [
      await part('wrong', id, 1, Buffer.alloc(smallest)),
      await part('wrong', id, 2, Buffer.from('x')),
    ] as const
    expect(await refusal(complete('wrong', id, [{ ...parts[0], ETag: '"0123"' }]))).toEqual({
      code: 'InvalidPart',
      status: 400,
    })
    expect(await refusal(complete('wrong', id, [parts[0], { ...parts[1], PartNumber: 3 }]))).toEqual({
      code: 'InvalidPart',
      status: 400,
    })
    if (!scene.differs('ceph', 'order of parts'))
      expect(await refusal(complete('wrong', id, [parts[1], parts[0]]))).toEqual({
        code: 'InvalidPartOrder',
        status: 400,
      })
    expect(await refusal(complete('wrong', id, []))).toMatchObject({ code: 'MalformedXML', status: 400 })
    await complete('wrong', id, [...parts])
  })

  test('every part but the last has 5 MiB', async () => {
    const id = await create('small')
    const parts = [
      await part('small', id, 1, Buffer.from('too small')),
      await part('small', id, 2, Buffer.from('x')),
    ]
    expect(await refusal(complete('small', id, parts))).toEqual({ code: 'EntityTooSmall', status: 400 })
    await abort('small', id)
  })

  test.each([0, 10_001])('there is no part number %i', async (number) => {
    const id = await create('numbers')
    const answer = await scene.signed({
      method: 'PUT',
      path: `/${bucket}/numbers?partNumber=${number}&uploadId=${id}`,
      body: 'x',
    })
    if (scene.differs('ceph', 'part numbers')) expect(answer.status).toBe(200)
    else expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' })
    await abort('numbers', id)
  })

  test('an unknown upload', async () => {
    expect(await refusal(part('unknown', 'nonsense', 1, Buffer.from('x')))).toEqual({
      code: 'NoSuchUpload',
      status: 404,
    })
  })

  test('If-None-Match: * holds when the upload is completed', async () => {
    const id = await create('conditional')
    const one = await part('conditional', id, 1, Buffer.from('from parts'))
    await scene.put(bucket, 'conditional', 'somebody was faster')
    const call = complete('conditional', id, [one], { IfNoneMatch: '*' })
    if (scene.differs('ceph', 'conditional completion')) {
      await call
      return
    }
    expect(await refusal(call)).toEqual({ code: 'PreconditionFailed', status: 412 })
    await complete('conditional', id, [one])
    const { Body } = await scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'conditional' }))
    expect(await Body?.transformToString()).toBe('from parts')
  })
})
