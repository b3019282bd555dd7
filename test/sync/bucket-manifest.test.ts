import { copyFile, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { readBucketManifest } from '../../src-main/sync/bucket-manifest.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import { startScriptedProxy } from './scripted-proxy.ts'
import {
  type SyncFixture,
  allRows,
  changes,
  hasCeph,
  sessionFor,
  startSyncFixture,
  usualOptions,
} from './sync-fixture.ts'

let fixture: SyncFixture
let elsewhere: string
const inBucket = { manifestInBucket: true }
const removing = { manifestInBucket: true, removeRemoteOnly: true }
const key = 'site/.pail-sync.json'
const prefix = 'site/'

/** A plan as another computer makes it: with a record of its own. */
const planElsewhere = (options = {}) =>
  fixture.plan({ ...inBucket, ...options }, { prefix, stateDirectory: elsewhere })

async function start(server: 'playground' | 'ceph') {
  fixture = await startSyncFixture({ server, access: 'per-object' })
  elsewhere = await mkdtemp(join(tmpdir(), 'pail-elsewhere-'))
}
async function stop() {
  await fixture.close()
  await rm(elsewhere, { recursive: true, force: true })
}
const listing = async () => {
  const found = await readBucketManifest(fixture.session, { bucket: fixture.bucket, prefix })
  return found.kind === 'good' ? Array.from(found.entries, ([each]) => each) : null
}

describe.each(['playground', ...(hasCeph ? (['ceph'] as const) : [])] as const)(
  'the manifest in the bucket, on the %s',
  (server) => {
    beforeEach(() => start(server))
    afterEach(stop)

    test('another computer agrees on what is ours, and removes it; a third one without it does not', async () => {
      await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
      await fixture.put('site/theirs.txt', 'x')
      expect(await fixture.apply(await fixture.plan(inBucket, { prefix }))).toMatchObject({
        uploaded: 2,
        failed: [],
      })
      expect(await listing()).toEqual(['site/a.txt', 'site/b.txt'])
      expect(await fixture.head(key)).toMatchObject({
        contentType: 'application/json',
        cacheControl: 'no-cache',
      })
      const answer = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/${key}`)
      expect(answer.status).toBe(403)

      await rm(join(fixture.folder, 'b.txt'))
      expect(changes(await planElsewhere({ ...removing, manifestInBucket: false }))).toEqual([])
      const planned = await planElsewhere(removing)
      expect(allRows(planned)).toEqual([
        'delete remote-only site/b.txt',
        'foreign not-ours site/theirs.txt',
        'skip same site/a.txt',
      ])
      expect(await fixture.apply(planned)).toMatchObject({ deleted: 1, failed: [] })
      expect(await listing()).toEqual(['site/a.txt'])
      expect(await fixture.keys()).toEqual([key, 'site/a.txt', 'site/theirs.txt'])
    })

    test('two that write at once lose nothing of each other', async () => {
      await fixture.write({ 'a.txt': 'a' })
      await fixture.apply(await fixture.plan(inBucket, { prefix }))
      await fixture.write({ 'b.txt': 'b' })
      const [one, two] = [await fixture.plan(inBucket, { prefix }), await planElsewhere()]
      await fixture.apply(one)
      await rm(join(fixture.folder, 'b.txt'))
      await fixture.write({ 'c.txt': 'c' })
      const three = await planElsewhere()
      // Its manifest is by now an older one than that in the bucket.
      await fixture.apply(await fixture.plan(removing, { prefix }))
      expect(await listing()).toEqual(['site/a.txt', 'site/c.txt'])
      await fixture.put('site/c.txt', 'changed')
      expect(two.counts.upload).toBe(1)
      await fixture.apply(three)
      expect(await listing()).toEqual(['site/a.txt', 'site/c.txt'])
    })

    test('an object that somebody has overwritten since the plan is left as it is, and told', async () => {
      await fixture.publish(
        { 'a.txt': 'a', 'b.txt': 'b', 'film.mp4': Buffer.alloc(9 * 1024 * 1024, 1) },
        prefix,
      )
      await fixture.write({ 'a.txt': 'A', 'b.txt': 'B', 'film.mp4': Buffer.alloc(9 * 1024 * 1024, 2) })
      const planned = await fixture.plan({}, { prefix })
      await fixture.put('site/a.txt', 'somebody’s')
      await fixture.put('site/film.mp4', 'somebody’s film')
      const outcome = await fixture.apply(planned)
      // Ceph RGW knows the condition of a PUT, and not yet that of an upload in parts.
      const left = server === 'ceph' ? ['a.txt'] : ['a.txt', 'film.mp4']
      expect(outcome.uploaded).toBe(3 - left.length)
      expect(
        outcome.failed.map(({ key: failed, code }) => `${failed} ${code}`).toSorted(compareKeys),
      ).toEqual(left.map((name) => `site/${name} precondition-failed`))
      expect(outcome.failed[0]?.message).toMatch(/changed or removed by somebody else/)
      expect(await fixture.body('site/a.txt')).toBe('somebody’s')
      if (server !== 'ceph') expect(await fixture.body('site/film.mp4')).toBe('somebody’s film')
      expect(await fixture.body('site/b.txt')).toBe('B')
    })
  },
)

describe('a manifest that cannot be believed', () => {
  beforeEach(() => start('playground'))
  afterEach(stop)

  const eTag = '0cc175b9c0f1b6a831c399e269772661'
  const heading = '{"pailSync":1,"prefix":"site/","objects":['
  const hostile: Record<string, string | Buffer> = {
    'is nonsense': 'x',
    'is empty': '',
    'is of another place': `{"pailSync":1,"prefix":"","objects":[\n["site/a.txt","${eTag}"]\n]}\n`,
    'is of a newer Pail': `{"pailSync":2,"prefix":"site/","objects":[\n]}\n`,
    'names a key outside': `${heading}\n["other/a.txt","${eTag}"]\n]}\n`,
    'names a key twice': `${heading}\n["site/a.txt","x"],\n["site/a.txt","${eTag}"]\n]}\n`,
    'names Pail’s own key': `${heading}\n["site/.pail-sync.json","${eTag}"]\n]}\n`,
    'has no ETag': `${heading}\n["site/a.txt",null]\n]}\n`,
    'has an ETag that is none': `${heading}\n["site/a.txt","a b"]\n]}\n`,
    'has more in a line': `${heading}\n["site/a.txt","${eTag}",1]\n]}\n`,
    'has an object in a line': `${heading}\n{"__proto__":{"polluted":1}}\n]}\n`,
    'is cut off': `${heading}\n["site/a.txt","${eTag}"]\n`,
    'has a line too long': `${heading}\n["site/${'a'.repeat(9000)}","${eTag}"]\n]}\n`,
    'is deep': `${heading}\n${'['.repeat(8000)}\n]}\n`,
    'is not UTF-8': Buffer.concat([
      Buffer.from(`${heading}\n["site/`),
      Buffer.from([0xff]),
      Buffer.from(`","${eTag}"]\n]}\n`),
    ]),
  }

  test.each(Object.keys(hostile))('S46 one that %s makes nothing ours and is left as it is', async (name) => {
    await fixture.put('site/a.txt', 'a')
    await fixture.put(key, hostile[name] ?? '')
    await fixture.write({ 'b.txt': 'b' })
    const planned = await fixture.plan(removing, { prefix })
    expect(allRows(planned)).toEqual(['upload new site/b.txt', 'foreign not-ours site/a.txt'])
    expect(planned.warnings.join('\n')).toMatch(/“site\/\.pail-sync\.json”, does not have the expected form/)
    const before = await fixture.head(key)
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, deleted: 0, failed: [] })
    expect((await fixture.head(key))?.eTag).toBe(before?.eTag)
  })

  test('a good one is believed only about objects with the very ETag that it names', async () => {
    await fixture.put('site/a.txt', 'a')
    await fixture.put('site/b.txt', 'b')
    await fixture.put(key, `${heading}\n["site/a.txt","${eTag}"],\n["site/b.txt","${eTag}"]\n]}\n`)
    await fixture.write({ 'c.txt': 'c' })
    expect(allRows(await fixture.plan(removing, { prefix }))).toEqual([
      'upload new site/c.txt',
      'delete remote-only site/a.txt',
      'foreign changed-by-others site/b.txt',
    ])
    // And only where it was asked for.
    expect((await fixture.plan({ removeRemoteOnly: true }, { prefix })).counts).toMatchObject({
      delete: 0,
      foreign: 2,
    })
  })

  test('one that may not be read or written is told, the rest goes on', async () => {
    await fixture.write({ 'a.txt': 'a' })
    let denied = 'GET'
    const proxy = await startScriptedProxy(fixture.playground.endpoint, (request) =>
      request.key === key && request.method === denied
        ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : null,
    )
    const session = sessionFor(proxy.endpoint, fixture.playground)
    try {
      const plan = () =>
        planSync(session, {
          folder: fixture.folder,
          bucket: fixture.bucket,
          prefix,
          options: { ...usualOptions, ...inBucket },
          stateDirectory: elsewhere,
        })
      const planned = await plan()
      expect(planned.warnings.join('\n')).toMatch(/may not be read/)
      expect(await fixture.apply(planned, {}, session)).toMatchObject({ uploaded: 1, failed: [] })
      denied = 'PUT'
      await fixture.write({ 'b.txt': 'b' })
      expect(await fixture.apply(await plan(), {}, session)).toMatchObject({
        uploaded: 1,
        failed: [{ key, code: 'access-denied' }],
      })
    } finally {
      session.destroy()
      await proxy.close()
    }
  })

  test('costs one GET a plan, and one PUT a sync that changes something', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.apply(await fixture.plan(inBucket, { prefix }))
    fixture.countRequests()
    await fixture.apply(await fixture.plan(inBucket, { prefix }))
    // Without an index of its own it does not know either who can read what is to be private.
    const asked = { HeadObject: 1, GetBucketOwnershipControls: 1, GetObjectAcl: 1 }
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, GetObject: 1, ...asked })
    await fixture.write({ 'a.txt': 'AA' })
    await fixture.apply(await fixture.plan(inBucket, { prefix }))
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, GetObject: 1, PutObject: 2 })
  })

  test('what a killed process has left of one is removed a day later, and what may be being sent is not', async () => {
    const state = fixture.stateDirectory
    const temporaries = async () =>
      (await readdir(state)).filter((name) => name.startsWith('manifest-')).sort()
    const [left, sent] = [`manifest-${'0'.repeat(16)}.tmp`, `manifest-${'1'.repeat(16)}.tmp`]
    let whileSent: string[] = []
    const proxy = await startScriptedProxy(fixture.playground.endpoint, async (request) => {
      if (request.method !== 'PUT' || request.key !== key) return null
      whileSent = await temporaries()
      // Under such a name as this one has, whatever that is.
      for (const name of [left, sent]) await copyFile(join(state, whileSent[0] ?? ''), join(state, name))
      return null
    })
    const session = sessionFor(proxy.endpoint, fixture.playground)
    try {
      await fixture.write({ 'a.txt': 'a' })
      await fixture.apply(await fixture.plan(inBucket, { prefix }), {}, session)
      expect(whileSent).toEqual([expect.stringMatching(/^manifest-[0-9a-f]{16}\.tmp$/)])
      expect(await temporaries()).toEqual([left, sent])
      const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
      await utimes(join(state, left), hoursAgo(25), hoursAgo(25))
      await utimes(join(state, sent), hoursAgo(23), hoursAgo(23))
      await fixture.plan(inBucket, { prefix })
      expect(await temporaries()).toEqual([sent])
    } finally {
      session.destroy()
      await proxy.close()
    }
  })

  test('a service that answers 501 to If-Match is written to without', async () => {
    await fixture.publish({ 'a.txt': 'a', 'b.txt': 'b' }, prefix)
    const conditions: (string | undefined)[] = []
    const proxy = await startScriptedProxy(fixture.playground.endpoint, (request) => {
      if (request.method !== 'PUT') return null
      conditions.push(request.headers['if-match'])
      return request.headers['if-match'] === undefined
        ? null
        : { status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }
    })
    const session = sessionFor(proxy.endpoint, fixture.playground)
    try {
      await fixture.write({ 'a.txt': 'A', 'b.txt': 'B' })
      const planned = await fixture.plan({}, { prefix })
      expect(await fixture.apply(planned, {}, session)).toMatchObject({ uploaded: 2, failed: [] })
      expect(conditions.filter((condition) => condition === undefined)).toHaveLength(2)
      expect(await fixture.body('site/b.txt')).toBe('B')
    } finally {
      session.destroy()
      await proxy.close()
    }
  })
})
