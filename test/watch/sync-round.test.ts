import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { openRoot } from '../../src-main/sync/local-files.ts'
import { whatSyncOpens } from '../../src-main/visibility/sync-opens.ts'
import { syncRound, type WatchedPlace } from '../../src-main/watch/sync-round.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { startSyncFixture, type SyncFixture, usualOptions } from '../sync/sync-fixture.ts'

let site: SyncFixture
let index: string
let place: WatchedPlace
beforeEach(async () => {
  site = await startSyncFixture()
  index = await mkdtemp(join(tmpdir(), 'pail-watch-index-'))
  await site.write({ 'index.html': 'one', 'css/site.css': 'a{}' })
  place = await placeWith({})
})
afterEach(async () => {
  await site.close()
  await rm(index, { recursive: true, force: true })
})

async function placeWith(options: Partial<SyncOptions>, confirmDeletes = false): Promise<WatchedPlace> {
  return {
    bucket: site.bucket,
    prefix: '',
    options: { ...usualOptions, ...options },
    confirmDeletes,
    root: await openRoot(site.folder),
  }
}

function round(more: { place?: WatchedPlace; session?: S3Session; signal?: AbortSignal } = {}) {
  return syncRound({
    place: more.place ?? place,
    openSession: async () => more.session ?? site.session,
    planning: { indexDirectory: join(index, 'index'), stateDirectory: join(index, 'state') },
    applying: { releasesDirectory: join(index, 'releases'), locksDirectory: join(index, 'locks') },
    signal: more.signal ?? new AbortController().signal,
    opens: (session, planned) => whatSyncOpens(session, planned, { provider: 'other' }),
    onApply: () => undefined,
    onProgress: () => undefined,
  })
}

const failed = (code: string) => ({ kind: 'failed', error: { code } })

