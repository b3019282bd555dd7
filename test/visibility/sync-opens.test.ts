import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectAclCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { aclMarker } from '../../src-main/sync/acl-marks.ts'
import type { PlannedSync } from '../../src-main/sync/plan-facts.ts'
import { applyVisibility, undoVisibility } from '../../src-main/visibility/apply-visibility.ts'
import { areAclsSetSince, whatSyncOpens } from '../../src-main/visibility/sync-opens.ts'
import { startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'

let fixture: SyncFixture
let indexDirectory: string
beforeEach(async () => {
  fixture = await startSyncFixture({ access: 'per-object' })
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-opens-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(indexDirectory, { recursive: true, force: true })
})

const files = 300
const changed = 3
const nameOf = (index: number) => `section-${index % 7}/page-${index}.html`

/** Plans as for a public site, and answers what becomes public by that. */
async function look(more: Partial<Parameters<SyncFixture['plan']>[1]> = {}) {
  const planned = await fixture.plan({ visibility: 'public' }, { indexDirectory, ...more })
  const opens = await whatSyncOpens(fixture.session, planned, { provider: 'other' })
  return { planned, opens }
}

async function publish(contents: Record<string, string>): Promise<void> {
  await fixture.write(contents)
  const { planned, opens } = await look()
  expect(opens.objects).toBe(0)
  expect((await fixture.apply(planned)).failed).toEqual([])
}

/** Does what the private switch does, of this computer's Pail in another process. */
async function switchTo(visibility: 'private' | 'public', ...keys: string[]) {
  const { session, bucket, stateDirectory } = fixture
  const acl = visibility === 'public' ? ('public-read' as const) : visibility
  const done = await applyVisibility(
    session,
    { bucket },
    { acl: { acl, keys }, policy: null, refusal: null },
    undefined,
    aclMarker(stateDirectory, { service: session.service, bucket }),
  )
  expect([done.acls, done.failed]).toEqual([keys.length, []])
  return done.undo
}

/** Sets an ACL as another tool does. */
async function setByOthers(key: string): Promise<void> {
  const client = await fixture.session.client(fixture.bucket)
  await client.send(new PutObjectAclCommand({ Bucket: fixture.bucket, Key: key, ACL: 'private' }))
}

test('a change of 1 % of a public site adds exactly the changed PUTs', async () => {
  await publish(Object.fromEntries(Array.from({ length: files }, (_, at) => [nameOf(at), `page ${at}`])))
  await fixture.write(
    Object.fromEntries(Array.from({ length: changed }, (_, at) => [nameOf(at), `new ${at}!`])),
  )
  fixture.countRequests()
  const { planned, opens } = await look()
  expect(opens).toEqual({ objects: 0, sample: [] })
  // Whether the bucket takes ACLs at all is asked once, of the bucket.
  expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, GetBucketOwnershipControls: 1 })
  const outcome = await fixture.apply(planned)
  expect([outcome.uploaded, outcome.failed]).toEqual([changed, []])
  expect(fixture.countRequests()).toEqual({ PutObject: changed })

  // So does the next one, and one of other headers, whose objects are copied as they are.
  await fixture.write({ [nameOf(9)]: 'once more' })
  const again = await look()
  expect(again.opens.objects).toBe(0)
  await fixture.apply(again.planned)
  expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, GetBucketOwnershipControls: 1, PutObject: 1 })
})

