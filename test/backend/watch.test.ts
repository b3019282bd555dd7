import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { InputOf } from '../../src-preload/contract/api.ts'
import { syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import { watchSchema, type Watch } from '../../src-preload/contract/watch.ts'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { linkInput } from '../links/link-input.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

let backend: RunningBackend
let profileId: string
let folder: string
let seen: Watch[]
const bucket = 'watched-site'
let waiting: (() => void)[]

beforeEach(async () => {
  backend = await runBackend()
  seen = []
  waiting = []
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
  folder = join(backend.folder, 'site')
  await mkdir(folder)
  await writeFile(join(folder, 'index.html'), 'one')
  listen()
})
afterEach(() => backend.close())

function listen(): void {
  backend.api.onWatch((watch) => {
    seen.push(watchSchema.parse(watch))
    for (const look of waiting) look()
  })
}

/** Waits until something that fits has been told. */
function until(fits: (watch: Watch) => boolean): Promise<Watch> {
  return new Promise((resolve) => {
    const look = () => {
      const found = seen.findLast(fits)
      if (found !== undefined) resolve(found)
    }
    waiting.push(look)
    look()
  })
}

async function startInput(more: Partial<InputOf<'startWatch'>> = {}): Promise<InputOf<'startWatch'>> {
  const chosen = await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder }))
  return {
    profileId,
    bucket,
    prefix: 'static/',
    folderId: chosen!.folderId,
    options: syncOptionsSchema.parse({
      cacheControl: 'max-age=60',
      exclude: [],
      removeRemoteOnly: false,
      maxDelete: null,
      visibility: 'private',
    }),
    confirmDeletes: false,
    ...more,
  }
}

async function keys(): Promise<string[]> {
  const page = await value(
    backend.api.listObjects({ profileId, bucket, prefix: '', recursive: true, continuationToken: null }),
  )
  return page.objects.map(({ key }) => key)
}

