import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectAclCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { ListObjectVersionsCommandInput } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'
import type { Scene } from './scene.ts'

function speak(scene: Scene, bucket: () => string) {
  return {
    async put(Key: string, body: string): Promise<string> {
      return (await scene.put(bucket(), Key, body)).VersionId ?? ''
    },
    async read(Key: string, VersionId?: string): Promise<string> {
      const answer = await scene.client.send(new GetObjectCommand({ Bucket: bucket(), Key, VersionId }))
      return (await answer.Body?.transformToString()) ?? ''
    },
    remove: (Key: string, VersionId?: string) =>
      scene.client.send(new DeleteObjectCommand({ Bucket: bucket(), Key, VersionId })),
    /** `key id latest`, versions and delete markers (with a minus) apart, each in the order given. */
    async list(more: Partial<ListObjectVersionsCommandInput> = {}) {
      const answer = await scene.client.send(new ListObjectVersionsCommand({ Bucket: bucket(), ...more }))
      const lines = (entries: typeof answer.DeleteMarkers = []) =>
        entries.map(({ Key, VersionId, IsLatest }) => `${Key} ${VersionId}${IsLatest ? ' latest' : ''}`)
      return { versions: lines(answer.Versions), markers: lines(answer.DeleteMarkers), answer }
    },
  }
}