describe('S44 what is private and replaced by something public is named', () => {
  const site = { 'a.html': 'a', 'b.html': 'b', 'c.html': 'c' }
  const other = { 'a.html': 'other a', 'b.html': 'other b', 'c.html': 'other c' }

  test('when Pail has made it private since, in any process, also without its own answer', async () => {
    await publish(site)
    const undo = await switchTo('private', 'b.html')
    await fixture.write(other)
    fixture.countRequests()
    const { planned, opens } = await look()
    expect(opens).toEqual({ objects: 1, sample: ['b.html'] })
    expect(fixture.countRequests()).toMatchObject({ ListObjectsV2: 1, GetObjectAcl: 1 })
    // Once it has been replaced it is known again.
    await fixture.apply(planned)
    await fixture.write({ 'b.html': 'b' })
    fixture.countRequests()
    const { opens: again } = await look()
    expect(again.objects).toBe(0)
    expect(fixture.countRequests()).not.toHaveProperty('GetObjectAcl')

    // Taken back: the object is another one by now, and stays; what was written before was marked.
    const back = await undoVisibility(
      fixture.session,
      { bucket: fixture.bucket },
      { ...undo, visibility: 'private' },
    )
    expect(back.acls).toBe(0)
  })

  test('also when the undo of such a change has made it private', async () => {
    await publish(site)
    await putObjectAcl(fixture.session, { bucket: fixture.bucket, key: 'a.html', acl: 'private' })
    const undo = await switchTo('public', 'a.html')
    await fixture.write({ 'a.html': 'a2' })
    // Whatever was seen in between counts no more, either.
    await fixture.apply((await look()).planned)
    await switchTo('private', 'b.html')
    const { session, bucket, stateDirectory } = fixture
    const mark = aclMarker(stateDirectory, { service: session.service, bucket })
    const before = { acl: 'private' as const, grants: [], ownerId: null }
    const eTag = (await fixture.head('c.html'))?.eTag ?? null
    const done = await undoVisibility(
      session,
      { bucket },
      { ...undo, acls: [{ key: 'c.html', before, eTag }], visibility: 'public' },
      mark,
    )
    expect([done.acls, done.failed]).toEqual([1, []])
    await fixture.write(other)
    expect((await look()).opens).toEqual({ objects: 2, sample: ['b.html', 'c.html'] })
  })

  test('when another place’s sync has made it private, or others have put it there', async () => {
    await publish({ 'site/a.html': 'a', 'site/b.html': 'b' })
    const inner = { prefix: 'site/', folder: join(fixture.folder, 'site') }
    const first = await fixture.plan({ visibility: 'public' }, { indexDirectory, ...inner })
    await fixture.apply(first)
    // Its memory knows of no ACL: what it sends is known to it.
    await fixture.write({ 'site/a.html': 'a2' })
    const second = await fixture.plan({ visibility: 'public' }, { indexDirectory, ...inner })
    await fixture.apply(second)
    const outer = await look()
    expect(outer.planned.counts.upload).toBe(0)
    const closing = await fixture.plan({ visibility: 'private' }, { indexDirectory, ...inner })
    expect(closing.rows.map(({ action, key }) => `${action} ${key}`)).toContain('update-headers site/a.html')
    expect((await fixture.apply(closing)).updatedHeaders).toBe(2)
    await fixture.put('site/c.html', 'theirs', { ACL: 'private' })
    await fixture.write({ 'site/a.html': 'a3!', 'site/c.html': 'mine' })
    expect((await look()).opens).toEqual({ objects: 2, sample: ['site/a.html', 'site/c.html'] })
  })

  test('when nothing is remembered, or what was noted of ACLs is damaged', async () => {
    await publish(site)
    await switchTo('private', 'c.html')
    const { stateDirectory } = fixture
    const [name = ''] = await newest(stateDirectory)
    await writeFile(join(stateDirectory, name), 'not what it was')
    await fixture.write({ 'c.html': 'other c' })
    fixture.countRequests()
    expect((await look()).opens).toEqual({ objects: 1, sample: ['c.html'] })
    await fixture.write({ 'a.html': 'other a' })
    fixture.countRequests()
    // The other objects count as unknown, too, until they are written again.
    expect((await look()).opens.objects).toBe(1)
    expect(fixture.countRequests()).toMatchObject({ GetObjectAcl: 2 })
    const elsewhere = join(indexDirectory, 'elsewhere')
    await mkdir(elsewhere)
    expect((await look({ indexDirectory: elsewhere })).opens).toEqual({ objects: 1, sample: ['c.html'] })
  })

  test('but not what another tool has made private of what Pail has sent, as the README says', async () => {
    await publish(site)
    await setByOthers('a.html')
    await fixture.write({ 'a.html': 'other a' })
    expect((await look()).opens.objects).toBe(0)
  })
})

test('what was set since a plan is seen, and is no more of what was set before it', async () => {
  await publish({ 'a.html': 'a', 'b.html': 'b' })
  await switchTo('private', 'b.html')
  await fixture.write({ 'a.html': 'other a' })
  const { planned } = await look()
  expect(await areAclsSetSince(planned)).toBe(false)
  await switchTo('private', 'b.html')
  // It is not among what the plan changes.
  expect(await areAclsSetSince(planned)).toBe(false)
  await switchTo('private', 'a.html')
  expect(await areAclsSetSince(planned)).toBe(true)
  expect(await opensNow(planned)).toEqual({ objects: 1, sample: ['a.html'] })
})

const opensNow = (planned: PlannedSync) => whatSyncOpens(fixture.session, planned, { provider: 'other' })

/** The names in a directory that a change has touched last. */
async function newest(directory: string): Promise<string[]> {
  const { stat } = await import('node:fs/promises')
  const names = (await readdir(directory)).filter((name) => name.endsWith('.state'))
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  )
  return aged.sort((one, two) => two.at - one.at).map(({ name }) => name)
}