describe('watches', () => {
  test('a folder is published when it is started and when a file is saved', async () => {
    const started = await value(backend.api.startWatch(await startInput()))
    expect(started).toMatchObject({ state: 'waiting', rounds: 0, folderName: 'site', prefix: 'static/' })
    const first = await until(({ rounds }) => rounds >= 1)
    expect(first).toMatchObject({ lastSync: { counts: { uploaded: 1 } }, lastError: null })
    expect(await keys()).toEqual(['static/index.html'])
    await until(({ hints }) => hints === 'events')
    await writeFile(join(folder, 'about.html'), 'new')
    await until(({ lastSync, rounds }) => rounds >= 2 && lastSync?.counts.uploaded === 1)
    expect(await keys()).toEqual(['static/about.html', 'static/index.html'])
    expect(await value(backend.api.listWatches({}))).toMatchObject([{ watchId: started.watchId }])
    await value(backend.api.stopWatch({ watchId: started.watchId }))
    expect(seen.at(-1)).toMatchObject({ state: 'stopped', reason: 'asked' })
    expect(await value(backend.api.listWatches({}))).toEqual([])
    expect(await codeOf(backend.api.stopWatch({ watchId: started.watchId }))).toBe('ok')
  }, 60_000)

  test('a link to what it removes is not listed as out there, and again to what comes back', async () => {
    await writeFile(join(folder, 'gone.txt'), 'for a moment')
    const input = await startInput({ confirmDeletes: true })
    const options = { ...input.options, removeRemoteOnly: true }
    await value(backend.api.startWatch({ ...input, options }))
    await until(({ lastSync }) => lastSync?.counts.uploaded === 2)
    const key = 'static/gone.txt'
    await value(backend.api.createLink(linkInput({ profileId, bucket, key })))
    const link = async () => {
      const { links, live } = await value(
        backend.api.listLinks({ bucket, search: key, signingKeyId: null, includeEnded: true }),
      )
      return { revoked: links[0]?.revokedAt !== null, live }
    }
    expect(await link()).toEqual({ revoked: false, live: 1 })
    await until(({ hints }) => hints === 'events')
    await rm(join(folder, 'gone.txt'))
    await until(({ lastSync }) => lastSync?.counts.deleted === 1)
    expect(await link()).toEqual({ revoked: true, live: 0 })
    await writeFile(join(folder, 'gone.txt'), 'back')
    await until(({ lastSync, rounds }) => rounds >= 3 && lastSync?.counts.uploaded === 1)
    expect(await link()).toEqual({ revoked: false, live: 1 })
  }, 60_000)

  test('S48 one watch a place: not above it, not below it, not twice at once', async () => {
    const both = await Promise.all([1, 2].map(async () => codeOf(backend.api.startWatch(await startInput()))))
    expect(both.sort()).toEqual(['ok', 'safety-refused'])
    for (const prefix of ['', 'static', 'static/css/'])
      expect(await codeOf(backend.api.startWatch(await startInput({ prefix })))).toBe('safety-refused')
    expect(await codeOf(backend.api.startWatch(await startInput({ prefix: 'static-2024/' })))).toBe('ok')
  })

  test('what cannot be watched is refused at once', async () => {
    expect(await codeOf(backend.api.startWatch(await startInput({ folderId: 'forged' })))).toBe('not-found')
    expect(await codeOf(backend.api.startWatch(await startInput({ profileId: 'nobody' })))).toBe('not-found')
    const input = await startInput()
    await rm(folder, { recursive: true })
    expect(await codeOf(backend.api.startWatch(input))).toBe('local-missing')
    expect(await value(backend.api.listWatches({}))).toEqual([])
  })

  test('F39 a folder that goes away pauses it, and it goes on when it is back', async () => {
    const { watchId } = await value(backend.api.startWatch(await startInput()))
    await until(({ rounds }) => rounds >= 1)
    await rename(folder, `${folder}-away`)
    expect(await until(({ reason }) => reason === 'folder-missing')).toMatchObject({ state: 'paused' })
    await rename(`${folder}-away`, folder)
    await until(({ state, reason, rounds }) => rounds >= 3 && state === 'waiting' && reason === null)
    await appendFile(join(folder, 'index.html'), ' and more')
    await until(({ rounds, lastSync }) => rounds >= 4 && lastSync !== null)
    await value(backend.api.stopWatch({ watchId }))
  }, 90_000)

  test('deleting its profile ends it, and so does closing', async () => {
    await value(backend.api.startWatch(await startInput()))
    await until(({ rounds }) => rounds >= 1)
    await value(backend.api.deleteProfile({ profileId }))
    await until(({ state, reason }) => state === 'stopped' && reason === 'profile-deleted')
    expect(await value(backend.api.listWatches({}))).toEqual([])

    profileId = (await value(backend.api.startPlayground({}))).profile.id
    await value(backend.api.startWatch(await startInput()))
    seen.length = 0
    await backend.restart()
    expect(seen.at(-1)).toMatchObject({ state: 'stopped', reason: 'closing' })
  }, 60_000)
})

test('F1 a service that goes away pauses the watch, and it goes on when it is back', async () => {
  const directory = join(backend.folder, 'own-server')
  let server = await startPlayground({ directory })
  const { port, hostname } = new URL(server.endpoint)
  const { accessKeyId, secretAccessKey } = server
  profileId = await saveProfile(backend.api, server, { checksums: 'when-supported' })
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
  await value(backend.api.startWatch(await startInput()))
  await until(({ rounds }) => rounds >= 1)
  await server.close()
  // Nobody else takes the port meanwhile.
  const holder = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => holder.listen(Number(port), hostname, resolve))
  await writeFile(join(folder, 'index.html'), 'written while offline')
  const paused = await until(({ reason }) => reason === 'offline')
  expect(paused).toMatchObject({ state: 'paused', lastError: { code: expect.any(String) } })
  await new Promise((resolve) => holder.close(resolve))
  server = await startPlayground({ directory, port: Number(port), accessKeyId, secretAccessKey })
  try {
    const back = await until(
      ({ rounds, reason, state }) => rounds > paused.rounds && reason === null && state === 'waiting',
    )
    expect(back.lastError).toBeNull()
    expect(await keys()).toEqual(['static/index.html'])
  } finally {
    await backend.close()
    await server.close()
    backend = await runBackend()
  }
}, 120_000)