conformance('versions', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket({ ownership: 'BucketOwnerPreferred', open: true })
    await scene.setVersioning(bucket, 'Enabled')
  })
  const { put, read, remove, list } = speak(scene, () => bucket)

  test('are on from when they are enabled', async () => {
    const { Status } = await scene.client.send(new GetBucketVersioningCommand({ Bucket: bucket }))
    expect(Status).toBe('Enabled')
  })

  test('each write makes one, and each can be read', async () => {
    const first = await put('each', 'first')
    const second = await put('each', 'second')
    expect(first).toMatch(/^[\w.-]{10,}$/)
    expect(second).not.toBe(first)
    expect([await read('each'), await read('each', first), await read('each', second)]).toEqual([
      'second',
      'first',
      'second',
    ])
    const head = await scene.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'each' }))
    expect(head.VersionId).toBe(second)
    const old = new HeadObjectCommand({ Bucket: bucket, Key: 'each', VersionId: first })
    expect(await scene.client.send(old)).toMatchObject({ VersionId: first, ContentLength: 5 })
    expect(await list({ Prefix: 'each' })).toMatchObject({
      versions: [`each ${second} latest`, `each ${first}`],
      markers: [],
    })
  })

  test('a deletion hides the object behind a marker, and removing the marker brings it back', async () => {
    const id = await put('hidden', 'content')
    const { VersionId: marker = '', DeleteMarker } = await remove('hidden')
    expect(DeleteMarker).toBe(true)
    expect(marker).not.toBe(id)
    const missing = await scene.signed({ method: 'GET', path: `/${bucket}/hidden` })
    expect(missing).toMatchObject({ status: 404, code: 'NoSuchKey' })
    if (!scene.differs('ceph', 'delete markers on reading'))
      expect(missing.headers).toMatchObject({ 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker })
    const listed = await scene.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'hidden' }))
    expect(listed.Contents ?? []).toEqual([])
    expect(await read('hidden', id)).toBe('content')
    expect(await list({ Prefix: 'hidden' })).toMatchObject({
      versions: [`hidden ${id}`],
      markers: [`hidden ${marker} latest`],
    })
    const ofMarker = await scene.signed({ method: 'GET', path: `/${bucket}/hidden?versionId=${marker}` })
    if (scene.differs('ceph', 'delete markers on reading')) expect(ofMarker.status).toBe(404)
    else {
      expect(ofMarker).toMatchObject({ status: 405, code: 'MethodNotAllowed' })
      expect(ofMarker.headers).toMatchObject({ 'x-amz-delete-marker': 'true', allow: 'DELETE' })
    }
    const removed = await remove('hidden', marker)
    expect(removed).toMatchObject({ VersionId: marker, DeleteMarker: true })
    expect(await read('hidden')).toBe('content')
  })

  test('one that is removed is gone for good, and the one before it is current', async () => {
    const first = await put('gone', 'first')
    const second = await put('gone', 'second')
    expect((await remove('gone', second)).VersionId).toBe(second)
    expect(await read('gone')).toBe('first')
    const call = scene.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'gone', VersionId: second }))
    expect(await refusal(call)).toMatchObject(
      scene.differs('ceph', 'missing versions')
        ? { code: 'NoSuchKey', status: 404 }
        : { code: 'NoSuchVersion', status: 404 },
    )
    // Nor is it an error to remove it again.
    await remove('gone', second)
    await remove('gone', first)
    expect(await list({ Prefix: 'gone' })).toMatchObject({ versions: [], markers: [] })
  })

  test('DeleteObjects makes markers and removes versions', async () => {
    const a = await put('many/a', 'a')
    await put('many/b', 'b')
    const { Deleted } = await scene.client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: [{ Key: 'many/a', VersionId: a }, { Key: 'many/b' }] },
      }),
    )
    expect(Deleted).toHaveLength(2)
    expect(Deleted?.find(({ Key }) => Key === 'many/a')).toMatchObject({ VersionId: a })
    const marked = Deleted?.find(({ Key }) => Key === 'many/b')
    expect(marked).toMatchObject({ DeleteMarker: true })
    expect((await list({ Prefix: 'many/' })).markers).toEqual([
      `many/b ${marked?.DeleteMarkerVersionId} latest`,
    ])
  })

  test('an earlier one is copied back with its headers, metadata and tags', async () => {
    const { VersionId: old } = await scene.put(bucket, 'back', 'old', {
      CacheControl: 'max-age=5',
      ContentType: 'text/css',
      Metadata: { a: 'b' },
      Tagging: 'k=v',
    })
    await put('back', 'new')
    const copy = await scene.client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: 'back',
        CopySource: `${bucket}/back?versionId=${old}`,
      }),
    )
    expect(await read('back')).toBe('old')
    expect(await scene.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'back' }))).toMatchObject({
      CacheControl: 'max-age=5',
      ContentType: 'text/css',
      Metadata: { a: 'b' },
    })
    const { VersionId: now = '' } = await scene.client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'back' }),
    )
    expect(now).not.toBe(old)
    expect(copy.VersionId).toBe(scene.differs('ceph', 'version of a copy') ? undefined : now)
    const { TagSet } = await scene.client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'back' }))
    expect(TagSet).toEqual([{ Key: 'k', Value: 'v' }])
    expect((await list({ Prefix: 'back' })).versions).toHaveLength(3)
  })

  test('have ACLs and tags of their own', async () => {
    const old = await put('own', 'old')
    const now = await put('own', 'new')
    await scene.client.send(
      new PutObjectAclCommand({ Bucket: bucket, Key: 'own', VersionId: old, ACL: 'public-read' }),
    )
    await scene.client.send(
      new PutObjectTaggingCommand({
        Bucket: bucket,
        Key: 'own',
        VersionId: old,
        Tagging: { TagSet: [{ Key: 'k', Value: 'old' }] },
      }),
    )
    const grants = async (VersionId?: string) =>
      (await scene.client.send(new GetObjectAclCommand({ Bucket: bucket, Key: 'own', VersionId }))).Grants
    expect(await grants(old)).toHaveLength(2)
    expect(await grants(now)).toHaveLength(1)
    expect(await grants()).toHaveLength(1)
    const { TagSet } = await scene.client.send(
      new GetObjectTaggingCommand({ Bucket: bucket, Key: 'own', VersionId: old }),
    )
    expect(TagSet).toEqual([{ Key: 'k', Value: 'old' }])
    expect((await list({ Prefix: 'own' })).versions).toHaveLength(2)
    expect((await scene.anonymous('GET', `/${bucket}/own?versionId=${old}`)).status).toBe(200)
    expect((await scene.anonymous('GET', `/${bucket}/own`)).status).toBe(403)
  })

  test('an upload in parts makes one', async () => {
    const before = await put('parts', 'before')
    const where = { Bucket: bucket, Key: 'parts' }
    const { UploadId } = await scene.client.send(new CreateMultipartUploadCommand(where))
    const { ETag } = await scene.client.send(
      new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: 'after' }),
    )
    const { VersionId } = await scene.client.send(
      new CompleteMultipartUploadCommand({
        ...where,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    )
    const now = (await scene.client.send(new HeadObjectCommand(where))).VersionId
    expect(VersionId).toBe(now)
    expect((await list({ Prefix: 'parts' })).versions).toEqual([`parts ${now} latest`, `parts ${before}`])
  })

  test('are listed in pages, by key and then newest first', async () => {
    const expected: string[] = []
    for (const key of ['page/a', 'page/b', 'page/c']) {
      const old = await put(key, 'old')
      expected.push(`${key} ${await put(key, 'new')} latest`, `${key} ${old}`)
    }
    const seen: string[] = []
    let markers: Partial<ListObjectVersionsCommandInput> = {}
    for (let page = 0; page < 10; page++) {
      const { versions, answer } = await list({ Prefix: 'page/', MaxKeys: 2, ...markers })
      seen.push(...versions)
      if (answer.IsTruncated !== true) break
      markers = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker }
    }
    expect(seen).toEqual(expected)
    const from = scene.differs('ceph', 'key markers of versions') ? 2 : 4
    expect((await list({ Prefix: 'page/', KeyMarker: 'page/b' })).versions).toEqual(expected.slice(from))
    const { answer } = await list({ Prefix: 'pa', Delimiter: '/' })
    expect(answer.CommonPrefixes).toEqual([{ Prefix: 'page/' }])
  })

  test('keep a bucket from being empty', async () => {
    const other = await scene.newBucket()
    await scene.setVersioning(other, 'Enabled')
    await scene.put(other, 'a')
    await scene.client.send(new DeleteObjectCommand({ Bucket: other, Key: 'a' }))
    expect(await refusal(scene.client.send(new DeleteBucketCommand({ Bucket: other })))).toEqual({
      code: 'BucketNotEmpty',
      status: 409,
    })
  })

  test('a version id that cannot be one', async () => {
    const answer = await scene.signed({ method: 'GET', path: `/${bucket}/each?versionId=a%20b` })
    expect(answer.status).toBe(scene.differs('ceph', 'missing versions') ? 404 : 400)
  })
})

