import { createHash, randomBytes } from 'node:crypto'
import { appendFile, readFile, rename, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { openLocalSource } from '../../src-main/s3/local-source.ts'
import { uploadFileInParts } from '../../src-main/s3/multipart-upload.ts'
import { putObjectFile } from '../../src-main/s3/put-object.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import type { PlaygroundForTest } from '../transfers/playground-for-test.ts'
import { startPlaygroundForTest } from '../transfers/playground-for-test.ts'

const mib = 1024 * 1024
let place: PlaygroundForTest
let counter = 0

beforeAll(async () => {
  place = await startPlaygroundForTest()
})
afterAll(() => place.close())

async function fileOf(bytes: Buffer): Promise<{ path: string; sizeBytes: number; bytes: Buffer }> {
  const path = join(place.files, `file-${counter++}`)
  await writeFile(path, bytes)
  return { path, sizeBytes: bytes.byteLength, bytes }
}

async function download(key: string, bucket = place.open): Promise<Buffer> {
  const targetPath = join(place.files, `down-${counter++}`)
  const received = await getObjectToFile(place.session, { bucket, key, targetPath })
  expect(received.verified).toBe(true)
  return readFile(targetPath)
}

async function openUploads(): Promise<number> {
  const client = await place.session.client(place.open)
  const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: place.open }))
  return (answer.Uploads ?? []).length
}

const base = () => ({ bucket: place.open, headers: { contentType: 'text/plain; charset=utf-8' } })

