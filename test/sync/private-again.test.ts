import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, PutObjectAclCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { aclMarker } from '../../src-main/sync/acl-marks.ts'
import { type PlannedSync } from '../../src-main/sync/plan.ts'
import { releaseIndexes } from '../../src-main/sync/plan-facts.ts'
import { changes, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

const site = {
  'docs/d1.html': '1',
  'docs/d2.html': '2',
  'docs/d3.html': '3',
  'p1.html': 'p',
  'p2.html': 'q',
}
const keys = Object.keys(site)
const closing = keys.map((key) => `update-headers header-differs ${key}`)

let fixture: SyncFixture
let indexDirectory: string
beforeEach(async () => {
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-private-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(indexDirectory, { recursive: true, force: true })
})

const plan = (options: Partial<SyncOptions> = {}) => fixture.plan(options, { indexDirectory })

const statuses = () => Promise.all(keys.map((key) => fixture.statusOf(key)))

function visibilities(planned: PlannedSync): string[] {
  return planned.rows.flatMap(({ key, headers }) =>
    headers.flatMap(({ header, from, to }) => (header === 'Visibility' ? [`${key} ${from} ${to}`] : [])),
  )
}

describe('a destination that becomes private, in a bucket whose objects have ACLs', () => {
  beforeEach(async () => {
    fixture = await startSyncFixture({ access: 'per-object' })
    await fixture.write(site)
    await fixture.apply(await plan({ visibility: 'public' }))
    expect(await statuses()).toEqual([200, 200, 200, 200, 200])
  })

  test('S45 what a plan left out as excluded is remembered, and costs nothing when it is back', async () => {
    await plan({ visibility: 'public', exclude: ['docs/'] })
    fixture.countRequests()
    expect(changes(await plan({ visibility: 'public' }))).toEqual([])
    const closed = await plan()
    expect(fixture.countRequests()).toMatchObject({ ListObjectsV2: 2 })
    expect(visibilities(closed)).toEqual(keys.map((key) => `${key} public private`))
    await fixture.apply(closed)
    expect(await statuses()).toEqual([403, 403, 403, 403, 403])
    fixture.countRequests()
    expect(changes(await plan())).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('a file that is gone for one plan, or larger for one, is remembered as well', async () => {
    await rm(join(fixture.folder, 'p1.html'))
    await fixture.write({ 'p2.html': 'q and more' })
    await plan({ visibility: 'public', exclude: ['docs/'] })
    await fixture.write(site)
    fixture.countRequests()
    expect(changes(await plan({ visibility: 'public' }))).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  const otherComputer = async () => rm(indexDirectory, { recursive: true, force: true })
  const damaged = async () => {
    for (const name of await readdir(indexDirectory)) await writeFile(join(indexDirectory, name), 'damaged')
  }
  test.each([
    ['gone, as on another computer', otherComputer],
    ['damaged', damaged],
  ])('S45 where the index is %s each ACL is asked for once, and remembered', async (_, lose) => {
    await lose()
    // What has just been written is not remembered, because it could be written again in the same second.
    await sleep(5000)
    fixture.countRequests()
    const closed = await plan()
    expect(fixture.countRequests()).toMatchObject({ ListObjectsV2: 1, HeadObject: 5, GetObjectAcl: 5 })
    expect(changes(closed)).toEqual(closing)
    releaseIndexes(closed.facts)
    // Not applied: the next plan says it again, and asks no more.
    const again = await plan()
    expect(changes(again)).toEqual(closing)
    const { GetBucketOwnershipControls: _asked, ...asked } = fixture.countRequests()
    expect(asked).toEqual({ ListObjectsV2: 1 })
    await fixture.apply(again)
    expect(await statuses()).toEqual([403, 403, 403, 403, 403])
    fixture.countRequests()
    expect(changes(await plan())).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('objects that are private are asked about once, too; a public destination asks for no ACL', async () => {
    await fixture.apply(await plan())
    await otherComputer()
    await sleep(5000)
    fixture.countRequests()
    expect(changes(await plan())).toEqual([])
    expect(fixture.countRequests()).toMatchObject({ HeadObject: 5, GetObjectAcl: 5 })
    for (let time = 0; time < 3; time++) expect(changes(await plan())).toEqual([])
    const asked = fixture.countRequests()
    expect(asked).toEqual({ ListObjectsV2: 3 })

    await otherComputer()
    expect(changes(await plan({ visibility: 'public' }))).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, HeadObject: 5 })
  })

  test('what was left out as the same while it was to be public is asked about when it is to be private', async () => {
    await otherComputer()
    await sleep(5000)
    for (let time = 0; time < 3; time++) expect(changes(await plan({ visibility: 'public' }))).toEqual([])
    expect(changes(await plan())).toEqual(closing)
  })

  test('what Pail has made public by itself meanwhile is closed again, and told first', async () => {
    await fixture.apply(await plan())
    await plan()
    const { session, bucket, stateDirectory } = fixture
    await aclMarker(stateDirectory, { service: session.service, bucket })('p1.html')
    await putObjectAcl(session, { bucket, key: 'p1.html', acl: 'public-read' })
    expect(visibilities(await plan())).toEqual(['p1.html public private'])
  })

  test('an ACL that may not be read is told of, and asked for again; after some refusals no other is asked for', async () => {
    await otherComputer()
    await fixture.write(
      Object.fromEntries(Array.from({ length: 395 }, (_, at) => [`more/${at}.txt`, `${at}`])),
    )
    await fixture.apply(await plan({ visibility: 'public' }))
    await otherComputer()
    const { session, bucket } = fixture
    const client = await session.client(bucket)
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObjectAcl',
      Resource: `arn:aws:s3:::${bucket}/*`,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
    fixture.countRequests()
    const planned = await plan()
    expect(changes(planned)).toEqual([])
    expect(planned.warnings).toEqual([
      expect.stringMatching(
        /^Whether everybody can read 400 objects is not known, .*GetObjectAcl.*: .* and 395 more\. They stay as they are\.$/,
      ),
    ])
    expect(fixture.countRequests()['GetObjectAcl']).toBeLessThan(300)
    await client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
    expect(visibilities(await plan())).toHaveLength(400)
  }, 120_000)

  test('grants to everybody with an account are open as well', async () => {
    await fixture.apply(await plan())
    await otherComputer()
    await sleep(5000)
    const { session, bucket } = fixture
    const client = await session.client(bucket)
    await client.send(new PutObjectAclCommand({ Bucket: bucket, Key: 'p1.html', ACL: 'authenticated-read' }))
    expect(visibilities(await plan())).toEqual(['p1.html public private'])
    fixture.countRequests()
    expect(visibilities(await plan())).toEqual(['p1.html public private'])
    expect(fixture.countRequests()).not.toHaveProperty('GetObjectAcl')
  })

  test('without an index at all it is asked each time', async () => {
    expect(changes(await fixture.plan())).toEqual(closing)
    expect(changes(await fixture.plan({ visibility: 'public' }))).toEqual([])
  })
})

test('in a bucket that takes no ACLs none is asked for, and the bucket once', async () => {
  fixture = await startSyncFixture({ access: 'private' })
  await fixture.write(site)
  await fixture.apply(await plan())
  await rm(indexDirectory, { recursive: true, force: true })
  await sleep(5000)
  fixture.countRequests()
  expect(changes(await plan())).toEqual([])
  expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, HeadObject: 5, GetBucketOwnershipControls: 1 })
  for (let time = 0; time < 3; time++) expect(changes(await plan())).toEqual([])
  expect(fixture.countRequests()).toEqual({ ListObjectsV2: 3 })
})
