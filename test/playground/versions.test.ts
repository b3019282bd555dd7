import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startPlayground } from '../../src-main/playground/playground.ts'
import type { Playground } from '../../src-main/playground/playground.ts'

const Bucket = 'versions'
let directory = ''
let playground: Playground
let client: S3Client

async function start(): Promise<void> {
  playground = await startPlayground({ directory })
  client = new S3Client({
    endpoint: playground.endpoint,
    region: playground.region,
    credentials: playground,
    forcePathStyle: true,
    maxAttempts: 1,
  })
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-versions-'))
  await start()
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  )
})
afterEach(async () => {
  client.destroy()
  await playground.close()
  await rm(directory, { recursive: true })
})

const put = async (Key: string, Body: string) =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? ''
const read = async (Key: string, VersionId?: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString()
const contentFiles = async () =>
  (await readdir(join(directory, 'buckets', `bucket-${Bucket}`, 'content'))).length

async function listed(): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
  return [...Versions, ...DeleteMarkers].map(
    ({ Key, VersionId, IsLatest }) => `${Key} ${VersionId} ${IsLatest}`,
  )
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof S3ServiceException ? error.name : 'no S3 error'),
  )
}

test('versions and delete markers are there again after a restart', async () => {
  const first = await put('a', 'first')
  await put('a', 'second')
  await put('b', 'gone')
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }))
  const before = await listed()
  expect(before).toHaveLength(4)
  await playground.close()
  await start()
  expect(await listed()).toEqual(before)
  expect(await read('a', first)).toBe('first')
  expect(await codeOf(read('b'))).toBe('NoSuchKey')
  expect(await contentFiles()).toBe(3)
})

test('the bytes of a version go with it, and not before', async () => {
  const first = await put('a', 'first')
  const second = await put('a', 'second')
  await client.send(
    new PutObjectTaggingCommand({
      Bucket,
      Key: 'a',
      VersionId: first,
      Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] },
    }),
  )
  expect(await contentFiles()).toBe(2)
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: second }))
  expect(await contentFiles()).toBe(1)
  expect(await read('a')).toBe('first')
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: first }))
  expect(await contentFiles()).toBe(0)
  expect(await readdir(join(directory, 'buckets', `bucket-${Bucket}`, 'objects'))).toEqual([])
})

test('rights to versions are rights of their own', async () => {
  const first = await put('a', 'first')
  await put('a', 'second')
  const arn = `arn:aws:s3:::${Bucket}`
  const deny = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:GetObjectVersion', 's3:DeleteObjectVersion', 's3:ListBucketVersions'],
        Resource: [arn, `${arn}/*`],
      },
    ],
  }
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(deny) }))
  expect(await read('a')).toBe('second')
  expect(await codeOf(read('a', first))).toBe('AccessDenied')
  expect(await codeOf(listed())).toBe('AccessDenied')
  const remove = (VersionId?: string) => client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }))
  expect(await codeOf(remove(first))).toBe('AccessDenied')
  expect(await codeOf(remove())).toBe('done')
})
