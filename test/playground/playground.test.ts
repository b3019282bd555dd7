import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startPlayground } from '../../src-main/playground/playground.ts'
import type { Playground, PlaygroundOptions } from '../../src-main/playground/playground.ts'

let directory = ''
const running: Playground[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-playground-'))
})

afterEach(async () => {
  for (const playground of running.splice(0)) await playground.close()
  await rm(directory, { recursive: true, force: true })
})

async function start(
  options: Partial<PlaygroundOptions> = {},
): Promise<{ playground: Playground; client: S3Client }> {
  const playground = await startPlayground({ directory, ...options })
  running.push(playground)
  const client = new S3Client({
    endpoint: playground.endpoint,
    region: playground.region,
    credentials: playground,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  return { playground, client }
}

async function stop(playground: Playground): Promise<void> {
  running.splice(running.indexOf(playground), 1)
  await playground.close()
}

async function everyFile(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const Bucket = 'pail-test'

describe('starting', () => {
  test('port and keys are random, and the region is us-east-1', async () => {
    const first = await start()
    const other = await mkdtemp(join(tmpdir(), 'pail-playground-'))
    const second = await start({ directory: other })
    expect(first.playground.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(first.playground.region).toBe('us-east-1')
    for (const field of ['endpoint', 'accessKeyId', 'secretAccessKey'] as const)
      expect(second.playground[field]).not.toBe(first.playground[field])
    await rm(other, { recursive: true })
  })

  test('given keys and region are taken; the keys are never written down', async () => {
    const given = { accessKeyId: 'AKIACANARYACCESSKEY0', secretAccessKey: 'canary-secret-canary-secret' }
    const { playground, client } = await start({ ...given, region: 'eu-central-1' })
    expect(playground).toMatchObject({ ...given, region: 'eu-central-1' })
    await client.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
    )
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    for (const file of await everyFile(directory)) {
      const text = await readFile(file, 'latin1')
      expect(text).not.toContain(given.accessKeyId)
      expect(text).not.toContain(given.secretAccessKey)
    }
  })

  test('a second one on the same directory is refused, until the first has stopped', async () => {
    const { playground } = await start()
    await expect(startPlayground({ directory })).rejects.toThrow(
      `already running on this directory, at ${playground.endpoint}`,
    )
    await stop(playground)
    await start()
  })

  test('the claim of one that was killed does no harm', async () => {
    await start().then(({ playground }) => stop(playground))
    await writeFile(
      join(directory, 'running.json'),
      JSON.stringify({ endpoint: 'http://127.0.0.1:9', instance: 'x' }),
    )
    await start()
    await stop(running[0] as Playground)
    await writeFile(join(directory, 'running.json'), '{"endpo')
    await start()
  })

  test('a port that is taken is an error', async () => {
    const { playground } = await start()
    const other = await mkdtemp(join(tmpdir(), 'pail-playground-'))
    const port = Number(new URL(playground.endpoint).port)
    await expect(startPlayground({ directory: other, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await rm(other, { recursive: true })
  })

  test('a record that cannot be read stops the start instead of losing objects (F42)', async () => {
    const { playground, client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    await stop(playground)
    await writeFile(join(directory, 'buckets', `bucket-${Bucket}`, 'bucket.json'), '{"name"')
    await expect(startPlayground({ directory })).rejects.toThrow(/cannot read its record .*bucket\.json/)
  })

  test('every answer is told, without its query', async () => {
    const seen: unknown[] = []
    const { client } = await start({ onRequest: (answer) => seen.push(answer) })
    await client.send(new CreateBucketCommand({ Bucket }))
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'missing' }))
    await fetch(url)
    expect(seen).toEqual([
      { method: 'PUT', path: `/${Bucket}/`, operation: 'CreateBucket', status: 200 },
      { method: 'GET', path: `/${Bucket}/missing`, operation: 'GetObject', status: 404 },
    ])
  })
})

describe('regions', () => {
  test('outside us-east-1 the location has to be named, and a bucket of one’s own is a conflict', async () => {
    const { client } = await start({ region: 'eu-central-1' })
    const create = (CreateBucketConfiguration?: { LocationConstraint: 'eu-central-1' | 'eu-west-1' }) =>
      client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }))
    // The SDK names the client's region by itself where nothing is said.
    await expect(create({ LocationConstraint: 'eu-west-1' })).rejects.toMatchObject({
      name: 'IllegalLocationConstraintException',
    })
    await create({ LocationConstraint: 'eu-central-1' })
    await expect(create({ LocationConstraint: 'eu-central-1' })).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    })
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }))
    expect(LocationConstraint).toBe('eu-central-1')
  })
})

describe('the clock', () => {
  test('signatures, expiries and dates follow it (F18)', async () => {
    let now = new Date('2030-01-01T00:00:00Z')
    const { playground, client } = await start({ now: () => now })
    await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'RequestTimeTooSkewed',
    })
    const shifted = new S3Client({
      endpoint: playground.endpoint,
      region: playground.region,
      credentials: playground,
      forcePathStyle: true,
      systemClockOffset: now.getTime() - Date.now(),
    })
    await shifted.send(new CreateBucketCommand({ Bucket }))
    await shifted.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    const { LastModified } = await shifted.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    expect(LastModified).toEqual(now)
    const url = await getSignedUrl(shifted, new GetObjectCommand({ Bucket, Key: 'a' }), {
      expiresIn: 300,
      signingDate: now,
    })
    now = new Date('2030-01-01T00:05:00Z')
    expect((await fetch(url)).status).toBe(200)
    now = new Date('2030-01-01T00:05:01Z')
    expect((await fetch(url)).status).toBe(403)
  })
})

