import { createHash } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { CopyObjectCommandInput } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

const text = 'the source'

conformance('copies', (scene) => {
  let bucket = ''
  let other = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
    other = await scene.newBucket()
    await scene.put(bucket, 'source', text, {
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      Metadata: { from: 'source' },
    })
  })
  const copy = (Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
    scene.client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/source`, ...more }))
  const head = (Key: string, Bucket = bucket) => scene.client.send(new HeadObjectCommand({ Bucket, Key }))

  test('a copy has the bytes, the headers and the metadata', async () => {
    const { CopyObjectResult } = await copy('copy')
    const etag = createHash('md5').update(text).digest('hex')
    expect(CopyObjectResult?.ETag).toBe(scene.differs('ceph', 'ETag of a copy') ? etag : `"${etag}"`)
    expect(CopyObjectResult?.LastModified?.getTime()).toBeGreaterThan(Date.now() - 60_000)
    expect(await head('copy')).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      Metadata: { from: 'source' },
      ContentLength: text.length,
    })
  })

  test('into another bucket, and from a key that needs encoding', async () => {
    const key = 'ä b+c/?#%.txt'
    await scene.put(bucket, key, 'odd')
    await copy('target', { Bucket: other, CopySource: `/${bucket}/${encodeURIComponent(key)}` })
    const { Body } = await scene.client.send(new GetObjectCommand({ Bucket: other, Key: 'target' }))
    expect(await Body?.transformToString()).toBe('odd')
  })

  test('REPLACE takes the headers of the request, and only those', async () => {
    await copy('replaced', { MetadataDirective: 'REPLACE', ContentType: 'text/css', Metadata: { is: 'new' } })
    const answer = await head('replaced')
    expect(answer).toMatchObject({ ContentType: 'text/css', Metadata: { is: 'new' } })
    expect(answer.CacheControl).toBeUndefined()
  })

  test('COPY does not look at the headers of the request', async () => {
    await copy('kept', { ContentType: 'text/css', Metadata: { is: 'new' } })
    expect(await head('kept')).toMatchObject({ ContentType: 'text/plain', Metadata: { from: 'source' } })
  })

  test('onto itself only with something changed', async () => {
    await scene.put(bucket, 'self', text, { CacheControl: 'no-cache' })
    const CopySource = `${bucket}/self`
    expect(await refusal(copy('self', { CopySource }))).toEqual({ code: 'InvalidRequest', status: 400 })
    await copy('self', { CopySource, MetadataDirective: 'REPLACE', CacheControl: 'max-age=1' })
    expect(await head('self')).toMatchObject({ CacheControl: 'max-age=1', ContentLength: text.length })
  })

  test('the ACL does not come along', async () => {
    const acls = await scene.newBucket({ open: true, ownership: 'ObjectWriter' })
    await scene.put(acls, 'public', 'x', { ACL: 'public-read' })
    await copy('copied', { Bucket: acls, CopySource: `${acls}/public` })
    const { Grants } = await scene.client.send(new GetObjectAclCommand({ Bucket: acls, Key: 'copied' }))
    expect(Grants).toHaveLength(1)
    expect(await scene.anonymous('GET', `/${acls}/copied`)).toMatchObject({ status: 403 })
  })

  test('conditions on the source', async () => {
    const { ETag, LastModified } = await head('source')
    const before = new Date((LastModified?.getTime() ?? 0) - 60_000)
    await copy('if', { CopySourceIfMatch: ETag })
    await copy('if', { CopySourceIfNoneMatch: '"other"' })
    await copy('if', { CopySourceIfModifiedSince: before })
    for (const unmet of [
      { CopySourceIfMatch: '"other"' },
      { CopySourceIfNoneMatch: ETag },
      { CopySourceIfUnmodifiedSince: before },
    ])
      if (scene.differs('ceph', 'conditions on copy sources')) await copy('if', unmet)
      else expect(await refusal(copy('if', unmet))).toEqual({ code: 'PreconditionFailed', status: 412 })
  })

  test('a source that is missing, in a bucket that is missing, or that names nothing', async () => {
    expect(await refusal(copy('x', { CopySource: `${bucket}/missing` }))).toEqual({
      code: 'NoSuchKey',
      status: 404,
    })
    expect(await refusal(copy('x', { CopySource: `${scene.bucketName()}/a` }))).toEqual({
      code: 'NoSuchBucket',
      status: 404,
    })
    const nothing = await refusal(copy('x', { CopySource: bucket }))
    expect(nothing.status).toBe(400)
  })

  test('If-None-Match: * holds for a copy too', async () => {
    await scene.put(bucket, 'taken', 'taken')
    const call = copy('taken', { IfNoneMatch: '*' })
    if (scene.differs('ceph', 'conditional copies')) await call
    else expect(await refusal(call)).toEqual({ code: 'PreconditionFailed', status: 412 })
  })

  test('parts are copied from ranges', async () => {
    const big = Buffer.alloc(6 * 1024 * 1024, 'abcdefgh').toString()
    await scene.put(bucket, 'big', big)
    const target = { Bucket: bucket, Key: 'from-parts' }
    const { UploadId } = await scene.client.send(new CreateMultipartUploadCommand(target))
    const partCopy = (PartNumber: number, CopySourceRange: string | undefined, source = 'big') =>
      scene.client.send(
        new UploadPartCopyCommand({
          ...target,
          UploadId,
          PartNumber,
          CopySource: `${bucket}/${source}`,
          CopySourceRange,
        }),
      )
    const first = await partCopy(1, undefined)
    const second = await partCopy(2, 'bytes=1-3')
    expect((await refusal(partCopy(3, `bytes=0-${big.length}`))).status).toBe(
      scene.differs('ceph', 'copy ranges past the end') ? 416 : 400,
    )
    const Parts = [first, second].map(({ CopyPartResult }, index) => ({
      PartNumber: index + 1,
      ETag: CopyPartResult?.ETag,
    }))
    await scene.client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    )
    const { Body, ContentLength } = await scene.client.send(
      new GetObjectCommand({ ...target, Range: 'bytes=-5' }),
    )
    expect(await Body?.transformToString()).toBe('ghbcd')
    expect(ContentLength).toBe(5)
    expect((await head('from-parts')).ContentLength).toBe(big.length + 3)
  })
})
