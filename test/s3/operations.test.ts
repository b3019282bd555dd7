import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Playground } from '../../src-main/playground/playground.ts'
import { startPlayground } from '../../src-main/playground/playground.ts'
import {
  bucketOwnership,
  bucketVersioning,
  createBucket,
  deleteBucket,
  listBuckets,
} from '../../src-main/s3/buckets.ts'
import { copyObject, updateHeaders } from '../../src-main/s3/copy-object.ts'
import { deleteObjectIfMatch, deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects, listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { getObjectAcl, putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { publicObjectUrl } from '../../src-main/s3/object-url.ts'
import { presignGetObject } from '../../src-main/s3/presign.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { loadSdk } from '../../src-main/s3/sdk.ts'
import { testSession } from './scripted-server.ts'

let folder: string
let playground: Playground
let session: S3Session
const failing = (code: string) => ({ error: { code } })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-s3-'))
  playground = await startPlayground({ directory: folder })
  session = open(playground)
  await createBucket(session, { bucket: 'open', region: 'us-east-1', access: 'per-object' })
  await createBucket(session, { bucket: 'closed', region: 'us-east-1', access: 'private' })
})

afterAll(async () => {
  session.destroy()
  await playground.close()
  await rm(folder, { recursive: true })
})

function open(server: Playground, keys: Partial<Playground> = {}): S3Session {
  const { accessKeyId, secretAccessKey } = { ...server, ...keys }
  return testSession(server.endpoint, {
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
    checksums: 'when-supported',
  })
}

async function put(bucket: string, key: string, body: string | Buffer = `body of ${key}`, more: object = {}) {
  const [client, { PutObjectCommand }] = await Promise.all([session.client(bucket), loadSdk()])
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }))
}

async function keysOf(bucket: string, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listAllObjects(session, { bucket, prefix })) keys.push(key)
  return keys
}

const awkward = [
  'a b+c.txt',
  'dir//x',
  'ü%41#?&é.txt',
  '😀',
  "q'!()*~",
  'new\nline',
  '0012',
  'true',
  '<&>"',
  'back\\slash',
]

describe('keys', () => {
  it('S38 awkward keys come back byte for byte, decoded once', async () => {
    for (const key of awkward) await put('closed', `keys/${key}`)
    const listed = await keysOf('closed', 'keys/')
    expect(listed.toSorted()).toEqual(awkward.map((key) => `keys/${key}`).toSorted())
  })

  it('and are had, signed, by a plain HTTP client', async () => {
    for (const key of awkward) {
      const { url } = await presignGetObject(session, {
        bucket: 'closed',
        key: `keys/${key}`,
        expiresInSeconds: 60,
      })
      const answer = await fetch(url)
      expect([key, answer.status, await answer.text()]).toEqual([key, 200, `body of keys/${key}`])
    }
  })
})

describe('listing', () => {
  it('gives folders and pages', async () => {
    for (const key of ['p/1', 'p/2', 'p/sub/a', 'p/sub/b', 'p/z']) await put('closed', key)
    const first = await listObjectsPage(session, {
      bucket: 'closed',
      prefix: 'p/',
      delimiter: '/',
      maxKeys: 2,
    })
    expect(first.objects.map(({ key }) => key)).toEqual(['p/1', 'p/2'])
    expect(first.continuationToken).not.toBeNull()
    const second = await listObjectsPage(session, {
      bucket: 'closed',
      prefix: 'p/',
      delimiter: '/',
      continuationToken: first.continuationToken ?? '',
    })
    expect(second).toMatchObject({
      folders: ['p/sub/'],
      objects: [{ key: 'p/z', sizeBytes: 11 }],
      continuationToken: null,
    })
    expect(second.objects[0]?.lastModified).toBeInstanceOf(Date)
    const after = await listObjectsPage(session, { bucket: 'closed', prefix: 'p/', startAfter: 'p/sub/a' })
    expect(after.objects.map(({ key }) => key)).toEqual(['p/sub/b', 'p/z'])
  })
})

describe('head', () => {
  it('tells every header and the metadata, and null for what is not there', async () => {
    await put('closed', 'head.txt', 'hello', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=86400',
      ContentDisposition: 'inline',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      Metadata: { colour: 'blue' },
    })
    expect(await headObject(session, { bucket: 'closed', key: 'head.txt' })).toMatchObject({
      sizeBytes: 5,
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'max-age=86400',
      contentDisposition: 'inline',
      contentEncoding: 'identity',
      contentLanguage: 'de',
      metadata: { colour: 'blue' },
      eTag: '"5d41402abc4b2a76b9719d911017c592"',
      checksum: expect.stringMatching(/^CRC(32|64NVME)=/),
    })
    expect(await headObject(session, { bucket: 'closed', key: 'nope' })).toBeNull()
  })
})