describe('a restart', () => {
  test('everything is still there: objects, settings, unfinished uploads', async () => {
    const first = await start()
    await first.client.send(new CreateBucketCommand({ Bucket }))
    const keys = ['a', 'ü/😀 b+c', '../../up', 'dir/'] as const
    for (const Key of keys)
      await first.client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: `content of ${Key}`,
          CacheControl: 'no-cache',
          Metadata: { key: 'yes' },
        }),
      )
    await first.client.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
    )
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/a` },
      ],
    })
    await first.client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    const { UploadId } = await first.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }))
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 }
    const { ETag } = await first.client.send(new UploadPartCommand({ ...part, Body: 'a part' }))
    const before = await first.client.send(new ListObjectsV2Command({ Bucket }))
    await stop(first.playground)

    const { playground, client } = await start()
    const after = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(after.Contents).toEqual(before.Contents)
    for (const Key of keys) {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key }))
      expect(await answer.Body?.transformToString()).toBe(`content of ${Key}`)
      expect(answer).toMatchObject({ CacheControl: 'no-cache', Metadata: { key: 'yes' } })
    }
    expect((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy)
    expect(
      (await client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
    ).toMatchObject({ BlockPublicAcls: true, BlockPublicPolicy: false })
    expect((await fetch(`${playground.endpoint}/${Bucket}/a`)).status).toBe(200)
    const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId }))
    expect(Parts).toHaveLength(1)
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'parts',
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    )
    const whole = await client.send(new GetObjectCommand({ Bucket, Key: 'parts' }))
    expect(await whole.Body?.transformToString()).toBe('a part')
  })

  test('the keys of the last run are worth nothing', async () => {
    const first = await start()
    await stop(first.playground)
    const { playground } = await start()
    const client = new S3Client({
      endpoint: playground.endpoint,
      region: playground.region,
      credentials: first.playground,
      forcePathStyle: true,
    })
    await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    })
  })

  test('content that a crash left without a record is swept, and no key is ever a path', async () => {
    const first = await start()
    await first.client.send(new CreateBucketCommand({ Bucket }))
    await first.client.send(new PutObjectCommand({ Bucket, Key: '../../../escape', Body: 'x' }))
    await stop(first.playground)
    const content = join(directory, 'buckets', `bucket-${Bucket}`, 'content')
    await writeFile(join(content, 'orphan'), 'left')
    await writeFile(join(directory, 'temporary', 'half'), 'left')
    await start()
    expect(await readdir(content)).toHaveLength(1)
    expect(await readdir(join(directory, 'temporary'))).toEqual([])
    for (const file of await everyFile(directory)) expect(file).not.toContain('escape')
  })
})

describe('bodies', () => {
  test('one that ends early never becomes an object, and leaves nothing (F3)', async () => {
    const { playground, client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'old version' }))
    const plain = new S3Client({
      endpoint: playground.endpoint,
      region: playground.region,
      credentials: playground,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    const signed = await getSignedUrl(plain, new PutObjectCommand({ Bucket, Key: 'a' }))
    await new Promise<void>((resolve) => {
      const outgoing = request(signed, { method: 'PUT', headers: { 'content-length': '1000000' } })
      outgoing.on('error', () => resolve())
      outgoing.write(Buffer.alloc(200_000, 'x'))
      setTimeout(() => outgoing.destroy(new Error('the client goes away')), 100)
    })
    const temporary = join(directory, 'temporary')
    await expect.poll(() => readdir(temporary)).toEqual([])
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    expect(await Body?.transformToString()).toBe('old version')
    expect(await readdir(join(directory, 'buckets', `bucket-${Bucket}`, 'content'))).toHaveLength(1)
  })

  test('a long one streams to disk: it is never held in memory (F47)', async () => {
    const { client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    const size = 256 * 1024 * 1024
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    let highest = 0
    const before = process.memoryUsage().rss
    async function* chunks() {
      for (let sent = 0; sent < size; sent += chunk.length) {
        highest = Math.max(highest, process.memoryUsage().rss)
        yield chunk
      }
    }
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'long', Body: Readable.from(chunks()), ContentLength: size }),
    )
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'long' }))).ContentLength).toBe(size)
    // Client and server share this process; both together stay far below the size of the body.
    expect(highest - before).toBeLessThan(size / 2)
  })

  test('a refused one is answered, and the connection goes on', async () => {
    const { client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    const Body = Buffer.alloc(3 * 1024 * 1024)
    for (let round = 0; round < 3; round++)
      await expect(
        client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ACL: 'public-read' })),
      ).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body }))
  })

  test('an object that is overwritten or deleted while it is read is read to its end', async () => {
    const { client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    const size = 16 * 1024 * 1024
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: Buffer.alloc(size, 'a') }))
    const reading = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'new' }))
    const bytes = (await reading.Body?.transformToByteArray()) ?? new Uint8Array()
    expect(bytes.length).toBe(size)
    expect(bytes.every((byte) => byte === 0x61)).toBe(true)
    const content = join(directory, 'buckets', `bucket-${Bucket}`, 'content')
    await expect.poll(() => readdir(content)).toHaveLength(1)
  })

  test('many at once to one key: the last is whole, and only its content is left', async () => {
    const { client } = await start()
    await client.send(new CreateBucketCommand({ Bucket }))
    const body = (index: number) => String(index % 10).repeat(100_000)
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: body(index) })),
      ),
    )
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    const text = (await Body?.transformToString()) ?? ''
    expect(text).toBe(body(Number(text[0])))
    const content = join(directory, 'buckets', `bucket-${Bucket}`, 'content')
    const files = await readdir(content)
    expect(files).toHaveLength(1)
    expect((await stat(join(content, files[0] ?? ''))).size).toBe(100_000)
  })
})
