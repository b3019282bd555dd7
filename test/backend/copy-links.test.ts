import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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

/** A site that has every file that a link is made to; when asked to, only the first ones before {@link Site.answerAll}. */
interface Site {
  readonly origin: string
  readonly asked: number
  answersAtOnce: number
  answerAll(): void
  close(): void
}

async function startSite(): Promise<Site> {
  let asked = 0
  const held: (() => void)[] = []
  const server = createServer((request, response) => {
    // What nobody has put there is not there.
    if (request.url?.startsWith('/pail-')) return void response.writeHead(404).end()
    const answer = () => void response.writeHead(206).end('x')
    if (++asked > site.answersAtOnce) held.push(answer)
    else answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const site: Site = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked
    },
    answersAtOnce: Number.POSITIVE_INFINITY,
    answerAll() {
      site.answersAtOnce = Number.POSITIVE_INFINITY
      for (const answer of held.splice(0)) answer()
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return site
}

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

  test('plain URLs of what is private open for nobody: each is named, and none is copied as if it did', async () => {
    const plain = { ...wanted, kind: 'public' as const, format: 'html' as const, links, selfTest: true }
    const told = await value(backend.api.copyLinks(plain))
    expect(told.dead.map(({ key, code }) => [key, code])).toEqual(keys.map((key) => [key, 'access-denied']))
    expect(told).toMatchObject({ untested: null, count: 0, recordIds: [] })
    expect(backend.copied).toEqual([])
    expect((await listed()).total).toBe(before)
  })

  describe('of which there are many', () => {
    const planId = 'links-1'
    let site: Site
    let many: { kind: 'public'; selfTest: true; planId: string; links: { key: string; baseUrl: string }[] }
    let seen: SyncProgress[]
    let unsubscribe: () => void
    beforeEach(async () => {
      site = await startSite()
      const named = Array.from({ length: 60 }, (_, index) => ({ key: `${index}.txt`, baseUrl: site.origin }))
      many = { kind: 'public', selfTest: true, planId, links: named }
      seen = []
      unsubscribe = backend.api.onSyncProgress((moment) => seen.push(moment))
    })
    afterEach(() => {
      unsubscribe()
      site.close()
    })

    test('can be followed while they are tried', async () => {
      const done = await value(backend.api.copyLinks({ ...wanted, ...many }))
      expect(done).toMatchObject({ count: 60, dead: [] })
      expect(site.asked).toBe(60)
      expect(seen.at(-1)).toMatchObject({ planId, state: 'done', filesDone: 60, filesTotal: 60 })
      expect(backend.copied[0]!.split('\n')).toHaveLength(60)
    })

    test('can be ended meanwhile: then none is copied or kept', async () => {
      // The others are answered as soon as it is known that their copy was ended, so that only its end can keep them back.
      site.answersAtOnce = 20
      const ending = new Promise<void>((ended) => {
        const stop = backend.api.onSyncProgress(() => {
          stop()
          ended(backend.api.cancelSync({ planId }).then(() => site.answerAll()))
        })
      })
      expect(await codeOf(backend.api.copyLinks({ ...wanted, ...many }))).toBe('cancelled')
      await ending
      expect(seen.at(-1)).toMatchObject({ planId, state: 'cancelled' })
      expect(seen.at(-1)!.filesDone).toBeLessThan(60)
      expect(backend.copied).toEqual([])
      expect((await listed()).total).toBe(before)
    })

    test('can be ended before the first is tried: then none is asked for', async () => {
      const copying = codeOf(backend.api.copyLinks({ ...wanted, ...many }))
      await value(backend.api.cancelSync({ planId }))
      expect(await copying).toBe('cancelled')
      expect([site.asked, backend.copied]).toEqual([0, []])
      expect((await listed()).total).toBe(before)
    })

    test('are ended at once, whatever was not called before', async () => {
      const fresh = await runBackend()
      try {
        const profileId = (await value(fresh.api.startPlayground({}))).profile.id
        const few = { ...wanted, ...many, profileId, links: many.links.slice(0, 30) }
        await value(fresh.api.copyLinks(few))
        fresh.copied.length = 0
        fresh.api.onSyncProgress(() => void fresh.api.cancelSync({ planId }))
        expect(await codeOf(fresh.api.copyLinks(few))).toBe('cancelled')
        expect(fresh.copied).toEqual([])
      } finally {
        await fresh.close()
      }
    })
  })
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