describe('copies', () => {
  const about = {
    ContentType: 'text/css',
    CacheControl: 'max-age=1',
    ContentLanguage: 'fr',
    Metadata: { a: 'b' },
    Tagging: 'k=v',
  }

  async function tagsOf(bucket: string, key: string) {
    const [client, { GetObjectTaggingCommand }] = await Promise.all([session.client(bucket), loadSdk()])
    return (await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))).TagSet
  }

  it('keep headers, metadata, tags and the ACL', async () => {
    await put('open', 'from +ü.css', 'x', { ...about, ACL: 'public-read' })
    const copied = await copyObject(session, {
      bucket: 'open',
      key: 'from +ü.css',
      newKey: 'to/#?.css',
      ifNoneMatch: true,
    })
    expect(copied.acl).toBe('public-read')
    expect(await headObject(session, { bucket: 'open', key: 'to/#?.css' })).toMatchObject({
      contentType: 'text/css',
      cacheControl: 'max-age=1',
      contentLanguage: 'fr',
      metadata: { a: 'b' },
    })
    expect(await tagsOf('open', 'to/#?.css')).toEqual([{ Key: 'k', Value: 'v' }])
    expect((await fetch(publicObjectUrl(session, 'open', 'to/#?.css'))).status).toBe(200)
  })

  it('never overwrite when asked not to', async () => {
    await put('open', 'one', 'first')
    await put('open', 'two', 'second')
    await expect(
      copyObject(session, { bucket: 'open', key: 'one', newKey: 'two', ifNoneMatch: true }),
    ).rejects.toMatchObject(failing('already-exists'))
    expect((await headObject(session, { bucket: 'open', key: 'two' }))?.sizeBytes).toBe(6)
    await expect(copyObject(session, { bucket: 'open', key: 'gone', newKey: 'x' })).rejects.toMatchObject(
      failing('no-such-key'),
    )
  })

  it('of large objects go by parts and keep the same', async () => {
    const size = 11 * 1024 * 1024
    await put('open', 'large', Buffer.alloc(size, 7), { ...about, ACL: 'public-read' })
    await copyObject(session, {
      bucket: 'open',
      key: 'large',
      newKey: 'larger',
      singleCopyBytes: 1000,
      partSizeBytes: 5 * 1024 * 1024,
    })
    const head = await headObject(session, { bucket: 'open', key: 'larger' })
    expect(head).toMatchObject({ sizeBytes: size, contentType: 'text/css', metadata: { a: 'b' } })
    expect(head?.eTag).toMatch(/-3"$/)
    expect(await tagsOf('open', 'larger')).toEqual([{ Key: 'k', Value: 'v' }])
    expect(await getObjectAcl(session, { bucket: 'open', key: 'larger' })).toBe('public-read')
  })

  it('in place change one header and nothing else', async () => {
    await put('open', 'site.css', 'x', { ...about, ACL: 'public-read' })
    const before = await headObject(session, { bucket: 'open', key: 'site.css' })
    const { acl } = await updateHeaders(session, {
      bucket: 'open',
      key: 'site.css',
      headers: { cacheControl: 'no-cache' },
      expectedETag: before?.eTag ?? '',
    })
    expect(acl).toBe('public-read')
    expect(await headObject(session, { bucket: 'open', key: 'site.css' })).toMatchObject({
      contentType: 'text/css',
      cacheControl: 'no-cache',
      contentLanguage: 'fr',
      metadata: { a: 'b' },
      eTag: before?.eTag,
    })
    expect((await fetch(publicObjectUrl(session, 'open', 'site.css'))).status).toBe(200)
    await expect(
      updateHeaders(session, { bucket: 'open', key: 'site.css', headers: {}, expectedETag: '"another"' }),
    ).rejects.toMatchObject(failing('precondition-failed'))
  })

  it('work where ACLs are disabled', async () => {
    await put('closed', 'enforced', 'x', { CacheControl: 'max-age=1' })
    const head = await headObject(session, { bucket: 'closed', key: 'enforced' })
    await updateHeaders(session, {
      bucket: 'closed',
      key: 'enforced',
      headers: { contentType: 'text/plain' },
      expectedETag: head?.eTag ?? '',
    })
    expect(await headObject(session, { bucket: 'closed', key: 'enforced' })).toMatchObject({
      contentType: 'text/plain',
      cacheControl: 'max-age=1',
    })
  })
})

describe('deletions', () => {
  it('count each key once, missing and unwritable in XML alike', async () => {
    const keys = ['d/a', 'd/b c', 'd/<&>', 'd/new\nline', 'd/\u0001']
    for (const key of keys) await put('open', key)
    const outcome = await deleteObjects(session, { bucket: 'open', keys: [...keys, 'd/missing', 'd/a'] })
    expect(outcome.failed).toEqual([])
    expect(outcome.deleted.toSorted()).toEqual([...keys, 'd/missing'].toSorted())
    expect(await keysOf('open', 'd/')).toEqual([])
  })

  it('of more than a thousand keys take several calls', async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `none/${index}`)
    expect((await deleteObjects(session, { bucket: 'open', keys })).deleted).toHaveLength(1001)
  })

  it('S49 spare an object that was changed meanwhile', async () => {
    await put('open', 'seen', 'old')
    const seen = await headObject(session, { bucket: 'open', key: 'seen' })
    await put('open', 'seen', 'new')
    const eTag = seen?.eTag ?? ''
    await expect(deleteObjectIfMatch(session, { bucket: 'open', key: 'seen', eTag })).rejects.toMatchObject(
      failing('precondition-failed'),
    )
    const now = await headObject(session, { bucket: 'open', key: 'seen' })
    await deleteObjectIfMatch(session, { bucket: 'open', key: 'seen', eTag: now?.eTag ?? '' })
    await deleteObjectIfMatch(session, { bucket: 'open', key: 'seen', eTag })
    expect(await headObject(session, { bucket: 'open', key: 'seen' })).toBeNull()
  })
})

