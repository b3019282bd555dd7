import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

const bucket = 'shared-files'
const keys = ['prices + more #1.txt', 'list.txt']
const links = keys.map((key) => ({ key, baseUrl: null }))
let backend: RunningBackend
let wanted: { profileId: string; bucket: string; kind: 'presigned'; expiresInSeconds: number; format: 'url' }

beforeAll(async () => {
  backend = await runBackend()
  const profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
  const folder = join(backend.folder, 'files')
  await mkdir(folder)
  for (const key of keys) await writeFile(join(folder, key), `of ${key}`)
  const { selectionId } = await value(
    backend.api.registerDrop({ sources: keys.map((key) => ({ path: join(folder, key) })) }),
  )
  await value(
    backend.api.startUpload({
      profileId,
      bucket,
      prefix: '',
      selectionId,
      visibility: 'private',
      cacheControl: null,
      onConflict: 'fail',
      baseUrl: null,
      linkExpirySeconds: 3600,
    }),
  )
  expect(await backend.uploadReport()).toMatchObject({ uploaded: 2, failed: 0 })
  wanted = { profileId, bucket, kind: 'presigned', expiresInSeconds: 600, format: 'url' }
})
afterAll(() => backend.close())

const listed = () =>
  value(backend.api.listLinks({ bucket, search: '', signingKeyId: null, includeEnded: true }))
let before = 0
beforeEach(async () => {
  backend.copied.length = 0
  before = (await listed()).total
})

describe('several links', () => {
  test('are copied one a line, work, and are kept with whom they are for', async () => {
    const made = await value(
      backend.api.copyLinks({ ...wanted, links, format: 'list', selfTest: true, note: 'Anna' }),
    )
    expect(made).toMatchObject({ first: { test: { outcome: 'works' } }, dead: [], untested: null, count: 2 })
    expect(backend.copied).toHaveLength(1)
    const lines = backend.copied[0]!.split('\n')
    expect(lines).toHaveLength(2)
    for (const [index, key] of keys.entries()) {
      expect(lines[index]!.startsWith(`${key}: `)).toBe(true)
      expect(await (await fetch(lines[index]!.slice(key.length + 2))).text()).toBe(`of ${key}`)
    }
    const { links: records, total } = await listed()
    expect(total).toBe(before + 2)
    const kept = records.filter(({ id }) => made.recordIds.includes(id))
    expect(kept.map(({ key, note }) => `${key} for ${note}`).toSorted()).toEqual(
      keys.map((key) => `${key} for Anna`).toSorted(),
    )
    expect(made.endsAt).toBe(kept.map(({ endsAt }) => endsAt ?? '').toSorted()[0])
  })

  test('are neither copied nor kept when a later one cannot be made', async () => {
    // It is to be signed with a key that is not on this computer.
    const unsigned = { key: 'a.txt', baseUrl: 'https://static.example.org', keyPairId: 'K2JCJMDEHXQW5F' }
    expect(await codeOf(backend.api.copyLinks({ ...wanted, links: [...links, unsigned] }))).toBe(
      'no-credentials',
    )
    expect(backend.copied).toEqual([])
    expect((await listed()).total).toBe(before)
  })

  test('are each tried: with one that does not work, none is copied or kept, unless it is wanted all the same', async () => {
    const gone = { key: 'gone.txt', baseUrl: null }
    for (const some of [
      [gone, ...links],
      [...links, gone],
    ]) {
      const told = await value(backend.api.copyLinks({ ...wanted, links: some, selfTest: true }))
      expect(told).toMatchObject({
        dead: [{ key: 'gone.txt', code: 'no-such-key', message: 'The object does not exist (any more).' }],
        untested: null,
        count: 0,
        recordIds: [],
      })
      expect(told.first.test?.outcome).toBe(some[0] === gone ? 'failed' : 'works')
    }
    expect(backend.copied).toEqual([])
    expect((await listed()).total).toBe(before)
    // Without it, or with it all the same.
    expect(await value(backend.api.copyLinks({ ...wanted, links, selfTest: true }))).toMatchObject({
      count: 2,
    })
    const all = await value(backend.api.copyLinks({ ...wanted, links: [...links, gone] }))
    expect(all).toMatchObject({ count: 3, dead: [], untested: null })
    expect((await listed()).total).toBe(before + 5)
  })

  test(
    'can be followed while they are tried, and ended: then none is copied or kept',
    { timeout: 90_000 },
    async () => {
      const many = Array.from({ length: 60 }, (_, index) => ({ ...links[index % links.length]! }))
      const seen: SyncProgress[] = []
      const stop = backend.api.onSyncProgress((moment) => seen.push(moment))
      const planId = 'links-1'
      try {
        const done = await value(backend.api.copyLinks({ ...wanted, links: many, selfTest: true, planId }))
        expect(done).toMatchObject({ count: 60, dead: [] })
        expect(seen.at(-1)).toMatchObject({ planId, state: 'done', filesDone: 60, filesTotal: 60 })
        backend.copied.length = 0
        const { total } = await listed()
        seen.length = 0
        // There is nothing to end yet; its code is loaded.
        await value(backend.api.cancelSync({ planId }))
        const ending = backend.api.onSyncProgress(() => void backend.api.cancelSync({ planId }))
        const ended = codeOf(backend.api.copyLinks({ ...wanted, links: many, selfTest: true, planId }))
        expect(await ended).toBe('cancelled')
        ending()
        expect(seen.at(-1)).toMatchObject({ planId, state: 'cancelled' })
        expect(seen.at(-1)!.filesDone).toBeLessThan(60)
        expect(backend.copied).toEqual([])
        expect((await listed()).total).toBe(total)
      } finally {
        stop()
      }
    },
  )
})

test('what could not be put on the clipboard was not handed out', async () => {
  const refusing = await runBackend({
    clipboard: { writeText: () => Promise.reject(new Error('The clipboard is gone.')) },
  })
  try {
    const profileId = (await value(refusing.api.startPlayground({}))).profile.id
    await value(refusing.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
    await expect(refusing.api.copyLinks({ ...wanted, profileId, links })).rejects.toThrow('is gone')
    const { total } = await value(
      refusing.api.listLinks({ bucket: null, search: '', signingKeyId: null, includeEnded: true }),
    )
    expect(total).toBe(0)
  } finally {
    await refusing.close()
  }
})

test('a base URL that is none is refused before anything is made', async () => {
  const bad = { key: 'a.txt', baseUrl: 'ftp://static.example.org' }
  expect(await codeOf(backend.api.copyLinks({ ...wanted, links: [...links, bad] }))).toBe('invalid-argument')
  expect((await listed()).total).toBe(before)
})
