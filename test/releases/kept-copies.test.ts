import { GetObjectAclCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { allRows, hasCeph } from '../sync/sync-fixture.ts'
import { type UndoFixture, startUndoFixture, undoRows } from './undo-fixture.ts'

const folder = '.pail-releases/'

async function deny(fixture: UndoFixture, actions: string[], key: string): Promise<void> {
  const client = await fixture.session.client(fixture.bucket)
  const statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: actions,
    Resource: `arn:aws:s3:::${fixture.bucket}/${key}`,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await client.send(new PutBucketPolicyCommand({ Bucket: fixture.bucket, Policy }))
}

describe.each([{ server: 'playground' as const }, { server: 'ceph' as const }])(
  'copies of what a sync replaces, on $server',
  ({ server }) => {
    const run = server === 'ceph' ? test.skipIf(!hasCeph) : test
    let fixture: UndoFixture
    beforeEach(async () => {
      if (server === 'playground' || hasCeph) fixture = await startUndoFixture(server, 'copies')
    })
    afterEach(async () => {
      if (server === 'playground' || hasCeph) await fixture.close()
    })

    run('lie below the root of the bucket under the sync’s id, and are private', async () => {
      await fixture.put('site/a.txt', 'old', {
        ACL: 'public-read',
        Metadata: { a: 'b' },
        ContentType: 'text/x-a',
      })
      await fixture.put('site/dir/b.txt', 'gone', { ACL: 'public-read' })
      await fixture.write({ 'a.txt': 'new', 'c.txt': 'created' })
      const { releaseId } = await fixture.sync()
      const copies = [`${folder}site/${releaseId}/a.txt`, `${folder}site/${releaseId}/dir/b.txt`]
      expect(await fixture.keys(folder)).toEqual(copies)
      expect(await fixture.body(copies[0] ?? '')).toBe('old')
      expect(await fixture.head(copies[0] ?? '')).toMatchObject({
        contentType: 'text/x-a',
        metadata: { a: 'b' },
      })
      const client = await fixture.session.client(fixture.bucket)
      for (const Key of copies) {
        const { Grants } = await client.send(new GetObjectAclCommand({ Bucket: fixture.bucket, Key }))
        expect(Grants).toHaveLength(1)
        expect((await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/${Key}`)).status).toBe(403)
      }
    })

    run('of the last five syncs are kept, and nothing else is removed', async () => {
      await fixture.put('.pail-releases/site/notes.txt', 'mine')
      await fixture.put('.pail-releases/site/other/20260101T000000000Z-abcdef/a.txt', 'another place’s')
      await fixture.put('.pail-releases/20260101T000000000Z-abcdef/a.txt', 'the whole bucket’s')
      const ids: string[] = []
      for (let round = 0; round < 8; round++) {
        await fixture.write({ 'a.txt': `round ${round}` })
        ids.push((await fixture.sync()).releaseId)
      }
      // The first had nothing to keep.
      const kept = ids.slice(-5).map((id) => `${folder}site/${id}/a.txt`)
      expect(await fixture.keys(folder)).toEqual(
        [
          ...kept,
          '.pail-releases/20260101T000000000Z-abcdef/a.txt',
          '.pail-releases/site/notes.txt',
          '.pail-releases/site/other/20260101T000000000Z-abcdef/a.txt',
        ].toSorted(),
      )
      const oldest = ids[1] ?? ''
      expect(undoRows(await fixture.planUndo(oldest))).toEqual(['changed-since changed site/a.txt'])
      const last = await fixture.planUndo(ids.at(-1) ?? '')
      await fixture.applyUndo(last)
      expect(await fixture.body('site/a.txt')).toBe('round 6')
    })
  },
)

describe('copies', () => {
  let fixture: UndoFixture
  beforeEach(async () => {
    fixture = await startUndoFixture('playground', 'copies', '')
  })
  afterEach(() => fixture.close())

  test('are neither rows of a plan nor removed by it, also where the place is the whole bucket', async () => {
    await fixture.put('a.txt', 'old')
    await fixture.put('b.txt', 'old')
    await fixture.write({ 'a.txt': 'new' })
    const { releaseId } = await fixture.sync()
    expect(await fixture.keys()).toEqual([
      `.pail-releases/${releaseId}/a.txt`,
      `.pail-releases/${releaseId}/b.txt`,
      'a.txt',
    ])
    const planned = await fixture.plan({ removeRemoteOnly: true, removeForeign: true })
    expect(allRows(planned)).toEqual(['skip same a.txt'])
    await fixture.applyUndo(await fixture.planUndo(releaseId))
    expect([await fixture.body('a.txt'), await fixture.body('b.txt')]).toEqual(['old', 'old'])
  })

  test('F20 what cannot be copied is left alone, and the rest is synced', async () => {
    await fixture.put('a.txt', 'old')
    await fixture.put('b.txt', 'old')
    await fixture.write({ 'a.txt': 'new', 'b.txt': 'new', 'c.txt': 'new' })
    await deny(fixture, ['s3:PutObject'], '.pail-releases/*/a.txt')
    const { outcome } = await fixture.sync()
    expect(outcome).toMatchObject({ uploaded: 2, failed: [{ code: 'access-denied', key: 'a.txt' }] })
    expect(outcome.failed[0]?.message).toContain('left alone')
    expect([await fixture.body('a.txt'), await fixture.body('b.txt')]).toEqual(['old', 'new'])
  })

  test('that are gone, or are other ones by now, do not come back as what they were', async () => {
    await fixture.put('a.txt', 'old')
    await fixture.put('b.txt', 'old')
    await fixture.put('c.txt', 'old')
    await fixture.write({ 'a.txt': 'new', 'b.txt': 'new', 'c.txt': 'new' })
    const { releaseId } = await fixture.sync()
    const planned = await fixture.planUndo(releaseId)
    await fixture.put(`.pail-releases/${releaseId}/a.txt`, 'forged')
    const outcome = await fixture.applyUndo(planned)
    expect(outcome).toMatchObject({ restored: 2, failed: [{ code: 'no-such-key' }], undone: 'in-part' })
    expect(await fixture.body('a.txt')).toBe('new')
    expect(undoRows(await fixture.planUndo(releaseId))).toEqual(['impossible copy-gone a.txt'])
  })

  test('are not made of what is new, of what only has other headers, or without being asked', async () => {
    await fixture.put('a.txt', 'same', { ContentType: 'text/x-a' })
    await fixture.write({ 'a.txt': 'same', 'b.txt': 'new' })
    await fixture.sync()
    await fixture.write({ 'b.txt': 'newer' })
    await fixture.sync({ keepPrevious: false })
    expect(await fixture.keys('.pail-releases/')).toEqual([])
  })

  test('are not made where the bucket keeps versions itself', async () => {
    const versioned = await startUndoFixture('playground', 'versions')
    try {
      await versioned.put('site/a.txt', 'old')
      await versioned.write({ 'a.txt': 'new' })
      versioned.countRequests()
      const { releaseId } = await versioned.sync({ keepPrevious: true })
      expect(versioned.countRequests()).toMatchObject({ GetBucketVersioning: 1, PutObject: 1 })
      expect(await versioned.keys()).toEqual(['site/a.txt'])
      expect(undoRows(await versioned.planUndo(releaseId))).toEqual(['restore overwritten site/a.txt'])
    } finally {
      await versioned.close()
    }
  })
})