describe('ACLs', () => {
  it('make an object public and private again, seen without a signature', async () => {
    await put('open', 'switch')
    const status = async () => (await fetch(publicObjectUrl(session, 'open', 'switch'))).status
    expect([await getObjectAcl(session, { bucket: 'open', key: 'switch' }), await status()]).toEqual([
      'private',
      403,
    ])
    await putObjectAcl(session, { bucket: 'open', key: 'switch', acl: 'public-read' })
    expect([await getObjectAcl(session, { bucket: 'open', key: 'switch' }), await status()]).toEqual([
      'public-read',
      200,
    ])
    await putObjectAcl(session, { bucket: 'open', key: 'switch', acl: 'private' })
    expect([await getObjectAcl(session, { bucket: 'open', key: 'switch' }), await status()]).toEqual([
      'private',
      403,
    ])
  })

  it('F24 are disabled in a bucket of today, and said to be', async () => {
    await put('closed', 'switch')
    expect(await getObjectAcl(session, { bucket: 'closed', key: 'switch' })).toBe('disabled')
    await expect(
      putObjectAcl(session, { bucket: 'closed', key: 'switch', acl: 'public-read' }),
    ).rejects.toMatchObject(failing('acls-disabled'))
  })
})

describe('buckets', () => {
  it('are listed with their dates, and open or closed as asked', async () => {
    const found = await listBuckets(session)
    expect(found.map(({ name }) => name)).toEqual(['closed', 'open'])
    expect(found[0]?.createdAt).toBeInstanceOf(Date)
    expect(await bucketOwnership(session, { bucket: 'open' })).toBe('BucketOwnerPreferred')
    expect(await bucketOwnership(session, { bucket: 'closed' })).toBe('BucketOwnerEnforced')
    expect(await bucketVersioning(session, { bucket: 'open' })).toBe('no')
  })

  it('of a taken or impossible name are refused in words', async () => {
    const make = (bucket: string) => createBucket(session, { bucket, region: 'us-east-1', access: 'private' })
    await expect(make('open')).rejects.toMatchObject(failing('bucket-owned-by-you'))
    await expect(make('Not_A_Bucket')).rejects.toMatchObject(failing('invalid-bucket-name'))
    await expect(deleteBucket(session, { bucket: 'open' })).rejects.toMatchObject(failing('bucket-not-empty'))
    await expect(deleteBucket(session, { bucket: 'never-was' })).rejects.toMatchObject(
      failing('no-such-bucket'),
    )
  })

  it('can be made, deleted and made again', async () => {
    for (const access of ['private', 'per-object'] as const) {
      await createBucket(session, { bucket: 'again', region: 'us-east-1', access })
      await put('again', 'x')
      await deleteObjects(session, { bucket: 'again', keys: ['x'] })
      await deleteBucket(session, { bucket: 'again' })
      await expect(listObjectsPage(session, { bucket: 'again', prefix: '' })).rejects.toMatchObject(
        failing('no-such-bucket'),
      )
    }
  })
})

describe('keys to the service', () => {
  it('a wrong secret and an unknown key are told apart', async () => {
    await expect(listBuckets(open(playground, { secretAccessKey: 'wrong' }))).rejects.toMatchObject(
      failing('signature-mismatch'),
    )
    await expect(
      listBuckets(open(playground, { accessKeyId: 'AKIANOBODYNOBODY0000' })),
    ).rejects.toMatchObject(failing('unknown-access-key'))
  })
})

describe('F18 a server whose clock is an hour off', () => {
  it.each([3_600_000, -3_600_000])('(%i ms) is corrected for requests and for links', async (offset) => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-clock-'))
    const server = await startPlayground({ directory, now: () => new Date(Date.now() + offset) })
    const late = open(server)
    try {
      await createBucket(late, { bucket: 'clock', region: 'us-east-1', access: 'private' })
      const [client, { PutObjectCommand }] = await Promise.all([late.client('clock'), loadSdk()])
      await client.send(new PutObjectCommand({ Bucket: 'clock', Key: 'k', Body: 'tick' }))
      const link = await presignGetObject(late, { bucket: 'clock', key: 'k', expiresInSeconds: 30 })
      expect(await (await fetch(link.url)).text()).toBe('tick')
      expect(Math.abs(link.expiresAt.getTime() - (Date.now() + offset + 30_000))).toBeLessThan(5000)
    } finally {
      late.destroy()
      await server.close()
      await rm(directory, { recursive: true })
    }
  })
})
