import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { StaticDestinationInput } from '../../src-preload/contract/destination.ts'
import { syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { type RunningBackend, codeOf, runBackend, value } from './running-backend.ts'

// A watch publishes by the word of its destination, and no longer than that says the same.
const bucket = 'watched-destination'
let backend: RunningBackend
let profileId = ''
let folder = ''
let folderId = ''
let destinationId = ''
const seen: Watch[] = []
const patient = { timeout: 30_000 }
beforeAll(async () => {
  backend = await runBackend()
  backend.api.onWatch((watch) => seen.push(watch))
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
  folder = join(backend.folder, 'site')
  await mkdir(folder)
  await writeFile(join(folder, 'index.html'), 'one')
  folderId = (await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder })))?.folderId ?? ''
})
afterAll(() => backend.close())
beforeEach(async () => {
  if (destinationId !== '') await value(backend.api.deleteDestination({ destinationId }))
  destinationId = (await value(backend.api.createDestination({ destination: input() }))).id
})

const input = (more: Partial<StaticDestinationInput> = {}): StaticDestinationInput => ({
  profileId,
  name: 'Site',
  kind: 'static',
  bucket,
  prefix: 'static/',
  visibility: 'public',
  cacheControl: 'max-age=60',
  baseUrl: null,
  linkExpirySeconds: 3600,
  folderId,
  exclude: [],
  ...more,
})
const update = (more: Partial<StaticDestinationInput>) =>
  value(backend.api.updateDestination({ destinationId, destination: input(more) }))
const last = (watchId: string) => seen.findLast((watch) => watch.watchId === watchId)

/** Starts the watch and waits for its first round. */
async function start(): Promise<string> {
  const { watchId } = await value(
    backend.api.startWatch({
      profileId,
      bucket,
      prefix: 'static/',
      folderId,
      options: syncOptionsSchema.parse({
        cacheControl: 'max-age=60',
        exclude: [],
        removeRemoteOnly: false,
        maxDelete: null,
        visibility: 'public',
      }),
      confirmDeletes: false,
      destinationId,
    }),
  )
  await expect.poll(() => last(watchId)?.rounds ?? 0, patient).toBeGreaterThan(0)
  return watchId
}

test.each<[string, Partial<StaticDestinationInput>, string]>([
  [
    'set to private',
    { visibility: 'private' },
    'Its destination is private now, and the watch published as public.',
  ],
  ['moved', { prefix: 'other/' }, 'Its destination was changed meanwhile.'],
  [
    'given a rule',
    { rules: [{ glob: 'a/', visibility: 'private' }] },
    'Its destination was changed meanwhile.',
  ],
])(
  'S44 it stops at once, and says why, when that is %s',
  async (_, change, why) => {
    const watchId = await start()
    await update(change)
    await expect.poll(() => last(watchId)?.state, patient).toBe('stopped')
    expect(last(watchId)).toMatchObject({
      reason: 'destination-changed',
      message: expect.stringContaining(why),
    })
    expect(await value(backend.api.listWatches({}))).toEqual([])
  },
  60_000,
)

test('it goes on under another name, and stops when the destination is deleted', async () => {
  const watchId = await start()
  await update({ name: 'The site', baseUrl: 'https://cdn.example.com' })
  const { rounds } = last(watchId)!
  await writeFile(join(folder, 'index.html'), 'two')
  await expect.poll(() => last(watchId)?.rounds ?? 0, patient).toBeGreaterThan(rounds)
  expect(last(watchId)?.state).not.toBe('stopped')
  await value(backend.api.deleteDestination({ destinationId }))
  destinationId = ''
  await expect.poll(() => last(watchId)?.state, patient).toBe('stopped')
  expect(last(watchId)?.message).toContain('deleted')
}, 60_000)

test('S44 what another process writes into the settings stops it at the next round, before anything is sent', async () => {
  const watchId = await start()
  const path = join(backend.folder, 'user-data', 'settings.json')
  const settings = JSON.parse(await readFile(path, 'utf8')) as { destinations: StaticDestinationInput[] }
  const destinations = settings.destinations.map((each) => ({ ...each, visibility: 'private' }))
  await writeFile(path, JSON.stringify({ ...settings, destinations }))
  await writeFile(join(folder, 'secret.html'), 'not to be published')
  await expect.poll(() => last(watchId)?.state, patient).toBe('stopped')
  expect(last(watchId)).toMatchObject({ reason: 'destination-changed' })
  const page = await value(
    backend.api.listObjects({ profileId, bucket, prefix: '', recursive: true, continuationToken: null }),
  )
  expect(page.objects.map(({ key }) => key)).not.toContain('static/secret.html')
}, 60_000)

test('there is none of a destination that is not there', async () => {
  const watch = { profileId, bucket, prefix: 'x/', folderId, confirmDeletes: false, destinationId: 'gone' }
  const options = syncOptionsSchema.parse({
    cacheControl: '',
    exclude: [],
    removeRemoteOnly: false,
    maxDelete: null,
    visibility: 'public',
  })
  expect(await codeOf(backend.api.startWatch({ ...watch, options }))).toBe('not-found')
})
