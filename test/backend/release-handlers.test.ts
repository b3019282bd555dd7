import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { linkInput } from '../links/link-input.ts'
import { type RunningBackend, codeOf, runBackend, value } from './running-backend.ts'

let backend: RunningBackend
let profileId = ''
let folderId = ''
const bucket = 'history'
const prefix = 'site'

beforeAll(async () => {
  backend = await runBackend()
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
  const site = join(backend.folder, 'site')
  await mkdir(site)
  folderId = (await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: site })))?.folderId ?? ''
})
afterAll(() => backend.close())

async function sync(files: Record<string, string | null>, confirmedDeletes = 0) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(backend.folder, 'site', name)
    await (content === null ? rm(path) : writeFile(path, content))
  }
  const plan = await value(
    backend.api.planSync({
      profileId,
      bucket,
      prefix,
      folderId,
      options: {
        cacheControl: 'no-cache',
        rules: [],
        exclude: [],
        removeRemoteOnly: confirmedDeletes > 0,
        removeForeign: false,
        manifestInBucket: false,
        maxDelete: null,
        visibility: 'private',
        keepPrevious: true,
      },
    }),
  )
  return value(backend.api.applySync({ planId: plan.planId, confirmedDeletes, confirmedForeign: 0 }))
}

const history = () => value(backend.api.listReleases({ profileId, bucket, prefix }))

test('the history outlives a restart, and its last sync is undone in two steps with progress', async () => {
  const first = await sync({ 'a.txt': 'old' })
  const second = await sync({ 'a.txt': 'new', 'b.txt': 'created' })
  expect((await history()).map(({ id }) => id)).toEqual([second.releaseId, first.releaseId])
  await backend.restart()
  const [last] = await history()
  expect(last).toMatchObject({ id: second.releaseId, folderName: 'site', state: 'done', undoable: 2 })

  const moments: SyncProgress[] = []
  backend.api.onSyncProgress((progress) => moments.push(progress))
  const plan = await value(
    backend.api.planUndo({ profileId, bucket, prefix: '/site/', releaseId: last?.id ?? '' }),
  )
  expect(plan).toMatchObject({
    releaseId: last?.id,
    prefix: 'site/',
    counts: { restore: 1, restoreHeaders: 0, remove: 1, none: 0, changedSince: 0, impossible: 0 },
    total: 2,
  })
  const { planId } = plan
  expect(plan.rows.map(({ key, action }) => `${action} ${key}`)).toEqual([
    'restore site/a.txt',
    'remove site/b.txt',
  ])
  expect(await value(backend.api.listUndoRows({ planId, offset: 1, limit: 10 }))).toEqual({
    rows: [plan.rows[1]],
    total: 2,
  })

  expect(await codeOf(backend.api.applyUndo({ planId, confirmedRemovals: 0 }))).toBe('safety-refused')
  expect(await value(backend.api.applyUndo({ planId, confirmedRemovals: 1 }))).toMatchObject({
    planId,
    restored: 1,
    removed: 1,
    undone: 'whole',
  })
  expect(await codeOf(backend.api.applyUndo({ planId, confirmedRemovals: 1 }))).toBe('not-found')
  expect(moments.filter((moment) => moment.planId === planId).at(-1)).toMatchObject({
    state: 'done',
    filesDone: 2,
    filesTotal: 2,
  })
  const { objects } = await value(
    backend.api.listObjects({ profileId, bucket, prefix: 'site/', recursive: true, continuationToken: null }),
  )
  expect(objects.map(({ key, sizeBytes }) => `${key} ${sizeBytes}`)).toEqual(['site/a.txt 3'])
  expect(await codeOf(backend.api.planUndo({ profileId, bucket, prefix, releaseId: last?.id ?? '' }))).toBe(
    'safety-refused',
  )
})

test('links are listed as out there or not, as an undo takes objects away or brings them back', async () => {
  const linked = async (name: string) => {
    const { links, live } = await value(
      backend.api.listLinks({ bucket, search: name, signingKeyId: null, includeEnded: true }),
    )
    return { links: links.length, live }
  }
  const link = (name: string) =>
    value(backend.api.createLink(linkInput({ profileId, bucket, key: `${prefix}/${name}` })))
  const undoLast = async (confirmedRemovals: number) => {
    const [last] = await history()
    const { planId } = await value(
      backend.api.planUndo({ profileId, bucket, prefix, releaseId: last?.id ?? '' }),
    )
    expect(await value(backend.api.applyUndo({ planId, confirmedRemovals }))).toMatchObject({
      failed: [],
      undone: 'whole',
    })
  }
  await sync({ 'b.txt': null, 'stays.txt': 'stays', 'came.txt': 'created by a sync' })
  await link('came.txt')
  expect(await linked('came.txt')).toEqual({ links: 1, live: 1 })
  await undoLast(2)
  expect(await linked('came.txt')).toEqual({ links: 1, live: 0 })

  await rm(join(backend.folder, 'site', 'came.txt'))
  await sync({ 'went.txt': 'removed by a sync' })
  await link('went.txt')
  await sync({ 'went.txt': null }, 1)
  expect(await linked('went.txt')).toEqual({ links: 1, live: 0 })
  await undoLast(0)
  expect(await linked('went.txt')).toEqual({ links: 1, live: 1 })
})

test('S15 an id leads to no other file, and another place knows nothing of it', async () => {
  const [last] = await history()
  const plan = (releaseId: string, more: { prefix?: string } = {}) =>
    codeOf(backend.api.planUndo({ profileId, bucket, prefix, releaseId, ...more }))
  expect(await plan('settings')).toBe('not-found')
  expect(await plan('..')).toBe('not-found')
  expect(await plan(last?.id ?? '', { prefix: 'site-2024' })).toBe('not-found')
  expect(await value(backend.api.listReleases({ profileId, bucket, prefix: 'site-2024' }))).toEqual([])
})

test('S16 a record has no key, no secret and no signature in it', async () => {
  const { objects } = await value(
    backend.api.listObjects({ profileId, bucket, prefix: '', recursive: true, continuationToken: null }),
  )
  expect(objects.some(({ key }) => key.startsWith('.pail-releases/site/'))).toBe(true)
  const root = join(backend.folder, 'user-data/sync-releases')
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.jsonl'))
  expect(files.length).toBeGreaterThan(1)
  for (const name of files) {
    const text = await readFile(join(root, name), 'utf8')
    expect(text).not.toMatch(/X-Amz-|Signature|Authorization|AKIA|secret/i)
    // Nor the path of the folder, only its name.
    expect(text).not.toContain(backend.folder)
  }
})