conformance('versions that are suspended', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
  })
  const { put, read, remove, list } = speak(scene, () => bucket)

  test('what was there before is the version null; while suspended there is one null, and the others stay', async () => {
    expect(await put('key', 'before')).toBe('')
    expect(await list()).toMatchObject({ versions: ['key null latest'] })
    await scene.setVersioning(bucket, 'Enabled')
    const id = await put('key', 'kept')
    expect((await list()).versions).toEqual([`key ${id} latest`, 'key null'])
    await scene.setVersioning(bucket, 'Suspended')
    await put('key', 'third')
    await put('key', 'fourth')
    expect((await list()).versions).toEqual(['key null latest', `key ${id}`])
    expect([await read('key', 'null'), await read('key', id)]).toEqual(['fourth', 'kept'])
    const head = await scene.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'key' }))
    if (scene.differs('ceph', 'the version null')) expect(head.VersionId).toBeUndefined()
    else expect(head.VersionId).toBe('null')

    // The marker takes the place of the version null, whose bytes are gone.
    const marker = await remove('key')
    expect(marker.DeleteMarker).toBe(true)
    expect(await list()).toMatchObject({ versions: [`key ${id}`], markers: ['key null latest'] })
    await remove('key', 'null')
    expect(await read('key')).toBe('kept')
  })

  test('versioning cannot be taken away', async () => {
    const answer = await scene.signed({
      method: 'PUT',
      path: `/${bucket}?versioning`,
      body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Off</Status></VersioningConfiguration>',
    })
    expect(answer.status).toBe(400)
  })
})