describe('putObjectFile', () => {
  it.each([
    'plain.txt',
    'a b.txt',
    'a+b.txt',
    'a#b.txt',
    'a?b.txt',
    '100%25.txt',
    'emoji 🪣.txt',
    'line\nbreak.txt',
    "it's (1)!*.txt",
    'ключ/日本/é.txt',
    `${'k'.repeat(1020)}.txt`.slice(0, 1024),
  ])('stores a file under %j and gets the same bytes back', async (key) => {
    const file = await fileOf(Buffer.from(`content of ${key}`))
    const written = await putObjectFile(place.session, { ...base(), key, ...file })
    const md5 = createHash('md5').update(file.bytes).digest('hex')
    expect(written).toMatchObject({ eTag: `"${md5}"`, verified: true, md5 })
    expect(await download(key)).toEqual(file.bytes)
  })

  it('stores zero bytes, headers and metadata', async () => {
    const file = await fileOf(Buffer.alloc(0))
    await putObjectFile(place.session, {
      bucket: place.open,
      key: 'empty.css',
      ...file,
      headers: { contentType: 'text/css; charset=utf-8', cacheControl: 'max-age=86400' },
      metadata: { 'pail-md5': 'x' },
    })
    expect(await headObject(place.session, { bucket: place.open, key: 'empty.css' })).toMatchObject({
      sizeBytes: 0,
      contentType: 'text/css; charset=utf-8',
      cacheControl: 'max-age=86400',
      metadata: { 'pail-md5': 'x' },
    })
  })

  it('sends no ACL header for a private upload, so that buckets without ACLs take it', async () => {
    const file = await fileOf(Buffer.from('x'))
    await putObjectFile(place.session, { ...base(), bucket: place.closed, key: 'private', ...file })
    await expect(
      putObjectFile(place.session, {
        ...base(),
        bucket: place.closed,
        key: 'public',
        ...file,
        acl: 'public-read',
      }),
    ).rejects.toMatchObject({ error: { code: 'acls-disabled', key: 'public' } })
    await putObjectFile(place.session, { ...base(), key: 'public', ...file, acl: 'public-read' })
    expect((await fetch(`${place.endpoint}/${place.open}/public`)).status).toBe(200)
    expect((await fetch(`${place.endpoint}/${place.closed}/private`)).status).toBe(403)
  })

  it('never overwrites when it may not', async () => {
    const [first, second] = [await fileOf(Buffer.from('first')), await fileOf(Buffer.from('second'))]
    await putObjectFile(place.session, { ...base(), key: 'taken', ...first, ifNoneMatch: true })
    await expect(
      putObjectFile(place.session, { ...base(), key: 'taken', ...second, ifNoneMatch: true }),
    ).rejects.toMatchObject({ error: { code: 'already-exists', key: 'taken' } })
    expect(await download('taken')).toEqual(first.bytes)
  })

  it('lets one of many simultaneous writers win', async () => {
    const files = await Promise.all(Array.from({ length: 8 }, (_, i) => fileOf(Buffer.from(`writer ${i}`))))
    const outcomes = await Promise.allSettled(
      files.map((file) =>
        putObjectFile(place.session, { ...base(), key: 'raced', ...file, ifNoneMatch: true }),
      ),
    )
    const winners = files.filter((_, i) => outcomes[i]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(await download('raced')).toEqual(winners[0]?.bytes)
  })

  it('learns after a few writes that the service keeps its word, and asks no more', async () => {
    const session = place.sessionWith({})
    for (let i = 0; i < 4; i++) {
      await putObjectFile(session, {
        ...base(),
        key: `probe-${i}`,
        ...(await fileOf(Buffer.from(`${i}`))),
        ifNoneMatch: true,
      })
    }
    place.requests.length = 0
    await putObjectFile(session, {
      ...base(),
      key: 'probe-last',
      ...(await fileOf(Buffer.from('x'))),
      ifNoneMatch: true,
    })
    expect(place.requests.map((request) => request.method)).toEqual(['PUT'])
  })

  it('F37 S52 refuses a file that was replaced, linked, or is behind a replaced folder', async () => {
    const file = await fileOf(Buffer.from('mine'))
    const source = await openLocalSource(file.path)
    await source.close()
    const { identity } = source
    const other = await fileOf(Buffer.from('evil'))
    await rename(file.path, `${file.path}.moved`)
    await symlink(other.path, file.path)
    for (const known of [undefined, identity]) {
      await expect(
        putObjectFile(place.session, { ...base(), key: 'swapped', ...file, identity: known }),
      ).rejects.toMatchObject({ error: { code: 'local-changed' } })
    }
    await rename(other.path, file.path)
    await expect(
      putObjectFile(place.session, { ...base(), key: 'swapped', ...file, identity }),
    ).rejects.toMatchObject({
      error: { code: 'local-changed' },
    })
    await rename(file.path, `${file.path}.gone`)
    await expect(
      putObjectFile(place.session, { ...base(), key: 'swapped', ...file, identity }),
    ).rejects.toMatchObject({
      error: { code: 'local-missing' },
    })
    expect(await headObject(place.session, { bucket: place.open, key: 'swapped' })).toBeNull()
  })
})

describe('uploadFile at the boundaries', () => {
  it.each([5 * mib - 1, 5 * mib, 5 * mib + 1, 10 * mib, 10 * mib + 1])(
    '%i bytes with parts of 5 MiB',
    async (size) => {
      const file = await fileOf(randomBytes(size))
      const key = `boundary-${size}`
      const moved: number[] = []
      const written = await uploadFile(place.session, {
        ...base(),
        key,
        ...file,
        thresholdBytes: 5 * mib,
        partSizeBytes: 5 * mib,
        onProgress: (bytes) => moved.push(bytes),
      })
      expect(written.verified).toBe(true)
      const parts = Math.ceil(size / (5 * mib))
      expect(written.eTag).toMatch(parts === 1 ? /^"[0-9a-f]{32}"$/ : new RegExp(`-${parts}"$`))
      expect(moved.at(-1)).toBe(size)
      expect((await download(key)).equals(file.bytes)).toBe(true)
    },
  )

  it('works without checksums, too', async () => {
    const session = place.sessionWith({ checksums: 'when-required' })
    const file = await fileOf(randomBytes(6 * mib))
    const written = await uploadFileInParts(session, {
      ...base(),
      key: 'plain-parts',
      ...file,
      partSizeBytes: 5 * mib,
    })
    expect(written.verified).toBe(true)
    expect((await download('plain-parts')).equals(file.bytes)).toBe(true)
  })

  it('is public when asked, and never overwrites when it may not', async () => {
    const file = await fileOf(randomBytes(6 * mib))
    const options = { ...base(), key: 'public-parts', ...file, partSizeBytes: 5 * mib, ifNoneMatch: true }
    await uploadFileInParts(place.session, { ...options, acl: 'public-read' })
    expect((await fetch(`${place.endpoint}/${place.open}/public-parts`)).status).toBe(200)
    await expect(uploadFileInParts(place.session, options)).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
    expect(await openUploads()).toBe(0)
  })
})

describe('uploadFileInParts', () => {
  it.each([
    ['is cut short', (path: string) => truncate(path, 6 * mib)],
    ['grows', (path: string) => appendFile(path, 'more')],
    ['is rewritten in the same size', (path: string) => writeFile(path, randomBytes(12 * mib))],
    ['is touched', (path: string) => utimes(path, 1, 1)],
    [
      'is replaced',
      async (path: string) => {
        await writeFile(`${path}.new`, randomBytes(12 * mib))
        await rename(`${path}.new`, path)
      },
    ],
  ])('F36 stores nothing when the file %s meanwhile, and the old version stays', async (_, change) => {
    const old = await fileOf(Buffer.from('old version'))
    await putObjectFile(place.session, { ...base(), key: 'changing', ...old })
    const file = await fileOf(randomBytes(12 * mib))
    const changes: Promise<void>[] = []
    await expect(
      uploadFileInParts(place.session, {
        ...base(),
        key: 'changing',
        ...file,
        partSizeBytes: 5 * mib,
        concurrency: 1,
        onProgress: () => {
          if (changes.length === 0) changes.push(change(file.path))
        },
      }),
    ).rejects.toMatchObject({ error: { code: 'local-changed' } })
    expect(changes).toHaveLength(1)
    await Promise.all(changes)
    expect(await download('changing')).toEqual(old.bytes)
    expect(await openUploads()).toBe(0)
  })

  it('leaves no parts behind when it is cancelled', async () => {
    const file = await fileOf(randomBytes(12 * mib))
    const controller = new AbortController()
    await expect(
      uploadFileInParts(place.session, {
        ...base(),
        key: 'cancelled',
        ...file,
        partSizeBytes: 5 * mib,
        onProgress: () => controller.abort(),
        signal: controller.signal,
      }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(await openUploads()).toBe(0)
    expect(await headObject(place.session, { bucket: place.open, key: 'cancelled' })).toBeNull()
  })
})
