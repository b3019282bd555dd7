import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBucket, deleteBucket } from '../../src-main/s3/buckets.ts'
import { overwriteGuard } from '../../src-main/s3/conditional-write.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { bareETag } from '../../src-main/s3/e-tag.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { uploadOne } from '../../src-main/transfers/upload-one.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

const clients = 50
const {
  PAIL_CEPH_ENDPOINT: cephEndpoint = '',
  PAIL_CEPH_ACCESS_KEY: accessKeyId = '',
  PAIL_CEPH_SECRET_KEY: secretAccessKey = '',
} = process.env

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-clients-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Fifty people with an application each drop their own `photo.jpg`, and all of them mean to keep both. */
async function allAtOnce(bucket: string, newSession: () => S3Session, sizeBytes = 2000) {
  const uploads = Array.from({ length: clients }, async (_, index) => {
    const path = join(folder, `${bucket}-${index}.jpg`)
    const bytes = randomBytes(sizeBytes + index)
    await writeFile(path, bytes)
    const identity = await identifyFile(path)
    return {
      file: { name: 'photo.jpg', path, sizeBytes: bytes.byteLength, identity },
      session: newSession(),
      md5: createHash('md5').update(bytes).digest('hex'),
    }
  })
  const ready = await Promise.all(uploads)
  const ended = await Promise.all(
    ready.map(async ({ file, session, md5 }) => {
      let key = ''
      const end = await uploadOne(session, {
        bucket,
        wantedKey: 'media/photo.jpg',
        key: 'media/photo.jpg',
        file,
        visibility: 'private',
        onConflict: 'keep-both',
        cacheControl: null,
        triedSince: null,
        signal: new AbortController().signal,
        onKey: (tried) => {
          key = tried
        },
        onProgress: () => undefined,
      })
      return { key, md5, note: end.note, guard: overwriteGuard(session, bucket) }
    }),
  )
  const stored = new Map<string, string>()
  for await (const { key, eTag } of listAllObjects(ready[0]!.session, { bucket, prefix: 'media/' }))
    stored.set(key, bareETag(eTag ?? ''))
  for (const { session } of ready) session.destroy()
  return { ended, stored }
}

const djangoName = /^media\/photo(_[A-Za-z0-9]{7})?\.jpg$/

describe('fifty clients upload photo.jpg at once and keep both', () => {
  let place: PlaygroundForTest
  beforeAll(async () => {
    place = await startPlaygroundForTest()
  })
  afterAll(() => place.close())

  test('to the playground: fifty keys, every byte there', async () => {
    const { ended, stored } = await allAtOnce(place.open, () => place.sessionWith({}))
    expect(new Set(ended.map(({ key }) => key)).size).toBe(clients)
    expect(stored.size).toBe(clients)
    for (const { key, md5, note } of ended) {
      expect(key).toMatch(djangoName)
      expect([key, stored.get(key)]).toEqual([key, md5])
      expect(note ?? '').not.toContain('at the same moment')
    }
    expect([...stored.keys()].filter((key) => key === 'media/photo.jpg')).toHaveLength(1)
    // Whoever was refused knows that the service does it; whoever was told so by HEAD claims nothing.
    const guards = new Set(ended.map(({ guard }) => guard))
    expect(guards).toContain('by-service')
    expect(guards).not.toContain('checked-first')
  })
})

describe.skipIf(cephEndpoint === '')('the same to Ceph RADOS Gateway', () => {
  const newSession = () =>
    createS3Session({
      profileId: 'ceph',
      endpoint: cephEndpoint,
      region: 'us-east-1',
      addressing: 'path',
      checksums: 'when-supported',
      credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
      insecureAllowed: false,
    })
  const bucket = `pail-clients-${randomBytes(6).toString('hex')}`
  let session: S3Session
  beforeAll(async () => {
    session = newSession()
    await createBucket(session, { bucket, region: 'us-east-1', access: 'private' })
  })
  afterAll(async () => {
    const keys: string[] = []
    for await (const { key } of listAllObjects(session, { bucket, prefix: '' })) keys.push(key)
    await deleteObjects(session, { bucket, keys })
    await deleteBucket(session, { bucket })
    session.destroy()
  })

  // It looks whether a key is free before the body has come: two may both be told that they have the name.
  test('nothing is lost but in such a race, and whoever saw it refuse says that the guarantee is weaker', async () => {
    const { ended, stored } = await allAtOnce(bucket, newSession, 50_000)
    const held = new Map<string, string[]>()
    for (const { key, md5 } of ended) held.set(key, [...(held.get(key) ?? []), md5])
    expect(stored.size).toBe(held.size)
    for (const [key, md5s] of held) expect(md5s).toContain(stored.get(key))
    for (const { key, guard, note } of ended) {
      expect(key).toMatch(djangoName)
      expect(guard).not.toBe('by-service')
      if (guard === 'checked-first') expect(note).toContain('at the same moment')
    }
    // Told by a second write to the same key, which is refused.
    const path = join(folder, `${bucket}-0.jpg`)
    const again = { bucket, key: 'media/photo.jpg', path, headers: {}, ifNoneMatch: true }
    const taken = { ...again, sizeBytes: (await identifyFile(path)).sizeBytes }
    for (let write = 0; write < 3; write++)
      await uploadFile(session, { ...taken, key: `media/fresh-${write}.jpg` })
    expect(overwriteGuard(session, bucket)).toBe('checked-first')
    await expect(uploadFile(session, taken)).rejects.toMatchObject({ error: { code: 'already-exists' } })
  })
})
