import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { changes, hasCeph, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

const openAssets: HeaderRule[] = [{ glob: 'assets/', visibility: 'public' }]
const closedDrafts: HeaderRule[] = [{ glob: 'drafts/', visibility: 'private' }]

let fixture: SyncFixture
let indexDirectory: string
beforeEach(async () => {
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-visibility-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(indexDirectory, { recursive: true, force: true })
})

const plan = (options: Partial<SyncOptions> = {}) => fixture.plan(options, { indexDirectory })

describe.each(['playground', 'ceph'] as const)('who can read what rules speak of, on %s', (server) => {
  if (server === 'ceph' && !hasCeph) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  beforeEach(async () => {
    fixture = await startSyncFixture({ server, access: 'per-object' })
  })

  test('S44 uploads are public where a rule says so, which is told by name and number; private elsewhere', async () => {
    await fixture.write({ 'assets/a.css': 'a', 'assets/b.css': 'b', 'notes.txt': 'n' })
    const planned = await plan({ rules: openAssets })
    expect(planned.warnings).toEqual([
      '2 objects will be readable by everybody, because a rule says public: assets/a.css, assets/b.css.',
    ])
    await fixture.apply(planned)
    expect([await fixture.statusOf('assets/a.css'), await fixture.statusOf('notes.txt')]).toEqual([200, 403])

    await fixture.write({ 'drafts/d.html': 'd', 'index.html': 'i' })
    const open = await plan({ visibility: 'public', rules: closedDrafts })
    await fixture.apply(open)
    expect([await fixture.statusOf('index.html'), await fixture.statusOf('drafts/d.html')]).toEqual([
      200, 403,
    ])
  })

  test('S44 S45 a change of the rules is a row each, told first, done without a copy, and done once', async () => {
    await fixture.write({ 'assets/a.css': 'a', 'assets/b.css': 'b', 'notes.txt': 'n' })
    await fixture.apply(await plan())
    fixture.countRequests()
    const opening = await plan({ rules: openAssets })
    expect(opening.rows.flatMap(({ key, headers }) => headers.map((change) => ({ key, ...change })))).toEqual(
      ['assets/a.css', 'assets/b.css'].map((key) => ({
        key,
        header: 'Visibility',
        from: 'private',
        to: 'public',
      })),
    )
    expect(opening.counts).toMatchObject({ updateHeaders: 2, skip: 1, upload: 0, bytes: 0 })
    expect(opening.warnings).toEqual([
      '2 objects will be readable by everybody, and are private now: assets/a.css, assets/b.css.',
    ])
    expect(await fixture.statusOf('assets/a.css')).toBe(403)
    if (server === 'playground')
      expect(fixture.countRequests()).toMatchObject({ ListObjectsV2: 1, GetBucketOwnershipControls: 1 })
    expect(await fixture.apply(opening)).toMatchObject({ updatedHeaders: 2, failed: [] })
    expect([await fixture.statusOf('assets/a.css'), await fixture.statusOf('assets/b.css')]).toEqual([
      200, 200,
    ])
    if (server === 'playground') {
      expect(fixture.countRequests()).not.toHaveProperty('CopyObject')
      expect(changes(await plan({ rules: openAssets }))).toEqual([])
      const { GetObject: _, ...ofThePlan } = fixture.countRequests()
      expect(ofThePlan).toEqual({ ListObjectsV2: 1 })
    }

    const closing = await plan()
    expect(changes(closing)).toHaveLength(2)
    expect(closing.warnings).toEqual([])
    await fixture.apply(closing)
    expect([await fixture.statusOf('assets/a.css'), await fixture.statusOf('assets/b.css')]).toEqual([
      403, 403,
    ])
    expect(changes(await plan())).toEqual([])
  })

  test('together with another header it is one row and one copy', async () => {
    await fixture.write({ 'assets/a.css': 'a' })
    await fixture.apply(await plan())
    const both: HeaderRule[] = [{ glob: 'assets/', visibility: 'public', cacheControl: 'no-cache' }]
    const planned = await plan({ rules: both })
    expect(planned.rows.at(0)?.headers.map(({ header }) => header)).toEqual(['Cache-Control', 'Visibility'])
    await fixture.apply(planned)
    const answer = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/assets/a.css`)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    expect(changes(await plan({ rules: both }))).toEqual([])
    const back = await plan({ rules: [{ glob: 'assets/', cacheControl: 'max-age=1' }] })
    await fixture.apply(back)
    expect(await fixture.statusOf('assets/a.css')).toBe(403)
  })

  test('what was never learnt is asked for where it is to be private, and not where it is to be public', async () => {
    const right = { ContentType: 'text/css; charset=utf-8', CacheControl: 'max-age=86400' }
    await fixture.write({ 'a.css': 'a', 'b.css': 'b' })
    await fixture.put('a.css', 'a', { ...right, ACL: 'public-read' })
    await fixture.put('b.css', 'b', { ContentType: 'text/css', ACL: 'public-read' })
    const open = await plan({ visibility: 'public' })
    expect(changes(open)).toEqual(['update-headers header-differs b.css'])
    expect(open.rows.at(0)?.headers.map(({ header }) => header)).toEqual(['Content-Type', 'Cache-Control'])
    await fixture.apply(open)
    // The copy has kept the ACL, and read it for that.
    expect(await fixture.statusOf('b.css')).toBe(200)
    const closed = await plan()
    expect(closed.rows.flatMap(({ key, headers }) => headers.map((change) => ({ key, ...change })))).toEqual(
      ['a.css', 'b.css'].map((key) => ({ key, header: 'Visibility', from: 'public', to: 'private' })),
    )
    await fixture.apply(closed)
    expect([await fixture.statusOf('a.css'), await fixture.statusOf('b.css')]).toEqual([403, 403])
    expect(changes(await plan())).toEqual([])
  })

  test('an object that somebody has replaced meanwhile is not opened', async () => {
    await fixture.write({ 'assets/a.css': 'a' })
    await fixture.apply(await plan())
    const opening = await plan({ rules: openAssets })
    await fixture.put('assets/a.css', 'not for everybody')
    expect(await fixture.apply(opening)).toMatchObject({
      updatedHeaders: 0,
      failed: [{ key: 'assets/a.css', code: 'precondition-failed' }],
    })
    expect(await fixture.statusOf('assets/a.css')).toBe(403)
  })

  test('compressed copies can be read by whom their file can be read', async () => {
    await fixture.write({ 'assets/a.css': 'a {}\n'.repeat(500), 'b.css': 'b {}\n'.repeat(500) })
    await fixture.apply(await plan({ rules: [...openAssets, { glob: '*', precompress: 'siblings' }] }))
    expect([await fixture.statusOf('assets/a.css.gz'), await fixture.statusOf('b.css.gz')]).toEqual([
      200, 403,
    ])
  })
})

describe('a bucket that takes no ACLs', () => {
  beforeEach(async () => {
    fixture = await startSyncFixture({ access: 'private' })
  })

  test('gets none, whatever rules say, and says what that means', async () => {
    await fixture.write({ 'assets/a.css': 'a', 'b.txt': 'b' })
    const planned = await plan({ rules: openAssets })
    expect(planned.warnings).toEqual([expect.stringMatching(/ACLs disabled/)])
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 2, failed: [] })
    expect(await fixture.statusOf('assets/a.css')).toBe(403)
    expect(changes(await plan({ rules: openAssets }))).toEqual([])
  })

  test('is not asked to change what it cannot, also when that is noticed only later', async () => {
    await fixture.write({ 'assets/a.css': 'a' })
    await fixture.apply(await plan())
    fixture.countRequests()
    const planned = await plan({ rules: openAssets })
    expect(changes(planned)).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, GetBucketOwnershipControls: 1 })
    expect(changes(await plan({ visibility: 'public', cacheControl: 'no-cache' }))).toHaveLength(1)
    const both = await plan({ visibility: 'public', cacheControl: 'no-cache' })
    expect(await fixture.apply(both)).toMatchObject({ updatedHeaders: 1, failed: [] })
  })
})

test.each([
  ['none', /^This service has no ACLs/],
  ['ignored', /^This service ignores ACLs.*policy says so/],
] as const)('a service whose ACLs are %s is sent none, also where only headers change', async (how, told) => {
  fixture = await startSyncFixture({ access: 'private' })
  Object.assign(fixture.session, { objectAcls: how })
  await fixture.write({ 'a.css': 'a' })
  fixture.countRequests()
  const planned = await plan({ visibility: 'public' })
  expect(planned.warnings).toEqual([expect.stringMatching(told)])
  expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [] })
  expect(await fixture.apply(await plan({ visibility: 'public', cacheControl: 'no-cache' }))).toMatchObject({
    updatedHeaders: 1,
    failed: [],
  })
  const { GetBucketOwnershipControls = 0, PutObjectAcl = 0 } = fixture.countRequests()
  expect([GetBucketOwnershipControls, PutObjectAcl]).toEqual([0, 0])
})
