import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLink } from '../../src-main/links/create-link.ts'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import type { S3Credentials, S3Session } from '../../src-main/s3/s3-session.ts'

let directory: string
let playground: Playground
let offsetMs = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-links-'))
  playground = await startPlayground({ directory, now: () => new Date(Date.now() + offsetMs) })
  await createBucket(session(), { bucket: 'links', region: 'us-east-1', access: 'private' })
  for (const key of keys)
    await putObjectBytes(session(), { bucket: 'links', key, headers: {} }, new Uint8Array(0))
})
afterAll(async () => {
  await playground.close()
  await rm(directory, { recursive: true, force: true })
})

const keys = [
  'a b.txt',
  'a+b.txt',
  '100%.txt',
  'q?x=1#f.txt',
  'emoji 🪣.txt',
  'double//slash.txt',
  'e\u0301.txt',
]

function session(more: Partial<S3Credentials> = {}): S3Session {
  return createS3Session({
    profileId: 'p1',
    endpoint: playground.endpoint,
    region: playground.region,
    addressing: 'path',
    checksums: 'when-supported',
    insecureAllowed: false,
    credentials: async () => ({
      accessKeyId: playground.accessKeyId,
      secretAccessKey: playground.secretAccessKey,
      ...more,
    }),
  })
}

const options = { bucket: 'links', key: 'a b.txt', downloadAs: null, baseUrl: null } as const

describe('links', () => {
  test.each(keys)('a presigned link to %j opens, and is refused when tampered with', async (key) => {
    const link = await createLink(session(), { ...options, key, kind: 'presigned', expiresInSeconds: 60 })
    expect((await fetch(link.url)).status).toBe(200)
    expect((await fetch(link.url.replace(/X-Amz-Expires=60/, 'X-Amz-Expires=61'))).status).toBe(403)
    expect((await fetch(link.url.split('?')[0]!)).status).toBe(403)
    expect(link).toMatchObject({ kind: 'presigned', limitedBy: null, insecure: true })
  })

  test('ends when it says', async () => {
    const link = await createLink(session(), { ...options, kind: 'presigned', expiresInSeconds: 300 })
    const end = Date.parse(link.endsAt!)
    expect(Math.abs(end - Date.now() - 300_000)).toBeLessThan(5000)
    try {
      offsetMs = end - Date.now() - 2000
      expect((await fetch(link.url)).status).toBe(200)
      offsetMs = end - Date.now() + 2000
      expect((await fetch(link.url)).status).toBe(403)
    } finally {
      offsetMs = 0
    }
  })

  test('more than seven days is seven days, and says so', async () => {
    const link = await createLink(session(), { ...options, kind: 'presigned', expiresInSeconds: 30 * 86_400 })
    expect(link.limitedBy).toBe('seven-days')
    expect(new URL(link.url).searchParams.get('X-Amz-Expires')).toBe('604800')
    expect((await fetch(link.url)).status).toBe(200)
  })

  test('temporary credentials shorten it, and ended ones make none', async () => {
    const expiration = new Date(Date.now() + 600_000)
    const link = await createLink(session({ expiration }), {
      ...options,
      kind: 'presigned',
      expiresInSeconds: 3600,
    })
    expect(link.limitedBy).toBe('credentials')
    expect(Math.abs(Date.parse(link.endsAt!) - expiration.getTime())).toBeLessThan(3000)
    await expect(
      createLink(session({ expiration: new Date(Date.now() - 1000) }), {
        ...options,
        kind: 'presigned',
        expiresInSeconds: 3600,
      }),
    ).rejects.toMatchObject({ error: { code: 'expired-token' } })
  })

  test('a policy that lets signatures grow only so old shortens it, where that can be read', async () => {
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::links/*',
      Condition: { NumericGreaterThan: { 's3:signatureAge': '600000' } },
    }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] })
    await putBucketPolicy(session(), { bucket: 'links', policy })
    try {
      const presigned = { ...options, kind: 'presigned' } as const
      const link = await createLink(session(), { ...presigned, expiresInSeconds: 3600 })
      expect(link.limitedBy).toBe('policy')
      const end = Date.parse(link.endsAt!)
      expect(Math.abs(end - Date.now() - 600_000)).toBeLessThan(5000)
      offsetMs = end - Date.now() - 2000
      expect((await fetch(link.url)).status).toBe(200)
      offsetMs = end - Date.now() + 2000
      expect((await fetch(link.url)).status).toBe(403)
      const short = await createLink(session(), { ...presigned, expiresInSeconds: 60 })
      expect(short.limitedBy).toBeNull()
    } finally {
      offsetMs = 0
      await putBucketPolicy(session(), { bucket: 'links', policy: null })
    }
  })

  test('a file name to save under, in ASCII and exactly', async () => {
    const link = await createLink(session(), {
      ...options,
      kind: 'presigned',
      expiresInSeconds: 60,
      downloadAs: 'Größe “1”.txt',
    })
    const header = (await fetch(link.url)).headers.get('content-disposition')!
    expect(header).toContain("filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%80%9C1%E2%80%9D.txt")
    expect(header).toMatch(/filename="[\x20-\x7e]+"/)
  })

  test('S3 signs nothing for a custom domain: the link is at the bucket’s own address, and says so', async () => {
    const link = await createLink(session(), {
      ...options,
      kind: 'presigned',
      expiresInSeconds: 60,
      baseUrl: 'https://media.example.org',
    })
    expect(link).toMatchObject({ kind: 'presigned', atOwnAddress: true })
    expect((await fetch(link.url)).status).toBe(200)
  })

  test('a public URL is plain, on the bucket’s own host or the site’s', async () => {
    const own = await createLink(session(), { ...options, kind: 'public', expiresInSeconds: 60 })
    expect(own).toEqual({
      url: `${playground.endpoint}/links/a%20b.txt`,
      kind: 'public',
      endsAt: null,
      limitedBy: null,
      insecure: false,
      signingKey: null,
    })
    const site = await createLink(session(), {
      ...options,
      kind: 'public',
      expiresInSeconds: 60,
      baseUrl: 'https://static.example.org/',
    })
    expect(site.url).toBe('https://static.example.org/a%20b.txt')
  })
})
