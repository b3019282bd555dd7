import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { copyObject } from '../../src-main/s3/copy-object.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects, listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { sessionFor } from '../sync/sync-fixture.ts'
import { type NullServer, nullKeys, startNullServer } from './start-null-server.ts'
import { pathOf } from './tree.ts'

const mib = 1024 * 1024

/** What is measured against it has to find an S3 there: it is asked by our client and by the SDK. */
describe('the null server', () => {
  let server: NullServer
  let session: S3Session
  let client: S3Client
  let folder: string
  const bucket = 'bench'

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-null-'))
    server = await startNullServer(0)
    session = sessionFor(server.endpoint, nullKeys)
    client = await session.client(bucket)
  })
  beforeEach(async () => {
    await server.reset()
    await server.recount()
  })
  afterAll(async () => {
    session.destroy()
    server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const upload = async (key: string, content: Buffer, ifNoneMatch = false) => {
    const path = join(folder, createHash('md5').update(key).digest('hex'))
    await writeFile(path, content)
    const headers = { contentType: 'text/css', cacheControl: 'no-cache' }
    return uploadFile(session, { bucket, key, path, sizeBytes: content.length, headers, ifNoneMatch })
  }
  const keysOf = async (prefix = '') => {
    const keys: string[] = []
    for await (const { key } of listAllObjects(session, { bucket, prefix })) keys.push(key)
    return keys
  }

  test('lists page by page, whatever has come and gone in between and however keys are written', async () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `${pathOf(index)} & ü`)
    await server.fill(
      bucket,
      [...keys, 'z'].map((key, index) => [key, index]),
    )
    const expected = [...keys].sort(compareKeys)
    expect(await keysOf('section-')).toEqual(expected)
    const [first = ''] = expected
    await deleteObjects(session, { bucket, keys: [first] })
    expect(await keysOf('section-')).toEqual(expected.slice(1))
    await upload(first, Buffer.from('abc'))
    const { objects, continuationToken } = await listObjectsPage(session, { bucket, prefix: '' })
    expect(objects).toHaveLength(1000)
    expect(objects[0]).toMatchObject({ key: first, sizeBytes: 3 })
    expect(continuationToken).not.toBeNull()
    const { Contents = [], IsTruncated } = await client.send(new ListObjectsCommand({ Bucket: bucket }))
    expect(Contents.map(({ Key }) => Key)).toEqual(expected.slice(0, 1000))
    expect(IsTruncated).toBe(true)
  })

  test('keeps what an upload says of itself, and counts it', async () => {
    const content = randomBytes(1234)
    const md5 = createHash('md5').update(content).digest('hex')
    expect(await upload('a b+c/ü 🪣.css', content)).toMatchObject({ eTag: `"${md5}"`, verified: true })
    expect(await headObject(session, { bucket, key: 'a b+c/ü 🪣.css' })).toMatchObject({
      sizeBytes: 1234,
      contentType: 'text/css',
      cacheControl: 'no-cache',
    })
    expect(await headObject(session, { bucket, key: 'a b' })).toBeNull()
    const { counts, receivedBytes, cpuSeconds, mostInFlight } = await server.stats()
    expect(counts).toMatchObject({ PutObject: 1, HeadObject: 2 })
    expect(receivedBytes).toBe(1234)
    expect(mostInFlight).toBe(1)
    expect(cpuSeconds).toBeGreaterThan(0)
    expect(await server.objects(bucket)).toEqual([['a b+c/ü 🪣.css', 1234]])
    await server.recount()
    expect(await server.stats()).toMatchObject({ counts: {}, receivedBytes: 0 })
  })

  test('takes an upload in parts, and none that was given up', async () => {
    expect(await upload('film.mp4', randomBytes(20 * mib))).toMatchObject({ verified: true })
    expect(await server.objects(bucket)).toEqual([['film.mp4', 20 * mib]])
    expect((await server.stats()).counts).toMatchObject({
      CreateMultipartUpload: 1,
      UploadPart: 3,
      CompleteMultipartUpload: 1,
    })

    const key = 'given-up'
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
    const id = { Bucket: bucket, Key: key, UploadId }
    const part = await client.send(new UploadPartCommand({ ...id, PartNumber: 1, Body: 'part' }))
    expect((await client.send(new ListPartsCommand(id))).Parts).toMatchObject([
      { PartNumber: 1, ETag: part.ETag, Size: 4 },
    ])
    await client.send(new AbortMultipartUploadCommand(id))
    await expect(client.send(new ListPartsCommand(id))).rejects.toThrow('NoSuchUpload')
    expect(await server.objects(bucket)).toHaveLength(1)
  })

  test('counts the bytes of a framed body without its frame, whether it is kept or not', async () => {
    for (const size of [1000, 3 * mib, 11 * mib]) {
      await server.recount()
      const params = { Bucket: bucket, Key: `${size}`, Body: randomBytes(size) }
      await new Upload({ client, params }).done()
      expect((await server.stats()).receivedBytes).toBeGreaterThanOrEqual(size)
    }
    expect(await server.objects(bucket)).toEqual([
      ['1000', 1000],
      [`${11 * mib}`, 11 * mib],
      [`${3 * mib}`, 3 * mib],
    ])
  })

  test('lists pages, folders and keys of all kinds in the order of S3', async () => {
    const keys = [
      ...Array.from({ length: 2500 }, (_, index) => pathOf(index)),
      'a/b&c<d>.txt',
      'a/\ue000.txt',
      'a/🪣.txt',
      'top.txt',
    ]
    expect(
      await server.fill(
        bucket,
        keys.map((key) => [key, 7]),
      ),
    ).toBe(2504)
    const sorted = keys.toSorted(compareKeys)
    expect(await keysOf()).toEqual(sorted)
    expect((await server.stats()).counts).toEqual({ ListObjects: 3 })
    expect(await keysOf('section-3/')).toEqual(sorted.filter((key) => key.startsWith('section-3/')))
    expect(await keysOf('section-30')).toEqual([])

    // Folder by folder, over pages that end in the middle of them.
    const found: string[] = []
    let continuationToken: string | null = null
    do {
      const page = await listObjectsPage(session, {
        bucket,
        prefix: '',
        delimiter: '/',
        maxKeys: 3,
        ...(continuationToken === null ? {} : { continuationToken }),
      })
      found.push(...page.folders, ...page.objects.map(({ key }) => key))
      ;({ continuationToken } = page)
    } while (continuationToken !== null)
    expect(found).toEqual(['a/', ...Array.from({ length: 10 }, (_, n) => `section-${n}/`), 'top.txt'])

    const first = await client.send(new ListObjectsCommand({ Bucket: bucket, MaxKeys: 2, Delimiter: '/' }))
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'section-0/' })
    const from = await listObjectsPage(session, { bucket, prefix: '', startAfter: 'section-9/folder-9' })
    expect(from.objects[0]?.key).toBe(sorted.find((key) => key > 'section-9/folder-9'))
  })

  test('copies, deletes and gives ranges of zeros', async () => {
    await upload('a.css', Buffer.from('body {}'))
    await copyObject(session, {
      bucket,
      key: 'a.css',
      newKey: 'b.css',
      replaceHeaders: { cacheControl: 'max-age=60' },
    })
    expect(await headObject(session, { bucket, key: 'b.css' })).toMatchObject({
      sizeBytes: 7,
      contentType: 'text/css',
      cacheControl: 'max-age=60',
    })
    const range = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'b.css', Range: 'bytes=2-4' }),
    )
    expect(range.ContentRange).toBe('bytes 2-4/7')
    expect(await range.Body?.transformToByteArray()).toEqual(new Uint8Array(3))
    expect(await deleteObjects(session, { bucket, keys: ['a.css', 'absent & <odd>'] })).toMatchObject({
      failed: [],
    })
    expect(await keysOf()).toEqual(['b.css'])
  })

  test('refuses what a condition refuses', async () => {
    await upload('taken', Buffer.from('1'), true)
    await expect(upload('taken', Buffer.from('2'), true)).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
    expect(await server.objects(bucket)).toEqual([['taken', 1]])
  })

  test('waits as long as it was told to', async () => {
    const slow = await startNullServer(40)
    const other = sessionFor(slow.endpoint, nullKeys)
    try {
      await headObject(other, { bucket, key: 'x' })
      const started = performance.now()
      await Promise.all(Array.from({ length: 20 }, () => headObject(other, { bucket, key: 'x' })))
      const elapsed = performance.now() - started
      // Once for all of them, as they wait at the same time: timers may be a millisecond early.
      expect(elapsed).toBeGreaterThanOrEqual(38)
      expect((await slow.stats()).mostInFlight).toBe(20)
    } finally {
      other.destroy()
      slow.stop()
    }
  })
})