describe('a round of a watch', () => {
  test('F32 says what it could not write down of what it has done', async () => {
    // In place of the folder in which syncs are recorded.
    await writeFile(join(index, 'releases'), '')
    expect(await round()).toMatchObject({
      kind: 'synced',
      counts: { uploaded: 2, failed: 0 },
      error: null,
      unwritten: { code: 'disk-full', message: expect.stringContaining('it cannot be undone') as string },
    })
    await rm(join(index, 'releases'))
    await site.write({ 'index.html': 'two' })
    expect(await round()).toMatchObject({ kind: 'synced', unwritten: null })
  })

  test('publishes what is new, then what has changed, and then has nothing to do', async () => {
    expect(await round()).toMatchObject({ kind: 'synced', counts: { uploaded: 2, failed: 0 }, error: null })
    expect(await round()).toEqual({ kind: 'nothing-to-do', isReplaced: false })
    await site.write({ 'index.html': 'two' })
    expect(await round()).toMatchObject({ kind: 'synced', counts: { uploaded: 1 } })
    expect(await site.body('index.html')).toBe('two')
  })

  test('without removal what the folder has no more stays', async () => {
    await round()
    await rm(join(site.folder, 'css'), { recursive: true })
    expect(await round()).toMatchObject({ kind: 'nothing-to-do' })
    expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
  })

  test('S46 removing that was not confirmed when starting holds the whole round', async () => {
    place = await placeWith({ removeRemoteOnly: true })
    await round()
    await rm(join(site.folder, 'css'), { recursive: true })
    await site.write({ 'index.html': 'two' })
    expect(await round()).toMatchObject({
      kind: 'held',
      reason: 'deletes-not-confirmed',
      message: expect.stringMatching(/^1 object would be removed/),
    })
    expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
    expect(await site.body('index.html')).toBe('one')
    // It goes on when there is nothing to remove any more.
    await site.write({ 'css/site.css': 'a{}' })
    expect(await round()).toMatchObject({ kind: 'synced', counts: { uploaded: 1, deleted: 0 } })
  })

  test('S46 confirmed removing removes, within the limit of a sync by hand and not beyond', async () => {
    place = await placeWith({ removeRemoteOnly: true, maxDelete: 2 }, true)
    await site.write({ a: '1', b: '2', c: '3', d: '4' })
    await round()
    await rm(join(site.folder, 'a'))
    expect(await round()).toMatchObject({ kind: 'synced', counts: { deleted: 1 } })
    for (const name of ['b', 'c', 'd']) await rm(join(site.folder, name))
    expect(await round()).toMatchObject({
      kind: 'held',
      reason: 'too-many-deletes',
      message: expect.stringMatching(/3/),
    })
    expect(await site.keys()).toEqual(['b', 'c', 'css/site.css', 'd', 'index.html'])
  })

  test('what others put there is never removed, even when it was asked for', async () => {
    await site.put('theirs.html', 'theirs')
    place = await placeWith({ removeRemoteOnly: true, removeForeign: true }, true)
    await round()
    await rm(join(site.folder, 'css'), { recursive: true })
    expect(await round()).toMatchObject({ kind: 'synced', counts: { deleted: 1 } })
    expect(await site.keys()).toEqual(['index.html', 'theirs.html'])
  })

  test('F39 a folder that is gone is said, and nothing is removed', async () => {
    place = await placeWith({ removeRemoteOnly: true }, true)
    await round()
    const away = `${site.folder}-away`
    await rename(site.folder, away)
    expect(await round()).toMatchObject(failed('local-missing'))
    await rename(away, site.folder)
    expect(await round()).toMatchObject({ kind: 'nothing-to-do', isReplaced: false })
    expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
  })

  test('F39 an empty folder is refused, and nothing is removed', async () => {
    place = await placeWith({ removeRemoteOnly: true }, true)
    await round()
    await rm(join(site.folder, 'css'), { recursive: true })
    await rm(join(site.folder, 'index.html'))
    expect(await round()).toMatchObject(failed('safety-refused'))
    expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
  })

  test('F39 another folder in its place is published, but removes nothing', async () => {
    place = await placeWith({ removeRemoteOnly: true }, true)
    await round()
    const away = `${site.folder}-away`
    await rename(site.folder, away)
    await mkdir(site.folder)
    await site.write({ 'index.html': 'of another project' })
    expect(await round()).toMatchObject({
      kind: 'synced',
      isReplaced: true,
      counts: { uploaded: 1, deleted: 0 },
    })
    expect(await round()).toEqual({ kind: 'nothing-to-do', isReplaced: true })
    expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
    await rm(site.folder, { recursive: true })
    await rename(away, site.folder)
    expect(await round()).toMatchObject({ kind: 'synced', isReplaced: false })
    expect(await site.body('index.html')).toBe('one')
  })

  test('F39 a link that leads to another folder by now removes nothing either', async () => {
    const link = `${site.folder}-link`
    const other = await mkdtemp(join(tmpdir(), 'pail-other-'))
    await writeFile(join(other, 'index.html'), 'one')
    await symlink(site.folder, link)
    try {
      place = { ...(await placeWith({ removeRemoteOnly: true }, true)), root: await openRoot(link) }
      await round()
      await rm(link)
      await symlink(other, link)
      expect(await round()).toMatchObject({ isReplaced: true })
      expect(await site.keys()).toEqual(['css/site.css', 'index.html'])
    } finally {
      await rm(link)
      await rm(other, { recursive: true })
    }
  })

  test('F1 F20 what the service says is the round’s error', async () => {
    const gone = createS3Session({
      profileId: 'p',
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      addressing: 'path',
      checksums: 'when-supported',
      insecureAllowed: false,
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
    })
    expect(await round({ session: gone })).toMatchObject(failed('unreachable'))
    gone.destroy()
    expect(await round({ place: { ...place, bucket: 'no-such-bucket-here' } })).toMatchObject(
      failed('no-such-bucket'),
    )
  })

  test('a round that is cancelled says so and nothing else', async () => {
    await expect(round({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
    expect(await site.keys()).toEqual([])
  })
})
